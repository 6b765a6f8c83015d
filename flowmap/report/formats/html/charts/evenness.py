"""Balance beside what chance alone gives, as rows and one chart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from flowmap.dataclass import dataclass
from flowmap.document.model import BalanceNumbers, Report
from flowmap.message import msg, nmsg
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, Spec, chart_of, nominal, quantity, tooltip
from flowmap.report.formats.html.speech import Speech
from flowmap.verdict.chance.expected import expected_evenness, largest_count
from flowmap.words import DIRECTIONS

__all__ = ["BalanceRow", "balance_of", "chance_chart"]

_UNITS = {"host": msg("hosts on the busiest member"), "stream": msg("streams on the busiest member")}
_MOST_UNITS = 60
_MOST_LOADS = 400
_BAR_WIDTH, _WIDEST = 50, 720
"""A bar has room for its chance above it; where there are too many bars for that, only some have it."""


@dataclass(frozen=True)
class BalanceRow:
    """A measure of one direction: what was seen, what chance gives, what the best and the worst would be."""

    direction: str
    measure: str
    seen: str
    chance: str
    scale: str


def balance_of(report: Report, speech: Speech) -> list[BalanceRow]:
    """Rows of both directions; nothing where there was no load."""
    rows: list[BalanceRow] = []
    for way, numbers in (("rx", report.balance.rx), ("tx", report.balance.tx)):
        if numbers.jain is not None:
            rows += _rows(way, numbers, report, speech)
    return rows


def _loads(way: str, report: Report) -> list[int]:
    """Wire bytes of each unit that was placed as one: hosts, or streams where these were counted."""
    if report.claims.spread.unit == "host":
        hosts = [sum((host.rx if way == "rx" else host.tx).values()) for host in report.hosts if host.role != "teamed"]
        return [load for load in hosts if load]
    judged = (d for s in report.streams if s.judged for d in s.directions if d.direction == way)
    return [sum(m.wire_bytes for m in d.members) for d in islice((d for d in judged if d.members), _MOST_LOADS)]


def _rows(way: str, numbers: BalanceNumbers, report: Report, speech: Speech) -> list[BalanceRow]:
    """Seen over all members, the idle too; chance has only the usable ones to place on: there Jain's index ends lower."""
    members = sum(not member.aggregate for member in report.members)
    usable = sum(member.usable is not False for member in report.members if not member.aggregate)
    loads = _loads(way, report)
    expected = expected_evenness(loads[:_MOST_LOADS], usable) if usable > 1 else None

    def fraction(value: float) -> str:
        return speech.figure(f"{value:.2f}")

    def band(values: Sequence[float], part: float = 1.0) -> str:
        low, middle, high = (fraction(value * part) for value in values)
        return msg("{low} to {high}, half the time above {middle}", low=low, middle=middle, high=high)

    label = DIRECTIONS[way]
    rows = [
        BalanceRow(
            label,
            nmsg("Jain's index, over {count} member", "Jain's index, over {count} members", members),
            fraction(numbers.jain or 0),
            band(expected.jain, usable / members) if expected else "",
            msg("1: even; {worst}: all on one member", worst=fraction(1 / max(1, members))),
        )
    ]
    if numbers.max_over_mean is not None:
        share = numbers.max_over_mean / members
        best = msg("{even}: even; 1: all on one member", even=fraction(1 / members))
        rows.append(
            BalanceRow(
                label,
                msg("share of the busiest member"),
                fraction(share),
                band(expected.largest_share) if expected else "",
                best,
            )
        )
    if numbers.cov is not None:
        rows.append(BalanceRow(label, msg("coefficient of variation"), fraction(numbers.cov), "", msg("0: even")))
    if numbers.entropy is not None:
        rows.append(
            BalanceRow(label, msg("normalised entropy"), fraction(numbers.entropy), "", msg("1: even; 0: all on one"))
        )
    if numbers.fim is not None:
        rows.append(BalanceRow(label, msg("flow imbalance"), speech.percent(numbers.fim / 100), "", msg("0 %: even")))
    if numbers.peak_concurrency is not None:
        rows.append(BalanceRow(label, msg("streams at one time on one member"), str(numbers.peak_concurrency), "", ""))
    return rows


def chance_chart(report: Report, speech: Speech) -> Chart | None:
    """How many units the busiest member gets by chance, and how many it got."""
    spread = report.claims.spread
    if spread.unit is None or spread.members < 2 or not 2 <= spread.units <= _MOST_UNITS:
        return None
    seen = max(spread.counts.values(), default=0)
    likely = largest_count(spread.units, spread.members)
    first = -(-spread.units // spread.members)
    rows = [
        {"n": number, "p": round(100 * p, 4), "seen": number == seen, "text": speech.figure(_percent(p))}
        for number, p in enumerate(likely)
        if number >= first
    ]
    chart, sheet = _chances(rows, seen, _UNITS[spread.unit], speech)
    at_least = sum(likely[seen:])
    text = msg(
        "The busiest of {members} members got {seen} of {units}; by chance it gets that many or more in {share} of all cases.",
        members=spread.members,
        seen=seen,
        units=spread.units,
        share=speech.figure(_percent(at_least)),
    )
    return chart_of("chance", msg("What chance alone gives"), text, chart, sheet, speech)


def _chances(rows: Sequence[Spec], seen: int, unit: str, speech: Speech) -> tuple[Spec, Sheet]:
    """A bar for each number of units that the busiest member can have, with how likely that is; what was seen stands out."""
    sheet = Sheet()
    count: Spec = {"field": "n", "type": "ordinal"}
    x = {**count, "title": speech.text(unit), "axis": {"labelAngle": 0}}
    y = quantity("p", title=speech.text(msg("chance, %")), axis={"tickCount": 4})
    color = {"condition": {"test": "datum.seen", "value": "var(--link)"}, "value": "var(--line)"}
    told = tooltip([count, nominal("text")], [unit, msg("chance")], speech)
    every = -(-_BAR_WIDTH * len(rows) // _WIDEST)
    roomy = [row for row in rows if (row["n"] - seen) % every == 0]
    marked = [{**row, "text": speech.text(msg("seen"))} for row in rows if row["seen"]]
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


def _percent(p: float) -> str:
    return f"{100 * p:.0f} %" if p >= 0.1 else f"{100 * p:.1f} %" if p >= 0.001 else f"{100 * p:.2g} %"
