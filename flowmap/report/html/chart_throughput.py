"""Throughput of each member over time, received and sent apart, with the line rate where it is known and near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.document import Report
from flowmap.report.html.charts import Chart, Sheet, axis_since, chart_of, shortened
from flowmap.report.html.marks import Mark
from flowmap.report.html.speech import Speech
from flowmap.report.series import Series
from flowmap.report.words import plain

__all__ = ["throughput_charts"]

_MEMBERS = 8
_BINS = 160
_WIDTH = 440
_NANO = 10**9
_WORTH_A_CHART = 0.01
"""A side with a smaller part of the bytes is not drawn: of a known host only control frames have no direction."""


def throughput_charts(report: Report, series: Series, marks: Mapping[str, Mark], speech: Speech) -> list[Chart]:
    """Received and sent apart: one row for each member, with its line rate where that is known and near."""
    if not series.members:
        return []
    names = [m.name for m in report.members if not m.aggregate and m.name in series.members]
    busiest = sorted(names, key=lambda name: -sum(int(v.sum()) for v in series.members[name].values()))[:_MEMBERS]
    names = [name for name in names if name in busiest]
    carried = {side: sum(int(series.members[name][side].sum()) for name in names) for side in ("rx", "tx", "unknown")}
    sides = [side for side, size in carried.items() if size > _WORTH_A_CHART * sum(carried.values())]
    return [_throughput(side, names, report, series, marks, speech) for side in sides]


_UNITS = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1, "bit/s"))
_SIDE_TITLES = {
    "rx": msg("Received (rx) by each member"), "tx": msg("Sent (tx) by each member"),
    "unknown": msg("Carried by each member, direction not known"),
}  # fmt: skip


def _throughput(
    side: str, names: Sequence[str], report: Report, series: Series, marks: Mapping[str, Mark], speech: Speech
) -> Chart:
    import altair

    first, per_bin = _used_bins(series, names)
    rates = {name: _rates(series.members[name][side], first, per_bin, series.width_ns) for name in names}
    top = max(float(rate.max(initial=0)) for rate in rates.values()) or 1.0
    speeds = {m.name: m.speed_bps for m in report.members if m.speed_bps}
    factor, unit = next((f, u) for f, u in _UNITS if top >= f or f == 1)
    near = {name: speed for name, speed in speeds.items() if name in rates and speed <= 4 * top}
    ceiling = max([top, *near.values()]) / factor * 1.05
    origin = series.start_ns + first[0] * series.width_ns
    step = per_bin * series.width_ns / _NANO
    rows, areas, sheet = [], [], Sheet()
    for index, name in enumerate(names):
        values = [{"t": round(i * step, 6), "v": float(f"{v / factor:.4g}")} for i, v in enumerate([*rates[name], 0.0])]
        last = index == len(names) - 1
        x_scale = altair.Scale(domain=[0, len(rates[name]) * step], nice=False)
        x_axis = altair.Axis(labels=last, tickCount=8)
        x = altair.X("t:Q", title=axis_since(origin, speech) if last else None, scale=x_scale, axis=x_axis)
        y = altair.Y("v:Q", title=unit, scale=altair.Scale(domain=[0, ceiling], nice=False), axis=altair.Axis(tickCount=3))
        area = sheet.chart(values).mark_area(
            interpolate="step-after", color=marks[name].color, opacity=0.75, clip=True
        ).encode(x=x, y=y)  # fmt: skip
        areas.append(next(reversed(sheet.datasets)))
        layers = [area]
        if name in near:
            line = sheet.chart([{"v": near[name] / factor}])
            layers.append(line.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color="var(--fail)").encode(y="v:Q"))
        title = altair.TitleParams(f"{marks[name].sign} {shortened(plain(name), 40)}", fontSize=12, offset=4)
        row = altair.layer(*layers).properties(width=_WIDTH, height=76, title=title)
        rows.append(row.interactive(f"zoom{index}", bind_y=False))
    chart = altair.vconcat(*rows, spacing=8)
    drawn = chart_of(
        f"throughput-{side}", _SIDE_TITLES[side], _throughput_text(rates, speeds, speech), chart, sheet, speech,
        _throughput_note(names, near, speeds, len(report.members), step, speech),
    )  # fmt: skip
    return replace(drawn, spec=_telling_values(drawn.spec, areas, unit, speech))


def _telling_values(spec: Mapping[str, Any], areas: Sequence[str], unit: str, speech: Speech) -> dict[str, Any]:
    """The specification with an unseen line at each step, to tell its value: an area tells but one. `areas`: their data."""
    told = [{"field": "t", "type": "quantitative", "title": speech.text(msg("time, s"))},
            {"field": "v", "type": "quantitative", "title": unit}]  # fmt: skip
    rows = []
    for row, name in zip(spec["vconcat"], areas, strict=True):
        wide = _WIDTH / max(1, len(spec["datasets"][name]) - 1)
        mark = {"type": "rule", "opacity": 0, "strokeWidth": wide, "xOffset": wide / 2, "clip": True}
        x = row["layer"][0]["encoding"]["x"]
        line = {"data": {"name": name}, "mark": mark, "encoding": {"x": x, "tooltip": told}}
        rows.append({**row, "layer": [*row["layer"], line]})
    return {**spec, "vconcat": rows}


def _used_bins(series: Series, names: Sequence[str]) -> tuple[tuple[int, int], int]:
    """First and last bin that carried anything, and how many bins are drawn as one."""
    carried = sum((side.astype(float) for name in names for side in series.members[name].values()), start=np.zeros(1))
    used = np.flatnonzero(carried)
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    return (first, last), max(1, -(-(last - first) // _BINS))


def _rates(wire: Any, bins: tuple[int, int], per_bin: int, width_ns: int) -> Any:
    """Bits per second of each drawn bin."""
    own = wire[bins[0] : bins[1]].astype(float)
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
        parts.append(msg("The line rate is not known: --speed draws it in."))
    if members > len(names):
        parts.append(nmsg("{count} more member is not drawn.", "{count} more members are not drawn.", members - len(names)))
    return glue(*parts)
