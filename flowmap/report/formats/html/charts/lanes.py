"""Lanes below each other on the page's time axis: bars with their text, moments as lines with theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any

from flowmap.dataclass import dataclass
from flowmap.report.formats.html.charts.drawing import Sheet, Spec, nominal, quantity, tooltip, zoom
from flowmap.report.formats.html.charts.time_axis import LABELS, WIDTH, Scene, framed
from flowmap.report.pictures.svg import fit
from flowmap.report.sections.figures.over_time import FROM, TO

__all__ = ["Bar", "Lane", "Tick", "lanes_over_time"]

_LANE = 22
_LETTER = 7
_LABEL = 12


@dataclass(frozen=True)
class Bar:
    """An interval in seconds; `part` of `parts` divides the height of its lane.

    The text stands in the lane's middle: in the bar or right behind it, else the first of `shorter` that has room there.
    """

    start: float
    end: float
    color: str
    text: str
    part: int = 0
    parts: int = 1
    solid: bool = True
    shorter: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tick:
    """Something that happened at one moment; the bar that begins there says what."""

    at: float


@dataclass(frozen=True)
class Lane:
    """One row of a chart over time."""

    label: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick] = field(default=())


def lanes_over_time(sheet: Sheet, lanes: Sequence[Lane], what: str, scene: Scene, *, marked: bool = True) -> Spec:
    """Return the chart of `lanes`. A bar's text says `what`; `marked` draws the axis' moves through all lanes."""
    right = max(scene.axis.span, 1e-9)
    bars, texts, ticks = _drawn(lanes, right)
    labels = [{"y": row + 0.5, "text": fit(lane.label, LABELS - 12, _LABEL)} for row, lane in enumerate(lanes)]
    x = scene.x("a")
    y = quantity("y", scale={"domain": [0, len(lanes)], "reverse": True, "nice": False}, axis=None)
    fill = nominal("color", scale=None, legend=None)
    told = tooltip([nominal("text"), quantity("a"), quantity("b")], [what, FROM, TO], scene.speech)
    layers: list[Spec] = [
        {
            "data": sheet.data(bars),
            "mark": {"type": "rect", "clip": True},
            "params": zoom("zoom", "x"),
            "encoding": {
                "x": x,
                "x2": {"field": "b"},
                "y": y,
                "y2": {"field": "z"},
                "color": fill,
                "opacity": quantity("o", scale=None, legend=None),
                "tooltip": told,
            },
        },
        {
            "data": sheet.data(texts),
            "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
            "encoding": {"x": x, "y": y, "text": nominal("text"), "color": fill},
        },
        {
            "data": sheet.data(labels),
            "mark": {"type": "text", "align": "right", "x": -8, "clip": False, "fontSize": _LABEL},
            "encoding": {"y": y, "text": nominal("text")},
        },
    ]
    if ticks:
        rule = {"type": "rule", "color": "var(--ink)", "strokeWidth": 2}
        encoding = {"x": x, "y": y, "y2": {"field": "z"}}
        layers.insert(1, {"data": sheet.data(ticks), "mark": rule, "encoding": encoding})
    moves = scene.moves(sheet) if marked else []
    return framed([layers[0], *moves, *layers[1:]], _LANE * len(lanes))


def _drawn(
    lanes: Sequence[Lane], right: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return bars, texts in or behind them, and ticks, as far as they are in sight."""
    bars: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    ticks: list[dict[str, Any]] = []
    for row, lane in enumerate(lanes):
        starts = sorted(bar.start for bar in lane.bars)
        for bar in lane.bars:
            height = 0.72 / bar.parts
            top = row + 0.14 + bar.part * height
            least = right / WIDTH * 3  # a moment must be seen too
            end = min(max(bar.end, bar.start + least), right)
            start = max(0.0, min(bar.start, end - least))
            if end <= 0 or bar.start > right:
                continue
            item = {
                "a": start,
                "b": end,
                "y": top,
                "z": top + height,
                "color": bar.color,
                "o": 1 if bar.solid else 0.45,
            }
            item["text"] = bar.text
            bars.append(item)
            following = next((other for other in starts if other > bar.start), right)
            texts += [{"y": row + 0.5, **found} for found in _written(bar, start, end, following, WIDTH / right)]
        ticks += [{"a": t.at, "y": row + 0.02, "z": row + 0.98} for t in lane.ticks]
    return bars, texts, ticks


def _written(bar: Bar, start: float, end: float, following: float, scale: float) -> Iterator[dict[str, Any]]:
    """Return the longest text of a bar that has room in it, or between it and the `following` bar; `scale`: px of a second.

    A bar that is a part of its lane's height is too low for a text: that of all parts stands behind or before them.
    """
    for text in (bar.text, *bar.shorter):
        wide = _LETTER * len(text) + 8
        if text and bar.parts == 1 and (end - start) * scale > wide:
            yield {"a": start, "text": text, "color": "var(--on)" if bar.solid else "var(--ink)"}
            return
        if text and (following - end) * scale > wide:
            yield {"a": end, "text": text, "color": "var(--ink)"}
            return
        if text and bar.parts > 1 and start * scale > wide:
            yield {"a": start - wide / scale, "text": text, "color": "var(--ink)"}
            return
