"""Streams and captures over time: which member carried what, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flowmap.message import glue, msg, nmsg
from flowmap.report.document import Direction, Report, Stream
from flowmap.report.html.charts import (
    Bar,
    Chart,
    Lane,
    Sheet,
    Tick,
    axis_since,
    bars_over_time,
    chart_of,
    shortened,
    span_of,
)  # fmt: skip
from flowmap.report.html.marks import Mark
from flowmap.report.html.speech import Speech
from flowmap.report.labels import by_urgency
from flowmap.report.words import plain
from flowmap.verdict.words import word

__all__ = ["capture_chart", "timeline_chart"]

_LANES = 40
_NAMED = 4
_NANO = 10**9


def timeline_chart(report: Report, marks: Mapping[str, Mark], speech: Speech) -> Chart | None:
    """Each judged stream-direction with payload over time in its member's colour, moves marked with their cause."""
    streams = sorted((s for s in report.streams if s.judged), key=lambda s: (s.migration_id or 0, s.first_ns or 0, s.id))
    if len(streams) * 2 > _LANES:  # trouble must not be what is cut
        streams = sorted(by_urgency(streams)[: _LANES // 2], key=lambda s: (s.migration_id or 0, s.first_ns or 0))
    start, end = _span(streams)
    lanes = [lane for stream in streams for lane in _stream_lanes(stream, start, marks, speech)]
    if not lanes or end <= start:
        return None
    judged = sum(stream.judged for stream in report.streams)
    moves = sum(len(d.moves) for s in streams for d in s.directions)
    text = glue(
        nmsg("{count} stream over time, by member.", "{count} streams over time, by member.", len(streams)),
        nmsg("{count} move is marked with its cause.", "{count} moves are marked with their causes.", moves) if moves else "",
    )
    cut = judged - len(streams)
    note = nmsg("{count} more stream is not drawn.", "{count} more streams are not drawn.", cut) if cut > 0 else ""
    sheet = Sheet()
    chart = bars_over_time(sheet, lanes, (end - start) / _NANO, axis_since(start, speech), msg("member"), speech)
    return chart_of("timeline", msg("Migration streams over time"), text, chart, sheet, speech, note)


def _span(streams: Sequence[Stream]) -> tuple[int, int]:
    """From the first to the last packet of any of them, ns; (0, 0) where none has a time."""
    firsts = [s.first_ns for s in streams if s.first_ns is not None]
    lasts = [s.last_ns for s in streams if s.last_ns is not None]
    return (min(firsts), max(lasts)) if firsts and lasts else (0, 0)


def _stream_lanes(stream: Stream, start: int, marks: Mapping[str, Mark], speech: Speech) -> Iterator[Lane]:
    for direction in stream.directions:
        bars = list(_direction_bars(direction, start, marks, speech))
        if not bars:
            continue
        ticks = [Tick((m.ts_ns - start) / _NANO, speech.text(word(m.cause or ""))) for m in direction.moves]
        way: str = direction.direction if direction.direction != "unknown" else msg("from {ip}", ip=direction.src.ip)
        yield Lane(speech.text(msg("#{id} {kind} {way}", id=stream.id, kind=stream.kind, way=way)), bars, ticks)


def _direction_bars(direction: Direction, start: int, marks: Mapping[str, Mark], speech: Speech) -> Iterator[Bar]:
    used = [m for m in direction.members if m.first_ns is not None and m.last_ns is not None and m.name in marks]
    if direction.placement == "moved" and direction.moves and used:
        began, why = min(m.first_ns or 0 for m in used), ""
        for move in direction.moves:
            yield _bar(began, move.ts_ns - (move.gap_ns or 0), start, marks[move.from_], why)
            began, why = move.ts_ns, f"{speech.text(word(move.cause or ''))} → "
        yield _bar(began, max(m.last_ns or 0 for m in used), start, marks[direction.moves[-1].to], why)
        return
    together = " ".join(f"{marks[m.name].sign} {shortened(plain(m.name), 16)}" for m in used[:_NAMED])
    for part, m in enumerate(used):
        own = _bar(m.first_ns or 0, m.last_ns or 0, start, marks[m.name])
        yield replace(own, text="" if part else together, part=part, parts=len(used)) if len(used) > 1 else own


def _bar(first: int, last: int, start: int, mark: Mark, why: str = "") -> Bar:
    text = f"{why}{mark.sign} {shortened(plain(mark.name), 24)}"
    return Bar((first - start) / _NANO, (last - start) / _NANO, mark.color, text)


def capture_chart(report: Report, marks: Mapping[str, Mark], speech: Speech) -> Chart | None:
    """From when to when each member was captured."""
    start, end = span_of(report)
    members = [m for m in report.members if not m.aggregate and m.first_ns is not None and m.last_ns is not None][:_LANES]
    if end <= start or not members:
        return None
    lanes = []
    for m in members:
        timed = [c for c in m.captures if c.first_ns is not None and c.last_ns is not None][:50]
        spans = [((c.first_ns or 0) - start, (c.last_ns or 0) - start, speech.text(shortened(c.path, 60))) for c in timed]
        bars = [Bar(first / _NANO, last / _NANO, marks[m.name].color, path) for first, last, path in spans]
        lanes.append(Lane(f"{marks[m.name].sign} {shortened(speech.text(m.name), 26)}", bars))
    shared = min(m.last_ns or 0 for m in members) - max(m.first_ns or 0 for m in members)
    text = msg(
        "All members were captured together for {shared} of {whole}.", shared=speech.duration(max(0, shared)),
        whole=speech.duration(end - start),
    )  # fmt: skip
    sheet = Sheet()
    chart = bars_over_time(sheet, lanes, (end - start) / _NANO, axis_since(start, speech), msg("file"), speech)
    return chart_of("windows", msg("When each member was captured"), text, chart, sheet, speech)
