"""Slices of time, and that reading them by leaps finds the same packets as reading everything."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from builders import epb, idb, pcap, shb
from strategies import ethernet, ipv4_header, tcp_header

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source import open_source
from flowmap.flow.scan import Backend, Marks, scan_capture
from flowmap.trace.collect import Sliced, trace_capture, wanted_rows
from flowmap.trace.packetlog import MOST_BYTES, MOST_ROWS, PacketLog, Slices

EVER = (-(2**63) + 1, 2**63 - 1)
MS = 1_000_000
SECOND = 1_000_000_000
N = 6_000


def test_few_packets_are_one_slice() -> None:
    slices = Slices.plan([(5, 90), (20, 200)], 1000, 1000)
    assert slices.whole
    assert (slices.starts.tolist(), slices.ends.tolist()) == ([5], [201])


@pytest.mark.parametrize(("packets", "stored"), [(20 * MOST_ROWS, 1000), (1000, 20 * MOST_BYTES)])
def test_of_many_packets_slices_over_the_whole_transfer_are_a_twentieth(packets: int, stored: int) -> None:
    slices = Slices.plan([(0, 400 * SECOND), (100 * SECOND, 400 * SECOND)], packets, stored)
    assert not slices.whole
    assert slices.starts[0] == 0
    assert slices.ends[-1] == 400 * SECOND + 1
    assert (slices.starts[1:] > slices.ends[:-1]).all()
    assert int((slices.ends - slices.starts).sum()) == pytest.approx(20 * SECOND, rel=0.02)
    assert slices.overlap(100 * SECOND, 100 * SECOND)  # the second stream's SYN


def test_places_of_times_in_slices() -> None:
    slices = Slices([(30, 40), (10, 20), (15, 25)])
    assert slices.numbers(np.array([9, 10, 24, 25, 30, 39, 40])).tolist() == [-1, 0, 0, -1, 1, 1, -1]
    assert [slices.next_after(ts) for ts in (0, 10, 24, 25, 39, 40)] == [10, 10, 24, 30, 39, None]
    assert [slices.overlap(*ends) for ends in ((0, 9), (0, 10), (25, 29), (26, 35), (40, 50))] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert not PacketLog(Slices(())).slices.overlap(0, 100)


def test_marks_are_thinned_and_need_the_same_interfaces() -> None:
    marks = Marks()
    for k in range(20_000):
        marks.note(1000 * k, k, 1 if k < 10_000 else 2)
    assert marks.before(9_000, 1) in range(1000 * 8_980, 1000 * 9_000 + 1)
    assert marks.before(9_000, 2) is None
    assert marks.before(-1, 1) is None
    assert len(marks._rows) <= 4096


def _capture(path: Path, form: str) -> None:
    segment = tcp_header(50000, 6600, 7, 9, 16, 512, b"") + b"x" * 20
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment), ip_id=31) + segment
    if form == "pcap":
        path.write_bytes(pcap([(k * MS, frame) for k in range(N)]))
    else:
        path.write_bytes(shb() + idb() + b"".join(epb(k * 1000, frame) for k in range(N)))


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_leaps_find_what_reading_everything_finds(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    _capture(path, form)
    with closing(open_source(str(path))) as source:
        scan = scan_capture(CaptureReader(source, compiled=False, block_bytes=1 << 16), EVER, Backend(False))
    times = scan.rows["first_ns"][0], scan.rows["last_ns"][0]
    slices = Slices([(times[0], times[0] + 100 * MS), (times[0] + 4000 * MS, times[0] + 4100 * MS)])
    passed: list[int] = []
    source = open_source(str(path))
    skip = source.skip
    monkeypatch.setattr(source, "skip", lambda count: passed.append(count) or skip(count))
    only = Sliced(slices, marks=scan.marks)
    reader = CaptureReader(source, block_bytes=1 << 16)
    chunks = trace_capture(reader, wanted_rows(scan.rows), {(0, 0): 3}, EVER, False, only=only)
    found = np.concatenate(list(chunks))
    source.close()
    inside = found[slices.numbers(found["ts_ns"]) >= 0]
    assert inside["ts_ns"].tolist() == [times[0] + k * MS for k in [*range(100), *range(4000, 4100)]]
    assert set(inside["member"].tolist()) == {3}
    assert len(found) < N / 2
    assert sum(passed) > path.stat().st_size / 3
    assert reader.position < path.stat().st_size
