"""What is written is a pcapng as the draft lays it out: read back by another program, and field by field."""

from __future__ import annotations

import io
import struct

import dpkt
import pytest

from flowmap.capture.blocks.writer import MOST_CAPTURED, PcapngWriter, WrittenInterface

NS = 1_700_000_000_123_456_789


def written(*packets: tuple[int, int, bytes, int, int], first_ns: int = 0, **interface: object) -> bytes:
    out = io.BytesIO()
    one = WrittenInterface(**{"name": "nic1", "link_type": 1, **interface})  # type: ignore[arg-type]
    writer = PcapngWriter(out, [one, WrittenInterface(None, 101)], first_ns=first_ns, comment="ü")
    for packet in packets:
        writer.packet(*packet)
    return out.getvalue()


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """(type, body) of each block; lengths at both ends have to agree (draft, 3.1)."""
    found, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        found.append((kind, data[at + 8 : at + length - 4]))
        at += length
    return found


def options(body: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(body):
        code, size = struct.unpack_from("<HH", body, at)
        found[code] = body[at + 4 : at + 4 + size]
        at += 4 + size + (-size & 3)
    assert found.pop(0) == b""
    return found


def test_another_program_reads_the_packets() -> None:
    data = written((0, NS, b"abcde", 60, 0), (0, NS + 1, b"", 0, 0))
    packets = [(float(ts), frame) for ts, frame in dpkt.pcapng.Reader(io.BytesIO(data))]
    assert [frame for _, frame in packets] == [b"abcde", b""]
    assert [ts for ts, _ in packets] == pytest.approx([NS / 1e9] * 2, abs=1e-6)


def test_every_field_is_where_the_draft_has_it() -> None:
    data = written((1, NS, b"abcde", 1500, 2), snaplen=96, speed_bps=10**10, fcs_len=4, description="first")
    (_, section), (_, first), (_, second), (kind, packet) = blocks(data)
    assert struct.unpack_from("<IHHq", section) == (0x1A2B3C4D, 1, 0, -1)
    assert options(section[16:]) == {1: "ü".encode(), 4: b"flowmap"}
    assert struct.unpack_from("<HHI", first) == (1, 0, 96)
    assert options(first[8:]) == {2: b"nic1", 3: b"first", 8: struct.pack("<Q", 10**10), 9: b"\x09", 13: b"\x04"}
    assert options(second[8:]) == {9: b"\x09"}
    assert (kind, struct.unpack_from("<5I", packet)) == (6, (1, NS >> 32, NS & 0xFFFFFFFF, 5, 1500))
    assert packet[20:28] == b"abcde\0\0\0"
    assert options(packet[28:]) == {2: struct.pack("<I", 2)}


def test_times_before_1970_shift_the_interfaces() -> None:
    data = written((0, -1, b"a", 1, 0), first_ns=-1)
    (_, _), (_, first), _, (_, packet) = blocks(data)
    shift = struct.unpack("<q", options(first[8:])[14])[0]
    high, low = struct.unpack_from("<2I", packet, 4)
    assert shift == -1
    assert (high << 32 | low) + shift * 10**9 == -1


def test_what_readers_refuse_is_cut() -> None:
    (*_, (_, packet)) = blocks(written((0, NS, bytes(MOST_CAPTURED + 5), MOST_CAPTURED + 5, 0)))
    assert struct.unpack_from("<2I", packet, 12) == (262_144, 262_149)


@pytest.mark.parametrize("name", ["x" * 70_000, "nic\udce9"])
def test_a_name_that_fits_into_no_option_is_made_to(name: str) -> None:
    (_, (_, first), *_) = blocks(written(name=name))
    assert len(options(first[8:])[2]) <= 65_535
