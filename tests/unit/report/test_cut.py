"""What is left out is told with its number, in the singular and in the plural."""

from __future__ import annotations

from flowmap.message import translate
from flowmap.report.cut import and_more, more, more_alike


def test_one_is_not_many() -> None:
    assert [more(1), more(7)] == ["1 more is in the JSON report.", "7 more are in the JSON report."]
    assert [more_alike(1), more_alike(7)] == ["The same holds for one more.", "The same holds for 7 more."]
    assert [and_more(1), and_more(7)] == ["and 1 more", "and 7 more"]
    assert [translate(and_more(number), "de") for number in (1, 7)] == ["und 1 weiterer", "und 7 weitere"]
