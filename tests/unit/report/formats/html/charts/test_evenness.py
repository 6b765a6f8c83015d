"""The chart of chances: bars from the least that the busiest member can have, that which was seen stands out."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_report

from flowmap.report.formats.html.charts.evenness import chance_chart
from flowmap.report.formats.html.speech import Speech


def chart(**spread: Any) -> Any:
    made = make_report()
    claims = made.claims.model_copy(update={"spread": made.claims.spread.model_copy(update=spread)})
    return chance_chart(make_report(claims=claims), Speech("en"))


def test_bars_are_the_chances_of_each_number() -> None:
    """Three fair coins: 6 of 8 ways give two of a kind, 2 of 8 three."""
    drawn = chart(units=3, counts={"nic1": 3, "nic2": 0})
    bars = drawn.spec["datasets"]["data-0"]
    assert [(row["n"], row["p"], row["seen"], row["text"]) for row in bars] == [
        (2, 75.0, False, "75 %"),
        (3, 25.0, True, "25 %"),
    ]
    assert drawn.spec["datasets"]["data-2"][0]["text"] == "seen"
    assert drawn.figure.text.endswith("in 25 % of all cases.")


@pytest.mark.parametrize("spread", [{"unit": None}, {"members": 1}, {"units": 1}, {"units": 61}])
def test_what_chance_says_nothing_of_is_not_drawn(spread: dict[str, Any]) -> None:
    assert chart(**spread) is None


def test_of_many_bars_only_some_have_their_chance_above_them_and_always_the_one_seen() -> None:
    drawn = chart(units=60, counts={"nic1": 35, "nic2": 25})
    bars, labels = drawn.spec["datasets"]["data-0"], drawn.spec["datasets"]["data-1"]
    assert [row["n"] for row in bars] == list(range(30, 61))
    assert 1 < len(labels) < len(bars)
    assert any(row["seen"] for row in labels)
    assert sum(row["p"] for row in bars) == pytest.approx(100, abs=0.01)
