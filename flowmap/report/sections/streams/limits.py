"""What limited the migrations, in few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flowmap.document.listing import MigrationListing
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.document.streams import Migration

__all__ = ["limit_counts", "limit_lines"]

_LIMITED = {
    "member-line-rate": msg("limited by a full member"),
    "shared-member": msg("limited by a full member that they shared"),
    "receiver-window": msg("limited by the receiver's window"),
    "loss": msg("limited by lost packets"),
    "sender": msg("limited by the sender"),
    "cpu": msg("limited by one processor, or a cap"),
}


def limit_lines(migrations: Sequence[Migration]) -> list[Message]:
    """Return one for each thing that limited some: which migrations, and the reason, that of the largest where they differ."""
    limited: dict[str, list[Migration]] = {}
    for one in migrations:
        if one.limited_by is not None and one.limit_evidence is not None:
            limited.setdefault(one.limited_by, []).append(one)
    return [_limit_line(limit, own) for limit, own in limited.items()]


def _limit_line(limit: str, own: Sequence[Migration]) -> Message:
    largest = max(own, key=lambda one: one.bytes)
    reasons = {one.limit_evidence.reason for one in own if one.limit_evidence is not None}
    said = nmsg(
        "{limit} (migration {numbers})",
        "{limit} (migrations {numbers})",
        len(own),
        limit=word(limit),
        numbers=listed([str(one.id) for one in own]),
    )
    reason = "" if largest.limit_evidence is None else largest.limit_evidence.reason
    if len(reasons) > 1:
        return msg(
            "{limited}; migration {number}, the largest: {reason}", limited=said, number=largest.id, reason=reason
        )
    return msg("{limited}: {reason}", limited=said, reason=reason)


def _limits(migrations: Sequence[Migration]) -> Iterable[str | None]:
    return migrations.limits() if isinstance(migrations, MigrationListing) else [one.limited_by for one in migrations]


def limit_counts(report: Report) -> Message:
    """Return how many migrations each thing limited; empty where nothing is known of any."""
    counts = Counter(limit for limit in _limits(report.migrations) if limit is not None)
    if not set(counts) - {"unknown"}:
        return glue()
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    if len(ordered) == 1 and len(report.migrations) == ordered[0][1]:
        number = ordered[0][1]
        every = msg("Both migrations") if number == 2 else msg("All {number} migrations", number=number)
        subject = msg("The migration") if number == 1 else every
        return msg("{subject}: {limited}.", subject=subject, limited=_LIMITED[ordered[0][0]])
    said = [
        msg("{number} {limited}", number=number, limited=_LIMITED[name])
        for name, number in ordered
        if name != "unknown"
    ]
    if unknown := counts["unknown"]:
        said.append(msg("{number} unknown", number=unknown))
    return msg("Migrations: {limits}.", limits=glue(*said, between=", "))
