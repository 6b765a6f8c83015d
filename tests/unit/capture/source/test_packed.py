"""Compressed captures: every format, many streams in one file, cuts, damage and bombs."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import lz4.frame
import pytest
import zstandard
from builders import pcap

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source import packed
from flowmap.capture.source.layers import open_source
from flowmap.errors import NotACapture, UnreadableCapture, UnsupportedFormat

RANDOM = random.Random(4)
PACKETS = [(10**18 + n * 1000, bytes(RANDOM.choices(b"0123456789abcdef", k=200))) for n in range(4000)]
PLAIN = pcap(PACKETS)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda data: lz4.frame.compress(data, block_size=lz4.frame.BLOCKSIZE_MAX64KB, block_checksum=True),
    "xz": lambda data: lzma.compress(data, preset=1),
    "bzip2": lambda data: bz2.compress(data, 1),
}
SKIPPED = b"\x5f\x2a\x4d\x18" + (30).to_bytes(4, "little") + bytes(30)


@cache
def whole(form: str) -> bytes:
    """The capture packed."""
    return PACK[form](PLAIN)


@pytest.fixture(params=sorted(PACK))
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(path: Path, strict: bool = False) -> tuple[list[tuple[int, bytes]], CaptureReader]:
    source = open_source(str(path))
    try:
        reader = CaptureReader(source, compiled=False, strict=strict, block_bytes=1 << 16)
        packets = [
            (int(row["ts_ns"]), part.data[row["offset"] : row["offset"] + row["cap_len"]].tobytes())
            for part in reader.blocks()
            for row in part.index
        ]
        return packets, reader
    finally:
        source.close()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_one_stream_and_many(form: str, tmp_path: Path) -> None:
    pack = PACK[form]
    many = b"".join(pack(PLAIN[n : n + 7001]) for n in range(0, len(PLAIN), 7001))
    for data in (whole(form), many, many + pack(b"")):
        packets, reader = read(write(tmp_path / "x", data))
        assert packets == PACKETS
        assert (reader.described_format, list(reader.notices)) == (f"pcap ({form})", [])


def test_second_pass_reads_the_same(form: str, tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path / "x", whole(form))))
    room = memoryview(bytearray(len(PLAIN) + 1))

    def take() -> bytes:
        done = 0
        while got := source.readinto(room[done:]):
            done += got
        return bytes(room[:done])

    assert take() == PLAIN
    source.rewind()
    assert source.skip(1000) == 1000
    assert take() == PLAIN[1000:]
    source.close()


def test_standard_input(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with write(tmp_path / "x", whole(form)).open("rb") as file:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))
        packets, _ = read(Path("-"))
    assert packets == PACKETS


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_frames_of_user_data_are_passed_over(name: str, tmp_path: Path) -> None:
    pack = PACK[name]
    data = SKIPPED + pack(PLAIN[:5000]) + SKIPPED + SKIPPED + pack(PLAIN[5000:]) + SKIPPED
    assert read(write(tmp_path / "x", data))[0] == PACKETS


def test_padding_between_streams(tmp_path: Path) -> None:
    for name in ("xz", "gzip"):
        data = PACK[name](PLAIN[:5000]) + bytes(8) + PACK[name](PLAIN[5000:]) + bytes(60000)
        packets, reader = read(write(tmp_path / "x", data))
        assert packets == PACKETS
        assert not list(reader.notices)


def test_compressed_twice_is_read_and_thrice_refused(tmp_path: Path) -> None:
    twice = gzip.compress(lzma.compress(PLAIN))
    packets, reader = read(write(tmp_path / "x", twice))
    assert packets == PACKETS
    assert reader.described_format == "pcap (xz, gzip)"
    with pytest.raises(UnsupportedFormat, match="more than twice"):
        read(write(tmp_path / "x", bz2.compress(twice)))


def test_cut_stream_is_a_cut_capture(form: str, tmp_path: Path) -> None:
    data = whole(form)
    packets, reader = read(write(tmp_path / "x", data[: len(data) * 3 // 4]))
    assert packets == PACKETS[: len(packets)]
    assert len(packets) > len(PACKETS) // 4
    (notice,) = reader.notices
    assert (notice.code, notice.severity, notice.undermines) == ("record_truncated", "info", False)
    assert form in notice.detail
    strictly, reader = read(tmp_path / "x", strict=True)
    assert strictly == packets
    assert reader.damaged
    (notice,) = reader.notices
    assert (notice.code, notice.severity, notice.undermines) == ("record_truncated", "error", True)
    assert "ends inside a stream" in notice.detail


def test_a_bzip2_block_is_used_whole_where_the_end_of_the_stream_is_cut(tmp_path: Path) -> None:
    """One block of 900 kB; what is cut off is the end of the stream."""
    packets, reader = read(write(tmp_path / "x", bz2.compress(PLAIN)[:-10]))
    assert packets == PACKETS
    assert [notice.code for notice in reader.notices] == ["record_truncated"]


def test_broken_stream_keeps_what_came_before(form: str, tmp_path: Path) -> None:
    data = bytearray(whole(form))
    place = len(data) * 3 // 4
    data[place : place + 40] = bytes(40)
    packets, reader = read(write(tmp_path / "x", bytes(data)))
    assert len(packets) > len(PACKETS) // 3
    assert packets[: len(PACKETS) // 3] == PACKETS[: len(PACKETS) // 3]  # some have no checksum before the end
    assert reader.damaged
    (notice,) = reader.notices
    assert (notice.code, notice.undermines) == ("capture_damaged", True)
    assert f"the {form} data is broken" in notice.detail or form in ("gzip", "xz")  # garbage records come before


def test_bytes_after_the_last_stream_are_damage(form: str, tmp_path: Path) -> None:
    packets, reader = read(write(tmp_path / "x", whole(form) + b"something else altogether"))
    assert packets == PACKETS
    assert [notice.code for notice in reader.notices] == ["capture_damaged"]


def test_nothing_to_unpack(form: str, tmp_path: Path) -> None:
    head = whole(form)[:12]
    with pytest.raises(UnreadableCapture, match="nothing can be unpacked"):
        read(write(tmp_path / "x", head))
    with pytest.raises(NotACapture, match="text"):
        read(write(tmp_path / "x", PACK[form](b"just a letter\n" * 20)))


def test_bombs_end(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "OUTPUT_LIMIT", 20_000_000)
    record = pcap([(10**18, bytes(200_000))])[24:]
    packets, reader = read(write(tmp_path / "x", PACK[form](pcap([]) + record * 150)))
    assert len(packets) == (20_000_000 - 24) // len(record)
    assert reader.damaged
    assert "limit of 20000000 bytes" in next(iter(reader.notices)).detail


def test_windows_over_the_limit_are_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    large = writer.compress(PLAIN) + writer.flush()
    with pytest.raises(UnreadableCapture, match="memory"):
        read(write(tmp_path / "x", large))
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 << 20}]
    with pytest.raises(UnreadableCapture, match=r"[Mm]emory"):
        read(write(tmp_path / "x", lzma.compress(PLAIN, filters=filters)))


def test_output_is_taken_in_pieces(form: str, tmp_path: Path) -> None:
    """A gigabyte of zeros, or what a small file makes of them, never is in memory at once."""
    zeros = bytes(64 << 20)
    source = open_source(str(write(tmp_path / "x", PACK[form](pcap([]) + zeros))))
    view, largest = memoryview(bytearray(1 << 16)), 0
    while source.readinto(view):
        largest = max(largest, len(source._pending))  # type: ignore[attr-defined]
    assert largest <= 33 << 20
    assert source.tell() == 24 + len(zeros)
    source.close()
