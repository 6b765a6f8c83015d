"""How many hosts or streams the busiest member got, beside what chance alone gives, in words."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.document.model import Spread
from flowmap.message import Message, msg
from flowmap.report.blocks import Figure

__all__ = ["CHANCE", "CHANCE_PERCENT", "SEEN", "UNITS", "chance_figure", "percent"]

UNITS = {"host": msg("hosts on the busiest member"), "stream": msg("streams on the busiest member")}
CHANCE, CHANCE_PERCENT, SEEN = msg("chance"), msg("chance, %"), msg("seen")


def chance_figure(spread: Spread, seen: int, likely: Sequence[float]) -> Figure:
    """Return what the chart shows: so many were `seen` on the busiest member, which is as `likely` as the place in it says."""
    text = msg(
        "The busiest of {members} members got {seen} of {units}; by chance it gets that many or more in {share} of all cases.",
        members=spread.members,
        seen=seen,
        units=spread.units,
        share=percent(sum(likely[seen:])),
    )
    return Figure("chance", msg("What chance alone gives"), text)


def percent(p: float) -> Message:
    """Return a probability as a percentage with as many digits as it takes.

    >>> percent(0.5), percent(0.0123), percent(0.00001)
    ('50 %', '1.2 %', '0.001 %')
    """
    digits = "{percent:.0f} %" if p >= 0.1 else "{percent:.1f} %" if p >= 0.001 else "{percent:.2g} %"
    return Message(digits, {"percent": 100 * p})
