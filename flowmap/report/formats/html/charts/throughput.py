"""Throughput of each member over time, received and sent apart, with the line rate where it is known and near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

import numpy as np

from flowmap.document.model import Report
from flowmap.document.quantities import plain
from flowmap.document.series import Series
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.formats.html.charts.drawing import (
    Chart,
    Sheet,
    Spec,
    chart_of,
    nominal,
    quantity,
    shortened,
    tooltip,
    zoom,
)
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.charts.time_axis import TimeAxis, framed
from flowmap.report.formats.html.speech import Speech

__all__ = ["throughput_charts"]

_MEMBERS = 8
_BINS = 205
_LANE, _TOP, _FLOOR = 62, 0.12, 0.94
"""Height of a member's lane, px, and where in it the highest and no rate are drawn."""
_NANO = 10**9
_WORTH_A_CHART = 0.01
"""A side with a smaller part of the bytes is not drawn: of a known host only control frames have no direction."""


def throughput_charts(
    report: Report, series: Series, axis: TimeAxis | None, marks: Mapping[str, Mark], speech: Speech
) -> list[Chart]:
    """Return a chart of each direction: one lane for each member, with its line rate where that is known and near."""
    if not series.members or axis is None:
        return []
    names = [m.name for m in report.members if not m.aggregate and m.name in series.members]
    busiest = sorted(names, key=lambda name: -sum(int(v.sum()) for v in series.members[name].values()))[:_MEMBERS]
    names = [name for name in names if name in busiest]
    carried = {side: sum(int(series.members[name][side].sum()) for name in names) for side in ("rx", "tx", "unknown")}
    sides = [side for side, size in carried.items() if size > _WORTH_A_CHART * sum(carried.values())]
    return [_throughput(side, names, report, series, axis, marks, speech) for side in sides]


_UNITS = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1, "bit/s"))
_SIDE_TITLES = {
    "rx": msg("Received (rx) by each member"),
    "tx": msg("Sent (tx) by each member"),
    "unknown": msg("Carried by each member, direction not known"),
}


def _throughput(
    side: str,
    names: Sequence[str],
    report: Report,
    series: Series,
    axis: TimeAxis,
    marks: Mapping[str, Mark],
    speech: Speech,
) -> Chart:
    first, last, per_bin = _bins(series, axis)
    rates = {name: _rates(series.members[name][side][first:last], per_bin, series.width_ns) for name in names}
    top = max(float(rate.max(initial=0)) for rate in rates.values()) or 1.0
    speeds = {m.name: m.speed_bps for m in report.members if m.speed_bps}
    near = {name: speed for name, speed in speeds.items() if name in rates and speed <= 4 * top}
    highest = _round_above(max([top, *near.values()]))
    factor, unit = next((f, u) for f, u in _UNITS if highest >= f or f == 1)
    ceiling = highest / factor
    origin, step = axis.at(series.start_ns + first * series.width_ns), per_bin * series.width_ns / _NANO
    steps, labels, lines, limits = [], [], [], []
    for lane, name in enumerate(names):
        shown = [float(f"{rate / factor:.4g}") for rate in rates[name]]
        steps += [
            {
                "t": max(0.0, round(origin + i * step, 6)),
                "u": round(origin + (i + 1) * step, 6),
                "v": v,
                "m": plain(name),
                "y": _height(lane, v / ceiling),
                "z": lane + _FLOOR,
                "color": marks[name].color,
            }
            for i, v in enumerate(shown)
            if v
        ]
        text = f"{marks[name].sign} {shortened(plain(name), 22)}"
        labels.append({"y": lane + 0.55, "text": text, "weight": "bold", "color": "var(--ink)"})
        for part in (0, 0.5, 1):
            lines.append({"y": _height(lane, part)})
        scale = speech.figure(f"{ceiling:g} {unit}")
        labels.append({"y": _height(lane, 1) + 0.06, "text": scale, "weight": "normal", "color": "var(--quiet)"})
        if name in near:
            limits.append({"y": _height(lane, near[name] / factor / ceiling)})
    sheet = Sheet()
    chart = _lanes(sheet, steps, (labels, lines, limits), len(names), axis, unit, speech)
    note = _throughput_note(names, near, speeds, len(report.members), step, speech)
    text = _throughput_text(rates, speeds, speech)
    return chart_of(f"throughput-{side}", _SIDE_TITLES[side], text, chart, sheet, speech, note)


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


def _lanes(
    sheet: Sheet,
    steps: list[Spec],
    drawn: tuple[list[Spec], list[Spec], list[Spec]],
    count: int,
    axis: TimeAxis,
    unit: str,
    speech: Speech,
) -> Spec:
    """Return a lane below the other: lines of the scale, the rate as steps, its name and highest rate on the left."""
    labels, lines, limits = drawn
    x = axis.x("t", speech)
    y = quantity("y", scale={"domain": [0, count], "reverse": True, "nice": False}, axis=None)
    told = tooltip([nominal("m"), quantity("t"), quantity("v")], [msg("member"), msg("time, s"), unit], speech)
    fill = nominal("color", scale=None, legend=None)
    label = {"type": "text", "align": "right", "x": -8, "clip": False}
    light = {"condition": {"test": "datum.weight === 'bold'", "value": 12}, "value": 11}
    layers: list[Spec] = [
        {"data": sheet.data(lines), "mark": {"type": "rule", "color": "var(--grid)"}, "encoding": {"y": y}},
        {
            "data": sheet.data(steps),
            "mark": {"type": "rect", "opacity": 0.8, "clip": True},
            "params": zoom("zoom", "x"),
            "encoding": {"x": x, "x2": {"field": "u"}, "y": y, "y2": {"field": "z"}, "color": fill, "tooltip": told},
        },
        {
            "data": sheet.data(labels),
            "mark": label,
            "encoding": {"y": y, "text": nominal("text"), "color": fill, "size": light},
        },
    ]
    if limits:
        mark = {"type": "rule", "strokeDash": [6, 4], "strokeWidth": 1.5, "color": "var(--ink)"}
        layers.append({"data": sheet.data(limits), "mark": mark, "encoding": {"y": y}})
    return framed([*layers, *axis.marks(sheet, speech)], _LANE * count)


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


def _throughput_text(rates: Mapping[str, Any], speeds: Mapping[str, int], speech: Speech) -> Message:
    parts = []
    for name, rate in rates.items():
        values = {"member": name, "mean": speech.bits(int(rate.mean())), "peak": speech.bits(int(rate.max(initial=0)))}
        if name in speeds:
            line = speech.bits(speeds[name])
            parts.append(msg("{member}: mean {mean}, peak {peak}, line rate {line}.", line=line, **values))
        else:
            parts.append(msg("{member}: mean {mean}, peak {peak}.", **values))
    return glue(*parts)


def _throughput_note(
    names: Sequence[str], near: Mapping[str, int], speeds: Mapping[str, int], members: int, step: float, speech: Speech
) -> Message:
    parts = [msg("Each step is {span}, wire bytes of all frames.", span=speech.duration(int(step * _NANO)))]
    if near:
        parts.append(msg("The dashed line is the member's line rate."))
    elif any(name in speeds for name in names):
        parts.append(msg("The line rate is far above what is drawn."))
    else:
        parts.append(msg("The line rate is not known."))
    if members > len(names):
        parts.append(
            nmsg("{count} more member is not drawn.", "{count} more members are not drawn.", members - len(names))
        )
    return glue(*parts)
