"""The order of streams: what is judged and in trouble comes first, whatever was not judged by its bytes."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_report, make_stream, moved_stream

from flowmap.document.model import Stream
from flowmap.report.sections.streams.order import by_urgency, judged_of, remote_host, stream_of


def placed(number: int, placement: str, **changes: Any) -> Stream:
    made = make_stream(number, **changes)
    first = made.directions[0].model_copy(update={"placement": placement})
    return made.model_copy(update={"directions": [first, made.directions[1]]})


def test_trouble_comes_first_then_the_other_judged_then_by_bytes() -> None:
    streams = [
        placed(1, "single", judged=False, wire_bytes=5),
        placed(2, "single"),
        placed(3, "sprayed"),
        placed(4, "single", judged=False, wire_bytes=9),
        placed(5, "sprayed", judged=False, wire_bytes=1),
    ]
    ordered = [stream.id for stream in by_urgency(streams, 10)]
    assert ordered[:2] == [3, 2]
    assert ordered.index(4) < ordered.index(1)
    assert [stream.id for stream in by_urgency(streams, 2)] == [3, 2]
    assert judged_of(streams) == 2


def test_a_stream_is_found_by_its_number() -> None:
    streams = [make_stream(2), moved_stream(7)]
    found = stream_of(streams, 7)
    assert found is not None
    assert found.id == 7
    assert stream_of(streams, 3) is None


@pytest.mark.parametrize(("side", "host"), [("rx", "10.77.0.11"), ("tx", "10.77.0.100")])
def test_the_remote_host_is_the_other_end_of_what_came_in_or_went_out(side: str, host: str) -> None:
    made = make_stream(1)
    first = made.directions[0].model_copy(update={"direction": side})
    assert remote_host(made.model_copy(update={"directions": [first]}), make_report()) == host


def test_with_the_host_unknown_it_is_the_end_that_sends_the_bulk_and_is_not_of_the_team() -> None:
    made = make_stream(1)
    ways = [way.model_copy(update={"direction": "unknown"}) for way in made.directions]
    unknown = made.model_copy(update={"directions": ways})
    report = make_report()
    assert remote_host(unknown, report) == "10.77.0.11"
    sends = unknown.model_copy(update={"source_host": "10.77.0.100", "destination_host": "10.77.0.9"})
    assert remote_host(sends, report) == "10.77.0.9"
    nobody = unknown.model_copy(update={"source_host": None, "destination_host": None})
    assert remote_host(nobody, report) == nobody.client.ip
