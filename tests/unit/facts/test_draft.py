"""A draft has the fields of the direction that it becomes, which is frozen as all facts are."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from flowmap.facts.draft import Draft
from flowmap.facts.model import Direction, MemberShare
from flowmap.team.members import TeamMember
from tests.small_teams import HOST, PEER, T0, S, direction, stream

JUDGED = ["placed", "counted_on", "expected"]


def test_a_draft_has_the_fields_of_a_direction_in_order_but_what_is_judged() -> None:
    assert [one.name for one in fields(Direction)] == [*(one.name for one in fields(Draft)), *JUDGED]


def test_what_was_added_to_a_draft_is_in_the_direction_and_the_rest_stays() -> None:
    before = Direction(PEER, HOST, "rx", False, 900, [MemberShare(0, 1, 1000, 900, T0, T0)], True, (1, 2), True, 7)
    draft = Draft.of(before)
    draft.missing_bytes, draft.reordered = 40, 3
    made = draft.finished()
    assert (made.missing_bytes, made.reordered, made.known_macs, made.vlan) == (40, 3, (1, 2), 7)
    assert (before.missing_bytes, before.reordered) == (0, None)
    assert Draft.of(before).finished() == before


def test_other_shares_change_nothing_else() -> None:
    before = direction("rx", 0, 0, 1)
    after = before.with_shares([MemberShare(1, 2, 3, 4, T0, T0 + S)])
    assert after.first_member == 1
    assert after.with_shares(before.shares) == before


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (direction("rx", 0, 0, 1), "payload_bytes"),
        (stream(0, direction("rx", 0, 0, 1)), "limit"),
        (TeamMember(0, "nic0"), "aggregate"),
    ],
)
def test_facts_are_frozen(facts: Any, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(facts, name, None)
