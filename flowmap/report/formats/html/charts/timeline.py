"""Streams and captures over time: which member carried what, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flowmap.document.model import Direction, Report, Stream
from flowmap.document.quantities import plain
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, shortened, shortened_path
from flowmap.report.formats.html.charts.lanes import Bar, Lane, Tick, lanes_over_time
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis, time_axis
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.figures.over_time import MEMBER
from flowmap.report.sections.figures.timeline import FILE, captured_figure, lane_of, timeline_figure
from flowmap.report.sections.streams.order import by_urgency, judged_of
from flowmap.words import word

__all__ = ["capture_chart", "drawn_streams", "timeline_chart"]

_LANES = 40
_NAMED = 4


def drawn_streams(report: Report) -> list[Stream]:
    """Return the judged streams that have a lane: all, or those with trouble first, in the order of migrations."""
    streams = [stream for stream in by_urgency(report.streams, _LANES) if stream.judged]
    if len(streams) * 2 > _LANES:
        streams = streams[: _LANES // 2]  # trouble must not be what is cut
    return sorted(streams, key=lambda s: (s.migration_id or 0, s.first_ns or 0, s.id))


def timeline_chart(report: Report, streams: Sequence[Stream], scene: Scene) -> Chart | None:
    """Return a lane for each of the `streams` by direction over time in its member's colour, moves marked with their cause."""
    lanes = [lane for stream in streams for lane in _stream_lanes(stream, scene)]
    if not lanes:
        return None
    sheet = Sheet()
    chart = lanes_over_time(sheet, lanes, MEMBER, scene)
    left_out = judged_of(report.streams) - len(streams)
    return scene.draw(timeline_figure(streams, left_out, scene.axis.note()), chart, sheet)


def _stream_lanes(stream: Stream, scene: Scene) -> Iterator[Lane]:
    for direction in stream.directions:
        bars = list(_direction_bars(direction, scene))
        if not bars:
            continue
        ticks = [Tick(scene.axis.at(m.ts_ns)) for m in direction.moves]
        yield Lane(scene.speech.text(lane_of(stream, direction)), bars, ticks)


def _direction_bars(direction: Direction, scene: Scene) -> Iterator[Bar]:
    axis, marks = scene.axis, scene.marks
    used = [m for m in direction.members if m.first_ns is not None and m.last_ns is not None and m.name in marks]
    if direction.placement == "moved" and direction.moves and used:
        began, why = min(m.first_ns or 0 for m in used), ""
        for move in direction.moves:
            yield _bar(began, move.ts_ns - (move.gap_ns or 0), axis, marks[move.from_], why)
            began, why = move.ts_ns, scene.speech.text(word(move.cause or ""))
        yield _bar(began, max(m.last_ns or 0 for m in used), axis, marks[direction.moves[-1].to], why)
        return
    together = " ".join(f"{marks[m.name].sign} {shortened(plain(m.name), 16)}" for m in used[:_NAMED])
    for part, m in enumerate(used):
        own = _bar(m.first_ns or 0, m.last_ns or 0, axis, marks[m.name])
        yield replace(own, text="" if part else together, part=part, parts=len(used)) if len(used) > 1 else own


def _bar(first: int, last: int, axis: TimeAxis, mark: Mark, why: str = "") -> Bar:
    """Return a bar of one member, and `why` the stream came there."""
    name = f"{mark.sign} {shortened(plain(mark.name), 24)}"
    text, shorter = (f"{why} → {name}", (why, name, mark.sign)) if why else (name, (mark.sign,))
    return Bar(axis.at(first), axis.at(last), mark.color, text, shorter=shorter)


def capture_chart(report: Report, marks: Mapping[str, Mark], speech: Speech) -> Chart | None:
    """Draw from when to when each member was captured."""
    axis = time_axis(report, ())
    members = [m for m in report.members if not m.aggregate and m.first_ns is not None and m.last_ns is not None][
        :_LANES
    ]
    if axis is None or not members:
        return None
    lanes = []
    for m in members:
        timed = [c for c in m.captures if c.first_ns is not None and c.last_ns is not None][:50]
        spans = [
            (axis.at(c.first_ns or 0), axis.at(c.last_ns or 0), speech.text(shortened_path(c.path, 60))) for c in timed
        ]
        bars = [Bar(first, last, marks[m.name].color, path) for first, last, path in spans]
        lanes.append(Lane(f"{marks[m.name].sign} {shortened(speech.text(m.name), 22)}", bars))
    shared = min(m.last_ns or 0 for m in members) - max(m.first_ns or 0 for m in members)
    sheet, scene = Sheet(), Scene(axis, marks, speech)
    chart = lanes_over_time(sheet, lanes, FILE, scene, marked=False)
    return scene.draw(captured_figure(shared, axis.end_ns - axis.start_ns), chart, sheet)
