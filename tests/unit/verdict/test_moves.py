"""Why directions moved: facts built by hand, causes as design and the way each situation was made say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from flowmap.config import Settings
from flowmap.team.clock import solve_clocks
from flowmap.team.host import TeamHost
from flowmap.team.lacp import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes import expectation
from flowmap.trace.observe import Observation, Switch
from flowmap.verdict.facts import Direction, MemberShare, Placed, Side, TeamFacts
from flowmap.verdict.moves import explain_moves

S = 10**9
T0 = 1_700_000_000 * S
PEER, HOST = ((4, 1), 40000), ((4, 2), 49152)


def at(seconds: float) -> int:
    return T0 + round(seconds * S)


def moved(side: Side, left: float, arrived: float, *, begin: float = 5, end: float = 20) -> Direction:
    """On member 0 in [begin, left], on member 1 in [arrived, end]."""
    src, dst = (PEER, HOST) if side == "rx" else (HOST, PEER)
    shares = [
        MemberShare(0, 100, 10_000, 9_000, at(begin), at(left)),
        MemberShare(1, 100, 10_000, 9_000, at(arrived), at(end)),
    ]
    switch = Switch(at(arrived), at(left), 0, 1, at(arrived) - at(left), 100)
    observation = Observation(Counter({0: 100, 1: 100}), 1, [switch], first_ns=at(begin), last_ns=at(end))
    placed = Placed("moved", "1 change of member")
    return Direction(src, dst, side, side == "rx", 9_000, shares, observation=observation, placed=placed)


def causes(
    directions: list[Direction], gaps: list[tuple[float, float]], last: float, end: float = 20
) -> list[str | None]:
    """Causes with member 0 silent in `gaps` and after `last`, member 1 captured till `end`."""
    none = np.zeros(0, np.int64)
    lacp = read_lacpdus([])
    old = TeamMember(0, "old", first_ns=at(0), last_ns=at(last), gaps=[(at(a), at(b)) for a, b in gaps])
    members = [old, TeamMember(1, "new", first_ns=at(0), last_ns=at(end))]
    clock = solve_clocks(2, none, none, none, none)
    team = TeamFacts(
        Settings(), members, TeamHost(), lacp, lacp.host_system(), clock, expectation(None, None), [], []
    )  # fmt: skip
    explain_moves(directions, team)
    return [direction.placed.cause for direction in directions]


def test_idle_time_before_the_first_stream_is_not_the_members_rhythm() -> None:
    assert causes([moved("rx", 10, 10.1)], [(1, 4.9)], last=10) == ["failover"]


def test_slow_recovery_is_part_of_the_silence_where_both_sides_left() -> None:
    """The link was dead for 3.5 s, of which the streams needed 3.2 to come back."""
    both = [moved("rx", 10, 13.2), moved("tx", 10.01, 13.21)]
    assert causes(both, [(10.01, 13.5)], last=20) == ["failover", "failover"]


def test_one_direction_that_paused_and_moved_shows_no_dead_member() -> None:
    assert causes([moved("tx", 10, 13.2)], [(10, 13.5)], last=20) == ["flowlet"]


@pytest.mark.parametrize("gap", [0.01, 0.25])
def test_nothing_is_claimed_where_the_capture_ends_too_soon(gap: float) -> None:
    arrived = 19.9
    direction = moved("tx", arrived - gap, arrived)
    assert causes([direction], [], last=arrived - gap) == ["unexplained"]
    assert direction.placed.too_soon
