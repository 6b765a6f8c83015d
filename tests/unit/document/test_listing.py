"""Parts of a report that are made when they are asked for: the same bytes, the same order, as if they had always been there."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from many import PAYLOAD, short_streams

from flowmap.analysis import analyze
from flowmap.document.listing import Listing, MigrationListing
from flowmap.document.model import Report
from flowmap.report.formats.json_ import json_pieces, json_text
from flowmap.report.sections.streams.limits import limit_counts
from flowmap.report.sections.streams.order import by_urgency, judged_of, stream_of
from flowmap.settings.config import Settings

COUNT = 1100
"""More than two of the pieces in which a listing is written."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("many")
    paths = [short_streams(folder / f"{n}.pcap", COUNT // 2, hosts=20, server=0x0A640005 + n) for n in range(2)]
    return analyze(paths, Settings()).report


def made(report: Report) -> Report:
    """The same report with lists of parts that were checked one by one."""
    document = json.loads(json_text(report))
    return Report.model_validate(document)


def test_parts_are_written_as_those_that_are_checked(found: Report) -> None:
    assert isinstance(found.streams, Listing)
    assert isinstance(found.migrations, Listing)
    checked = made(found)
    assert type(checked.streams) is list
    assert (len(checked.streams), len(checked.migrations)) == (COUNT, COUNT)
    assert json_text(found) == checked.model_dump_json(indent=2, by_alias=True) + "\n" == json_text(checked)
    assert found.streams == checked.streams
    assert len(list(json_pieces(found))) > 6


def test_every_stream_is_as_it_was_made(found: Report) -> None:
    for number, stream in enumerate(found.streams):
        assert (stream.id, stream.kind, stream.judged, stream.payload_bytes) == (number, "hyper-v", True, PAYLOAD)
        there, back = stream.directions
        assert there.src == stream.client
        assert (there.dst.port, back.dst.port) == (6600, stream.client.port)
        assert [(m.packets, m.wire_packets, m.payload_bytes) for m in there.members] == [(2, 2, PAYLOAD)]


def test_a_person_sees_the_same_streams_first(found: Report) -> None:
    checked = made(found)
    assert by_urgency(found.streams, 30) == by_urgency(checked.streams, 30)
    assert judged_of(found.streams) == judged_of(checked.streams) == COUNT
    assert stream_of(found.streams, 700) == checked.streams[700] == found.streams[700]
    assert stream_of(found.streams, COUNT) is None
    assert found.streams[-2:] == checked.streams[-2:]


def test_what_limited_the_migrations_is_the_same_without_making_them(found: Report) -> None:
    assert isinstance(found.migrations, MigrationListing)
    limits = [one.limited_by for one in made(found).migrations]
    assert list(found.migrations.limits()) == limits
    assert set(limits) == {"unknown"}
    assert limit_counts(found) == limit_counts(made(found)) == ""
    limited = found.migrations.mapped(lambda one: one.model_copy(update={"id": -one.id}))
    assert (list(limited.limits()), limited[0].id) == (limits, -1)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda report: pickle.loads(pickle.dumps(report))])
def test_a_copy_holds_the_parts_themselves(found: Report, copied: Any) -> None:
    assert type(copied(found).streams) is list
    assert json_text(copied(found)) == json_text(found)
