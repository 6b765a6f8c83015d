"""A capture that two threads count in turn: nothing depends on it, and nobody waits for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import epb, idb, pcap, shb
from flowmap.flow.kernel import Kernel
from hostile import frame4, tcp

from flowmap.capture.opened import reader_of
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source
from flowmap.capture.source.window import Counted, Stretch
from flowmap.flow.scanning import partner
from flowmap.flow.scanning.partner import Partner
from flowmap.flow.scanning.scan import Backend, Scan, Scope, scan_capture
from flowmap.flow.table import CompiledTable
from flowmap.types import HEADER

EVER = (-(2**63) + 1, 2**63 - 1)
NOW = 1_700_000_000 * 10**9
ARP = bytes.fromhex("ffffffffffff0200000000010806") + bytes(46)
N = 6000


def packets() -> list[tuple[int, bytes]]:
    """Of eight connections; some 500 more in the midst, so that the table grows; an ARP frame now and then."""
    made = []
    for n in range(N):
        port = 40000 + (n % 8 if n % 5 or not 2000 < n < 4500 else n)
        frame = (
            ARP if n % 997 == 500 else frame4(1, 2, tcp(port, flags=16, seq=1000 + 100 * (n // 8), payload=bytes(100)))
        )
        made.append((NOW + n * 10_000, frame))
    return made


PACKETS = packets()
PCAP = pcap([(t, data) for t, data in PACKETS])
PCAPNG = shb() + idb() + b"".join(epb(t // 1000, data) for t, data in PACKETS)
HOLED = PCAP[:500_000] + bytes(90_000) + PCAP[500_000:]


def scanned(path: Path, ahead: bool) -> Scan:
    with closing(open_source(str(path))) as source:
        return scan_capture(reader_of(source, block_bytes=1 << 14), Scope(EVER, Backend(True)), ahead=ahead)


def all_of(scan: Scan) -> list[Any]:
    arrays = [scan.rows, scan.links, scan.pairs, scan.bins]
    return [*[array.tobytes() for array in arrays], scan.control, scan.notices, scan.gaps, scan.truncated, scan.damaged]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The packets of each time that turns were taken, in chunks of 14 KB."""
    counted: list[int] = []
    count = Partner.count

    def noted(self: Partner, *args: Any) -> tuple[Counted, bool]:
        taken = count(self, *args)
        counted.append(taken[0].packets)
        return taken

    monkeypatch.setattr(Partner, "count", noted)
    monkeypatch.setattr(partner, "_REST", 2000)
    return counted


@pytest.mark.parametrize("data", [PCAP, PCAPNG, HOLED, PCAP[:-3]], ids=["pcap", "pcapng", "damaged", "cut"])
def test_what_is_counted_is_the_same(data: bytes, turns: list[int], tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    in_turn, alone = scanned(path, ahead=True), scanned(path, ahead=False)
    assert all_of(in_turn) == all_of(alone)
    assert sum(turns) > N / 4
    assert in_turn.packets >= N - 1 - 800 * (data is HOLED)


def test_both_threads_count(turns: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(PCAP)
    threads = set()
    take = Kernel.take_turns

    class Watched:
        def __init__(self, kernel: Kernel) -> None:
            self._kernel = kernel

        def take_turns(self, *args: Any) -> None:
            threads.add(threading.get_ident())
            take(self._kernel, *args)

    count = Partner.count
    monkeypatch.setattr(Partner, "count", lambda self, kernel, *rest: count(self, Watched(kernel), *rest))  # type: ignore[arg-type]
    scanned(path, ahead=True)
    assert len(threads) == 2


@pytest.mark.parametrize("whose", ["calling", "other"])
def test_an_error_of_either_thread_ends_the_turns_of_both(whose: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(PCAP)
    table, pool = CompiledTable(*EVER), ThreadPoolExecutor(1)
    with closing(open_source(str(path))) as source:
        reader = reader_of(source, block_bytes=1 << 18)
        assert isinstance(reader, CaptureReader)
        stretches: list[Stretch] = []
        reader._counted(lambda stretch: stretches.append(stretch) or Counted(0, stretch.start, stretch.end, 0, 0, 0))
        one = Partner(pool)
        few, enough = np.zeros(1, HEADER), np.zeros(64, HEADER)
        one._headers = few if whose == "other" else enough
        with pytest.raises(IndexError, match="too little room"):
            one.count(table._kernel, few if whose == "calling" else enough, stretches[0], stretches[0].left)
    pool.shutdown()  # would wait for a thread that waits for its turn
