"""The compiled decoder against its twin: the same header of any bytes whatever."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import (
    ETHERNET,
    LINK_TYPES,
    Captured,
    captured,
    ethernet,
    ipv4_header,
    ipv6_header,
    make_block,
    tcp_header,
    whole_frames,
)

from flowmap.decode import kernel
from flowmap.decode.reference import Header, decode_common
from flowmap.types import HEADER, PacketClass

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "300"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


def compiled(packets: list[Captured], lead: bytes = b"\xff" * 3, tail: bytes = b"\xee" * 70) -> list[tuple[int, ...]]:
    block, ifaces = make_block(packets, lead, tail)
    headers = np.frombuffer(bytes([0xA5]) * (HEADER.itemsize * max(1, len(packets))), HEADER).copy()
    assert kernel.decode_block(headers, block.data, block.index, ifaces, 0, len(packets)) == len(packets)
    return [tuple(row) for row in headers[: len(packets)].tolist()]


def plain(packets: list[Captured]) -> list[tuple[int, ...]]:
    return [tuple(decode_common(p.data, p.wire_len, p.link_type, p.flags, p.fcs_len)) for p in packets]


def assert_same(packets: list[Captured]) -> None:
    for packet, found, expected in zip(packets, compiled(packets), plain(packets), strict=True):
        assert Header(*found) == Header(*expected), packet


def tcp_frame(tags: tuple[tuple[int, int], ...] = (), size: int = 8) -> bytes:
    segment = tcp_header(6600, 50000, 7, 9, 16, options=b"\1\1\x08\x0a" + bytes(8)) + bytes(range(1, size + 1))
    return ethernet(0x0202, 0x0303, 0x0800, tags) + ipv4_header(0x0A000001, 0x0A000002, len(segment)) + segment


def chain_frame() -> bytes:
    segment = tcp_header(1, 2, 3, 4, 18) + b"payload."
    chain = bytes([44, 1]) + bytes(14) + bytes([51, 0, 0, 1]) + bytes(4) + bytes([6, 4]) + bytes(22)
    return ethernet(1, 2, 0x86DD) + ipv6_header(1 << 127, 2, 60, len(chain) + len(segment)) + chain + segment


@QUICK
@given(st.lists(captured(), min_size=1, max_size=5))
@example([Captured(ETHERNET, b"", 0)])
@example([Captured(101, b"", 40), Captured(0, b"\x02\0\0", 3), Captured(113, bytes(15), 15)])
def test_kernel_equals_twin(packets: list[Captured]) -> None:
    assert_same(packets)


@QUICK
@given(st.sampled_from(LINK_TYPES), st.binary(max_size=120), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_kernel_equals_twin_on_any_bytes(link_type: int, data: bytes, wire_len: int, flags: int) -> None:
    assert_same([Captured(link_type, data, wire_len, flags)])


@settings(max_examples=max(4, EXAMPLES // 10), suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(LINK_TYPES))
def test_kernel_equals_twin_wherever_a_frame_is_cut(data: st.DataObject, link_type: int) -> None:
    frame = data.draw(whole_frames(link_type))
    assert_same([Captured(link_type, frame[:n], len(frame)) for n in range(len(frame) + 1)])


@pytest.mark.parametrize("frame", [tcp_frame(), tcp_frame(((0x88A8, 9), (0x8100, 5))), chain_frame()])
def test_what_is_around_the_captured_bytes_does_not_matter(frame: bytes) -> None:
    """A decoder that reads too far gets other bytes here and there."""
    for packet in [Captured(ETHERNET, frame[:n], len(frame)) for n in range(len(frame) + 1)]:
        assert (
            compiled([packet], b"", b"")
            == compiled([packet], bytes(50), b"\xff" * 90)
            == compiled([packet], b"", bytes(90))
        )


def test_a_whole_segment_is_read_as_it_was_written() -> None:
    """So that the twins do not agree on nonsense."""
    for read in (compiled, plain):
        (fields,) = read([Captured(ETHERNET, tcp_frame(((0x88A8, 9), (0x8100, 0xF005))), 999, flags=2)])
        h = Header(*fields)
        assert (h.cls, h.version, h.src_lo, h.dst_lo) == (PacketClass.TCP, 4, 0x0A000001, 0x0A000002)
        assert (h.sport, h.dport, h.seq, h.ack, h.flags, h.window) == (6600, 50000, 7, 9, 16, 512)
        assert (h.payload, h.magic, h.data_offset, h.l4_offset) == (8, 0x01020304, 32, 14 + 8 + 20)
        assert (h.vlan, h.smac, h.dmac, h.direction) == (2 << 60 | 9 << 12 | 5, 0x0202, 0x0303, 2)
        (fields,) = read([Captured(ETHERNET, chain_frame(), len(chain_frame()))])
        h = Header(*fields)
        assert (h.cls, h.version, h.src_hi, h.src_lo, h.dst_lo) == (PacketClass.TCP, 6, 1 << 63, 0, 2)
        assert (h.sport, h.seq, h.payload, h.l4_offset) == (1, 3, 8, 14 + 40 + 48)
