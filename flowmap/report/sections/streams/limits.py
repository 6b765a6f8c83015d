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
    """Return one for each thing that limited some: which migrations, and the reason of the largest."""
    numbers: dict[str, list[str]] = {}
    largest: dict[str, tuple[int, str]] = {}
    for one in migrations:
        if one.limited_by is not None and one.limit_evidence is not None:
            numbers.setdefault(one.limited_by, []).append(str(one.id))
            if one.bytes > largest.get(one.limited_by, (-1, ""))[0]:
                largest[one.limited_by] = one.bytes, one.limit_evidence.reason
    return [
        nmsg(
            "{limit} (migration {numbers}): {reason}",
            "{limit} (migrations {numbers}): {reason}",
            len(own),
            limit=word(limit),
            numbers=listed(own),
            reason=largest[limit][1],
        )
        for limit, own in numbers.items()
    ]


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
