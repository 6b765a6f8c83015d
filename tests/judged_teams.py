"""Teams whose streams were placed by hand, and what the rules are given of them: no packet, no capture, one fact at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lacp_frames import FAST, T0, S, healthy, lacpdu, talk
from lacp_frames import HOST as HOST_SYSTEM

from flowmap.decode.control import ControlFrame
from flowmap.facts.model import Direction, Limit, MemberShare, Moved, Placed, StreamFacts, TeamFacts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution, MemberClock
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.verdict.answer.case import Case
from flowmap.verdict.answer.overall import judge_all
from flowmap.verdict.claims.pinned import judge_pinned
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.findings.registered import RULES
from flowmap.verdict.mode.candidates import Candidates

"""T0 is 2023-11-14 22:13:20 UTC."""
MB = 1_000_000
HOST = (4, 0x0A000064)
"""10.0.0.100 has the team."""


def at(seconds: float) -> int:
    return T0 + round(seconds * S)


def way(side: str, remote: int, *members: int, payload: int = 9 * MB, port: int = 50000, **changes: Any) -> Direction:
    """One direction between 10.0.0.`remote` and the team, from second 1 to 9, in equal shares on the members: single or, on
    several, sprayed. Of side "unknown" it goes to the team's host."""
    far, near = ((4, 0x0A000000 + remote), port), (HOST, 6600)
    src, dst = (near, far) if side == "tx" else (far, near)
    own = payload // max(1, len(members))
    shares = [MemberShare(member, 100, own + 5000, own, at(1), at(9)) for member in members]
    placed = Placed("absent" if not members else "single" if len(members) == 1 else "sprayed", msg("so it was made"))
    return replace(Direction(src, dst, side, True, payload, shares, placed=placed), **changes)  # type: ignore[arg-type]


def moved(side: str, remote: int, *moves: Moved, **changes: Any) -> Direction:
    """A direction that changed member, for the weakest reason of its moves."""
    order = ("failover", "member-set-change", "rebalance", "flowlet", "unexplained")
    members = list(dict.fromkeys([moves[0].old, *(one.new for one in moves)]))
    cause = max((one.cause for one in moves), key=order.index)
    return way(side, remote, *members, placed=Placed("moved", msg("it moved"), cause, tuple(moves)), **changes)


def move(seconds: float, old: int, new: int, cause: str = "unexplained", gap: float = 0.001, **changes: Any) -> Moved:
    return Moved(at(seconds), old, new, round(gap * S), cause, **changes)  # type: ignore[arg-type]


def stream(number: int, *directions: Direction, limit: Limit | None = None, **changes: Any) -> StreamFacts:
    """A judged stream; its first direction carries it."""
    own = [replace(direction, bulk=not place) for place, direction in enumerate(directions)]
    return replace(StreamFacts(number, None, True, at(1), at(9), own, limit), **changes)


def limited(by: str, reason: str = "so it was made", **evidence: Any) -> Limit:
    return Limit(by, msg(reason), evidence)  # type: ignore[arg-type]


def streams(side: str, landed: Sequence[int], **changes: Any) -> list[StreamFacts]:
    """A stream with each of so many hosts, 10.0.0.1 the first; `landed` has the member of each."""
    return [stream(number, way(side, number + 1, member, **changes)) for number, member in enumerate(landed)]


def team(
    *own: StreamFacts,
    count: int = 2,
    mode: str | None = None,
    algorithm: str | None = None,
    frames: Sequence[ControlFrame] = (),
    **changes: Any,
) -> TeamFacts:
    """Facts of nic1, nic2 and so on, each captured for ten seconds, with clocks that agree."""
    members = [TeamMember(k, f"nic{k + 1}", packets=400, first_ns=T0, last_ns=at(10)) for k in range(count)]
    lacp = read_lacpdus(frames, {k: (T0, at(10)) for k in range(count)})
    facts = TeamFacts(
        Settings(mode=mode, algorithm=algorithm),
        members,
        TeamHost(),
        lacp,
        lacp.host_system(),
        clocks(*[0] * count),
        expectation(mode, algorithm),
        list(own),
        [],
    )
    return replace(facts, **changes)


def clocks(*uncertain_ns: int | None) -> ClockSolution:
    """Clocks of members that agree but for this much; None: nothing bounds it."""
    known = [MemberClock(k, 0, ns, 0.0, 0, 0, ns is not None, False) for k, ns in enumerate(uncertain_ns)]
    return ClockSolution(0, T0, tuple(known), True, 0)


def lacp(*bundled: int, lonely: Sequence[int] = (), state: int = FAST) -> list[ControlFrame]:
    """LACPDUs of every second: members that host and switch have in the bundle, and those on which the host speaks alone."""
    frames = [one for member in bundled for one in healthy(member, range(10), state)]
    for member in lonely:
        unanswered = lacpdu(HOST_SYSTEM, FAST & 0x07 | 0x40, ports=(member + 1, 0))  # defaulted: nobody answers
        frames += talk(member, range(10), unanswered, direction=2)
    return sorted(frames, key=lambda one: one.ts_ns)


def case(facts: TeamFacts, candidates: Candidates | None = None, **changes: Any) -> Case:
    """The case of this team, by the rules of the claims and of the whole."""
    found = candidates or Candidates()
    pinned, spread = judge_pinned(facts), judge_spread(facts)
    verdict, meant, proven = judge_all(facts, pinned, spread, found)
    return replace(Case(facts, pinned, spread, found, verdict, meant, proven), **changes)


def finding(code: str, severity: str = "warning", **changes: Any) -> Finding:
    """A finding of a registered rule."""
    return replace(Finding(RULES[code], severity, msg("it is so")), **changes)  # type: ignore[arg-type]


def marked(facts: TeamFacts, number: int, **found: Any) -> TeamFacts:
    """The same team, with what was found out about a member."""
    members = list(facts.members)
    members[number] = replace(members[number], **found)
    return replace(facts, members=members)
