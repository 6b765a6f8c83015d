"""What all charts share: specifications in Vega-Lite, drawn by vl-convert without network and browser, in the page's looks.

Colours are CSS variables of the page, so one picture serves light, dark and print. Names out of captures are data in the
specifications, never field names or expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.document.model import Report
from flowmap.report.blocks import Figure
from flowmap.report.formats.html.charts.svg import embedded
from flowmap.report.formats.html.speech import Speech

__all__ = [
    "Chart",
    "Sheet",
    "Spec",
    "chart_of",
    "nominal",
    "quantity",
    "shortened",
    "shortened_path",
    "span_of",
    "tooltip",
    "zoom",
]

Spec = dict[str, Any]
"""Vega-Lite, or a part of it: JSON whose names and nesting are fixed by its documentation."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its specification, and what it says in words."""

    figure: Figure
    svg: Markup
    spec: Mapping[str, Any]


class Sheet:
    """The data of one chart, by name."""

    def __init__(self) -> None:
        self.datasets: dict[str, list[Mapping[str, Any]]] = {}

    def data(self, rows: Sequence[Mapping[str, Any]]) -> Spec:
        """Return these rows as the data of a part of the chart."""
        name = f"data-{len(self.datasets)}"
        self.datasets[name] = list(rows)
        return {"name": name}


def quantity(field: str, **looks: Any) -> Spec:
    """Return a channel that shows numbers. `looks`: its title, scale, axis, ..."""
    return {"field": field, "type": "quantitative", **looks}


def nominal(field: str, **looks: Any) -> Spec:
    """Return a channel that shows names."""
    return {"field": field, "type": "nominal", **looks}


def tooltip(channels: Sequence[Spec], titles: Sequence[str], speech: Speech) -> list[Spec]:
    """Return what an interactive chart tells of a mark: each channel's value with its title."""
    return [{**channel, "title": speech.text(title)} for channel, title in zip(channels, titles, strict=True)]


def zoom(name: str, *axes: str) -> list[Spec]:
    """Return the parameters of a part that an interactive chart can zoom along these axes; `name` is unique in the chart."""
    return [{"name": name, "select": {"type": "interval", "encodings": list(axes)}, "bind": "scales"}]


def configured(chart: Spec, sheet: Sheet, speech: Speech) -> Spec:
    """Return the specification with its data, the page's looks and the language's numbers."""
    ink = {"labelColor": "var(--ink)", "titleColor": "var(--ink)", "titleFontWeight": "normal"}
    config = {
        "aria": False,
        "background": "transparent",
        "font": "sans-serif",
        "padding": {"left": 22, "top": 4, "right": 14, "bottom": 4},
        "axis": {
            **ink,
            "gridColor": "var(--grid)",
            "domainColor": "var(--line)",
            "tickColor": "var(--line)",
            "labelFontSize": 12,
            "titleFontSize": 12,
        },
        "header": {**ink, "labelFontSize": 12},
        "title": {"color": "var(--ink)", "fontSize": 13, "anchor": "start"},
        "view": {"stroke": "transparent"},
        "text": {"fontSize": 12, "color": "var(--ink)"},
        "legend": {"labelColor": "var(--ink)", "titleColor": "var(--ink)", "labelFontSize": 12},
        "locale": {"number": {**speech.marks, "grouping": [3], "currency": ["", ""]}},
    }
    return {"$schema": _SCHEMA, "config": config, **chart, "datasets": sheet.datasets}


def chart_of(figure: Figure, chart: Spec, sheet: Sheet, speech: Speech) -> Chart:
    """Draw it. Title and text of `figure` are what a screen reader says; the text stands below the chart for all."""
    import vl_convert

    spec = configured(chart, sheet, speech)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return Chart(figure, embedded(drawn, figure.name, speech.text(figure.title), speech.text(figure.text)), spec)


def span_of(report: Report) -> tuple[int, int]:
    """Return first and last packet of the team, ns; (0, 0) where nothing has a time."""
    firsts = [m.first_ns for m in report.members if m.first_ns is not None and not m.aggregate]
    lasts = [m.last_ns for m in report.members if m.last_ns is not None and not m.aggregate]
    return (min(firsts), max(lasts)) if firsts and lasts else (0, 0)


def shortened(text: str, most: int) -> str:
    """Return at most so many characters, the middle left out: what tells names apart is at their ends."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def shortened_path(path: str, most: int) -> str:
    """Return at most so many characters of a path: its last folders and its file's name, whole where they fit.

    >>> shortened_path("/srv/captures/of-monday/nic1.pcap", 22)
    '…/of-monday/nic1.pcap'
    """
    if len(path) <= most:
        return path
    cuts = [number for number, character in enumerate(path) if character in "/\\"]
    shown = next((path[cut:] for cut in cuts if cut and len(path) - cut < most), "")
    return f"…{shown}" if shown else shortened(path[cuts[-1] + 1 :] if cuts else path, most)
