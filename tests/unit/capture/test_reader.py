"""What the reader delivers of sound captures in every variant, and of cut and damaged ones."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from builders import (
    CUSTOM,
    DSB,
    NRB,
    PCAP_MODIFIED,
    PCAP_NS,
    PCAP_US,
    Packet,
    block,
    epb,
    idb,
    isb,
    pb,
    pcap,
    pcap_header,
    pcap_record,
    pcapng,
    shb,
    spb,
)

from flowmap.capture.reader import CaptureReader, Interface
from flowmap.capture.source.files import Ending
from flowmap.errors import CaptureError, NotACapture, UnsupportedFormat
from flowmap.notice import Notice
from flowmap.types import TS_NONE

T0 = 1_700_000_000_000_000_000
PACKETS: list[Packet] = [(T0 + n * 1_000_001_000, bytes([n]) * (n * 7 % 50), 60 + n) for n in range(9)]
Row = tuple[int, bytes, int, int, int]


@dataclass
class BytesSource:
    """A source in memory, without touching the file system."""

    data: bytes
    path: str = "test.pcap"
    notices: list[Notice] = field(default_factory=list)
    stated: int | None = -1
    failing_at: int | None = None
    wrapping: tuple[str, ...] = ()
    ending: Ending | None = None

    def __post_init__(self) -> None:
        self.size = len(self.data) if self.stated == -1 else self.stated
        self._stream = io.BytesIO(self.data)

    def readinto(self, view: memoryview) -> int:
        if self.failing_at is not None and self.tell() >= self.failing_at:
            raise OSError(5, "Input/output error")
        return self._stream.readinto(view[:1000])  # short reads are the rule for pipes

    def skip(self, count: int) -> int:
        passed = min(count, len(self.data) - self.tell())
        self._stream.seek(passed, io.SEEK_CUR)
        return passed

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()


def rows_of(reader: CaptureReader) -> list[Row]:
    """(ts_ns, frame, wire_len, interface, flags) of all packets, checking what each block says of itself."""
    rows: list[Row] = []
    for part in reader.blocks():
        assert part.first_packet == len(rows) + 1
        for one in part.index:
            frame = part.data[one["offset"] : one["offset"] + one["cap_len"]].tobytes()
            rows.append((int(one["ts_ns"]), frame, int(one["wire_len"]), int(one["interface"]), int(one["flags"])))
    assert reader.packets == len(rows)
    return rows


def read(data: bytes, **options: object) -> tuple[CaptureReader, list[Row]]:
    """Read with both walkers; they must agree."""
    outcomes = []
    for compiled in (False, True):
        reader = CaptureReader(BytesSource(data), compiled=compiled, **options)  # type: ignore[arg-type]
        outcomes.append((reader, rows_of(reader)))
    (twin, rows), (reader, compiled_rows) = outcomes
    assert rows == compiled_rows
    assert list(twin.notices) == list(reader.notices)
    assert twin.drops == reader.drops
    return reader, rows


def expected(packets: list[Packet], unit_ns: int = 1000, interface: int = 0) -> list[Row]:
    return [
        (p[0] // unit_ns * unit_ns, p[1], p[2] if len(p) == 3 else len(p[1]), interface, 0)  # type: ignore[misc]
        for p in packets
    ]


def codes(reader: CaptureReader) -> list[str]:
    return [notice.code for notice in reader.notices]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("magic", "unit", "name"),
    [(PCAP_US, 1000, "pcap"), (PCAP_NS, 1, "pcap-ns"), (PCAP_MODIFIED, 1000, "pcap-modified")],
)
def test_pcap_formats(magic: int, unit: int, name: str, big: bool) -> None:
    reader, rows = read(pcap(PACKETS, magic=magic, big=big))
    assert rows == expected(PACKETS, unit)
    assert (reader.format, reader.byte_order) == (name, "big" if big else "little")
    assert reader.interfaces == [Interface(0, 0, 0, 1, 262144, None, None, None, None, 0)]
    assert not codes(reader)


@pytest.mark.parametrize("version", [(2, 2), (2, 0), (543, 0), (2, 3)])
def test_swapped_lengths_before_version_2_4(version: tuple[int, int]) -> None:
    _, rows = read(pcap(PACKETS, version=version, swapped=True))
    assert rows == expected(PACKETS)


def test_version_2_3_without_swapping() -> None:
    _, rows = read(pcap(PACKETS, version=(2, 3)))
    assert rows == expected(PACKETS)


@pytest.mark.parametrize(("magic", "extra"), [(PCAP_US, 8), (PCAP_US, 4), (PCAP_MODIFIED, 12)])
def test_record_headers_of_patched_programs(magic: int, extra: int) -> None:
    reader, rows = read(pcap(PACKETS, magic=magic, extra=extra))
    assert rows == expected(PACKETS)
    assert reader.format == "pcap-modified"


def test_fcs_bits_are_no_part_of_the_link_type() -> None:
    reader, _ = read(pcap(PACKETS, link_type=0x24000071))
    assert (reader.interfaces[0].link_type, reader.interfaces[0].fcs_len) == (113, 4)
    assert (int(reader.ifaces["link_type"][0]), int(reader.ifaces["fcs_len"][0])) == (113, 4)


def test_pcap_seconds_are_unsigned() -> None:
    _, rows = read(pcap([((2**32 - 1) * 10**9, b"x")]))
    assert rows[0][0] == (2**32 - 1) * 10**9


@pytest.mark.parametrize("big", [False, True])
def test_every_kind_of_pcapng_block(big: bool) -> None:
    data = b"".join(
        [
            shb(big, items=[(4, b"a program")]),
            block(NRB, bytes(20), big),
            idb(big, name="eth0", description="first", mac=bytes(range(6)), speed=10**10, fcs_len=4, filter_text="tcp"),
            idb(big, link_type=113, snaplen=6, resolution=9, zone=-3600),
            block(DSB, bytes(33), big),
            epb(T0 // 1000, b"one", big, wire=99, flags=2),
            block(CUSTOM, bytes(17), big),
            epb(T0, b"two", big, interface=1, drops=5),
            pb(T0 // 1000, b"three", big, flags=1),
            block(0x7777, b"", big),
            spb(b"four", big),
            isb(big, interface=1, start=T0, end=T0 + 9, received=10, dropped=2, dropped_os=1),
        ]
    )
    reader, rows = read(data)
    assert rows == [
        (T0, b"one", 99, 0, 2),
        (T0 - 3600 * 10**9, b"two", 3, 1, 0),
        (T0, b"three", 5, 0, 1),
        (TS_NONE, b"four", 4, 0, 0),
    ]
    first, second = reader.interfaces
    assert first == Interface(0, 1, 0, 1, 262144, "eth0", "first", "00:01:02:03:04:05", 10**10, 4, "tcp")
    assert (second.link_type, second.snaplen, second.name) == (113, 6, None)
    assert reader.windows == {1: (T0 - 3600 * 10**9, T0 + 9 - 3600 * 10**9)}
    assert reader.drops == {1: 5}
    assert codes(reader) == ["time_missing"]


def test_sections_have_their_own_byte_order_and_interfaces() -> None:
    parts = [
        shb(False),
        idb(False, name="a"),
        epb(1, b"A"),
        shb(True, length=48),
        idb(True, name="b"),
        idb(True, name="c"),
        epb(2, b"B", True),
        epb(3, b"C", True, interface=1),
        shb(False),
        epb(4, b"lost"),
        idb(),
        epb(5, b"D"),
    ]
    reader, rows = read(b"".join(parts))
    assert [(row[1], row[3]) for row in rows] == [(b"A", 0), (b"B", 1), (b"C", 2), (b"D", 3)]
    assert [(i.section, i.interface_id, i.name) for i in reader.interfaces] == [
        (1, 0, "a"),
        (2, 0, "b"),
        (2, 1, "c"),
        (3, 0, None),
    ]
    notice = next(iter(reader.notices))
    assert (notice.code, notice.count, notice.undermines) == ("interface_unknown", 1, True)
    assert notice.first_offset == sum(map(len, parts[:9]))


def test_simple_packets_are_cut_at_the_snaplen() -> None:
    _, rows = read(shb() + idb(snaplen=5) + spb(b"12345", wire=1000) + spb(b"abc"))
    assert [(row[1], row[2]) for row in rows] == [(b"12345", 1000), (b"abc", 3)]


def test_recorded_drops_last_statistics_and_packets_are_not_added() -> None:
    data = shb() + idb() + epb(1, b"", drops=3) + epb(1, b"", drops=4) + isb(dropped=1) + isb(dropped=6, dropped_os=5)
    reader, _ = read(data)
    assert reader.drops == {0: 11}
    reader, _ = read(data + epb(1, b"", drops=2**64 - 1))
    assert reader.drops == {0: 2**62 - 1}


def test_a_length_stated_without_the_padding_that_was_written() -> None:
    body = struct.pack("<5I", 0, 0, 1000, 3, 3) + b"abc\0"
    unpadded = struct.pack("<II", 6, 35) + body + struct.pack("<I", 35)
    _, rows = read(shb() + idb() + unpadded + epb(2, b"next"))
    assert [row[1] for row in rows] == [b"abc", b"next"]


def test_times_outside_int64_are_counted() -> None:
    reader, rows = read(shb() + idb(resolution=0) + epb(2**63, b"x") + epb(1, b"y"))
    assert [row[0] for row in rows] == [TS_NONE, 10**9]
    assert codes(reader) == ["time_out_of_range"]


def test_blocks_longer_than_the_buffer_are_passed() -> None:
    huge = block(CUSTOM, bytes(300_000)) + block(NRB, bytes(70_000))
    reader, rows = read(shb() + huge + idb() + epb(1, b"x") + huge + epb(2, b"y"), block_bytes=1 << 16)
    assert [row[1] for row in rows] == [b"x", b"y"]
    assert not codes(reader)


def test_largest_frame_and_large_options_fit() -> None:
    frame = bytes(262144)
    data = shb() + idb() + epb(1, frame, items=[(1, bytes(60_000))] * 20, flags=1) + epb(2, b"y")
    _, rows = read(data, block_bytes=1 << 16)
    assert [(len(row[1]), row[4]) for row in rows] == [(262144, 1), (1, 0)]
    _, rows = read(pcap([(T0, frame), (T0, b"y")]), block_bytes=1 << 16)
    assert [len(row[1]) for row in rows] == [262144, 1]


def test_many_blocks_and_more_packets_than_the_index_holds() -> None:
    packets = [(T0 + n * 1000, bytes([n % 256]) * (n % 40)) for n in range(20_000)]
    _, rows = read(pcap(packets), block_bytes=1 << 16)
    assert rows == expected(packets)
    _, rows = read(pcapng(packets), block_bytes=1 << 16)
    assert rows == expected(packets, 1)


def test_interfaces_beyond_the_limit_are_counted() -> None:
    data = shb() + idb() * 65_537 + epb(1, b"last", interface=65_535) + epb(1, b"beyond", interface=65_536)
    reader = CaptureReader(BytesSource(data), compiled=True)
    rows = rows_of(reader)
    assert [(row[1], row[3]) for row in rows] == [(b"last", 65_535)]
    assert codes(reader) == ["interface_unknown"]


@pytest.mark.parametrize("data", [pcap([]), pcapng([]), shb()])
def test_header_only_is_a_capture_without_packets(data: bytes) -> None:
    reader, rows = read(data)
    assert (rows, codes(reader), reader.truncated) == ([], [], False)


def pieces_pcap() -> list[bytes]:
    return [pcap_header(), *[pcap_record(packet) for packet in PACKETS[:5]]]


def pieces_modified() -> list[bytes]:
    options = {"magic": PCAP_MODIFIED, "big": True}
    return [pcap_header(**options), *[pcap_record(packet, **options) for packet in PACKETS[:5]]]  # type: ignore[arg-type]


def pieces_pcapng() -> list[bytes]:
    return [
        shb(),
        idb(name="eth0"),
        epb(1, b"one", flags=1),
        block(NRB, bytes(9)),
        epb(2, b"two"),
        shb(True),
        idb(True),
        spb(b"three", True),
        isb(True, dropped=1),
        block(CUSTOM, bytes(30), True),
        epb(3, bytes(40), True),
    ]


@pytest.mark.parametrize("pieces", [pieces_pcap, pieces_modified, pieces_pcapng])
def test_cut_at_every_byte(pieces: Callable[[], list[bytes]]) -> None:
    """All whole packets, no notice where the cut is between records, one that says where else."""
    parts = pieces()
    whole = b"".join(parts)
    ends = np.cumsum([len(part) for part in parts]).tolist()
    packet_kinds = {b"\6\0\0\0", b"\0\0\0\6", b"\0\0\0\3"}
    is_packet = [n > 0 and (pieces is not pieces_pcapng or part[:4] in packet_kinds) for n, part in enumerate(parts)]
    _, all_rows = read(whole)
    assert len(all_rows) == sum(is_packet)
    for cut in range(len(whole)):
        if cut < ends[0]:
            with pytest.raises(CaptureError) as caught:
                CaptureReader(BytesSource(whole[:cut]))
            assert caught.value.offset == 0
            continue
        reader, rows = read(whole[:cut])
        complete = sum(end <= cut for end in ends)
        assert rows == all_rows[: sum(is_packet[:complete])]
        assert reader.truncated is (cut not in ends)
        cuts = [notice for notice in reader.notices if notice.code == "record_truncated"]
        assert [(n.first_offset, n.severity, n.undermines) for n in cuts] == (
            [(ends[complete - 1], "info", False)] if reader.truncated else []
        )
        assert not reader.damaged


DAMAGED = {
    "pcap length": (pcap(PACKETS[:2]), struct.pack("<4I", 1, 1, 262145, 262145) + bytes(99), "262145"),
    "block too short": (pcapng(PACKETS[:2]), struct.pack("<III", 6, 28, 28) + bytes(99), "28"),
    "tiny block": (pcapng(PACKETS[:2]), struct.pack("<III", 99, 8, 8) + bytes(99), "8"),
    "trailer": (pcapng(PACKETS[:2]), block(CUSTOM, bytes(20), trailer=36) + bytes(99), "36"),
    "far trailer": (pcapng(PACKETS[:2]), block(CUSTOM, bytes(200_000), trailer=36) + bytes(99), "36"),
    "packet trailer": (pcapng(PACKETS[:2]), epb(1, b"abcd")[:-4] + bytes(99), "0"),
    "beyond block": (pcapng(PACKETS[:2]), block(6, struct.pack("<5I", 0, 0, 0, 50, 50) + bytes(4)) + bytes(99), "50"),
    "large frame": (pcapng(PACKETS[:2]), block(6, struct.pack("<5I", 0, 0, 0, 262145, 1) + bytes(262148)), "262145"),
    "large packet block": (pcapng(PACKETS[:2]), struct.pack("<II", 6, 2**31) + bytes(99), str(2**31)),
    "huge block": (pcapng(PACKETS[:2]), struct.pack("<II", 99, 2**32 - 4) + bytes(99), str(2**32 - 4)),
    "section header": (pcapng(PACKETS[:2]), struct.pack("<III", 0x0A0D0D0A, 28, 0x11223344) + bytes(99), "44 33 22 11"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_in_the_middle(name: str) -> None:
    sound, broken, found = DAMAGED[name]
    reader, rows = read(sound + broken, block_bytes=1 << 16)
    assert len(rows) == 2
    assert reader.damaged
    assert not reader.truncated
    (notice,) = reader.notices
    assert (notice.code, notice.severity, notice.undermines) == ("capture_damaged", "error", True)
    assert (notice.first_offset, notice.packet_number, notice.path) == (len(sound), 3, "test.pcap")
    assert found in notice.detail
    for compiled in (False, True):
        strict = CaptureReader(BytesSource(sound + broken), compiled=compiled, strict=True, block_bytes=1 << 16)
        assert rows_of(strict) == rows
        (notice,) = strict.notices
        assert (notice.code, notice.severity, notice.undermines) == ("capture_damaged", "error", True)
        assert (notice.first_offset, notice.packet_number) == (len(sound), 3)
        assert "--strict" in notice.detail


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("ng", [False, True])
def test_strict_stops_before_what_could_be_read_after_damage(ng: bool, compiled: bool) -> None:
    records = [epb(1, bytes(60)) if ng else pcap_record((T0, bytes(60)))] * 20
    sound = (shb() + idb() if ng else pcap_header()) + b"".join(records[:5])
    data = sound + b"\xff" * 16 + records[5][16:] + b"".join(records[6:])
    lax = CaptureReader(BytesSource(data), compiled=compiled)
    strict = CaptureReader(BytesSource(data), compiled=compiled, strict=True)
    assert (len(rows_of(lax)), len(rows_of(strict))) == (19, 5)
    assert strict.damaged
    assert [notice.first_offset for notice in strict.notices] == [len(sound)]


def test_strict_takes_a_cut_last_record_for_damage() -> None:
    data = pcap(PACKETS)
    reader = CaptureReader(BytesSource(data[:-1]), compiled=False, strict=True)
    assert len(rows_of(reader)) == len(PACKETS) - 1
    assert reader.damaged
    (notice,) = reader.notices
    assert (notice.code, notice.severity, notice.undermines) == ("record_truncated", "error", True)
    assert "--strict" in notice.detail


def test_file_system_error_keeps_what_was_read() -> None:
    data = pcap([(T0, bytes(100))] * 5000)
    source = BytesSource(data, failing_at=200_000)
    reader = CaptureReader(source, compiled=False, block_bytes=1 << 16)
    assert len(rows_of(reader)) == (source.tell() - 24) // 116
    assert reader.damaged
    assert "Input/output error" in next(iter(reader.notices)).detail


def test_file_that_became_shorter() -> None:
    data = pcap(PACKETS)
    reader = CaptureReader(BytesSource(data, stated=len(data) + 1000), compiled=False)
    assert len(rows_of(reader)) == len(PACKETS)
    assert codes(reader) == ["capture_damaged"]


def test_unknown_size_ends_like_a_known_one() -> None:
    whole = pcapng(PACKETS) + block(CUSTOM, bytes(100_000))
    for cut in (len(whole), len(whole) - 1, len(whole) - 50_000):
        reader = CaptureReader(BytesSource(whole[:cut], stated=None), compiled=False, block_bytes=1 << 16)
        assert len(rows_of(reader)) == len(PACKETS)
        assert reader.truncated is (cut != len(whole))
        assert [notice.first_offset for notice in reader.notices] == (
            [len(whole) - 100_012] if reader.truncated else []
        )


def test_progress_ends_at_the_size() -> None:
    data = pcapng(PACKETS)
    reader, _ = read(data)
    assert reader.position == len(data)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", NotACapture, "empty"),
        (pcap([])[:23], NotACapture, "cut short"),
        (shb()[:27], NotACapture, "cut short"),
        (pcap([], version=(3, 0)), UnsupportedFormat, "version 3.0"),
        (shb().replace(b"\1\0\0\0\xff", b"\2\0\0\0\xff"), UnsupportedFormat, "version 2"),
        (b"\x1f\x8b\x08" + bytes(50), UnsupportedFormat, "gunzip -k test.pcap"),
    ],
)
def test_no_capture(data: bytes, error: type[CaptureError], words: str) -> None:
    with pytest.raises(error, match=words):
        CaptureReader(BytesSource(data))
