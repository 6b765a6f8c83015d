"""How many hosts or streams the busiest member got, beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.document.model import Report
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, Spec, chart_of, nominal, quantity, tooltip
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.figures.chance import CHANCE, CHANCE_PERCENT, SEEN, UNITS, chance_figure, percent
from flowmap.verdict.chance.expected import largest_count

__all__ = ["chance_chart"]

_MOST_UNITS = 60
_BAR_WIDTH, _WIDEST = 50, 720
"""A bar has room for its chance above it; where there are too many bars for that, only some have it."""


def chance_chart(report: Report, speech: Speech) -> Chart | None:
    """Return how many units the busiest member gets by chance, and how many it got."""
    spread = report.claims.spread
    if spread.unit is None or spread.members < 2 or not 2 <= spread.units <= _MOST_UNITS:
        return None
    seen = max(spread.counts.values(), default=0)
    likely = largest_count(spread.units, spread.members)
    first = -(-spread.units // spread.members)
    rows = [
        {"n": number, "p": round(100 * p, 4), "seen": number == seen, "text": speech.text(percent(p))}
        for number, p in enumerate(likely)
        if number >= first
    ]
    chart, sheet = _chances(rows, seen, UNITS[spread.unit], speech)
    return chart_of(chance_figure(spread, seen, likely), chart, sheet, speech)


def _chances(rows: Sequence[Spec], seen: int, unit: str, speech: Speech) -> tuple[Spec, Sheet]:
    """Draw a bar for each number of units that the busiest member can have: how likely that is. What was seen stands out."""
    sheet = Sheet()
    count: Spec = {"field": "n", "type": "ordinal"}
    x = {**count, "title": speech.text(unit), "axis": {"labelAngle": 0}}
    y = quantity("p", title=speech.text(CHANCE_PERCENT), axis={"tickCount": 4})
    color = {"condition": {"test": "datum.seen", "value": "var(--link)"}, "value": "var(--line)"}
    told = tooltip([count, nominal("text")], [unit, CHANCE], speech)
    every = -(-_BAR_WIDTH * len(rows) // _WIDEST)
    roomy = [row for row in rows if (row["n"] - seen) % every == 0]
    marked = [{**row, "text": speech.text(SEEN)} for row in rows if row["seen"]]
    above = {"x": x, "y": y, "text": nominal("text")}
    layers = [
        {
            "data": sheet.data(rows),
            "mark": {"type": "bar"},
            "encoding": {"x": x, "y": y, "color": color, "tooltip": told},
        },
        {"data": sheet.data(roomy), "mark": {"type": "text", "dy": -6, "fontSize": 11}, "encoding": above},
        {
            "data": sheet.data(marked),
            "mark": {"type": "text", "dy": -20, "fontSize": 12, "fontWeight": "bold"},
            "encoding": above,
        },
    ]
    return {"layer": layers, "width": max(240, min(_WIDEST, _BAR_WIDTH * len(rows))), "height": 150}, sheet
