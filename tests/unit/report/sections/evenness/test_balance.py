"""Evenness beside what chance gives: ends of each scale by its definition."""

from __future__ import annotations

from typing import Any

from factories import make_member, make_report

from flowmap.document.model import Balance, BalanceNumbers
from flowmap.report.blocks import Table, words_of
from flowmap.report.sections.evenness.balance import balance_section


def rows(**changes: Any) -> list[tuple[str, ...]]:
    section = balance_section(make_report(**changes))
    tables = [block for block in section.blocks if isinstance(block, Table)]
    return [tuple(words_of(cell) for cell in row) for table in tables for row in table.rows]


def test_measures_have_the_ends_of_their_scale() -> None:
    found = {row[1]: row for row in rows()}
    assert found["Jain's index, over 2 members"][2] == "0.74"
    assert found["Jain's index, over 2 members"][4] == "1: even; 0.50: all on one member"  # 1/n
    assert found["share of the busiest member"][2] == "0.80"  # 1.6 of a mean of a half
    assert found["share of the busiest member"][4] == "0.50: even; 1: all on one member"
    assert found["flow imbalance"][2] == "33 %"
    assert found["streams at one time on one member"][2] == "2"


def test_only_directions_with_a_load_have_rows() -> None:
    assert {row[0] for row in rows()} == {"received (rx)"}
    assert rows(balance=Balance()) == []
    assert balance_section(make_report(balance=Balance())).empty.startswith("There was no load")


def test_aggregates_are_no_members_and_one_usable_one_has_no_chance() -> None:
    members = [make_member("nic1"), make_member("nic2"), make_member("bond0", aggregate=True)]
    assert rows(members=members)[0][1] == "Jain's index, over 2 members"
    alone = rows(members=[make_member("nic1"), make_member("nic2", usable=False)])
    assert alone[0][3] == ""
    assert "half the time above" in rows()[0][3]


def test_measures_that_are_not_known_are_left_out() -> None:
    only = Balance(rx=BalanceNumbers(jain=1.0))
    assert [row[1] for row in rows(balance=only)] == ["Jain's index, over 2 members"]
