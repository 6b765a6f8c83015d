"""Why directions moved: facts built by hand, causes as design and the way each situation was made say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from lacp_frames import FAST, SWITCH, healthy, lacpdu, talk
from lacp_frames import HOST as HOST_SYSTEM

from flowmap.decode.control import ControlFrame
from flowmap.facts.model import Direction, MemberShare, Placed, Side, TeamFacts
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import solve_clocks
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.trace.watching.observe import Observation, Switch
from flowmap.verdict.placement.moves import explain_moves

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
    directions: list[Direction],
    gaps: list[tuple[float, float]],
    last: float,
    end: float = 20,
    frames: list[ControlFrame] | None = None,
    mode: str | None = None,
) -> list[str | None]:
    return [one.cause for one in placements(directions, gaps, last=last, end=end, frames=frames, mode=mode)]


def placements(
    directions: list[Direction],
    gaps: list[tuple[float, float]],
    *,
    last: float,
    end: float = 20,
    frames: list[ControlFrame] | None = None,
    mode: str | None = None,
) -> list[Placed]:
    """Placements with member 0 silent in `gaps` and after `last`, member 1 captured till `end`."""
    lacp = read_lacpdus(frames or [])
    old = TeamMember(0, "old", first_ns=at(0), last_ns=at(last), gaps=[(at(a), at(b)) for a, b in gaps])
    members = [old, TeamMember(1, "new", first_ns=at(0), last_ns=at(end))]
    clock = solve_clocks(2)
    team = TeamFacts(Settings(), members, TeamHost(), lacp, lacp.host_system(), clock, expectation(mode, None), [], [])
    return explain_moves(directions, [direction.placed for direction in directions], team)


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
    (placed,) = placements([direction], [], last=arrived - gap)
    assert (placed.cause, placed.too_soon) == ("unexplained", True)


def staying(side: Side, member: int, begin: float = 5, end: float = 20) -> Direction:
    """On one member all the time, with a tenth of the load of one that moves."""
    src, dst = ((4, 9), 40009), ((4, 2), 49160)
    if side == "tx":
        src, dst = dst, src
    share = MemberShare(member, 100, 1_000, 900, at(begin), at(end))
    return Direction(src, dst, side, side == "rx", 900, [share], placed=Placed("single", "all"))


def bundle(join: float, end: float) -> list[ControlFrame]:
    """Members 0 and 1 are in the bundle from the start, member 1 only from `join` on: before, nobody answers there."""
    alone = talk(1, [t / 2 for t in range(int(2 * join))], lacpdu(HOST_SYSTEM, 0x4F, ports=(2, 0)))
    later = healthy(1, [join + t for t in range(int(end - join))])
    return sorted([*healthy(0, range(int(end))), *alone, *later], key=lambda frame: frame.ts_ns)


@pytest.mark.parametrize(("left", "cause"), [(10.0, "rebalance"), (12.3, "rebalance"), (13.2, "member-set-change")])
def test_a_join_excuses_no_move_before_it(left: float, cause: str) -> None:
    directions = [moved("tx", left, left + 0.1), staying("tx", 0), staying("rx", 0)]
    assert causes(directions, [], last=20, frames=bundle(13, 20))[0] == cause


def test_a_link_that_was_down_for_a_moment_shows_by_its_lacpdus() -> None:
    back = talk(0, [10.3], lacpdu(HOST_SYSTEM, 0x87, SWITCH, FAST, ports=(1, 11)))
    frames = sorted([*healthy(0, range(20)), *healthy(1, range(20)), *back], key=lambda frame: frame.ts_ns)
    directions = [moved("tx", 10, 10.1), staying("rx", 0)]
    assert causes(directions, [], last=20, frames=frames)[0] == "failover"
    elsewhere = [moved("tx", 15, 15.1), staying("tx", 0), staying("rx", 0)]
    assert causes(elsewhere, [], last=20, frames=frames)[0] == "rebalance"


def test_frames_that_keep_coming_in_show_a_switch_over() -> None:
    """The host sends on the other member at once, the switch goes on sending to the old one for 3 s."""
    both = [moved("tx", 10, 16), moved("rx", 13, 16)]
    assert causes(both, [], last=13) == ["member-set-change", "member-set-change"]
    assert all(move.switched_over for direction in both for move in direction.placed.moves)


def test_a_member_that_lives_on_was_switched_over() -> None:
    both = [moved("tx", 10, 10.2), moved("rx", 10.05, 10.2)]
    assert causes(both, [], last=20) == ["member-set-change", "member-set-change"]


def test_no_switch_over_where_a_stream_stays() -> None:
    some = [moved("tx", 10, 10.2), moved("rx", 10.05, 10.2), staying("rx", 0), staying("tx", 0)]
    assert "member-set-change" not in causes(some, [], last=20)


def back_and_forth(times: list[float]) -> Direction:
    """On members 0 and 1 by turns."""
    direction = moved("tx", times[0], times[0] + 0.1)
    switches = [Switch(at(t + 0.1), at(t), n % 2, (n + 1) % 2, 10**8, 50 * n + 50) for n, t in enumerate(times)]
    seen = Observation(Counter({0: 500, 1: 500}), len(switches), switches, first_ns=at(5), last_ns=at(60))
    shares = [
        MemberShare(0, 500, 10_000, 9_000, at(5), at(59)),
        MemberShare(1, 500, 9_000, 9_000, at(6), at(60)),
    ]
    return replace(direction, observation=seen, shares=shares)


def test_many_moves_are_moves_where_each_has_its_cause() -> None:
    """A link that goes down and up four times: away and back each time."""
    flaps = [10.0, 20.0, 30.0, 40.0]
    times = [t for flap in flaps for t in (flap, flap + 3)]
    down = talk(0, [t + 0.3 for t in flaps], lacpdu(HOST_SYSTEM, 0x87, SWITCH, FAST, ports=(1, 11)))
    frames = sorted([*healthy(0, range(60)), *healthy(1, range(60)), *down], key=lambda frame: frame.ts_ns)
    direction = back_and_forth(times)
    placed, _ = placements([direction, staying("rx", 0, end=60)], [], last=60, end=60, frames=frames)
    assert placed.placement == "moved"
    assert {move.cause for move in placed.moves} == {"failover", "member-set-change"}


def test_many_moves_without_a_cause_are_undecided() -> None:
    direction = back_and_forth([10 + 0.3 * n for n in range(8)])
    placed, _ = placements([direction, staying("rx", 0, end=60)], [], last=60, end=60)
    assert placed.placement == "undecided"
