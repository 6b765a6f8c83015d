"""Throughput over time: steps of bytes, scales that a person reads, line rates where they are near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import SECOND, T0, make_member, make_report

from flowmap.document.series import Series
from flowmap.report.formats.html.charts.marks import marks_of
from flowmap.report.formats.html.charts.throughput import throughput_charts
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis
from flowmap.report.formats.html.speech import Speech

TENTH = SECOND // 10


def charts(wire: dict[str, dict[str, list[int]]], speed: int | None = None, seconds: float = 1, **changes: Any) -> Any:
    members = {
        name: {side: np.array(own.get(side, [0] * 10), np.uint64) for side in ("rx", "tx", "unknown")}
        for name, own in wire.items()
    }
    report = make_report(members=[make_member(name, speed_bps=speed) for name in wire])
    scene = Scene(TimeAxis(T0, T0 + round(seconds * SECOND)), marks_of(list(wire)), Speech("en"))
    return throughput_charts(report, Series(T0, TENTH, members), scene)


def steps(chart: Any) -> list[tuple[float, float, float, str]]:
    return [(row["t"], row["u"], row["v"], row["m"]) for row in chart.spec["datasets"]["data-1"]]


def test_bytes_of_a_bin_are_a_rate() -> None:
    """1.25 MB in a tenth of a second are 100 Mbit/s."""
    (chart,) = charts({"nic1": {"rx": [0, 1_250_000, *[0] * 8]}})
    assert steps(chart) == [(0.1, 0.2, 100.0, "nic1")]
    assert "peak 100 Mbit/s" in chart.figure.text
    assert chart.figure.name == "throughput-rx"


@pytest.mark.parametrize(
    ("size", "scale"),
    [(1_250_000, "100 Mbit/s"), (1_375_000, "150 Mbit/s"), (12_500_000, "1 Gbit/s"), (13, "1.5 kbit/s")],
)
def test_a_scale_ends_with_the_next_round_number(size: int, scale: str) -> None:
    (chart,) = charts({"nic1": {"rx": [size, *[0] * 9]}})
    assert [row["text"] for row in chart.spec["datasets"]["data-2"]] == ["● nic1", scale]


@pytest.mark.parametrize(("speed", "limits"), [(400_000_000, 1), (400_000_001, 0), (None, 0)])
def test_a_line_rate_up_to_four_times_the_peak_is_drawn(speed: int | None, limits: int) -> None:
    (chart,) = charts({"nic1": {"rx": [1_250_000, *[0] * 9]}}, speed)
    assert len(chart.spec["layer"]) == 3 + limits


def test_each_direction_has_its_chart_unless_it_carried_next_to_nothing() -> None:
    own = {"rx": [100_000] * 10, "tx": [900] * 10, "unknown": [50_000] * 10}
    assert [chart.figure.name for chart in charts({"nic1": own})] == ["throughput-rx", "throughput-unknown"]
    assert charts({}) == []


def test_the_eight_busiest_members_are_drawn_in_the_order_of_the_report() -> None:
    wire = {f"nic{number}": {"rx": [1000 * (number % 5 + 1)] * 10} for number in range(10)}
    (chart,) = charts(wire)
    names = [row["text"].partition(" ")[2] for row in chart.spec["datasets"]["data-2"][::2]]
    assert names == [f"nic{number}" for number in range(10) if number not in (0, 5)]
    assert chart.figure.notes[-1] == "2 more members are not drawn."


def test_more_bins_than_can_be_seen_are_drawn_together() -> None:
    wire = {"nic1": {side: [1_250_000] * 1000 for side in ("rx",)} | {"tx": [0] * 1000, "unknown": [0] * 1000}}
    (chart,) = charts(wire, seconds=100)
    found = steps(chart)
    assert len(found) == 200  # five bins each: at most 205 steps
    assert {round(row[2]) for row in found} == {100}
    assert chart.figure.notes[0].startswith("Each step is 500.0 ms")
