"""Findings about what counters show beside the captures: drops and errors, and bytes that bypassed the host's stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowmap.facts.model import Direction, TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.team.counters.model import Counter
from flowmap.team.members import TeamMember
from flowmap.verdict.findings.limits.rules import FM409, FM410
from flowmap.verdict.quality.counters import bypassed

__all__ = ["counter_findings"]

_DROPPED = 0.001
_LOSSES: tuple[Counter, ...] = ("rx_drops", "tx_drops", "rx_errors", "tx_errors")


def counter_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield drops and errors where they matter, and what no capture of the host can hold."""
    yield from _dropped(team)
    yield from _bypass(team)


def _dropped(team: TeamFacts) -> Iterator[Finding]:
    """Yield drops and errors of members, where streams lost packets, or enough to matter."""
    lossy = [stream.bulk for stream in team.judged if stream.limit is not None and stream.limit.by == "loss"]
    found: dict[str, dict[str, int]] = {}
    for member in team.team_members:
        own = team.counters.get(member.number)
        counts = {str(name): count for name in _LOSSES if own is not None and (count := own.values.get(name, 0))}
        packets = own.both("packets") if own is not None else None
        if counts and (lossy or sum(counts.values()) > _DROPPED * max(1, packets or 0)):
            found[member.name] = counts
    if not found:
        return
    sums = {name: sum(counts.values()) for name, counts in found.items()}
    said = listed(
        [
            nmsg("{count:,} packet on {member}", "{count:,} packets on {member}", count, count=count, member=name)
            for name, count in sums.items()
        ]
    )
    text = msg("Between the readings, counters show drops or errors: {said}.", said=said)
    explained = sum(_where_lost(lossy, member, found.get(member.name, {})) for member in team.team_members)
    if lossy:
        text = glue(text, _explains(explained, sum(direction.retransmitted or 0 for direction in lossy)))
    by_kind = {str(name): sum(counts.get(name, 0) for counts in found.values()) for name in _LOSSES}
    evidence = {name: count for name, count in by_kind.items() if count}
    yield Finding(FM409, "warning" if explained else "info", text, {"members": list(found)}, evidence)


def _where_lost(lossy: Sequence[Direction], member: TeamMember, counts: Mapping[str, int]) -> int:
    """Return how many packets a member dropped in a direction in which a stream on it lost some."""
    sides = {direction.side for direction in lossy if any(share.member == member.number for share in direction.shares)}
    if "unknown" in sides:
        sides |= {"rx", "tx"}
    return sum(count for name, count in counts.items() if name.partition("_")[0] in sides)


def _explains(explained: int, sent_again: int) -> Message:
    """Return what drops have to do with packets that were sent again.

    A dropped large frame is sent again as many packets.
    """
    if not explained:
        return msg("None of it is where streams lost packets: those were lost elsewhere on their way.")
    if 2 * explained < sent_again:
        return msg(
            "That is less than the {sent_again:,} packets that were sent again: most were lost elsewhere.",
            sent_again=sent_again,
        )
    return msg("That explains packets that were sent again.")


def _bypass(team: TeamFacts) -> Iterator[Finding]:
    """Yield how bytes that no capture of the host can hold are distributed over the members: nothing more is known of them."""
    found = bypassed(team)
    if found is None:
        return
    received, sent = (sum(own[side] for own in found.by_member.values()) for side in (0, 1))
    text = msg(
        "By the counters, {what} moved {amount} that no capture of this host holds: {said}. This is their distribution "
        "only; which stream took which member is not in counters.",
        what=found.what,
        amount=found.amount,
        said=found.said,
    )
    evidence = {"bypass": found.kind, "bypass_tx_bytes": sent, "bypass_rx_bytes": received, "counts": found.counts}
    yield Finding(FM410, "info" if team.judged else "warning", text, {"members": list(found.by_member)}, evidence)
