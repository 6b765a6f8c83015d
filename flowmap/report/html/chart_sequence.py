"""Sequence numbers over time of streams that were moved or sprayed, by member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowmap.message import listed, msg
from flowmap.report.document import Direction, Report
from flowmap.report.evidence import Evidence, SequencePoints
from flowmap.report.html.charts import Chart, Sheet, axis_since, chart_of
from flowmap.report.html.marks import Mark
from flowmap.report.html.speech import Speech
from flowmap.report.labels import by_urgency
from flowmap.report.words import endpoint, moment, plain

__all__ = ["sequence_charts"]

_SEQUENCES = 6
_MANY_CHANGES = 8
_DRAWN_NEAR = 60
_NANO = 10**9


def sequence_charts(report: Report, evidence: Evidence, marks: Mapping[str, Mark], speech: Speech) -> tuple[list[Chart], int]:
    """(charts of moved and sprayed directions, how many more there are)."""
    rank = {stream.id: n for n, stream in enumerate(by_urgency(report.streams))}
    ordered = sorted(evidence.sequences, key=lambda points: (rank.get(points.stream, len(rank)), points.source))
    charts = []
    for number, points in enumerate(ordered[:_SEQUENCES]):
        found = [d for s in report.streams if s.id == points.stream for d in s.directions]
        direction = next((d for d in found if (d.src.ip, d.src.port) == points.source), None)
        if direction is not None and len(points.ts_ns):
            charts.append(_sequence(number, points, direction, marks, speech))
    return charts, len(evidence.sequences) - len(charts) + evidence.sequences_cut


def _sequence(number: int, points: SequencePoints, direction: Direction, marks: Mapping[str, Mark], speech: Speech) -> Chart:
    import altair

    start, sheet = int(points.ts_ns.min()), Sheet()
    names = [plain(name) for name in points.members]
    used = [marks[name] for name in points.members]
    color = altair.Color("m:N", scale=altair.Scale(domain=names, range=[mark.color for mark in used]), legend=None)
    shape = altair.Shape("m:N", scale=altair.Scale(domain=names, range=[mark.shape for mark in used]), legend=None)

    def panel(chosen: Any, title: str, unit_ns: int, unit: str, size: int) -> Any:
        begin = int(points.ts_ns[chosen].min(initial=points.ts_ns.max()))
        base = int(points.position[chosen].min(initial=points.position.max()))
        rows = [
            {"t": round((ts - begin) / unit_ns, 4), "v": (position - base) / 1000, "m": names[member]}
            for ts, position, member in zip(
                points.ts_ns[chosen].tolist(), points.position[chosen].tolist(), points.member[chosen].tolist(), strict=True
            )
        ]
        x = altair.X("t:Q", title=unit, axis=altair.Axis(tickCount=6), scale=altair.Scale(nice=False))
        y = altair.Y("v:Q", title=speech.text(msg("kB of the stream")), axis=altair.Axis(tickCount=5))
        told = {"m:N": msg("member"), "t:Q": msg("time, s") if unit_ns == _NANO else msg("time, ms"), "v:Q": "kB"}
        tooltip = [altair.Tooltip(name, title=speech.text(title)) for name, title in told.items()]
        marked = sheet.chart(rows).mark_point(filled=True, size=size, opacity=0.85)
        marked = marked.encode(x=x, y=y, color=color, shape=shape, tooltip=tooltip)
        return marked.properties(width=330, height=190, title=title).interactive(name=f"zoom{unit_ns}")

    whole = panel(~points.closeup, speech.text(msg("whole stream")), _NANO, axis_since(start, speech), 10)
    panels = [whole]
    closeup = _near_the_change(points)
    if closeup.any():
        near = int(points.ts_ns[closeup].min())
        title = speech.text(msg("every packet around the first change"))
        axis = speech.text(msg("milliseconds since {time}", time=moment(near, date=False)))
        panels.append(panel(closeup, title, 10**6, axis, 26))
    flow = f"{endpoint(direction.src.ip, direction.src.port)} → {endpoint(direction.dst.ip, direction.dst.port)}"
    title = msg("#{stream} {flow}: sequence over time", stream=points.stream, flow=flow)
    text = msg(
        "Stream {stream}, {flow}: {points} of {packets} packets with payload, drawn on {members}.", stream=points.stream,
        flow=flow, points=speech.number(int((~points.closeup).sum())),
        packets=speech.number(points.packets), members=listed(names),
    )  # fmt: skip
    return chart_of(f"sequence-{number}", title, text, altair.hconcat(*panels, spacing=28), sheet, speech)


def _near_the_change(points: SequencePoints) -> Any:
    """Which points to draw large: all of the close-up, or, where the member changes all the time, some around the first one."""
    near = np.flatnonzero(points.closeup)
    members = points.member[near]
    changes = np.flatnonzero(members[1:] != members[:-1])
    if len(changes) > _MANY_CHANGES:
        first = max(0, int(changes[0]) + 1 - _DRAWN_NEAR // 4)
        near = near[first : first + _DRAWN_NEAR]
    chosen = np.zeros(len(points.closeup), dtype=bool)
    chosen[near] = True
    return chosen
