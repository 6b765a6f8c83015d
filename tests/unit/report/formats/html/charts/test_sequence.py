"""Sequence numbers over time, of points written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from factories import SECOND, T0, make_report, make_stream, moved_stream

from flowmap.document.evidence import Evidence, SequencePoints
from flowmap.report.formats.html.charts.marks import marks_of
from flowmap.report.formats.html.charts.sequence import Sequences, sequence_charts
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis
from flowmap.report.formats.html.speech import Speech


def points(number: int, members: list[int], closeup: list[bool] | None = None, **changes: Any) -> SequencePoints:
    places = np.arange(len(members))
    values: dict[str, Any] = {
        "stream": number,
        "source": (f"10.77.0.{10 + number}", 53_000 + number),
        "members": ("nic1", "nic2"),
        "ts_ns": T0 + places * SECOND // 10,
        "position": 5000 + places * 1000,
        "member": np.array(members),
        "closeup": np.array(closeup or [False] * len(members)),
        "packets": 100,
    }
    return SequencePoints(**{**values, **changes})


def drawn(*sequences: SequencePoints, streams: Any = None, cut: int = 0) -> Sequences:
    report = make_report(streams=streams or [make_stream(1), moved_stream(2)])
    scene = Scene(TimeAxis(T0, T0 + 10 * SECOND), marks_of(["nic1", "nic2"]), Speech("en"))
    return sequence_charts(report, Evidence(sequences=sequences, sequences_cut=cut), scene)


def rows(chart: Any) -> list[tuple[float, float, str]]:
    return [(row["t"], row["v"], row["m"]) for row in chart.spec["datasets"]["data-0"]]


def test_points_are_in_seconds_of_the_axis_and_kilobytes_of_the_first() -> None:
    (whole,) = drawn(points(2, [0, 0, 1])).whole
    assert rows(whole) == [(0.0, 0.0, "nic1"), (0.1, 1.0, "nic1"), (0.2, 2.0, "nic2")]
    color = whole.spec["layer"][0]["encoding"]["color"]["scale"]
    assert dict(zip(color["domain"], color["range"], strict=True)) == {"nic1": "var(--m0)", "nic2": "var(--m1)"}


def test_the_close_up_has_milliseconds_of_its_own() -> None:
    found = drawn(points(2, [0, 0, 1, 1], [False, True, True, False]))
    assert rows(found.whole[0]) == [(0.0, 0.0, "nic1"), (0.3, 3.0, "nic2")]
    assert rows(found.near[0]) == [(0.0, 0.0, "nic1"), (100.0, 1.0, "nic2")]
    assert not drawn(points(2, [0, 1])).near


def test_of_a_sprayed_close_up_sixty_packets_are_drawn_from_shortly_before_the_first_change() -> None:
    members = [0] * 40 + [1, 0] * 60
    (near,) = drawn(points(2, members, [True] * len(members))).near
    assert len(rows(near)) == 60
    assert [row[2] for row in rows(near)].index("nic2") == 15  # a quarter of them before it


def test_trouble_comes_first_and_six_are_drawn() -> None:
    streams = [make_stream(number) for number in range(1, 9)] + [moved_stream(9)]
    found = drawn(*(points(number, [0, 1]) for number in range(1, 10)), streams=streams, cut=2)
    assert found.whole[0].figure.title.startswith("#9 ")
    assert (len(found.whole), found.left_out) == (6, 3 + 2)


def test_points_of_what_is_not_listed_are_not_drawn() -> None:
    found = drawn(points(7, [0, 1]), points(1, [0, 1], source=("10.9.9.9", 1)), points(1, []))
    assert (found.whole, found.near, found.left_out) == ((), (), 3)
