"""Reading ahead: the same blocks, whole, and the same scan, whatever is in the capture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from builders import epb, idb, pcap, shb

from flowmap.capture.opened import reader_of
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source
from flowmap.flow.scanning.ahead import blocks_of
from flowmap.flow.scanning.scan import Backend, Scope, scan_capture

EVER = (-(2**63) + 1, 2**63 - 1)
NOW = 1_700_000_000 * 10**9
PACKETS = [(NOW + n * 1000, bytes([n % 251]) * (n % 1400)) for n in range(1500)]
PCAP = pcap(PACKETS)
PCAPNG = shb() + idb() + b"".join(epb(t // 1000, data) for t, data in PACKETS)
HOLED = PCAP[:400_000] + bytes(300_000) + PCAP[400_000:]  # damage so long that no packet is in two buffers of it
LARGE = pcap([*PACKETS[:900], (NOW + 10**6, bytes(200_000)), *PACKETS[900:]])


@contextmanager
def reader_at(path: Path) -> Iterator[CaptureReader]:
    with closing(open_source(str(path))) as source:
        reader = reader_of(source, block_bytes=1 << 16)
        assert isinstance(reader, CaptureReader)
        yield reader


@pytest.mark.parametrize("data", [PCAP, PCAPNG, HOLED, LARGE], ids=["pcap", "pcapng", "holed", "large"])
def test_a_block_stays_as_it_is_while_the_next_is_read(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    found = {}
    for ahead in (True, False):
        seen = found[ahead] = []
        with reader_at(path) as reader:
            for block in blocks_of(reader, ahead):
                time.sleep(0.003 * ahead)  # the other thread reads on meanwhile
                for ts_ns, offset, cap_len, *_ in block.index.tolist():
                    at = block.file_offset + offset
                    assert block.data[offset : offset + cap_len].tobytes() == data[at : at + cap_len]
                    seen.append((ts_ns, at))
    assert found[True] == found[False]
    assert len(found[True]) > 1400


def scanned(path: Path, ahead: bool) -> list[Any]:
    with reader_at(path) as reader:
        scan = scan_capture(reader, Scope(EVER, Backend(True)), ahead=ahead)
    arrays = [scan.rows, scan.links, scan.pairs, scan.bins]
    return [*[array.tobytes() for array in arrays], scan.notices, scan.truncated, scan.damaged]


@pytest.mark.parametrize("data", [PCAP, PCAPNG, HOLED, LARGE, PCAP[:-3]])
def test_the_scan_is_the_same(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert scanned(path, ahead=True) == scanned(path, ahead=False)


def test_an_error_of_the_reading_thread_is_raised_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(PCAP)

    def broken(view: memoryview) -> int:
        raise MemoryError("no more")

    with closing(open_source(str(path))) as source:
        reader = CaptureReader(source, block_bytes=1 << 16)
        monkeypatch.setattr(source, "readinto", broken)
        with pytest.raises(MemoryError, match="no more"):
            list(blocks_of(reader, ahead=True))


def test_whoever_stops_listening_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PCAP)
    with reader_at(path) as reader:
        listening = blocks_of(reader, ahead=True)
        first = next(listening)
        listening.close()  # type: ignore[attr-defined]
        time.sleep(0.05)
        assert reader.packets <= 2 * len(first.index) < len(PACKETS)
