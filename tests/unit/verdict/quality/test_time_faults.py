"""Clocks that tell no durations: members whose two directions have a clock each, or none."""

from __future__ import annotations

import pytest
from small_teams import T0, S, both, direction, stream, team

from flowmap.facts.model import TeamFacts
from flowmap.team.members import TeamMember
from flowmap.verdict.quality.time_faults import clocks_apart, time_notices, without_time_faults


def _apart(facts: TeamFacts) -> dict[int, int]:
    return clocks_apart(facts.streams, facts.clock)


@pytest.mark.parametrize("apart", [37.0, -37.0, 1.2])
def test_two_clocks_are_as_far_apart_at_both_ends_of_every_stream(apart: float) -> None:
    facts = team(both(0, apart), both(1, apart, begin=3))
    assert _apart(facts) == {0: pytest.approx(apart * S, abs=0.01 * S)}


def test_one_clock_or_a_slow_host_are_no_two_clocks() -> None:
    assert _apart(team(both(0, 0), both(1, 0, begin=3))) == {}
    late = stream(0, direction("rx", 0, 0, 9), direction("tx", 0, 4, 9))  # answered late at first, at once in the end
    assert _apart(team(late, both(1, 0, begin=20))) == {}
    assert _apart(team(both(0, 2), both(1, -2, begin=3))) == {}


def test_one_stream_alone_has_to_be_far_apart() -> None:
    assert _apart(team(both(0, 3))) == {}
    assert _apart(team(both(0, 37))).keys() == {0}


def test_directions_on_different_members_say_nothing_of_either() -> None:
    crossed = [stream(k, direction("rx", 0, 37, 39), direction("tx", 1, 0, 2)) for k in range(4)]
    assert _apart(team(*crossed)) == {}


def test_durations_are_those_of_the_direction_that_carried() -> None:
    facts = team(both(0, 37), both(1, 37, begin=3))
    facts = without_time_faults(facts)
    (own, other) = facts.members
    assert not own.tells_rates
    assert other.tells_rates
    assert [(one.first_ns - T0, one.last_ns - T0) for one in facts.streams] == [(37 * S, 39 * S), (40 * S, 42 * S)]
    assert {notice.code for notice in time_notices(facts)} == {"two_clocks"}


def test_times_that_stand_still_make_no_peak() -> None:
    still = TeamMember(0, "nic0", packets=400, first_ns=T0, last_ns=T0)
    few = TeamMember(1, "nic1", packets=3, first_ns=T0, last_ns=T0)
    facts = team(both(0, 0), both(1, 0, member=1), members=(still, few))
    facts = without_time_faults(facts)
    assert [member.time_stands for member in facts.members] == [True, False]
    assert [d.peak_bytes for one in facts.streams for d in one.directions] == [None, None, 500, 500]
    assert {notice.member for notice in time_notices(facts)} == {"nic0"}


@pytest.mark.parametrize(("first", "told"), [(86_000 * S, True), (0, True), (T0, False)])
def test_seconds_since_the_machines_start(first: int, told: bool) -> None:
    facts = team(members=(TeamMember(0, "nic0", packets=400, first_ns=first, last_ns=first + S),))
    facts = without_time_faults(facts)
    assert ("time_since_boot" in {notice.code for notice in time_notices(facts)}) == told
