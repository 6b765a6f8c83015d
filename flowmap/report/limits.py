"""What limited the migrations, in few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.verdict.words import word

if TYPE_CHECKING:
    from flowmap.report.document import Report
    from flowmap.report.streams import Migration

__all__ = ["limit_counts", "limit_lines", "limit_reason"]


def limit_reason(migration: Migration) -> Message:
    """Word and reason; empty where it was not examined."""
    if migration.limited_by is None or migration.limit_evidence is None:
        return glue()
    return msg("{limit}: {reason}", limit=word(migration.limited_by), reason=migration.limit_evidence.reason)


def limit_lines(migrations: Sequence[Migration]) -> list[Message]:
    """One for each thing that limited some: which migrations, and the reason of the largest."""
    groups: dict[str, list[Migration]] = {}
    for one in migrations:
        if one.limited_by is not None and one.limit_evidence is not None:
            groups.setdefault(one.limited_by, []).append(one)
    return [
        nmsg("{limit} (migration {numbers}): {reason}", "{limit} (migrations {numbers}): {reason}", len(group),
             limit=word(limit), numbers=listed([str(m.id) for m in group]), reason=_reason(group))
        for limit, group in groups.items()
    ]  # fmt: skip


def _reason(group: Sequence[Migration]) -> str:
    largest = max(group, key=lambda m: m.bytes)
    return largest.limit_evidence.reason if largest.limit_evidence else ""


def limit_counts(report: Report) -> Message:
    """How many migrations each thing limited; empty where nothing is known of any."""
    counts = Counter(m.limited_by for m in report.migrations if m.limited_by is not None)
    if not set(counts) - {"unknown"}:
        return glue()
    said = [glue(str(number), word(name)) for name, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return msg("Migrations limited by: {limits}.", limits=glue(*said, between=", "))
