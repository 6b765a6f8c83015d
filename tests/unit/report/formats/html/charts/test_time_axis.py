"""The one axis of a page: the whole capture, or the streams where they are a small part of it."""

from __future__ import annotations

import pytest
from factories import SECOND, T0, make_member, make_report, make_stream, moved_stream

from flowmap.document.model import Report, Stream
from flowmap.report.formats.html.charts.drawing import Sheet
from flowmap.report.formats.html.charts.time_axis import LABELS, WIDTH, framed, time_axis
from flowmap.report.formats.html.speech import Speech


def report(seconds: float = 100) -> Report:
    return make_report(members=[make_member("nic1", first_ns=T0, last_ns=T0 + round(seconds * SECOND))])


def stream(first: float, last: float) -> Stream:
    return make_stream(1, first_ns=T0 + round(first * SECOND), last_ns=T0 + round(last * SECOND))


@pytest.mark.parametrize(
    ("first", "last", "begin", "end"),
    [
        (10, 30, 0, 100),  # a fifth of the capture
        (10, 29.9, 10 - 1.99, 29.9 + 1.99),  # less: these, and a tenth of their time around
        (0, 10, 0, 11),  # not before the capture begins
        (95, 100, 94.5, 100),
        (50, 50, 0, 100),
    ],
)
def test_streams_that_are_a_small_part_fill_the_axis(first: float, last: float, begin: float, end: float) -> None:
    axis = time_axis(report(), [stream(first, last)])
    assert axis is not None
    assert (axis.at(T0) * -1, axis.at(T0) * -1 + axis.span) == pytest.approx((begin, end))
    assert axis.whole == ((begin, end) == (0, 100))
    assert bool(axis.note()) != axis.whole


def test_without_a_time_there_is_no_axis() -> None:
    assert time_axis(report(0), []) is None
    assert time_axis(make_report(members=[]), []) is None


def test_moves_that_a_reader_cannot_tell_apart_are_one_line() -> None:
    """A line is a pixel and more wide: a 400th of the axis."""
    made = moved_stream(1)
    move = made.directions[0].moves[0]
    moves = [move.model_copy(update={"ts_ns": T0 + round(at * SECOND)}) for at in (1, 1.2, 1.3, 5)]
    first = made.directions[0].model_copy(update={"moves": moves})
    own = made.model_copy(update={"directions": [first], "first_ns": T0, "last_ns": T0 + 100 * SECOND})
    axis = time_axis(report(), [own])
    assert axis is not None
    assert [axis.at(ts_ns) for ts_ns in axis.moves] == [1.0, 1.3, 5.0]  # a 400th of 100 s are 0.25
    sheet = Sheet()
    (layer,) = axis.marks(sheet, Speech("en"))
    assert sheet.datasets[layer["data"]["name"]] == [{"a": 1.0}, {"a": 1.3}, {"a": 5.0}]


def test_every_chart_over_time_has_the_same_room() -> None:
    chart = framed([], 40)
    assert (chart["width"], chart["padding"]["left"], chart["height"]) == (WIDTH, LABELS, 40)
    assert WIDTH + LABELS + chart["padding"]["right"] == 1000
