"""When an interface was captured, as the statistics of the capture have it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from builders import epb, idb, isb, shb

from flowmap.capture.opened import reader_of
from flowmap.capture.source.layers import open_source
from flowmap.flow.scanning.scan import Backend, Scope, scan_capture

EVER = (-(2**63) + 1, 2**63 - 1)
NOW = 1_700_000_000 * 10**9
S = 10**9
WINDOW = (NOW - S, NOW + 9 * S)


def windows(*blocks: bytes, tmp_path: Path) -> dict[int, tuple[int, int]]:
    path = tmp_path / "x.pcapng"
    path.write_bytes(shb() + b"".join(blocks))
    with closing(open_source(str(path))) as source:
        return dict(scan_capture(reader_of(source), Scope(EVER, Backend(True))).windows)


@pytest.mark.parametrize("unit", [1, 1000], ids=["as the interface", "microseconds all the same"])
def test_the_window_of_nanoseconds_is_where_the_packets_are(unit: int, tmp_path: Path) -> None:
    """dumpcap 4.0 writes packets in nanoseconds and windows in microseconds, also those of an interface without packets."""
    stated = [isb(interface=number, start=WINDOW[0] // unit, end=WINDOW[1] // unit) for number in (0, 1)]
    found = windows(idb(resolution=9), idb(resolution=9), epb(NOW, bytes(60)), *stated, tmp_path=tmp_path)
    assert found == {0: WINDOW, 1: WINDOW}


@pytest.mark.parametrize("packets", [[], [epb(NOW + 20 * S, bytes(60))]], ids=["no packet", "a packet outside"])
def test_a_window_stays_as_it_is_stated_where_packets_do_not_tell(packets: list[bytes], tmp_path: Path) -> None:
    found = windows(idb(resolution=9), *packets, isb(start=WINDOW[0], end=WINDOW[1]), tmp_path=tmp_path)
    assert found == {0: WINDOW}
