"""Members that are described and not captured, or the other way round, and when that matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import streams, team

from flowmap.facts.model import TeamFacts
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, TeamDescription
from flowmap.verdict.quality.described import description_notices

NIC1, NIC2, NIC3 = (Adapter(f"nic{k}") for k in (1, 2, 3))


def told(third: Adapter = NIC3, mode: str | None = "lacp", **changes: Any) -> TeamFacts:
    """Of three described members the third was not captured."""
    description = {one: changes.pop(one) for one in ("of_switch", "lacks", "active") if one in changes}
    members = (NIC1, NIC2, third)
    described = Described(
        TeamDescription("team.txt", "bonding", mode=mode, members=members, **description),
        {0: NIC1, 1: NIC2},
        {},
        (third,),
    )
    return team(*streams("rx", [0, 1]), mode=mode, described=replace(described, **changes))


def codes(facts: TeamFacts) -> list[tuple[str, str, bool]]:
    return [(one.code, one.severity, one.undermines) for one in description_notices(facts)]


def test_a_member_that_may_have_carried_undermines() -> None:
    assert codes(told()) == [("member_uncaptured", "warning", True)]
    (notice,) = description_notices(told())
    assert (notice.member, notice.path) == ("nic3", "team.txt")


@pytest.mark.parametrize(
    "third", [replace(NIC3, role="standby"), replace(NIC3, up=False), replace(NIC3, lacp=LacpState(bundled=False))]
)
def test_a_member_that_carries_nothing_matters_little(third: Adapter) -> None:
    assert codes(told(third)) == [("member_uncaptured", "info", False)]


def test_where_one_carries_alone_the_others_matter_only_if_that_one_was_not_captured() -> None:
    assert codes(told(mode="active-backup", active="nic1")) == [("member_uncaptured", "info", False)]
    assert codes(told(mode="active-backup", active="nic3")) == [("member_uncaptured", "warning", True)]
    assert codes(told(mode="active-backup")) == [("member_uncaptured", "warning", True)]
    assert codes(told(mode="lacp", active="nic1")) == [("member_uncaptured", "warning", True)]


def test_a_capture_that_is_not_described_is_told() -> None:
    (notice,) = description_notices(told(uncaptured=(), undescribed=(1,)))
    assert (notice.code, notice.severity, notice.member) == ("member_undescribed", "warning", "nic2")


def test_none_that_is_known_is_one_notice_and_the_switchs_text_less_of_a_matter() -> None:
    assert codes(told(members={})) == [("team_unmatched", "warning", False)]
    assert codes(told(members={}, of_switch=True)) == [("team_unmatched", "info", False)]


def test_a_text_without_the_mode_names_the_one_that_has_it() -> None:
    facts = told(uncaptured=(), lacks="nmcli connection show team0")
    (notice,) = description_notices(facts)
    assert notice.code == "team_incomplete"
    assert "nmcli connection show team0" in notice.detail


def test_no_description_or_none_with_members_tells_nothing() -> None:
    assert codes(team()) == []
    assert codes(team(described=Described(TeamDescription("team.txt", "bonding", lacks="more")))) == []
