"""What the chart of chances says: of three fair coins the busier side gets two or more always, all three in a quarter."""

from __future__ import annotations

import pytest
from factories import make_report

from flowmap.message import translate
from flowmap.report.sections.figures.chance import chance_figure, percent


def test_the_chance_of_what_was_seen_or_more_is_told() -> None:
    spread = make_report().claims.spread.model_copy(update={"units": 3, "members": 2})
    likely = [0.0, 0.0, 0.75, 0.25]  # 6 of 8 and 2 of 8 ways of throwing three coins
    text = chance_figure(spread, 3, likely).text
    assert text == ("The busiest of 2 members got 3 of 3; by chance it gets that many or more in 25 % of all cases.")
    assert "in 100 % of all cases" in chance_figure(spread, 2, likely).text


@pytest.mark.parametrize(
    ("p", "english", "german"),
    [
        (1, "100 %", "100 %"),
        (0.1, "10 %", "10 %"),
        (0.0994, "9.9 %", "9,9 %"),
        (0.001, "0.1 %", "0,1 %"),
        (0.0000123, "0.0012 %", "0,0012 %"),
    ],
)
def test_a_percentage_has_the_digits_that_it_takes(p: float, english: str, german: str) -> None:
    assert percent(p) == english
    assert translate(percent(p), "de") == german
