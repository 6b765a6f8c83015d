"""Streams that change their member, built by hand: directions, switches and what was around them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import judged_teams
from judged_teams import MB, way
from lacp_frames import HOST as HOST_SYSTEM
from lacp_frames import healthy, lacpdu, talk

from flowmap.decode.control import ControlFrame
from flowmap.facts.model import Direction, MemberShare, Placed, Side, TeamFacts
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import solve_clocks
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import SetChange, read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.trace.watching.observe import Observation, Switch
from flowmap.verdict.placement.moves import (
    _Around,
    _cause,
    explain_moves,
)
from flowmap.verdict.placement.scene import Scene

S = 10**9
T0 = 1_700_000_000 * S
PEER, HOST = ((4, 1), 40000), ((4, 2), 49152)
BUSY = (way("tx", 7, 0, payload=90 * MB), way("tx", 8, 1, payload=9 * MB))


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


def switch(seconds: float, old: int = 0, new: int = 1, gap: float = 0.5) -> Switch:
    return Switch(judged_teams.at(seconds), judged_teams.at(seconds - gap), old, new, round(gap * S), 10)


def changing(side: str, *switches: Switch, remote: int = 1) -> Direction:
    observed = Observation(Counter({0: 100, 1: 100}), len(switches), list(switches))
    return way(side, remote, 0, 1, observation=observed, placed=Placed("moved", msg("it moved")))


def scene(*directions: Direction) -> Scene:
    return Scene(directions, [one for one in directions if one.observation is not None])


def change(bundled: bool, member: int, earliest: float, latest: float) -> SetChange:
    return SetChange(member, bundled, judged_teams.at(earliest), judged_teams.at(latest))


def silent(*gaps: tuple[float, float], last: float = 10, count: int = 2, frames: Any = ()) -> TeamFacts:
    facts = judged_teams.team(count=count, frames=frames)
    pauses = [(judged_teams.at(start), judged_teams.at(end)) for start, end in gaps]
    return judged_teams.marked(facts, 0, gaps=pauses, last_ns=judged_teams.at(last))


def cause(facts: TeamFacts, own: Direction, *others: Direction, changes: Any = ()) -> tuple[str, bool]:
    assert own.observation is not None
    return _cause(own, own.observation.switches[0], [], _Around(facts, scene(own, *others), changes))
