"""Migrations: from where to where, how much in what time, and what limited each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import migrated
from flowmap.message import msg
from flowmap.report.blocks import Cell, Column, Line, Name, Pairs, Quantity, Section, StreamNumbers, Table, Word
from flowmap.report.cut import more
from flowmap.report.sections.streams.limits import limit_lines
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Migration, Report

__all__ = ["migrations_section"]

_COLUMNS = (
    Column(msg("id"), number=True),
    Column(msg("platform")),
    Column(msg("from")),
    Column(msg("to")),
    Column(msg("streams")),
    Column(msg("payload"), number=True),
    Column(msg("begin"), wide=True),
    Column(msg("time"), number=True),
    Column(msg("mean rate"), number=True),
    Column(msg("limited by"), wide=True),
)


def migrations_section(report: Report, most: int = 200) -> Section:
    """Return a row for each of at most so many migrations."""
    shown = report.migrations[:most]
    limits = tuple((msg("limited by"), line) for line in limit_lines(report.migrations))
    table = Table(
        msg("Migrations"),
        _COLUMNS,
        tuple(_row(one) for one in shown),
        narrow=(Pairs(limits, full=True),) if limits else (),
        full=True,
    )
    cut = [Line(more(len(report.migrations) - most), full=True)] if len(report.migrations) > most else []
    title, empty = msg("Migrations"), msg("No migration was seen.")
    return Section("migrations", title, (table, *cut) if shown else (), empty=empty)


def _row(one: Migration) -> tuple[Cell, ...]:
    known = one.first_ns is not None and one.last_ns is not None
    span = (one.last_ns or 0) - (one.first_ns or 0) if known else None
    reason = one.limit_evidence.reason if one.limit_evidence else ""
    return (
        Quantity(one.id, "count"),
        word(one.platform),
        Name(one.source_host or "?"),
        Name(one.destination_host or "?"),
        StreamNumbers(tuple(one.streams)),
        Quantity(one.bytes, "bytes", text=migrated(one.bytes, one.resent_bytes)),
        Quantity(one.first_ns, "clock"),
        Quantity(span, "duration"),
        Quantity(one.mean_bps, "rate"),
        Word(word(one.limited_by), why=reason) if one.limited_by else "",
    )
