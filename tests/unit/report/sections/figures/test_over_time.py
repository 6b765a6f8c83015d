"""What the charts over time have in common, in words."""

from __future__ import annotations

import pytest

from flowmap.report.sections.figures.over_time import explained, not_drawn, part_of_time


@pytest.mark.parametrize(("moves", "lines"), [(0, 1), (1, 2), (60, 2)])
def test_the_dotted_line_is_explained_where_there_is_one(moves: int, lines: int) -> None:
    told = explained(moves)
    assert len(told) == lines
    assert ("dotted" in told[-1]) == bool(moves)


def test_what_is_not_drawn_is_counted() -> None:
    assert not_drawn(1).startswith("1 more stream-direction ")
    assert not_drawn(3).startswith("3 more stream-directions ")


def test_the_part_that_is_drawn_is_told_by_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,700,000,000 s after 1970 is 2023-11-14 22:13:20 UTC."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    begin = 1_700_000_000 * 10**9
    assert "from 22:13:20.000 to 22:13:21.500;" in part_of_time(begin, begin + 1_500_000_000)
    monkeypatch.undo()
    time.tzset()
