"""LACP over time: a lane for the bundle and one for each side, states by their bits (802.1AX-2020, 6.4.2.3)."""

from __future__ import annotations

from typing import Any

import pytest
from factories import SECOND, T0, make_member, make_report

from flowmap.document.evidence import Evidence, LacpHistory, LacpSide, LacpSpan
from flowmap.report.formats.html.charts.lacp import lacp_chart
from flowmap.report.formats.html.charts.marks import marks_of
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis
from flowmap.report.formats.html.speech import Speech

SYNC, COLLECTING, DISTRIBUTING, DEFAULTED, EXPIRED = 0x08, 0x10, 0x20, 0x40, 0x80


def chart(*histories: LacpHistory) -> Any:
    report = make_report(members=[make_member("nic1", first_ns=T0, last_ns=T0 + 10 * SECOND)])
    scene = Scene(TimeAxis(T0, T0 + 10 * SECOND), marks_of(["nic1"]), Speech("en"))
    return lacp_chart(report, Evidence(lacp=histories), scene)


def history(*states: int, bundled: tuple[tuple[int, int], ...] = ()) -> LacpHistory:
    spans = tuple(LacpSpan(T0 + n * SECOND, T0 + (n + 1) * SECOND, state) for n, state in enumerate(states))
    return LacpHistory("nic1", bundled, (LacpSide("host", "02:00:00:00:00:aa", spans),))


def bars(drawn: Any) -> list[dict[str, Any]]:
    return list(drawn.spec["datasets"]["data-0"])


@pytest.mark.parametrize(
    ("state", "word", "color"),
    [
        (SYNC | COLLECTING | DISTRIBUTING, "in use", "var(--pass)"),
        (SYNC | COLLECTING, "in sync", "var(--warn)"),
        (SYNC, "in sync", "var(--warn)"),
        (COLLECTING | DISTRIBUTING, "not in sync", "var(--fail)"),
        (SYNC | COLLECTING | DISTRIBUTING | DEFAULTED, "no partner", "var(--fail)"),
        (SYNC | COLLECTING | DISTRIBUTING | DEFAULTED | EXPIRED, "partner lost", "var(--fail)"),
    ],
)
def test_a_state_is_told_by_its_gravest_bit(state: int, word: str, color: str) -> None:
    (bar,) = bars(chart(history(state)))
    assert (bar["text"], bar["color"], bar["a"], bar["b"]) == (word, color, 0.0, 1.0)


def test_the_bundle_has_a_lane_of_its_own_and_is_cut_at_the_axis() -> None:
    whole = ((T0 - SECOND, T0 + 5 * SECOND), (T0 + 20 * SECOND, T0 + 30 * SECOND))
    first, *_ = bars(chart(history(0x38, bundled=whole)))
    assert (first["text"], first["a"], first["b"], first["o"]) == ("in the bundle", 0.0, 5.0, 1)
    assert len(bars(chart(history(bundled=whole)))) == 1
    labels = chart(history(0x38)).spec["datasets"]["data-2"]
    assert [row["text"] for row in labels] == ["● nic1", "host says"]


def test_without_lacp_there_is_no_chart_and_of_many_lanes_forty_are_drawn() -> None:
    assert chart() is None
    many = chart(*[history(0x38)] * 25)
    assert len(many.spec["datasets"]["data-2"]) == 40
    assert many.figure.notes == ("10 more rows are not drawn.",)
