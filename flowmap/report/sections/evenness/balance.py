"""How even the load was over the members, beside what chance alone gives; it has no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from flowmap.message import Message, msg, nmsg
from flowmap.report.blocks import Cell, Column, Line, Quantity, Section, Table
from flowmap.verdict.chance.expected import expected_evenness
from flowmap.words import DIRECTIONS

if TYPE_CHECKING:
    from flowmap.document.model import BalanceNumbers, Report
    from flowmap.verdict.chance.expected import Evenness

__all__ = ["balance_section"]

_MOST_LOADS = 400
_COLUMNS = (
    Column(msg("direction")),
    Column(msg("measure, by wire bytes")),
    Column(msg("seen"), number=True),
    Column(msg("by chance, 90 % of cases"), wide=True),
    Column(msg("scale"), wide=True),
)


def balance_section(report: Report) -> Section:
    """Return the measures of both directions: what was seen, what chance gives, what the best and the worst would be."""
    rows: list[tuple[Cell, ...]] = []
    for way, numbers in (("rx", report.balance.rx), ("tx", report.balance.tx)):
        if numbers.jain is not None:
            rows += _rows(way, numbers, report)
    explained = msg(
        "A hash spreads hosts like dice: few hosts often land unevenly although nothing is wrong. These numbers have no "
        "verdict of their own."
    )
    table = Table(msg("Evenness"), _COLUMNS, tuple(rows), full=True)
    return Section(
        "chance",
        msg("Evenness, beside what chance gives"),
        (Line(explained, full=True), table) if rows else (),
        empty=msg("There was no load whose direction is known."),
    )


def _loads(way: str, report: Report) -> list[int]:
    """Return wire bytes of each unit that was placed as one: hosts, or streams where these were counted."""
    if report.claims.spread.unit == "host":
        hosts = [sum((host.rx if way == "rx" else host.tx).values()) for host in report.hosts if host.role != "teamed"]
        return [load for load in hosts if load]
    judged = (d for s in report.streams if s.judged for d in s.directions if d.direction == way)
    return [sum(m.wire_bytes for m in d.members) for d in islice((d for d in judged if d.members), _MOST_LOADS)]


def _rows(way: str, numbers: BalanceNumbers, report: Report) -> list[tuple[Cell, ...]]:
    """Return what was seen over all members, the idle too; chance has only the usable ones, so Jain's index ends lower."""
    members = sum(not member.aggregate for member in report.members)
    usable = sum(member.usable is not False for member in report.members if not member.aggregate)
    expected = expected_evenness(_loads(way, report)[:_MOST_LOADS], usable) if usable > 1 else None
    rows = [
        (
            nmsg("Jain's index, over {count} member", "Jain's index, over {count} members", members),
            Quantity(numbers.jain, "figure"),
            _band(expected.jain, usable / members) if expected else "",
            msg("1: even; {worst}: all on one member", worst=_fraction(1 / max(1, members))),
        ),
        *_further(numbers, members, expected),
    ]
    return [(DIRECTIONS[way], *row) for row in rows]


def _further(numbers: BalanceNumbers, members: int, expected: Evenness | None) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    if numbers.max_over_mean is not None:
        best = msg("{even}: even; 1: all on one member", even=_fraction(1 / members))
        share = Quantity(numbers.max_over_mean / members, "figure")
        chance = _band(expected.largest_share) if expected else ""
        rows.append((msg("share of the busiest member"), share, chance, best))
    if numbers.cov is not None:
        rows.append((msg("coefficient of variation"), Quantity(numbers.cov, "figure"), "", msg("0: even")))
    if numbers.entropy is not None:
        rows.append((msg("normalised entropy"), Quantity(numbers.entropy, "figure"), "", msg("1: even; 0: all on one")))
    if numbers.fim is not None:
        rows.append((msg("flow imbalance"), Quantity(numbers.fim / 100, "share"), "", msg("0 %: even")))
    if numbers.peak_concurrency is not None:
        rows.append((msg("streams at one time on one member"), Quantity(numbers.peak_concurrency, "count"), "", ""))
    return rows


def _fraction(value: float) -> Message:
    return Quantity(value, "figure").words


def _band(values: Sequence[float], part: float = 1.0) -> Message:
    low, middle, high = (_fraction(value * part) for value in values)
    return msg("{low} to {high}, half the time above {middle}", low=low, middle=middle, high=high)
