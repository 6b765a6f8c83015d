"""The second decoder: dpkt's word where it has one, the twin's where it does not."""

from __future__ import annotations

import struct

import pytest
from strategies import ethernet, gre_header, ipv4_header, ipv6_header, tcp_header

from flowmap.decode import dpkt_, reference

SEGMENT = tcp_header(6600, 50000, 7, 9, 0x18) + b"payload"
V4 = ipv4_header(0x0A000001, 0x0A000002, len(SEGMENT), ip_id=77) + SEGMENT
V6 = ipv6_header(5 << 64 | 1, 6, 6, len(SEGMENT)) + SEGMENT


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (1, ethernet(1, 2, 0x0800) + V4),
        (1, ethernet(1, 2, 0x86DD, ((0x8100, 7),)) + V6),
        (0, struct.pack("<I", 2) + V4),
        (9, b"\0\x21" + V4),
        (101, V4),
        (101, V6),
        (228, V4),
        (229, V6),
        (113, struct.pack("!HHH8sH", 0, 1, 6, bytes(8), 0x0800) + V4),
    ],
)
def test_both_decoders_read_the_same(link_type: int, frame: bytes) -> None:
    found = dpkt_.decode(frame, len(frame), link_type)
    assert found == reference.decode(frame, len(frame), link_type)
    assert (found.sport, found.dport, found.seq, found.ack, found.payload) == (6600, 50000, 7, 9, 7)


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (1, ethernet(1, 2, 0x0800) + ipv4_header(8, 9, len(V4) + 4, protocol=47) + gre_header(0x0800) + V4),  # a tunnel
        (1, (ethernet(1, 2, 0x0800) + V4)[:44]),  # cut in the TCP header
        (1, b"short"),
        (101, b""),
        (204, b"\1\xff\3\0\x21" + V4),  # a link type that dpkt does not have
        (1, ethernet(1, 2, 0x0806) + bytes(28)),
    ],
)
def test_of_what_dpkt_does_not_read_the_twin_s_word_stands(link_type: int, frame: bytes) -> None:
    assert dpkt_.decode(frame, 1500, link_type) == reference.decode(frame, 1500, link_type)


def test_a_length_of_none_or_too_much_is_the_frames() -> None:
    whole = bytearray(ethernet(1, 2, 0x0800) + V4)
    for stated in (0, 1000):
        whole[16:18] = stated.to_bytes(2, "big")
        assert dpkt_.decode(bytes(whole), len(whole), 1).payload == 7
