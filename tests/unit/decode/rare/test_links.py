"""Link headers at their edges, laid out by hand from their sources: where the packet begins, or that there is none to read."""

from __future__ import annotations

import struct

import pytest
from strategies import ethernet, ipv4_header, ipv6_header, tcp_header

from flowmap.decode.reference import decode
from flowmap.types import PacketClass

SEGMENT = tcp_header(6600, 50000, 7, 9, 16) + b"payload"
V4 = ipv4_header(1, 2, len(SEGMENT)) + SEGMENT
V6 = ipv6_header(5 << 64, 6, 6, len(SEGMENT)) + SEGMENT
ETH = ethernet(0x11, 0x22, 0x0800) + V4
SNAP = b"\xaa\xaa\3\0\0\0\x08\0"
MACS = (0x11).to_bytes(6, "big") + (0x22).to_bytes(6, "big")


def cls(link_type: int, frame: bytes) -> int:
    return decode(frame, len(frame), link_type).cls


@pytest.mark.parametrize(
    ("link_type", "frame"),
    [
        (10, b"\x41" + MACS + SNAP + V4),  # FDDI: a management frame (SMT)
        (6, b"\x10\x00" + MACS + SNAP + V4),  # token ring: a MAC frame
        (123, b"\x83\0\0\5" + SNAP + V4),  # SunATM: LANE
        (107, b"\x18\x41\3\x80\x00\x00\x0c\x20\x00" + V4),  # frame relay: SNAP of another organisation
        (107, b"\x18\x41\3\x01" + V4),  # another NLPID
        (7, b"\1\2\x2a\0\0\1" + V4),  # ARCNET: another type
        (7, b"\1\2\xd4\2\0\1" + V4),  # the second part of a split packet (RFC 1201)
        (239, b"\0\0\0\0" + struct.pack("<HH", 3, 9) + V4),  # netlink: an attribute shorter than its header
        (239, b"\0\0\0\0" + struct.pack("<HH", 8, 1) + bytes(4)),  # and no packet at all
        (258, struct.pack("<III", 108, 2, 1) + bytes(96) + ETH),  # PKTAP: no packet's record
        (109, struct.pack("<III", 99, 1, 0) + V4),  # an address family that is none
        (105, b"\x80\0\0\0" + bytes(24) + SNAP + V4),  # 802.11: a beacon
        (105, b"\x48\1\0\0" + bytes(20) + SNAP + V4),  # a null data frame
        (105, b"\x08\x41\0\0" + bytes(20) + SNAP + V4),  # encrypted
        (9, b"\xff\3\xc0\x21" + V4),  # PPP: link control
        (8, bytes(16) + b"\x15" + V4[1:]),  # SLIP: neither version
    ],
)
def test_what_carries_no_packet_is_not_guessed(link_type: int, frame: bytes) -> None:
    assert cls(link_type, frame) == PacketClass.NON_IP


@pytest.mark.parametrize(
    ("link_type", "frame", "source"),
    [
        (107, b"\x18\x41\3\x80\x00\x00\x00\x08\x00" + V4, 1),  # frame relay: SNAP with an EtherType
        (107, b"\x18\x40\x41\3\xcc" + V4, 1),  # an address of three bytes
        (7, b"\1\2\xd4\xff\0\0\0\0\0\1" + V4, 1),  # ARCNET: an exception frame before it
        (7, b"\1\2\xd4\1\0\1" + V4, 1),  # the first part of a split one
        (7, b"\1\2\xc4\0\0\1" + V6, 6),
        (239, b"\x0a\0\0\0" + struct.pack(">HH", 4 + len(V6), 9) + V6, 6),
        (239, b"\0\0\0\0" + struct.pack(">HH", 4 + len(V4), 9) + V4, 1),  # the family is in the packet
        (138, bytes(16) + b"\x08\0" + V4, 1),
        (163, struct.pack(">II", 0x80211001, 64) + bytes(56) + b"\x08\1\0\0" + bytes(20) + SNAP + V4, 1),
        (119, struct.pack(">II", 0x80211002, 64) + bytes(56) + b"\x08\1\0\0" + bytes(20) + SNAP + V4, 1),
        (105, b"\x88\1\0\0" + bytes(20) + b"\x80\0" + bytes(14) + SNAP + V4, 1),  # the first frame of an aggregate
        (127, b"\0\0\x14\0\1\0\0\x80" + bytes(12) + b"\x08\1\0\0" + bytes(20) + SNAP + V4, 1),  # two words of fields
        (100, SNAP + V4, 1),
        (274, bytes(8) + ETH, 1),
        (166, b"\0\xff\3\0\x21" + V4, 1),
        (205, b"\1\x0f\0\x08\0" + V4, 1),
        (206, b"\1\x18\x41\3\xcc" + V4, 1),
    ],
)
def test_the_packet_is_found_behind_the_header(link_type: int, frame: bytes, source: int) -> None:
    header = decode(frame, len(frame), link_type)
    assert (header.cls, header.sport, header.src_lo | header.src_hi >> 64) == (
        PacketClass.TCP,
        6600,
        source if source == 1 else 0,
    )
    assert header.version == (4 if source == 1 else 6)


@pytest.mark.parametrize(
    ("link_type", "frame", "direction"),
    [
        (204, b"\0\xff\3\0\x21" + V4, 1),
        (204, b"\1\xff\3\0\x21" + V4, 2),
        (8, bytes(16) + V4, 1),
        (8, b"\1" + bytes(15) + V4, 2),
    ],
)
def test_headers_that_say_the_direction(link_type: int, frame: bytes, direction: int) -> None:
    assert decode(frame, len(frame), link_type).direction == direction


def test_macs_are_read_where_the_header_has_them() -> None:
    """Token ring's source has the bit of a route, which is no part of the address."""
    frame = b"\x10\x40" + MACS[:6] + b"\x80" + MACS[7:] + b"\x02\x30" + SNAP + V4
    header = decode(frame, len(frame), 6)
    assert (header.dmac, header.smac, header.cls) == (0x11, 0x22, PacketClass.TCP)
    fddi = b"\x57" + MACS + SNAP + V4
    assert (decode(fddi, len(fddi), 10).dmac, decode(fddi, len(fddi), 10).smac) == (0x11, 0x22)


@pytest.mark.parametrize(("flags", "dst", "src"), [(0, 1, 2), (1, 3, 2), (2, 1, 3), (3, 3, 4)])
def test_addresses_of_80211_by_way_to_and_from_the_distribution_system(flags: int, dst: int, src: int) -> None:
    """IEEE 802.11, table 9-30: address 1 to 4, of which the last is there only between access points."""
    addresses = b"".join(number.to_bytes(6, "big") for number in (1, 2, 3))
    frame = bytes([8, flags, 0, 0]) + addresses + b"\0\0" + ((4).to_bytes(6, "big") if flags == 3 else b"") + SNAP + V4
    header = decode(frame, len(frame), 105)
    assert (header.cls, header.dmac, header.smac) == (PacketClass.TCP, dst, src)


def test_headers_within_headers_end() -> None:
    """PPI that names PPI as what it holds, again and again."""
    frame = (b"\0\0\x08\0" + struct.pack("<I", 192)) * 40
    assert cls(192, frame) in (PacketClass.LINK_UNSUPPORTED, PacketClass.LINK_SHORT)
    assert cls(192, frame[:64]) == PacketClass.LINK_SHORT
