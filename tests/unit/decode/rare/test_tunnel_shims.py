"""Tunnels at their edges, laid out from their standards: what is inside, or that it is left as it is."""

from __future__ import annotations

import pytest
from strategies import ethernet, gre_header, ipv4_header, ipv6_header, tcp_header, udp_header

from flowmap.decode.reference import decode
from flowmap.types import PacketClass

SEGMENT = tcp_header(6600, 50000, 7, 9, 16) + b"payload"
V4 = ipv4_header(1, 2, len(SEGMENT)) + SEGMENT
V6 = ipv6_header(5 << 64, 6, 6, len(SEGMENT)) + SEGMENT
ETH = ethernet(0x11, 0x22, 0x0800) + V4


def outer(protocol: int, body: bytes) -> int:
    frame = ethernet(1, 2, 0x0800) + ipv4_header(8, 9, len(body), protocol=protocol) + body
    return int(decode(frame, len(frame), 1).cls)


def udp(port: int, body: bytes) -> int:
    return outer(17, udp_header(port, len(body)) + body)


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        (47, gre_header(0x88BE, 0x4000) + ETH),  # source routes are not followed
        (47, b"\0\2\x08\0" + V4),  # GRE of version 2
        (47, b"\x20\x01\x08\0" + bytes(8) + V4),  # version 1 carries PPP
        (47, b"\x20\x01\x88\x0b" + bytes(8) + b"\xff\3\xc0\x21" + V4),  # PPP's link control
        (97, b"\x20\0" + ETH),  # EtherIP of version 2
    ],
)
def test_protocols_of_ip_that_hold_nothing_to_read(protocol: int, body: bytes) -> None:
    assert outer(protocol, body) == PacketClass.IP_OTHER


@pytest.mark.parametrize(
    ("port", "body"),
    [
        (2152, b"\x10\xff" + bytes(6) + V4),  # GTP of version 0
        (2152, b"\x30\1" + bytes(6) + V4),  # an echo request
        (2152, b"\x34\xff" + bytes(9) + b"\x85" + b"\0\0\0\0" + V4),  # an extension header of no length
        (2152, b"\x30\xff" + bytes(6) + b"\x15" + V4[1:]),  # neither version of IP
        (5247, b"\1\x10\0\0" + bytes(4) + ETH),  # CAPWAP, encrypted
        (5247, b"\0\x10\1\0" + bytes(4) + ETH),  # 802.11 inside
        (5247, b"\0\x10\0\x80" + b"\0\1\0\x08" + ETH),  # a later fragment
        (3544, b"\x15" + V6[1:]),  # Teredo with something else inside
        (4790, bytes([12, 0, 0, 4, 0, 0, 9, 0]) + V4),  # VXLAN-GPE: NSH
        (4341, bytes(8) + b"\x15" + V4[1:]),
        (1701, b"\x80\2" + bytes(4) + b"\0\x21" + V4),  # L2TP: a control message
        (1701, b"\0\3" + bytes(4) + b"\0\x21" + V4),  # version 3
        (1701, b"\0\2" + bytes(4) + b"\xff\3\xc0\x21" + V4),
    ],
)
def test_ports_of_tunnels_that_hold_nothing_to_read(port: int, body: bytes) -> None:
    assert udp(port, body) == PacketClass.IP_OTHER


@pytest.mark.parametrize(
    ("port", "body"),
    [
        (2152, b"\x31\xff" + bytes(6) + bytes(4) + V4),  # an N-PDU number: four more bytes, no extension
        (2152, b"\x34\xff" + bytes(9) + b"\x85" + b"\1\0\0\x85\1\0\0\0" + V4),  # two extension headers
        (5247, b"\0\x10\0\x80" + b"\0\1\0\0" + ETH),  # a first fragment
        (3544, b"\0\1\2\3" + bytes(5 + 9) + V6),  # Teredo: an authentication header of 13 bytes, 2 and 3 more
        (4790, bytes([8, 0, 0, 0, 0, 0, 9, 0]) + ETH),  # without the bit that names it: Ethernet
        (4790, bytes([12, 0, 0, 2, 0, 0, 9, 0]) + V6),
        (1701, b"\x40\2\0\x20" + bytes(4) + b"\xff\3\0\x21" + V4),  # with a length
        (1701, b"\x08\2" + bytes(4) + bytes(4) + b"\xff\3\0\x21" + V4),  # with sequence numbers
        (1701, b"\x02\2" + bytes(4) + b"\0\2ab" + b"\xff\3\0\x21" + V4),  # with an offset of two
    ],
)
def test_optional_fields_are_stepped_over(port: int, body: bytes) -> None:
    assert udp(port, body) == PacketClass.TCP


@pytest.mark.parametrize(
    "body",
    [
        gre_header(0x22EB, 0x1000) + bytes(11) + b"\1" + bytes(8) + ETH,  # ERSPAN III with its optional header
        gre_header(0x22EB, 0x1000) + bytes(12) + ETH,
        b"\x10\x01\x88\x0b" + bytes(4) + bytes(4) + b"\0\x21" + V4,  # PPTP with a sequence number
        b"\x00\x81\x88\x0b" + bytes(4) + bytes(4) + b"\0\x21" + V4,  # with an acknowledgment
    ],
)
def test_gre_by_its_flags(body: bytes) -> None:
    assert outer(47, body) == PacketClass.TCP
