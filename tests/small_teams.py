"""Facts of small teams, built by hand: streams of one direction or both, each on a member."""

from __future__ import annotations

from flowmap.facts.model import Direction, MemberShare, Placed, StreamFacts, TeamFacts
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import solve_clocks
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import Expectation

S = 10**9
T0 = 1_700_000_000 * S
PEER, HOST = ((4, 1), 40000), ((4, 2), 6600)


def direction(side: str, member: int, first: float, last: float, placement: str = "single") -> Direction:
    """A direction on a member, times in seconds from T0."""
    src, dst = (PEER, HOST) if side == "rx" else (HOST, PEER)
    share = MemberShare(member, 100, 10_000, 9_000, T0 + round(first * S), T0 + round(last * S))
    return Direction(src, dst, side, side == "rx", 9_000, [share], placed=Placed(placement, ""), peak_bytes=500)


def stream(number: int, *directions: Direction) -> StreamFacts:
    first = min(share.first_ns or 0 for d in directions for share in d.shares)
    return StreamFacts(number, None, True, first, first + S, list(directions))


def team(*streams: StreamFacts, members: tuple[TeamMember, ...] = ()) -> TeamFacts:
    own = list(members) or [TeamMember(k, f"nic{k}", packets=400, first_ns=T0, last_ns=T0 + 9 * S) for k in range(2)]
    lacp = read_lacpdus([])
    clock = solve_clocks(len(own))
    return TeamFacts(Settings(), own, TeamHost(), lacp, lacp.host_system(), clock, Expectation(), list(streams), [])


def both(number: int, apart: float, member: int = 0, begin: float = 0, wait: float = 0.001) -> StreamFacts:
    """A stream of 2 s whose answers are `wait` later and whose received packets are stamped `apart` later."""
    came = direction("rx", member, begin + apart, begin + 2 + apart)
    return stream(number, came, direction("tx", member, begin + wait, begin + 2 + wait))
