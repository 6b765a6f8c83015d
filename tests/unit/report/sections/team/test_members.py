"""Members: what each carried, and how it stands in the team, with the reason where it is trouble."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_member, make_report

from flowmap.document.members import Neighbor
from flowmap.document.model import Lacp
from flowmap.report.blocks import Line, Quantity, Table
from flowmap.report.sections.team.members import member_state, members_section


@pytest.mark.parametrize(
    ("changes", "said", "tone"),
    [
        ({}, "in the LACP bundle", "good"),
        ({"lacp": Lacp(bundled=False, reason="no answer")}, "NOT in the LACP bundle", "trouble"),
        ({"lacp": Lacp(bundled=None)}, "LACP unclear", ""),
        ({"lacp": None}, "no LACP seen", "quiet"),
        ({"lacp": None, "packets": 0}, "no packets", ""),
        ({"lacp": None, "usable": False}, "not usable for traffic", "trouble"),
        ({"copy_of": "nic2"}, "copies", "quiet"),
        ({"aggregate": True}, "aggregate", "quiet"),
        ({"aggregate": True, "other_team": True}, "other team", "quiet"),
    ],
)
def test_how_a_member_stands_in_the_team(changes: dict[str, Any], said: str, tone: str) -> None:
    state = member_state(make_member(**changes))
    assert (state.text, state.tone) == (said, tone)


def test_what_is_left_out_has_no_share_and_takes_none() -> None:
    report = make_report(members=[make_member("nic1"), make_member("bond0", aggregate=True)])
    (table,) = [block for block in members_section(report).blocks if isinstance(block, Table)]
    titles = [column.title for column in table.columns]
    shares = [row[titles.index("share of all bytes")] for row in table.rows]
    assert shares == [Quantity(1.0, "share"), ""]


def test_a_column_that_no_member_fills_is_left_out() -> None:
    (bare,) = [block for block in members_section(make_report()).blocks if isinstance(block, Table)]
    assert "switch port" not in [column.title for column in bare.columns]
    port = Neighbor(protocol="lldp", system="sw1", port="Eth1/1")
    (table,) = [
        block
        for block in members_section(make_report(members=[make_member(neighbor=port)])).blocks
        if isinstance(block, Table)
    ]
    assert "switch port" in [column.title for column in table.columns]
    assert [str(pairs.rows[0][1]) for pairs in table.narrow if hasattr(pairs, "rows")] == [
        "plugged into sw1, port Eth1/1 (LLDP)"
    ]


def test_members_beyond_the_page_are_counted() -> None:
    report = make_report(members=[make_member(f"nic{number}") for number in range(5)])
    lines = [block.text for block in members_section(report, 3).blocks if isinstance(block, Line)]
    assert "2 more are in the JSON report." in lines
