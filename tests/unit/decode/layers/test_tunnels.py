"""Tunnels of the common decoder at their edges, by RFC 7348, 8926, 2784, 7637 and 2003."""

from __future__ import annotations

import pytest
from strategies import ethernet, gre_header, ipv4_header, ipv6_header, tcp_header, udp_header

from flowmap.decode.numbers import GENEVE, GRE, IPIP, NVGRE, VXLAN
from flowmap.decode.reference import decode_common
from flowmap.types import PacketClass

SEGMENT = tcp_header(6600, 50000, 7, 9, 16) + b"payload"
V4 = ipv4_header(1, 2, len(SEGMENT)) + SEGMENT
V6 = ipv6_header(5 << 64, 6, 6, len(SEGMENT)) + SEGMENT
ETH = ethernet(0x11, 0x22, 0x0800) + V4
VNI = bytes([8, 0, 0, 0, 0, 0, 9, 0])


def read(protocol: int, body: bytes) -> tuple[int, int]:
    frame = ethernet(1, 2, 0x0800) + ipv4_header(8, 9, len(body), protocol=protocol) + body
    header = decode_common(frame, len(frame), 1)
    return header.cls, header.encap


def udp(port: int, body: bytes) -> bytes:
    return udp_header(port, len(body)) + body


@pytest.mark.parametrize(
    ("protocol", "body", "chain"),
    [
        (4, V4, IPIP),
        (41, V6, IPIP),
        (47, gre_header(0x0800) + V4, GRE),
        (47, gre_header(0x86DD, 0xB000) + V6, GRE),  # checksum, key and sequence number
        (47, gre_header(0x6558, 0x2000) + ETH, NVGRE),
        (17, udp(4789, VNI + ETH), VXLAN),
        (17, udp(6081, b"\2\0\x65\x58" + bytes(12) + ETH), GENEVE),  # eight bytes of options
        (4, ipv4_header(3, 4, len(V4), protocol=4) + V4, IPIP << 4 | IPIP),
    ],
)
def test_the_innermost_segment_counts(protocol: int, body: bytes, chain: int) -> None:
    assert read(protocol, body) == (PacketClass.TCP, chain)


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        (17, udp(4789, bytes(8) + ETH)),  # without the flag that the number is valid
        (17, udp(6081, b"\x40\0\x65\x58" + bytes(4) + ETH)),  # GENEVE of version 1
        (17, udp(53, VNI + ETH)),
        (1, V4),
    ],
)
def test_what_is_no_tunnel_stays_what_it_is(protocol: int, body: bytes) -> None:
    assert read(protocol, body) == (PacketClass.IP_OTHER, 0)
