"""The captures behind the members, and how far the members' clocks differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import count, duration
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import (
    Cell,
    Column,
    Items,
    Line,
    MemberName,
    Name,
    Names,
    Pairs,
    Quantity,
    Section,
    Table,
    Word,
)
from flowmap.report.cut import more

if TYPE_CHECKING:
    from flowmap.document.model import CaptureInfo, ClockOffset, Report

__all__ = ["captures_section"]

_PATHS = 3


def captures_section(report: Report, most: int = 200) -> Section:
    """Return clocks, and a row for each of at most so many files."""
    clocks = [_clock(one, report.clock.reference or "") for one in report.clock.offsets if one.offset_ns]
    every = [(member.name, capture) for member in report.members for capture in member.captures]
    blocks: list[Items | Table | Line] = [Items(tuple(clocks), full=True)] if clocks else []
    if every:
        rows = tuple(_row(name, capture) for name, capture in every[:most])
        blocks.append(Table(msg("Captures"), _COLUMNS, rows, narrow=(_paths(report),), full=True))
    if len(every) > most:
        blocks.append(Line(more(len(every) - most), full=True))
    return Section("quality", msg("Capture quality"), tuple(blocks))


_COLUMNS = tuple(
    Column(title, number=number, wide=True)
    for title, number in (
        (msg("member"), False),
        (msg("file"), False),
        (msg("format"), False),
        (msg("link types"), False),
        (msg("packets"), True),
        (msg("wire bytes"), True),
        (msg("begin"), False),
        (msg("time"), True),
        (msg("kept of a packet"), True),
        (msg("lost"), True),
        (msg("state"), False),
    )
)


def _row(member: str, one: CaptureInfo) -> tuple[Cell, ...]:
    span = one.last_ns - one.first_ns if one.first_ns is not None and one.last_ns is not None else 0
    state = msg("damaged") if one.damaged else msg("last record cut") if one.truncated else msg("whole")
    kept = msg("not limited") if one.snaplen is None else count("{number} byte", "{number} bytes", one.snaplen)
    return (
        MemberName(member),
        Name(one.path),
        Name(one.format),
        Names(tuple(one.link_types)),
        Quantity(one.packets, "count"),
        Quantity(one.wire_bytes, "bytes"),
        Quantity(one.first_ns, "moment"),
        Quantity(span, "duration"),
        Quantity(one.snaplen, "count", text=kept),
        Quantity(one.drops, "count", text=None if one.drops is not None else msg("not stated")),
        Word(state, "trouble" if one.damaged or one.drops else ""),
    )


def _paths(report: Report) -> Pairs:
    """Return which files made which member: names differ from files often enough."""
    rows = []
    for member in report.members:
        paths = [capture.path for capture in member.captures]
        named = glue(*paths[:_PATHS], between=", ")
        if len(paths) > _PATHS:
            named = nmsg("{paths} and {count} more", "{paths} and {count} more", len(paths) - _PATHS, paths=named)
        if paths:
            rows.append((member.name, named))
    return Pairs(tuple(rows))


def _clock(offset: ClockOffset, reference: str) -> Message:
    """Return how far a member's clock is off, how exact that is, and whether it was taken out."""
    values = {"member": offset.member, "reference": reference, "span": duration(abs(offset.offset_ns))}
    if offset.offset_ns > 0:
        said = msg("The clock of {member} is {span} ahead of {reference}.", **values)
    else:
        said = msg("The clock of {member} is {span} behind {reference}.", **values)
    drift = msg("It drifts by {drift:.1f} ppm.", drift=offset.drift_ppm) if offset.drift_ppm else ""
    if offset.uncertainty_ns is None:
        return glue(said, drift, msg("How exact that is cannot be told."))
    exact = msg("That is exact to {margin}.", margin=duration(offset.uncertainty_ns))
    return glue(said, drift, exact, msg("It was taken out.") if offset.corrected else msg("It was not taken out."))
