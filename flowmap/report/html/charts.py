"""Charts over time and of chance, as Vega-Lite made by altair and drawn by vl-convert, without network and browser.

Colours are CSS variables of the page, so one picture serves light, dark and print. Names out of captures are data in the
specifications, never field names or expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from flowmap.report.html.speech import Speech
from flowmap.report.html.svg import embedded

__all__ = ["Bar", "Chart", "Lane", "Tick", "bars_over_time", "chart_of", "configured", "inline"]

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
    """An interval in seconds; `part` of `parts` divides the height of its lane."""

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


def inline(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Data that is in the specification itself."""
    import altair

    return altair.InlineData(values=list(rows))


def configured(chart: Any) -> dict[str, Any]:
    """The specification with the page's looks."""
    ink = {"labelColor": "var(--ink)", "titleColor": "var(--ink)", "titleFontWeight": "normal"}
    return chart.configure(  # type: ignore[no-any-return]
        aria=False, background="transparent", font="sans-serif", padding={"left": 22, "top": 4, "right": 14, "bottom": 4},
        axis={**ink, "gridColor": "var(--grid)", "domainColor": "var(--line)", "tickColor": "var(--line)",
              "labelFontSize": 12, "titleFontSize": 12},
        header={**ink, "labelFontSize": 12}, title={"color": "var(--ink)", "fontSize": 13, "anchor": "start"},
        view={"stroke": "transparent"}, text={"fontSize": 12, "color": "var(--ink)"},
        legend={"labelColor": "var(--ink)", "titleColor": "var(--ink)", "labelFontSize": 12},
    ).to_dict()  # fmt: skip


def chart_of(name: str, title: str, text: str, chart: Any, speech: Speech, note: str = "") -> Chart:
    """Draw it. `title` and `text` are what a screen reader says; the text stands below the chart for all."""
    import vl_convert

    spec = configured(chart)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return Chart(name, title, text, embedded(drawn, name, speech.text(title), speech.text(text)), spec, note)


def bars_over_time(lanes: Sequence[Lane], span: float, axis: str, width: int = _WIDTH) -> Any:
    """Lanes below each other, time to the right: bars with their text, moments as lines with theirs."""
    import altair

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
            bars.append(item)
            if bar.parts <= 2 and (end - start) / right * width > _LETTER * len(bar.text) + 8:
                ink = "var(--on)" if bar.solid else "var(--ink)"
                texts.append({"a": start, "y": top + height / 2, "text": bar.text, "color": ink})
                said.add(bar.start)
        ticks += [
            {"a": t.at, "y": row + 0.02, "z": row + 0.98, "text": "" if t.at in said else t.text} for t in lane.ticks
        ]
    y = altair.Y("y:Q", scale=y_scale, axis=None)
    fill = altair.Color("color:N", scale=None, legend=None)
    layers = [
        altair.Chart(inline(bars)).mark_rect(clip=True).encode(
            x=x, x2="b:Q", y=y, y2="z:Q", color=fill, opacity=altair.Opacity("o:Q", scale=None, legend=None)
        ),
        altair.Chart(inline(texts)).mark_text(align="left", dx=4, fontSize=11).encode(
            x=x, y=y, text="text:N", color=fill
        ),
        altair.Chart(inline(labels)).mark_text(align="right", x=-8).encode(y=y, text="text:N"),
    ]  # fmt: skip
    if ticks:
        moments = altair.Chart(inline(ticks))
        layers += [
            moments.mark_rule(color="var(--ink)", strokeWidth=2).encode(x=x, y=y, y2="z:Q"),
            moments.mark_text(align="left", dx=5, dy=-2, baseline="top", fontWeight="bold", fontSize=11).encode(
                x=x, y=y, text="text:N"
            ),
        ]  # fmt: skip
    return altair.layer(*layers).properties(width=width, height=_LANE * len(lanes))
