"""The one time axis of a page: timeline, throughput, LACP and sequence have its origin, its width and its marks.

A reader holds a ruler to the screen: what stands below each other happened at the same time. So every chart over time is
as wide as the others, leaves as much room for labels on its left, and draws each move of a stream as a line through all
of its height. `none` is Vega's only sizing that keeps room and width as they are given.

The axis is the whole capture, or, where the judged streams are a small part of it, these with some time around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowmap.dataclass import dataclass
from flowmap.document.model import Report, Stream
from flowmap.message import Message, glue
from flowmap.report.blocks import Figure
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, Spec, chart_of, quantity, span_of
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.figures.over_time import part_of_time, since

__all__ = ["LABELS", "WIDTH", "Scene", "TimeAxis", "framed", "time_axis"]

WIDTH = 820
LABELS = 168
"""Width of the drawing and of what is left of it for labels, px; with the right edge a chart is 1,000 wide."""
_EDGE = 12
_BELOW = 38
_ABOVE = 6
_NANO = 10**9
_SMALL_PART = 0.2
_MARGIN = 0.1
_MOST_MARKS = 60
_MARKS_PER_WIDTH = 400


@dataclass(frozen=True)
class TimeAxis:
    """From `start_ns` to `end_ns`, with the moments at which streams moved, ns."""

    start_ns: int
    end_ns: int
    moves: tuple[int, ...] = ()
    whole: bool = True
    """Whether it is the whole capture."""

    @property
    def span(self) -> float:
        """Return its length in seconds."""
        return (self.end_ns - self.start_ns) / _NANO

    def at(self, ts_ns: int) -> float:
        """Return a moment in seconds from the origin."""
        return (ts_ns - self.start_ns) / _NANO

    def x(self, field: str, speech: Speech) -> Spec:
        """Return the channel of a field in seconds."""
        scale = {"domain": [0, self.span], "nice": False}
        title = speech.text(since(self.start_ns))
        return quantity(field, title=title, scale=scale, axis={"grid": True, "tickCount": 10})

    def marks(self, sheet: Sheet, speech: Speech) -> list[Spec]:
        """Return layers with a line from top to bottom at each move."""
        if not self.moves:
            return []
        mark = {"type": "rule", "color": "var(--ink)", "strokeWidth": 1.2, "strokeDash": [2, 3], "clip": True}
        data = sheet.data([{"a": self.at(ts_ns)} for ts_ns in self.moves])
        return [{"data": data, "mark": mark, "encoding": {"x": self.x("a", speech)}}]

    def note(self) -> Message:
        """Return what to say below the first chart."""
        return glue() if self.whole else part_of_time(self.start_ns, self.end_ns)


@dataclass(frozen=True)
class Scene:
    """How all charts over time of a page are drawn: on which axis, with which marks of the members, in which language."""

    axis: TimeAxis
    marks: Mapping[str, Mark]
    speech: Speech

    def x(self, field: str) -> Spec:
        """Return the channel of a field in seconds."""
        return self.axis.x(field, self.speech)

    def moves(self, sheet: Sheet) -> list[Spec]:
        """Return layers with a line from top to bottom at each move."""
        return self.axis.marks(sheet, self.speech)

    def draw(self, figure: Figure, chart: Spec, sheet: Sheet) -> Chart:
        """Return the drawn chart."""
        return chart_of(figure, chart, sheet, self.speech)


def time_axis(report: Report, streams: Sequence[Stream]) -> TimeAxis | None:
    """Return the axis of a report whose `streams` are drawn; None where nothing has a time."""
    start, end = span_of(report)
    if end <= start:
        return None
    firsts = [s.first_ns for s in streams if s.first_ns is not None]
    lasts = [s.last_ns for s in streams if s.last_ns is not None]
    first, last = (min(firsts), max(lasts)) if firsts and lasts else (start, end)
    start, end = min(start, first), max(end, last)
    moves = _apart(
        sorted({move.ts_ns for s in streams for d in s.directions if d.placement == "moved" for move in d.moves}),
        (end - start) // _MARKS_PER_WIDTH,
    )
    if last - first >= _SMALL_PART * (end - start) or last <= first:
        return TimeAxis(start, end, moves)
    margin = int((last - first) * _MARGIN)
    return TimeAxis(max(start, first - margin), min(end, last + margin), moves, whole=False)


def _apart(moments: Sequence[int], least: int) -> tuple[int, ...]:
    """Return the moments that a reader can tell from each other."""
    kept: list[int] = []
    for ts_ns in moments:
        if not kept or ts_ns - kept[-1] > least:
            kept.append(ts_ns)
    return tuple(kept[:_MOST_MARKS])


def framed(layers: Sequence[Spec], height: int) -> Spec:
    """Return a chart of these layers in the page's width, `height` px high."""
    return {
        "layer": list(layers),
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "none"},
        "padding": {"left": LABELS, "right": _EDGE, "top": _ABOVE, "bottom": _BELOW},
    }
