"""Findings about where streams were placed: sprayed, moved and why, mirrored, undecided; and what to do about that case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flowmap.facts.model import Direction, StreamFacts, TeamFacts
from flowmap.finding import Finding, Rule, Severity
from flowmap.message import Message, listed, msg, nmsg, number_word
from flowmap.verdict.claims.pinned import direction_verdict
from flowmap.verdict.claims.results import cannot_tell
from flowmap.verdict.findings.placement.rules import FM101, FM102, FM103, FM104, FM105, FM106, FM107, FM108
from flowmap.verdict.findings.stream_filter import stream_filter
from flowmap.verdict.placement.scene import follows_host
from flowmap.verdict.sentences import direction_text
from flowmap.words import word

__all__ = ["AT_THE_SWITCH", "placement_findings"]

_BY_CAUSE = {
    "failover": FM103,
    "member-set-change": FM104,
    "rebalance": FM105,
    "flowlet": FM106,
    "unexplained": FM102,
}
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
        "a mode that hashes addresses and ports."
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
_AT_SOME_HOST = msg(
    "The host chooses here: look there for what moved streams at that time: a mode that rebalances by load or at pauses, a "
    "changed hash policy, a flapping port. If the capture ends soon after the move, capture longer."
)

_FOLLOWED = msg(
    "Look at the host: it sent over the new member at that time, and without a channel the switch delivers where it last saw "
    "the host send."
)


def placement_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield what there is to know of where each judged stream-direction was placed."""
    for stream in team.judged:
        for direction in stream.directions:
            yield from _placement(stream, direction, team)


def _placement(stream: StreamFacts, direction: Direction, team: TeamFacts) -> Iterator[Finding]:
    placed = direction.placed
    if placed.placement in ("single", "absent") or (placed.placement == "undecided" and cannot_tell(team)):
        return
    what = direction_text(direction)
    names = [team.members[share.member].name for share in direction.shares]
    subject = {"stream": stream.number, "direction": direction.side, "members": names}
    evidence, shows = _evidence(direction, team), stream_filter(direction)
    if placed.placement == "sprayed":
        said = {"what": what, "names": listed(names), "reason": placed.reason}
        text = (
            msg(
                "{what} alternates between {names}: {reason}. The configured mode does this by design; it still limits and "
                "reorders the stream.",
                **said,
            )
            if direction.expected
            else msg("{what} alternates between {names}: {reason}.", **said)
        )
        yield Finding(FM101, "error", text, subject, evidence, shows, _SPRAYED_BY[direction.side])
    elif placed.placement == "moved":
        rule, severity = _moved(direction, team)
        text, action = _moved_text(direction, team), _moved_action(rule, direction, team)
        yield Finding(rule, severity, text, subject, {**evidence, "moves": _steps(direction, team)}, shows, action)
    elif placed.placement == "mirrored":
        text = msg("{what}: {reason}; each is counted once.", what=what, reason=placed.reason)
        yield Finding(FM107, "info", text, subject, evidence, shows)
    else:
        text = msg("{what}: {reason}.", what=what, reason=placed.reason)
        yield Finding(FM108, "warning", text, subject, evidence, shows)


def _evidence(direction: Direction, team: TeamFacts) -> dict[str, Any]:
    o = direction.observation
    if o is None:  # on one member
        packets = sum(share.packets for share in direction.shares) - (direction.duplicates or 0)
        return {
            "expected": direction.expected,
            "switches": 0,
            "median_run": float(packets),
            "duplicates": 0,
            "packets": {team.members[share.member].name: packets for share in direction.shares},
            "sequence_changes": 0,
            "sequence_steps": max(0, packets - 1),
        }
    evidence = {
        "expected": direction.expected,
        "packets": {team.members[m].name: count for m, count in sorted(o.packets.items())},
        "switches": o.switch_count,
        "median_run": o.median_run,
        "duplicates": o.duplicates,
        "sequence_changes": o.changes_in_order,
        "sequence_steps": o.steps_in_order,
    }
    if direction.in_part is not None:
        evidence |= {
            "looked_at": o.seen,
            "of_packets": sum(share.packets for share in direction.shares),
            "sent_again": direction.in_part.sent_again,
        }
    return evidence


def _steps(direction: Direction, team: TeamFacts) -> list[dict[str, Any]]:
    return [
        {
            "ts_ns": move.ts_ns,
            "from": team.members[move.old].name,
            "to": team.members[move.new].name,
            "gap_ns": move.gap_ns,
            "cause": move.cause,
        }
        for move in direction.placed.moves
    ]


def _moved(direction: Direction, team: TeamFacts) -> tuple[Rule, Severity]:
    """Return a move that the known algorithm makes is news, not trouble; one for a failure is."""
    if direction_verdict(direction, team) == "fail":
        return FM102, "error"
    cause = direction.placed.cause
    return _BY_CAUSE[str(cause)], "info" if direction.expected and cause in ("rebalance", "flowlet") else "warning"


def _moved_text(direction: Direction, team: TeamFacts) -> Message:
    """Return the time between two packets: how much of it is the sender's own pause cannot be seen."""
    moves, cause = direction.placed.moves, word(direction.placed.cause)
    left = msg(
        "{what} left {old} for {new} ({cause}): its last packet on {old}, its first on {new} {gap:.1f} ms later",
        what=direction_text(direction),
        old=team.members[moves[0].old].name,
        new=team.members[moves[0].new].name,
        gap=moves[0].gap_ns / 1e6,
        cause=cause,
    )
    if len(moves) > 1:
        left = nmsg(
            "{left}; it moved one more time",
            "{left}; it moved {number} more times",
            len(moves) - 1,
            left=left,
            number=number_word(len(moves) - 1),
        )
    if all(move.switched_over for move in moves):
        return msg(
            "{left}. The link of {old} was up meanwhile: the team switched over.",
            left=left,
            old=team.members[moves[0].old].name,
        )
    if direction.placed.too_soon:
        return msg("{left}. The capture ends too soon to tell more.", left=left)
    if direction.placed.cause == "failover":
        return msg("{left}. The failover may have been shorter: pauses of the sender count in that.", left=left)
    return msg("{left}.", left=left)


def _moved_action(rule: Rule, direction: Direction, team: TeamFacts) -> Message | None:
    """Return what to do in this case; None: what the page of the code says."""
    if rule is FM103:
        failed = _left(direction, "failover", team)
        return nmsg(
            "Find out why {names} lost its link: cable, transceiver, switch port, driver.",
            "Find out why {names} lost their links: cable, transceiver, switch port, driver.",
            len(failed),
            names=listed(failed),
        )
    over = [move for move in direction.placed.moves if move.switched_over]
    if rule is FM104 and over:
        return msg(
            "Find out on the host who or what made {new} the active member.", new=team.members[over[-1].new].name
        )
    if rule is not FM102:
        return None
    if not team.expectation.rows and all(follows_host(direction, move, team) for move in direction.placed.moves):
        return _FOLLOWED
    if direction.side == "rx" and not _host_decides(team):
        return AT_THE_SWITCH
    if direction.side == "tx" or direction.side == "rx":
        return _AT_THE_HOST if direction.expected is False else _AT_SOME_HOST
    return None


def _host_decides(team: TeamFacts) -> bool:
    """Return whether, in the mode that is known, the host's own sending decides where it receives."""
    return bool(team.expectation.rows) and all(row.rx != "switch" for row in team.expectation.rows)


def _left(direction: Direction, cause: str, team: TeamFacts) -> Sequence[str]:
    """Return members that it left for this cause."""
    return list(dict.fromkeys(team.members[move.old].name for move in direction.placed.moves if move.cause == cause))
