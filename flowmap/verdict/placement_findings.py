"""Findings about where streams were placed: sprayed, moved and why, mirrored, undecided; and what to do about that case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flowmap.message import Message, listed, msg, nmsg, number_word
from flowmap.verdict.facts import Direction, StreamFacts, TeamFacts
from flowmap.verdict.pinned import direction_verdict
from flowmap.verdict.sentences import direction_text
from flowmap.verdict.stream_filter import stream_filter
from flowmap.verdict.words import word

__all__ = ["AT_THE_SWITCH", "placement_findings"]

_BY_CAUSE = {
    "failover": "FM103", "member-set-change": "FM104", "rebalance": "FM105", "flowlet": "FM106", "unexplained": "FM102",
}  # fmt: skip
_SPRAYED_BY = {
    "tx": msg(
        "Look at the host, which sends this direction: balance-rr on Linux, or a packet-based mode. Choose a mode that hashes "
        "addresses and ports."
    ),
    "rx": msg(
        "Look at the switch, which sends this direction: a round-robin or packet-based channel. Choose one that hashes "
        "addresses and ports."
    ),
    "unknown": msg(
        "Look at who sends this direction, host or switch: balance-rr on Linux, a round-robin or packet-based channel. Choose "
        "a mode that hashes addresses and ports. With --local ADDR, an address of the teamed host, flowmap says who it is."
    ),
}
AT_THE_SWITCH = msg(
    "The switch chooses where the host receives: look there for what moved streams at that time: a hash that follows load or "
    "gaps (dynamic, adaptive, rebalancing), a changed hash policy, a flapping port. If the capture ends soon after the move, "
    "capture longer."
)
_AT_THE_HOST = msg(
    "Check that the host has the mode named here, which leaves a healthy stream where it is. If it has, look for what changed "
    "at that time: table rebuilds, a changed hash policy, a flapping port. If the capture ends soon after the move, capture "
    "longer."
)


def placement_findings(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Keyword arguments of `Finding`, one after the other."""
    for stream in team.judged:
        for direction in stream.directions:
            yield from _placement(stream, direction, team)


def _placement(stream: StreamFacts, direction: Direction, team: TeamFacts) -> Iterator[dict[str, Any]]:
    placed, what = direction.placed, direction_text(direction)
    if placed.placement in ("single", "absent") or (placed.placement == "undecided" and team.two_hosts is not None):
        return
    names = [team.members[share.member].name for share in direction.shares]
    evidence = _evidence(direction, team)
    common: dict[str, Any] = {
        "subject": {"stream": stream.number, "direction": direction.side, "members": names},
        "evidence": evidence, "wireshark_filter": stream_filter(direction),
    }  # fmt: skip
    if placed.placement == "sprayed":
        said = {"what": what, "names": listed(names), "reason": placed.reason}
        text = msg(
            "{what} alternates between {names}: {reason}. The configured mode does this by design; it still limits and "
            "reorders the stream.", **said,
        ) if direction.expected else msg("{what} alternates between {names}: {reason}.", **said)  # fmt: skip
        yield {"code": "FM101", "severity": "error", "explanation": text, "action": _SPRAYED_BY[direction.side], **common}
    elif placed.placement == "moved":
        yield {**common, **_moved(direction, team, evidence)}
    elif placed.placement == "mirrored":
        text = msg("{what}: {reason}; each is counted once.", what=what, reason=placed.reason)
        yield {"code": "FM107", "severity": "info", "explanation": text, **common}
    else:
        text = msg("{what}: {reason}.", what=what, reason=placed.reason)
        yield {"code": "FM108", "severity": "warning", "explanation": text, **common}


def _evidence(direction: Direction, team: TeamFacts) -> dict[str, Any]:
    o = direction.observation
    if o is None:
        return {"expected": direction.expected}
    return {
        "expected": direction.expected,
        "packets": {team.members[m].name: count for m, count in sorted(o.packets.items())},
        "switches": o.switch_count, "median_run": o.median_run, "duplicates": o.duplicates,
        "sequence_changes": o.changes_in_order, "sequence_steps": o.steps_in_order,
    }  # fmt: skip


def _moved(direction: Direction, team: TeamFacts, evidence: dict[str, Any]) -> dict[str, Any]:
    placed = direction.placed
    steps = [
        {"ts_ns": move.ts_ns, "from": team.members[move.old].name, "to": team.members[move.new].name,
         "gap_ns": move.gap_ns, "cause": move.cause}
        for move in placed.moves
    ]  # fmt: skip
    fails = direction_verdict(direction, team) == "fail"
    code = "FM102" if fails else _BY_CAUSE[str(placed.cause)]
    return {
        "code": code, "severity": "error" if fails else "warning", "explanation": _moved_text(direction, team),
        "evidence": {**evidence, "moves": steps}, "action": _moved_action(code, direction, team),
    }  # fmt: skip


def _moved_text(direction: Direction, team: TeamFacts) -> Message:
    """The time between two packets is told as that: how much of it is the sender's own pause cannot be seen."""
    moves, cause = direction.placed.moves, word(direction.placed.cause)
    left = msg(
        "{what} left {old} for {new} ({cause}): its last packet on {old}, its first on {new} {gap:.1f} ms later",
        what=direction_text(direction), old=team.members[moves[0].old].name, new=team.members[moves[0].new].name,
        gap=moves[0].gap_ns / 1e6, cause=cause,
    )  # fmt: skip
    if len(moves) > 1:
        left = nmsg("{left}; it moved one more time", "{left}; it moved {number} more times",
                    len(moves) - 1, left=left, number=number_word(len(moves) - 1))  # fmt: skip
    if direction.placed.too_soon:
        return msg("{left}. The capture ends too soon to tell more.", left=left)
    if direction.placed.cause == "failover":
        return msg("{left}. The failover may have been shorter: pauses of the sender count in that.", left=left)
    return msg("{left}.", left=left)


def _moved_action(code: str, direction: Direction, team: TeamFacts) -> Message | None:
    """What to do in this case; None: what the page of the code says."""
    if code == "FM103":
        failed = _left(direction, "failover", team)
        return nmsg(
            "Find out why {names} lost its link: cable, transceiver, switch port, driver.",
            "Find out why {names} lost their links: cable, transceiver, switch port, driver.", len(failed),
            names=listed(failed),
        )  # fmt: skip
    if code == "FM102" and direction.side == "unknown":
        return msg(
            "Name an address of the teamed host (--local ADDR), and mode and algorithm (--mode, --algorithm) if the move is "
            "normal for them. Otherwise look at what changed at that time: table rebuilds, a changed hash policy, a flapping "
            "port."
        )
    if code == "FM102" and direction.side == "rx" and team.expectation.switch_chooses:
        return AT_THE_SWITCH
    return _AT_THE_HOST if code == "FM102" and direction.side == "tx" and direction.expected is False else None


def _left(direction: Direction, cause: str, team: TeamFacts) -> Sequence[str]:
    """Members that it left for this cause."""
    return list(dict.fromkeys(team.members[move.old].name for move in direction.placed.moves if move.cause == cause))
