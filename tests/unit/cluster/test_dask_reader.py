"""The second pass in many small parts, series merged as trees, what travels between processes: all as in this process."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from flowmap.analysis import analyze
from flowmap.capture.inputs import plan_inputs
from flowmap.errors import UnreadableCapture
from flowmap.message import msg
from flowmap.report.formats.html import Material, render
from flowmap.report.formats.json_ import json_text
from flowmap.settings.config import Settings

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
CAPTURES = Path(__file__).parents[3] / "captures"
pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own, of its threads in this process


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options: dict[str, Any] = {
        "processes": False,
        "dashboard_address": None,
        "protocol": "inproc://",
        "silence_logs": 50,
    }
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowmap.trace.collecting.collect.CHUNK_ROWS", 10)
    monkeypatch.setattr("flowmap.cluster.tasks._PART_ROWS", 20)
    monkeypatch.setattr("flowmap.trace.ordering.merge.HEAD_ROWS", 200)
    monkeypatch.setattr("flowmap.capture.reader._MIN_BUFFER", 1 << 12)
    monkeypatch.setattr("flowmap.passes.input._block_bytes", lambda _: 1 << 12)


def report(address: str | None, *paths: str | Path) -> str:
    from flowmap.cluster.dask_ import connected

    arguments = [str(path) for path in paths]
    if address is None:
        return json_text(analyze(arguments, Settings()).report)
    with connected(address) as reader:
        return json_text(analyze(arguments, Settings(), reader=reader).report)


@pytest.mark.parametrize("team", ["04a-round-robin-sender", "06-failover", "12a-sprayed-over-three"])
@pytest.mark.parametrize("kept", [64, 0], ids=["going on where it stopped", "from the beginning each time"])
def test_parts_are_what_one_reading_gives(
    team: str, kept: int, address: str, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowmap.cluster import tasks

    parts = []
    monkeypatch.setattr("flowmap.cluster.tasks._MOST_OPEN", kept)
    original = tasks.Part.__init__
    monkeypatch.setattr(tasks.Part, "__init__", lambda self, *given: (parts.append(1), original(self, *given))[1])
    assert report(address, CAPTURES / team) == report(None, CAPTURES / team)
    assert len(parts) > 4


def split(capture: Path, folder: Path, parts: int) -> Path:
    """A ring-buffer series of the records of a pcap."""
    data = capture.read_bytes()
    starts = [24]
    while starts[-1] < len(data):
        starts.append(starts[-1] + 16 + struct.unpack_from("<I", data, starts[-1] + 8)[0])
    cuts = [starts[len(starts) * n // parts] if n < parts else len(data) for n in range(parts + 1)]
    cuts[0] = 24
    for number, (start, stop) in enumerate(pairwise(cuts), start=1):
        name = f"{capture.stem}_{number:05}_{20260101120000 + number}.pcap"
        (folder / name).write_bytes(data[:24] + data[start:stop])
    return folder


@pytest.mark.parametrize("parts", [2, 5])
def test_a_series_is_one_capture_wherever_it_is_merged(parts: int, address: str, tmp_path: Path) -> None:
    from flowmap.cluster.dask_ import connected

    team = CAPTURES / "different-sources"
    for name in ("hvT_nic1.pcap", "hvT_nic2.pcap"):
        split(team / name, tmp_path, parts)
    whole = analyze([str(team)], Settings())
    here = analyze([str(tmp_path)], Settings())
    with connected(address) as reader:
        there = analyze([str(tmp_path)], Settings(), reader=reader)
    assert json_text(there.report) == json_text(here.report)
    for name, column in whole.flow_columns().items():
        assert list(column) == list(here.flow_columns()[name]) == list(there.flow_columns()[name]), name


def test_errors_travel_between_processes() -> None:
    error = UnreadableCapture("a.pcap", msg("breaks"), offset=7, found=msg("{n} bytes", n=3), hint=msg("Copy it again"))
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is UnreadableCapture
    assert (copy.message, copy.offset, copy.hint) == (
        "a.pcap: breaks at byte 7; found 3 bytes. Copy it again",
        7,
        error.hint,
    )
    assert copy.message.template == error.message.template


def test_what_a_worker_logs_tells_no_secret() -> None:
    (plan,) = plan_inputs([f"file://{CAPTURES}/lacp-down/hvT_nic1.pcap"]).captures
    assert "hunter2" not in repr(replace(plan, location="sftp://me:hunter2@host/a.pcap"))


def test_pages_are_drawn_on_workers_that_draw_alike(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowmap.cluster import pages
    from flowmap.cluster.dask_ import connected

    analysis = analyze([str(CAPTURES / "lacp-down")], Settings())
    material = Material(analysis.report, analysis.evidence, analysis.series)
    assert pages.page_task("elsewhere", material, "en") is None
    drawn = []
    monkeypatch.setattr(pages, "render", lambda *given: (drawn.append(get_ident()), render(*given))[1])
    with connected(address) as reader:
        assert reader.page(pickle.loads(pickle.dumps(material)), "de") == render(material, "de")
    assert len(drawn) == 1
    assert drawn[0] != get_ident()
