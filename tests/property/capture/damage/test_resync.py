"""Damaged captures: what is whole is found again, and nothing that never was.

1,000 damages of captures of every kind; FLOWMAP_TEST_DAMAGES sets another number, FLOWMAP_TEST_SEED another seed.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator

import builders
import pytest
from damages import TS_NONE, Capture, Damaged, Seen, captures, damage

from flowmap.capture.reader import CaptureReader
from flowmap.notice import Notice

NUMBER = int(os.environ.get("FLOWMAP_TEST_DAMAGES", "1000"))
SEED = int(os.environ.get("FLOWMAP_TEST_SEED", "1"))


class Bytes:
    """A source in memory."""

    path, wrapping, ending = "test", (), None

    def __init__(self, data: bytes) -> None:
        self.size = self.stored_size = len(data)
        self.notices: list[Notice] = []
        self._stream = io.BytesIO(data)
        self.readinto, self.tell = self._stream.readinto, self._stream.tell


def read(data: bytes, compiled: bool) -> tuple[CaptureReader, list[tuple[int, Seen]]]:
    """The reader at its end, and (offset of the record, packet)."""
    reader = CaptureReader(Bytes(data), compiled=compiled, block_bytes=1 << 16)  # type: ignore[arg-type]
    reported: list[tuple[int, Seen]] = []
    for block in reader.blocks():
        for ts_ns, offset, cap_len, wire_len, interface, _ in block.index.tolist():
            frame = block.data[offset : offset + cap_len].tobytes()
            name = reader.interfaces[interface].name
            place = block.file_offset + offset - header_bytes(reader, ts_ns, data, block.file_offset + offset)
            reported.append((place, (ts_ns, frame, wire_len, name)))
    return reader, reported


def header_bytes(reader: CaptureReader, ts_ns: int, data: bytes, place: int) -> int:
    """Bytes of the record before its frame at `place`."""
    if reader.format == "pcapng":
        return 12 if ts_ns == TS_NONE and data[place - 12 : place - 8] in (b"\3\0\0\0", b"\0\0\0\3") else 28
    return 24 if reader.format == "pcap-modified" else 16


def damages(number: int, packets: int, edge: int = 0) -> Iterator[Damaged]:
    rng = random.Random(SEED)
    made: list[Capture] = []
    for n in range(number):
        if n % 60 == 0:
            made = captures(rng, packets)
        yield damage(rng, made[n % len(made)], edge=edge)


@pytest.mark.parametrize(("share", "packets", "edge"), [(0.9, 60, 0), (0.1, 400, 1 << 16)], ids=["small", "large"])
def test_what_is_whole_is_found_and_nothing_is_invented(share: float, packets: int, edge: int) -> None:
    whole = found = 0
    worst: list[tuple[int, str]] = []
    for n, damaged in enumerate(damages(int(NUMBER * share), packets, edge)):
        data = bytes(damaged.data)
        reader, reported = read(data, compiled=n % 2 == 0)
        there, recovered, invented = damaged.judge(reported)
        assert not invented, (
            damaged.capture.name,
            damaged.did,
            [(place, seen[0], len(seen[1])) for place, seen in invented],
        )
        whole, found = whole + there, found + recovered
        worst.append((there - recovered, f"{damaged.capture.name}: {damaged.did}"))
        assert sum(notice.code == "capture_damaged" for notice in reader.notices) == reader.damaged
    assert found >= 0.99 * whole, (found / whole, sorted(worst)[-10:])
    if os.environ.get("FLOWMAP_TEST_DAMAGES"):
        print(f"\n{found} of {whole} ({found / whole:.4%})", *sorted(worst)[-12:], sep="\n")


def test_a_long_hole_can_be_left() -> None:
    """Those who read are asked again and again while nothing is found: an interrupt is answered there."""
    data = builders.pcap([(10**18, b"frame" * 3)] * 5) + bytes(16 << 20)
    reader = CaptureReader(Bytes(data), compiled=False)  # type: ignore[arg-type]
    sizes = [len(block.index) for block in reader.blocks()]
    assert sum(sizes) == 5
    assert sizes.count(0) >= 4
