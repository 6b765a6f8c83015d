"""Sequence numbers over time of streams that were moved or sprayed, by member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.document.evidence import Evidence, SequencePoints
from flowmap.document.model import Direction, Report
from flowmap.document.quantities import endpoint, moment, plain
from flowmap.message import Message, listed, msg, nmsg
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, Spec, chart_of, nominal, quantity, tooltip, zoom
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.charts.time_axis import TimeAxis, framed
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.streams.order import by_urgency, stream_of

__all__ = ["Sequences", "sequence_charts"]

_SEQUENCES = 6
_MANY_CHANGES = 8
_DRAWN_NEAR = 60
_NANO = 10**9
_HIGH, _NEAR_HIGH = 150, 190


@dataclass(frozen=True)
class Sequences:
    """Charts of whole streams on the page's time axis, what is around each one's first change, and how many are not drawn."""

    whole: tuple[Chart, ...] = ()
    near: tuple[Chart, ...] = ()
    left_out: int = 0
    sprayed: bool = False
    """Whether a stream is sprayed, which shows from near only."""


def sequence_charts(
    report: Report, evidence: Evidence, axis: TimeAxis | None, marks: Mapping[str, Mark], speech: Speech
) -> Sequences:
    """Return the charts of moved and sprayed directions, trouble first."""
    drawn = {points.stream: stream_of(report.streams, points.stream) for points in evidence.sequences}
    first = [stream.id for stream in by_urgency([s for s in drawn.values() if s is not None], len(drawn))]
    rank = {number: n for n, number in enumerate(first)}
    ordered = sorted(evidence.sequences, key=lambda points: (rank.get(points.stream, len(rank)), points.source))
    whole, near, sprayed = [], [], False
    for number, points in enumerate(ordered[:_SEQUENCES]):
        stream = drawn[points.stream]
        found = stream.directions if stream is not None else []
        direction = next((d for d in found if (d.src.ip, d.src.port) == points.source), None)
        if direction is None or not len(points.ts_ns) or axis is None:
            continue
        whole.append(_whole(number, points, direction, axis, marks, speech))
        near += _near(number, points, direction, marks, speech)
        sprayed = sprayed or direction.placement == "sprayed"
    return Sequences(tuple(whole), tuple(near), len(evidence.sequences) - len(whole) + evidence.sequences_cut, sprayed)


def _whole(
    number: int, points: SequencePoints, direction: Direction, axis: TimeAxis, marks: Mapping[str, Mark], speech: Speech
) -> Chart:
    sheet, chosen = Sheet(), ~points.closeup
    rows = _rows(points, chosen, axis.start_ns, _NANO)
    layer = _points(sheet, rows, points, axis.x("t", speech), 9, msg("time, s"), marks, speech)
    text = msg(
        "Stream {stream}, {flow}: {points} of {packets} packets with payload, drawn on {members}.",
        stream=points.stream,
        flow=_flow(direction),
        points=speech.number(len(rows)),
        packets=speech.number(points.packets),
        members=listed([plain(name) for name in points.members]),
    )
    title = msg("#{stream} {flow}: sequence", stream=points.stream, flow=_flow(direction))
    chart = framed([layer, *axis.marks(sheet, speech)], _HIGH)
    return chart_of(f"sequence-{number}", title, text, chart, sheet, speech)


def _near(
    number: int, points: SequencePoints, direction: Direction, marks: Mapping[str, Mark], speech: Speech
) -> list[Chart]:
    """Return every packet around the first change, in milliseconds: too near to stand on the page's time axis."""
    chosen = _near_the_change(points)
    if not chosen.any():
        return []
    begin, sheet = int(points.ts_ns[chosen].min()), Sheet()
    rows = _rows(points, chosen, begin, 10**6)
    axis = speech.text(msg("milliseconds since {time}", time=moment(begin, date=False)))
    x = quantity("t", title=axis, axis={"tickCount": 10}, scale={"nice": False})
    layer = _points(sheet, rows, points, x, 24, msg("time, ms"), marks, speech)
    title = msg("#{stream} {flow}: every packet around the first change", stream=points.stream, flow=_flow(direction))
    text = nmsg(
        "{count} packet around the first change of member.",
        "{count} packets around the first change of member.",
        len(rows),
    )
    return [chart_of(f"change-{number}", title, text, framed([layer], _NEAR_HIGH), sheet, speech)]


def _rows(points: SequencePoints, chosen: Any, begin: int, unit_ns: int) -> list[Spec]:
    """Return the chosen points: time since `begin`, kB since the first of them, member."""
    base = int(points.position[chosen].min(initial=points.position.max()))
    names = [plain(name) for name in points.members]
    columns = (points.ts_ns[chosen], points.position[chosen], points.member[chosen])
    return [
        {"t": round((ts - begin) / unit_ns, 4), "v": (position - base) / 1000, "m": names[member]}
        for ts, position, member in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _points(
    sheet: Sheet,
    rows: list[Spec],
    points: SequencePoints,
    x: Spec,
    size: int,
    time: Message,
    marks: Mapping[str, Mark],
    speech: Speech,
) -> Spec:
    """Return a point for each packet in its member's colour and shape."""
    names = [plain(name) for name in points.members]
    used = [marks[name] for name in points.members]
    color = nominal("m", scale={"domain": names, "range": [mark.color for mark in used]}, legend=None)
    shape = nominal("m", scale={"domain": names, "range": [mark.shape for mark in used]}, legend=None)
    y = quantity("v", title=speech.text(msg("kB of the stream")), axis={"tickCount": 5})
    told = tooltip([nominal("m"), quantity("t"), quantity("v")], [msg("member"), time, "kB"], speech)
    return {
        "data": sheet.data(rows),
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 0.85, "clip": True},
        "encoding": {"x": x, "y": y, "color": color, "shape": shape, "tooltip": told},
        "params": zoom("zoom", "x", "y"),
    }


def _flow(direction: Direction) -> str:
    return f"{endpoint(direction.src.ip, direction.src.port)} → {endpoint(direction.dst.ip, direction.dst.port)}"


def _near_the_change(points: SequencePoints) -> Any:
    """Return which points to draw large: all of the close-up, or some around the first one, where all are changes."""
    near = np.flatnonzero(points.closeup)
    members = points.member[near]
    changes = np.flatnonzero(members[1:] != members[:-1])
    if len(changes) > _MANY_CHANGES:
        first = max(0, int(changes[0]) + 1 - _DRAWN_NEAR // 4)
        near = near[first : first + _DRAWN_NEAR]
    chosen = np.zeros(len(points.closeup), dtype=bool)
    chosen[near] = True
    return chosen
