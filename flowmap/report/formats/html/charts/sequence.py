"""Sequence numbers over time of streams that were moved or sprayed, by member."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.document.evidence import Evidence, SequencePoints
from flowmap.document.model import Direction, Report
from flowmap.document.quantities import plain
from flowmap.message import Message
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, Spec, nominal, quantity, tooltip, zoom
from flowmap.report.formats.html.charts.time_axis import Scene, framed
from flowmap.report.sections.figures.over_time import MEMBER, TIME
from flowmap.report.sections.figures.sequence import (
    KILOBYTES,
    MILLISECONDS,
    change_figure,
    milliseconds_since,
    sequence_figure,
)
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


def sequence_charts(report: Report, evidence: Evidence, scene: Scene) -> Sequences:
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
        if direction is None or not len(points.ts_ns):
            continue
        whole.append(_whole(number, points, direction, scene))
        near += _near(number, points, direction, scene)
        sprayed = sprayed or direction.placement == "sprayed"
    return Sequences(tuple(whole), tuple(near), len(evidence.sequences) - len(whole) + evidence.sequences_cut, sprayed)


def _whole(number: int, points: SequencePoints, direction: Direction, scene: Scene) -> Chart:
    sheet, chosen = Sheet(), ~points.closeup
    rows = _rows(points, chosen, scene.axis.start_ns, _NANO)
    layer = _points(sheet.data(rows), points, _Time(scene.x("t"), TIME, 9), scene)
    chart = framed([layer, *scene.moves(sheet)], _HIGH)
    return scene.draw(sequence_figure(number, points, direction, len(rows)), chart, sheet)


def _near(number: int, points: SequencePoints, direction: Direction, scene: Scene) -> list[Chart]:
    """Return every packet around the first change, in milliseconds: too near to stand on the page's time axis."""
    chosen = _near_the_change(points)
    if not chosen.any():
        return []
    begin, sheet = int(points.ts_ns[chosen].min()), Sheet()
    rows = _rows(points, chosen, begin, 10**6)
    title = scene.speech.text(milliseconds_since(begin))
    x = quantity("t", title=title, axis={"tickCount": 10}, scale={"nice": False})
    layer = _points(sheet.data(rows), points, _Time(x, MILLISECONDS, 24), scene)
    return [scene.draw(change_figure(number, points, direction, len(rows)), framed([layer], _NEAR_HIGH), sheet)]


def _rows(points: SequencePoints, chosen: Any, begin: int, unit_ns: int) -> list[Spec]:
    """Return the chosen points: time since `begin`, kB since the first of them, member."""
    base = int(points.position[chosen].min(initial=points.position.max()))
    names = [plain(name) for name in points.members]
    columns = (points.ts_ns[chosen], points.position[chosen], points.member[chosen])
    return [
        {"t": round((ts - begin) / unit_ns, 4), "v": (position - base) / 1000, "m": names[member]}
        for ts, position, member in zip(*(column.tolist() for column in columns), strict=True)
    ]


@dataclass(frozen=True)
class _Time:
    """The axis of time of a chart, what it is called beside a point, and how large points are on it."""

    x: Spec
    title: Message
    size: int


def _points(data: Spec, points: SequencePoints, time: _Time, scene: Scene) -> Spec:
    """Return a point for each packet in its member's colour and shape."""
    names = [plain(name) for name in points.members]
    used = [scene.marks[name] for name in points.members]
    color = nominal("m", scale={"domain": names, "range": [mark.color for mark in used]}, legend=None)
    shape = nominal("m", scale={"domain": names, "range": [mark.shape for mark in used]}, legend=None)
    y = quantity("v", title=scene.speech.text(KILOBYTES), axis={"tickCount": 5})
    told = tooltip([nominal("m"), quantity("t"), quantity("v")], [MEMBER, time.title, "kB"], scene.speech)
    return {
        "data": data,
        "mark": {"type": "point", "filled": True, "size": time.size, "opacity": 0.85, "clip": True},
        "encoding": {"x": time.x, "y": y, "color": color, "shape": shape, "tooltip": told},
        "params": zoom("zoom", "x", "y"),
    }


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
