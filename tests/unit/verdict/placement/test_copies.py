"""Members that hold nothing but copies of what another one holds."""

from __future__ import annotations

from dataclasses import replace

from small_teams import T0, S, both, direction, stream, team

from flowmap.facts.model import MemberShare, StreamFacts
from flowmap.team.members import TeamMember
from flowmap.verdict.placement.copies import without_copies


def mirrored(number: int, *members: int) -> StreamFacts:
    own = direction("rx", members[0], 0, 1, "mirrored")
    copies = [MemberShare(m, 100, 10_000, 9_000, T0, T0 + S) for m in members[1:]]
    return stream(number, replace(own, shares=[*own.shares, *copies]))


def test_members_that_hold_the_same_are_one() -> None:
    facts = team(mirrored(0, 0, 1), mirrored(1, 1, 0))
    facts = without_copies(facts)
    assert facts.copies == {1: 0}


def test_a_member_with_a_stream_of_its_own_is_no_copy() -> None:
    facts = team(mirrored(0, 0, 1), both(1, 0, member=1))
    facts = without_copies(facts)
    assert facts.copies == {0: 1}
    facts = team(mirrored(0, 0, 1), both(1, 0, member=1), both(2, 0, member=0))
    facts = without_copies(facts)
    assert facts.copies == {}


def test_copies_of_copies_are_counted_on_the_first() -> None:
    members = tuple(TeamMember(k, f"nic{k}", packets=400, first_ns=T0, last_ns=T0 + 9 * S) for k in range(3))
    facts = team(mirrored(0, 2, 1, 0), mirrored(1, 1, 2, 0), members=members)
    facts = without_copies(facts)
    assert facts.copies == {1: 0, 2: 0}
    assert [d.counted_on for one in facts.streams for d in one.directions] == [0, 0]


THREE = tuple(TeamMember(k, f"nic{k}", packets=400, first_ns=T0, last_ns=T0 + 9 * S) for k in range(3))


def test_members_that_share_packets_of_their_own_are_no_copies() -> None:
    own = direction("tx", 0, 0, 1, "moved")
    both_have = replace(own, shares=[*own.shares, MemberShare(1, 100, 10_000, 9_000, T0, T0 + S)])
    assert without_copies(team(mirrored(0, 0, 1), stream(1, both_have))).copies == {}


def test_a_copy_of_a_member_that_has_more_is_found_behind_it() -> None:
    assert without_copies(team(mirrored(0, 0, 1), both(1, 0, member=0))).copies == {1: 0}


def test_what_is_counted_on_another_member_stays_placed_and_judged_as_it_was() -> None:
    one = mirrored(0, 2, 1, 0)
    one = replace(one, directions=[replace(own, expected=False) for own in one.directions])
    facts = without_copies(team(one, mirrored(1, 0, 1, 2), members=THREE))
    first, second = (each.directions[0] for each in facts.streams)
    assert (first.counted_on, first.placed.placement, first.expected) == (0, "mirrored", False)
    assert second.counted_on is None  # it begins on the one that is kept


def test_streams_that_are_not_judged_are_counted_as_they_are() -> None:
    aside = replace(mirrored(2, 2, 1, 0), judged=False)
    facts = without_copies(team(mirrored(0, 2, 1, 0), mirrored(1, 1, 2, 0), aside, members=THREE))
    assert facts.copies == {1: 0, 2: 0}
    assert [one.directions[0].counted_on for one in facts.streams] == [0, 0, None]
