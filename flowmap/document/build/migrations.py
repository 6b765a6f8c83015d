"""Migrations as rows of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from flowmap.document import model as doc
from flowmap.document.base import unchecked
from flowmap.document.build.streams import OBJECTS, limit_evidence, texts
from flowmap.document.build.written import written
from flowmap.document.listing import MigrationListing
from flowmap.facts.model import StreamFacts, TeamFacts
from flowmap.flow.streams.migration import Migration
from flowmap.team.host import address_text
from flowmap.verdict.speed.limits import limit_of_migration

__all__ = ["migration_rows"]

_OBJECT = unchecked(doc.Migration)


def migration_rows(team: TeamFacts, migrations: Sequence[Migration]) -> Sequence[doc.Migration]:
    """Return all migrations, in order of their first stream, made when they are asked for."""
    facts = {stream.number: stream for stream in team.judged}

    def own(migration: Migration) -> list[StreamFacts]:
        return [facts[number] for number in migration.streams]

    def made(places: Sequence[int], make: Callable[..., Any], make_limit: Callable[..., Any]) -> list[Any]:
        return [
            make(**_values(place + 1, migrations[place], own(migrations[place]), team, make_limit)) for place in places
        ]

    def limits() -> Iterator[str | None]:
        for migration in migrations:
            limit = limit_of_migration(team, own(migration))
            yield limit.by if limit else None

    def as_text(places: Sequence[int]) -> list[str]:
        return made(places, _text(), texts().limit)

    return MigrationListing(len(migrations), partial(made, make=_OBJECT, make_limit=OBJECTS.limit), limits, as_text)


@cache
def _text() -> Callable[..., str]:
    """Return what is compiled where migrations are written."""
    return written(doc.Migration, 4)


def _values(
    number: int, migration: Migration, own: Sequence[StreamFacts], team: TeamFacts, make_limit: Callable[..., Any]
) -> dict[str, Any]:
    first, last = min(s.first_ns for s in own), max(s.last_ns for s in own)
    bulk = [s.bulk for s in own]
    moved = sum(d.payload_bytes if d.once_bytes is None else d.once_bytes for d in bulk)
    resent = [d.resent_bytes for d in bulk]
    largest = max(bulk, key=lambda d: d.payload_bytes)
    peak = bulk[0].peak_bytes if len(bulk) == 1 else None
    limit = limit_of_migration(team, own)
    return {
        "id": number,
        "platform": migration.kind,
        "source_host": address_text(largest.src[0]),
        "destination_host": address_text(largest.dst[0]),
        "streams": list(migration.streams),
        "first_ns": first,
        "last_ns": last,
        "bytes": moved,
        "resent_bytes": None if None in resent else sum(one or 0 for one in resent),
        "mean_bps": moved * 8 * 10**9 // (last - first) if last > first else None,
        "peak_bps": peak * 80 if peak else None,
        "limited_by": limit.by if limit else None,
        "limit_evidence": limit_evidence(limit, make_limit),
    }
