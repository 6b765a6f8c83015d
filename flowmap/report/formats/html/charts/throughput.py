"""Throughput of each member over time, received and sent apart, with the line rate where it is known and near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from math import floor, log10
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.document.model import Report
from flowmap.document.quantities import plain
from flowmap.document.series import Series
from flowmap.report.formats.html.charts.drawing import (
    Chart,
    Sheet,
    Spec,
    nominal,
    quantity,
    shortened,
    tooltip,
    zoom,
)
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis, framed
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.figures.over_time import MEMBER, TIME
from flowmap.report.sections.figures.throughput import Carried, throughput_figure

__all__ = ["throughput_charts"]

_MEMBERS = 8
_BINS = 205
_LANE, _TOP, _FLOOR = 62, 0.12, 0.94
"""Height of a member's lane, px, and where in it the highest and no rate are drawn."""
_NANO = 10**9
_WORTH_A_CHART = 0.01
"""A side with a smaller part of the bytes is not drawn: of a known host only control frames have no direction."""


def throughput_charts(report: Report, series: Series, scene: Scene) -> list[Chart]:
    """Return a chart of each direction: one lane for each member, with its line rate where that is known and near."""
    if not series.members:
        return []
    names = [m.name for m in report.members if not m.aggregate and m.name in series.members]
    busiest = sorted(names, key=lambda name: -sum(int(v.sum()) for v in series.members[name].values()))[:_MEMBERS]
    names = [name for name in names if name in busiest]
    carried = {side: sum(int(series.members[name][side].sum()) for name in names) for side in ("rx", "tx", "unknown")}
    sides = [side for side, size in carried.items() if size > _WORTH_A_CHART * sum(carried.values())]
    return [_throughput(side, names, report, series, scene) for side in sides]


_UNITS = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1, "bit/s"))


def _throughput(side: str, names: Sequence[str], report: Report, series: Series, scene: Scene) -> Chart:
    first, last, per_bin = _bins(series, scene.axis)
    rates = {name: _rates(series.members[name][side][first:last], per_bin, series.width_ns) for name in names}
    top = max(float(rate.max(initial=0)) for rate in rates.values()) or 1.0
    speeds = {m.name: m.speed_bps for m in report.members if m.speed_bps}
    near = {name: speed for name, speed in speeds.items() if name in rates and speed <= 4 * top}
    scale = _scale(max([top, *near.values()]))
    begin, step = scene.axis.at(series.start_ns + first * series.width_ns), per_bin * series.width_ns / _NANO
    sheet, drawn = Sheet(), _Drawn()
    for name, rate in rates.items():
        drawn.add_lane(scene.marks[name], _steps(rate, begin, step, scale), near.get(name), scale, scene.speech)
    chart = _lanes(sheet, drawn, scale.unit, scene)
    carried = [Carried(name, int(r.mean()), int(r.max(initial=0)), speeds.get(name)) for name, r in rates.items()]
    left_out = len(report.members) - len(names)
    return scene.draw(throughput_figure(side, carried, int(step * _NANO), bool(near), left_out), chart, sheet)


@dataclass(frozen=True)
class _Scale:
    """What the height of a lane stands for: `ceiling` times a unit of `factor` bits per second."""

    ceiling: float
    factor: float
    unit: str


def _scale(highest: float) -> _Scale:
    highest = _round_above(highest)
    factor, unit = next((f, u) for f, u in _UNITS if highest >= f or f == 1)
    return _Scale(highest / factor, factor, unit)


def _steps(rate: Any, begin: float, step: float, scale: _Scale) -> list[tuple[float, float, float]]:
    """Return begin and end of each step in seconds, and its rate in the scale's unit; steps without a rate are left out."""
    shown = [float(f"{value / scale.factor:.4g}") for value in rate]
    return [
        (max(0.0, round(begin + i * step, 6)), round(begin + (i + 1) * step, 6), v) for i, v in enumerate(shown) if v
    ]


@dataclass
class _Drawn:
    """What stands in the lanes: rates as steps, names and scales on their left, lines of the scales, line rates."""

    count: int = 0
    steps: list[Spec] = field(default_factory=list)
    labels: list[Spec] = field(default_factory=list)
    lines: list[Spec] = field(default_factory=list)
    limits: list[Spec] = field(default_factory=list)

    def add_lane(
        self, mark: Mark, steps: list[tuple[float, float, float]], limit: int | None, scale: _Scale, speech: Speech
    ) -> None:
        """Draw the next member's lane."""
        lane, name, ceiling = self.count, plain(mark.name), scale.ceiling
        self.count += 1
        self.steps += [
            {
                "t": t,
                "u": u,
                "v": v,
                "m": name,
                "y": _height(lane, v / ceiling),
                "z": lane + _FLOOR,
                "color": mark.color,
            }
            for t, u, v in steps
        ]
        text = f"{mark.sign} {shortened(name, 22)}"
        highest = speech.figure(f"{ceiling:g} {scale.unit}")
        self.labels += [
            {"y": lane + 0.55, "text": text, "weight": "bold", "color": "var(--ink)"},
            {"y": _height(lane, 1) + 0.06, "text": highest, "weight": "normal", "color": "var(--quiet)"},
        ]
        self.lines += [{"y": _height(lane, part)} for part in (0, 0.5, 1)]
        if limit is not None:
            self.limits.append({"y": _height(lane, limit / scale.factor / ceiling)})


def _height(lane: int, part: float) -> float:
    """Return where in its lane a part of the highest rate is drawn."""
    return lane + _FLOOR - (_FLOOR - _TOP) * part


def _round_above(value: float) -> float:
    """Return the next number that a scale may end with: 1, 1.5, 2, 3, 4, 5, 6, 8 and their tenfolds.

    >>> _round_above(9.4), _round_above(0.26), _round_above(1.0)
    (10.0, 0.3, 1.0)
    """
    power = 10.0 ** floor(log10(value))
    return next(float(f"{step * power:.3g}") for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15) if step * power >= value)


def _lanes(sheet: Sheet, drawn: _Drawn, unit: str, scene: Scene) -> Spec:
    """Return a lane below the other: lines of the scale, the rate as steps, its name and highest rate on the left."""
    x = scene.x("t")
    y = quantity("y", scale={"domain": [0, drawn.count], "reverse": True, "nice": False}, axis=None)
    told = tooltip([nominal("m"), quantity("t"), quantity("v")], [MEMBER, TIME, unit], scene.speech)
    fill = nominal("color", scale=None, legend=None)
    label = {"type": "text", "align": "right", "x": -8, "clip": False}
    light = {"condition": {"test": "datum.weight === 'bold'", "value": 12}, "value": 11}
    layers: list[Spec] = [
        {"data": sheet.data(drawn.lines), "mark": {"type": "rule", "color": "var(--grid)"}, "encoding": {"y": y}},
        {
            "data": sheet.data(drawn.steps),
            "mark": {"type": "rect", "opacity": 0.8, "clip": True},
            "params": zoom("zoom", "x"),
            "encoding": {"x": x, "x2": {"field": "u"}, "y": y, "y2": {"field": "z"}, "color": fill, "tooltip": told},
        },
        {
            "data": sheet.data(drawn.labels),
            "mark": label,
            "encoding": {"y": y, "text": nominal("text"), "color": fill, "size": light},
        },
    ]
    if drawn.limits:
        mark = {"type": "rule", "strokeDash": [6, 4], "strokeWidth": 1.5, "color": "var(--ink)"}
        layers.append({"data": sheet.data(drawn.limits), "mark": mark, "encoding": {"y": y}})
    return framed([*layers, *scene.moves(sheet)], _LANE * drawn.count)


def _bins(series: Series, axis: TimeAxis) -> tuple[int, int, int]:
    """Return first bin on the axis, the one behind the last, and how many bins are drawn as one."""
    first = max(0, (axis.start_ns - series.start_ns) // series.width_ns)
    last = max(first + 1, -((series.start_ns - axis.end_ns) // series.width_ns))
    return first, last, max(1, -(-(last - first) // _BINS))


def _rates(wire: Any, per_bin: int, width_ns: int) -> Any:
    """Return bits per second of each drawn bin."""
    own = wire.astype(float)
    own = np.pad(own, (0, -len(own) % per_bin)).reshape(-1, per_bin).sum(axis=1)
    return own * 8 * _NANO / (per_bin * width_ns)
