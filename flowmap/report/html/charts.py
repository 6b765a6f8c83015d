"""What all charts share: Vega-Lite made by altair, drawn by vl-convert without network and browser, in the page's looks.

Colours are CSS variables of the page, so one picture serves light, dark and print. Names out of captures are data in the
specifications, never field names or expressions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from flowmap.message import msg
from flowmap.report.document import Report
from flowmap.report.html.speech import Speech
from flowmap.report.html.svg import embedded
from flowmap.report.words import moment

__all__ = [
    "Bar", "Chart", "Lane", "Sheet", "Tick", "axis_since", "bars_over_time", "chart_of", "shortened", "span_of",
    "unchecked",
]  # fmt: skip

_WIDTH = 760
_LANE = 22
_LETTER = 7


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its specification and what it says in words."""

    name: str
    title: str
    text: str
    svg: Markup
    spec: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """An interval in seconds; `part` of `parts` divides the height of its lane. The text stands in the lane's middle."""

    start: float
    end: float
    color: str
    text: str
    part: int = 0
    parts: int = 1
    solid: bool = True


@dataclass(frozen=True)
class Tick:
    """Something that happened at one moment; its text is drawn where no bar that begins there says it."""

    at: float
    text: str


@dataclass(frozen=True)
class Lane:
    """One row of a chart over time."""

    label: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick] = field(default=())


class Sheet:
    """The data of one chart. altair would look at each value with its schema, so it only gets the data's names."""

    def __init__(self) -> None:
        self.datasets: dict[str, list[Mapping[str, Any]]] = {}

    def chart(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """An altair chart of these rows."""
        import altair

        name = f"data-{len(self.datasets)}"
        self.datasets[name] = list(rows)
        return altair.Chart(altair.NamedData(name))


@contextlib.contextmanager
def unchecked() -> Iterator[None]:
    """Charts are made without checking each part against the schema of Vega-Lite, a tenth of a report's whole time."""
    from altair.utils import schemapi

    with schemapi.debug_mode(False):
        yield


def configured(chart: Any, sheet: Sheet, speech: Speech) -> dict[str, Any]:
    """The specification with its data, the page's looks and the language's numbers."""
    ink = {"labelColor": "var(--ink)", "titleColor": "var(--ink)", "titleFontWeight": "normal"}
    spec: dict[str, Any] = chart.configure(
        aria=False, background="transparent", font="sans-serif", padding={"left": 22, "top": 4, "right": 14, "bottom": 4},
        axis={**ink, "gridColor": "var(--grid)", "domainColor": "var(--line)", "tickColor": "var(--line)",
              "labelFontSize": 12, "titleFontSize": 12},
        header={**ink, "labelFontSize": 12}, title={"color": "var(--ink)", "fontSize": 13, "anchor": "start"},
        view={"stroke": "transparent"}, text={"fontSize": 12, "color": "var(--ink)"},
        legend={"labelColor": "var(--ink)", "titleColor": "var(--ink)", "labelFontSize": 12},
    ).to_dict(validate=False)  # fmt: skip
    spec["config"]["locale"] = {
        "number": {"decimal": speech.figure("."), "thousands": " ", "grouping": [3], "currency": ["", ""]}
    }
    return {**spec, "datasets": sheet.datasets}


def chart_of(name: str, title: str, text: str, chart: Any, sheet: Sheet, speech: Speech, note: str = "") -> Chart:
    """Draw it. `title` and `text` are what a screen reader says; the text stands below the chart for all."""
    import vl_convert

    spec = configured(chart, sheet, speech)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return Chart(name, title, text, embedded(drawn, name, speech.text(title), speech.text(text)), spec, note)


def bars_over_time(
    sheet: Sheet, lanes: Sequence[Lane], span: float, axis: str, what: str, speech: Speech, width: int = _WIDTH
) -> Any:
    """Lanes below each other, time to the right: bars with their text, which says `what`, moments as lines with theirs."""
    import altair

    said_of_bar = {"text:N": what, "a:Q": msg("from, s"), "b:Q": msg("to, s")}
    tooltip = [altair.Tooltip(name, title=speech.text(title)) for name, title in said_of_bar.items()]

    right = max(span, 1e-9)
    x = altair.X("a:Q", title=axis, scale=altair.Scale(domain=[0, right], nice=False), axis=altair.Axis(grid=True, tickCount=8))
    y_scale = altair.Scale(domain=[0, len(lanes)], reverse=True, nice=False)
    bars, texts, ticks = [], [], []
    labels = [{"y": row + 0.5, "text": lane.label} for row, lane in enumerate(lanes)]
    for row, lane in enumerate(lanes):
        said: set[float] = set()
        for bar in lane.bars:
            height = 0.72 / bar.parts
            top = row + 0.14 + bar.part * height
            least = right / width * 3  # a moment must be seen too
            end = min(max(bar.end, bar.start + least), right)
            start = min(bar.start, end - least)
            item = {"a": start, "b": end, "y": top, "z": top + height, "color": bar.color, "o": 1 if bar.solid else 0.45}
            item["text"] = bar.text
            bars.append(item)
            if (end - start) / right * width > _LETTER * len(bar.text) + 8:
                ink = "var(--on)" if bar.solid else "var(--ink)"
                texts.append({"a": start, "y": row + 0.5, "text": bar.text, "color": ink})
                said.add(bar.start)
        ticks += [
            {"a": t.at, "y": row + 0.02, "z": row + 0.98, "text": "" if t.at in said else t.text} for t in lane.ticks
        ]
    y = altair.Y("y:Q", scale=y_scale, axis=None)
    fill = altair.Color("color:N", scale=None, legend=None)
    layers = [
        sheet.chart(bars).mark_rect(clip=True).encode(
            x=x, x2="b:Q", y=y, y2="z:Q", color=fill, opacity=altair.Opacity("o:Q", scale=None, legend=None),
            tooltip=tooltip,
        ),
        sheet.chart(texts).mark_text(align="left", dx=4, fontSize=11).encode(
            x=x, y=y, text="text:N", color=fill
        ),
        sheet.chart(labels).mark_text(align="right", x=-8, clip=False).encode(y=y, text="text:N"),
    ]  # fmt: skip
    if ticks:
        moments = sheet.chart(ticks)
        layers += [
            moments.mark_rule(color="var(--ink)", strokeWidth=2).encode(x=x, y=y, y2="z:Q"),
            moments.mark_text(align="left", dx=5, dy=-2, baseline="top", fontWeight="bold", fontSize=11).encode(
                x=x, y=y, text="text:N"
            ),
        ]  # fmt: skip
    return altair.layer(*layers).properties(width=width, height=_LANE * len(lanes)).interactive(bind_y=False)


def span_of(report: Report) -> tuple[int, int]:
    """First and last packet of the team, ns; (0, 0) where nothing has a time."""
    firsts = [m.first_ns for m in report.members if m.first_ns is not None and not m.aggregate]
    lasts = [m.last_ns for m in report.members if m.last_ns is not None and not m.aggregate]
    return (min(firsts), max(lasts)) if firsts and lasts else (0, 0)


def axis_since(start_ns: int, speech: Speech) -> str:
    return speech.text(msg("seconds since {time}", time=moment(start_ns)))


def shortened(text: str, most: int) -> str:
    """At most so many characters, the middle left out: what tells names apart is at their ends."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
