"""What the charts of streams and captures over time say."""

from __future__ import annotations

import pytest
from factories import make_stream, moved_stream

from flowmap.message import glue, msg
from flowmap.report.sections.figures.timeline import captured_figure, lane_of, timeline_figure


def test_streams_and_moves_are_counted_and_the_first_moves_told() -> None:
    text = timeline_figure([make_stream(1), moved_stream(2)], 0, glue()).text
    assert text.startswith("2 streams over time, by member. 1 move is marked with its cause. ")
    assert text.endswith(": #2 from nic1 to nic2.")
    assert "move" not in timeline_figure([make_stream(1)], 0, glue()).text


def test_three_moves_are_told_the_others_only_counted() -> None:
    text = timeline_figure([moved_stream(number) for number in range(1, 6)], 0, glue()).text
    assert "5 moves are marked with their causes." in text
    assert [f"#{number} from" in text for number in range(1, 6)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("left_out", "note", "notes"),
    [
        (0, "", ()),
        (1, "", ("1 more stream is not drawn.",)),
        (-1, "a part", ("a part",)),
        (2, "a part", ("2 more streams are not drawn.", "a part")),
    ],
)
def test_what_is_left_out_stands_before_what_is_said_of_the_axis(
    left_out: int, note: str, notes: tuple[str, ...]
) -> None:
    assert timeline_figure([make_stream(1)], left_out, msg(note) if note else glue()).notes == notes


def test_a_lane_is_called_by_its_stream_and_by_the_sender_where_the_host_is_unknown() -> None:
    stream = make_stream(1)
    assert [lane_of(stream, way) for way in stream.directions] == ["#1 qemu rx", "#1 qemu tx"]
    unknown = stream.directions[0].model_copy(update={"direction": "unknown"})
    assert lane_of(stream, unknown) == "#1 from 10.77.0.11"


def test_captures_that_never_ran_at_once_shared_no_time() -> None:
    assert "together for 2.0 s of 10.0 s." in captured_figure(2 * 10**9, 10 * 10**9).text
    assert "together for 0 ns of 10.0 s." in captured_figure(-5, 10 * 10**9).text
