"""Bars in lanes over time: which text stands in or beside them."""

from __future__ import annotations

import pytest

from flowmap.report.formats.html.charts.drawing import Sheet
from flowmap.report.formats.html.charts.lanes import Bar, Lane, lanes_over_time
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis
from flowmap.report.formats.html.speech import Speech


def test_bars_that_share_a_lane_have_their_text_beside_them() -> None:
    sheet, axis = Sheet(), TimeAxis(0, 20 * 10**9)
    parts = [Bar(10.0, 20.0, f"var(--m{n})", "" if n else "● nic1 ■ nic2", part=n, parts=2) for n in range(2)]
    lanes_over_time(sheet, [Lane("#0 rx", parts)], "member", Scene(axis, {}, Speech("en")))
    (text,) = next(rows for rows in sheet.datasets.values() if "color" in rows[0] and "b" not in rows[0])
    assert text["a"] < 10
    assert text["color"] == "var(--ink)"


@pytest.mark.parametrize(
    ("end", "following", "written"),
    [
        (10.0, 20.0, ("failover → ● nic1", 0.0)),
        (1.8, 20.0, ("failover → ● nic1", 1.8)),
        (1.8, 2.0, ("failover", 0.0)),
        (1.25, 1.4, ("● nic1", 0.0)),
        (0.4, 0.5, ("●", 0.0)),
        (0.1, 0.2, None),
    ],
)
def test_a_bar_has_the_longest_text_that_fits_in_it_or_behind_it(
    end: float, following: float, written: tuple[str, float] | None
) -> None:
    """At 41 px a second; a letter takes 7, and 8 are left."""
    bar = Bar(0.0, end, "var(--m0)", "failover → ● nic1", shorter=("failover", "● nic1", "●"))
    lane = Lane("#0 rx", [bar, Bar(following, 20.0, "var(--m1)", "")])
    axis = TimeAxis(0, 20 * 10**9)
    sheet = Sheet()
    lanes_over_time(sheet, [lane], "member", Scene(axis, {}, Speech("en")))
    texts = next(rows for rows in sheet.datasets.values() if not rows or ("color" in rows[0] and "b" not in rows[0]))
    assert [(row["text"], row["a"]) for row in texts] == ([written] if written else [])
