"""Records whose fraction of a second is a second or more: kept, carried over and told, also many in a row."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source

COUNT, BEGIN = 700, 1_700_000_000
FRAME = bytes.fromhex("02aa0000000102bb000000010800") + bytes(46)


def written(path: Path, odd: range | set[int], more: int = 1, units: int = 10**6) -> Path:
    """A capture of a record each 10 ms; those that are `odd` have so many seconds in their fraction."""
    magic = 0xA1B2C3D4 if units == 10**6 else 0xA1B23C4D
    data = struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262144, 1)
    for k in range(COUNT):
        second, part = divmod(k * (units // 100), units)
        carried = more if k in odd else 0
        data += struct.pack("<4I", BEGIN + second - carried, part + carried * units, len(FRAME), len(FRAME)) + FRAME
    path.write_bytes(data)
    return path


def read(path: Path, compiled: bool) -> tuple[list[int], dict[str, int]]:
    """(times in 10 ms from the start, notices by code)."""
    source = open_source(str(path))
    reader = CaptureReader(source, compiled=compiled, block_bytes=1 << 16)
    times = [int(ts) for block in reader.blocks() for ts in block.index["ts_ns"]]
    source.close()
    return [(ts - BEGIN * 10**9) // 10**7 for ts in times], {one.code: one.count for one in reader.notices}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("units", [10**6, 10**9])
@pytest.mark.parametrize(
    "odd",
    [{5}, {300, 301}, range(200, 456), range(0, 700, 2), range(690, 700)],
    ids=["one", "two", "256", "turns", "last"],
)
def test_none_is_lost_and_each_has_its_time(tmp_path: Path, odd: range | set[int], units: int, compiled: bool) -> None:
    times, notices = read(written(tmp_path / "a.pcap", odd, units=units), compiled)
    assert times == list(range(COUNT))
    assert notices == {"time_carried": len(odd)}


@pytest.mark.parametrize("compiled", [True, False])
def test_more_in_a_row_are_damage_and_the_rest_is_read(tmp_path: Path, compiled: bool) -> None:
    times, notices = read(written(tmp_path / "a.pcap", range(100, 400)), compiled)
    assert times[:100] == list(range(100))
    assert times[-300:] == list(range(400, COUNT))
    assert "capture_damaged" in notices or notices == {"time_carried": 300}


@pytest.mark.parametrize("compiled", [True, False])
def test_a_length_that_leads_nowhere_is_damage(tmp_path: Path, compiled: bool) -> None:
    path = written(tmp_path / "a.pcap", {300})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 24 + 300 * 76 + 8, 61)
    path.write_bytes(bytes(data))
    times, notices = read(path, compiled)
    assert notices.keys() == {"capture_damaged"}
    assert times == [k for k in range(COUNT) if k != 300]
