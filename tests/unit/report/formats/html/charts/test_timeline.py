"""Streams and captures over time: a lane for each direction, moves cut it."""

from __future__ import annotations

from typing import Any

from factories import SECOND, T0, make_member, make_report, make_stream, moved_stream

from flowmap.document.model import Stream
from flowmap.report.formats.html.charts.marks import marks_of
from flowmap.report.formats.html.charts.time_axis import Scene, TimeAxis
from flowmap.report.formats.html.charts.timeline import capture_chart, drawn_streams, timeline_chart
from flowmap.report.formats.html.speech import Speech

MARKS = marks_of(["nic1", "nic2"])
SCENE = Scene(TimeAxis(T0, T0 + 20 * SECOND), MARKS, Speech("en"))


def timed(stream: Stream, spans: dict[str, tuple[float, float]]) -> Stream:
    """The stream's first direction alone, with these times on each member."""
    first = stream.directions[0]
    members = []
    for one in first.members:
        begin, end = (T0 + round(at * SECOND) for at in spans[one.name])
        members.append(one.model_copy(update={"first_ns": begin, "last_ns": end}))
    return stream.model_copy(update={"directions": [first.model_copy(update={"members": members})]})


def lanes(*streams: Stream) -> list[tuple[float, float, str, str]]:
    chart: Any = timeline_chart(make_report(streams=list(streams)), streams, SCENE)
    return [(row["a"], row["b"], row["color"], row["text"]) for row in chart.spec["datasets"]["data-0"]]


def test_a_stream_on_one_member_is_one_bar() -> None:
    assert lanes(timed(make_stream(1), {"nic1": (1, 9)})) == [(1.0, 9.0, "var(--m0)", "● nic1")]


def test_a_move_cuts_the_lane_and_tells_its_cause() -> None:
    """It moves at 9 s, 1.2 s after the last packet on the old member."""
    moved = timed(moved_stream(2), {"nic1": (1, 7.8), "nic2": (9, 15)})
    assert lanes(moved) == [
        (1.0, 7.8, "var(--m0)", "● nic1"),
        (9.0, 15.0, "var(--m1)", "failover → ■ nic2"),
    ]


def test_members_used_at_once_share_the_height_of_a_lane() -> None:
    both = timed(moved_stream(2), {"nic1": (1, 9), "nic2": (1, 9)})
    first = both.directions[0].model_copy(update={"placement": "sprayed", "moves": []})
    found = lanes(both.model_copy(update={"directions": [first]}))
    assert [(color, text) for *_, color, text in found] == [("var(--m0)", "● nic1 ■ nic2"), ("var(--m1)", "")]


def test_streams_without_a_time_have_no_chart() -> None:
    stream = make_stream(1)
    bare = [
        way.model_copy(update={"members": [one.model_copy(update={"first_ns": None}) for one in way.members]})
        for way in stream.directions
    ]
    own = stream.model_copy(update={"directions": bare})
    assert timeline_chart(make_report(streams=[own]), [own], SCENE) is None


def test_at_most_twenty_streams_are_drawn_those_with_trouble_among_them() -> None:
    streams = [make_stream(number) for number in range(1, 31)] + [moved_stream(31)]
    drawn = [stream.id for stream in drawn_streams(make_report(streams=streams))]
    assert len(drawn) == 20
    assert 31 in drawn
    assert drawn == sorted(drawn)
    others = make_report(streams=[make_stream(1), make_stream(2, judged=False)])
    assert [stream.id for stream in drawn_streams(others)] == [1]


def test_captures_are_lanes_by_member() -> None:
    members = [make_member(name, first_ns=T0, last_ns=T0 + 20 * SECOND) for name in MARKS]
    chart: Any = capture_chart(make_report(members=members, streams=[]), MARKS, Speech("en"))
    bars = chart.spec["datasets"]["data-0"]
    assert [(row["a"], row["b"], row["text"]) for row in bars] == [
        (0.0, 20.0, "captures/nic1.pcap"),
        (0.0, 20.0, "captures/nic2.pcap"),
    ]
    assert "together for 20.0 s of 20.0 s" in chart.figure.text
    assert capture_chart(make_report(members=[]), MARKS, Speech("en")) is None
