"""Link layers by IEEE 802.3, 802.1Q, 802.2 and tcpdump.org: where the network header begins."""

from __future__ import annotations

import struct

import pytest
from strategies import ethernet, sll2

from flowmap.decode.layers.link import Link, link_layer, tags_and_llc
from flowmap.decode.numbers import (
    CDP,
    DECLINED,
    GOES_ON,
    IP_MALFORMED,
    IP_SHORT,
    LINK_SHORT,
    LINK_UNSUPPORTED,
    NON_IP,
    VLAN_DEEP,
)

ADDRESSES = bytes(12)


def down(frame: bytes, link_type: int = 1) -> tuple[int, int, int, int]:
    return tags_and_llc(frame, link_layer(frame, link_type))


def test_ethernet_has_the_destination_first() -> None:
    link = link_layer(ethernet(0x020000000011, 0x020000000022, 0x86DD), 1)
    assert (link.smac, link.dmac, link.ethertype, link.position, link.cls) == (
        0x020000000011,
        0x020000000022,
        0x86DD,
        14,
        GOES_ON,
    )
    assert link_layer(bytes(13), 1).cls == LINK_SHORT


def test_tags_are_a_stack_and_five_are_the_most() -> None:
    """A stack of twelve bits each, their number above them."""
    tags = [(0x88A8, 9), (0x8100, 5)]
    assert down(ethernet(1, 2, 0x0800, tags)) == (22, 0x0800, GOES_ON, 2 << 60 | 9 << 12 | 5)
    assert down(ethernet(1, 2, 0x0800, [(0x9100, 1)] * 5))[2] == GOES_ON
    assert down(ethernet(1, 2, 0x0800, [(0x9100, 1)] * 6))[2] == VLAN_DEEP
    assert down(ethernet(1, 2, 0x0800, tags)[:17])[2] == LINK_SHORT


def test_only_the_number_of_a_tag_is_kept() -> None:
    frame = ADDRESSES + b"\x81\0\xef\xff\x08\0"
    assert down(frame)[3] == 1 << 60 | 0xFFF


@pytest.mark.parametrize(
    ("llc", "expected"),
    [
        ("060603", (17, 0x0800, GOES_ON)),  # SAP 6 is IPv4
        ("aaaa03 000000 0800", (22, 0x0800, GOES_ON)),
        ("aaaa03 0000f8 86dd", (22, 0x86DD, GOES_ON)),
        ("aaaa03 00000c 2000", (22, 0, CDP)),
        ("aaaa03 00000c 0104", (22, 0, NON_IP)),
        ("aaaa03 000000 0040", (22, 0, NON_IP)),  # no EtherType
        ("424203", (14, 0, NON_IP)),  # spanning tree
        ("aaaa03 0000", (14, 0, LINK_SHORT)),
        ("aaaa", (14, 0, LINK_SHORT)),
    ],
)
def test_llc_and_snap(llc: str, expected: tuple[int, int, int]) -> None:
    frame = ADDRESSES + b"\0\x40" + bytes.fromhex(llc)
    assert down(frame)[:3] == expected


@pytest.mark.parametrize(("packet_type", "direction"), [(0, 1), (1, 1), (2, 1), (3, 0), (4, 2)])
def test_cooked_captures_say_the_direction(packet_type: int, direction: int) -> None:
    """LINUX_SLL and LINUX_SLL2: 0 to us, 1 broadcast, 2 multicast, 3 to somebody else, 4 sent by us."""
    one = struct.pack("!HHH8sH", packet_type, 1, 6, bytes(8), 0x0800)
    link = link_layer(one, 113)
    assert (link.direction, link.position, link.ethertype) == (direction, 16, 0x0800)
    two = link_layer(sll2(0x86DD, 7, packet_type), 276)
    assert (two.direction, two.position, two.ethertype, two.ifindex) == (direction, 20, 0x86DD, 7)


@pytest.mark.parametrize(
    ("hardware", "protocol", "cls"),
    [
        (1, 0x0800, GOES_ON),
        (824, 0x0800, LINK_UNSUPPORTED),
        (778, 0x0800, DECLINED),
        (803, 4, DECLINED),
        (1, 1, NON_IP),
        (1, 4, GOES_ON),
    ],
)
def test_cooked_captures_of_other_devices(hardware: int, protocol: int, cls: int) -> None:
    """ARPHRD: 824 netlink, 778 GRE, 801 to 803 802.11; protocol 4 is LLC, 1 Novell's."""
    assert link_layer(struct.pack("!HHH8sH", 0, hardware, 6, bytes(8), protocol), 113).cls == cls
    assert link_layer(sll2(protocol, 7, 0, hardware), 276).cls == cls


@pytest.mark.parametrize(("link_type", "size"), [(113, 15), (276, 19), (0, 3), (108, 3)])
def test_cut_headers_are_short(link_type: int, size: int) -> None:
    assert link_layer(bytes(size), link_type).cls == LINK_SHORT


@pytest.mark.parametrize(
    ("link_type", "family", "expected"),
    [
        (0, struct.pack("<I", 2), Link(4, 0x0800)),
        (0, struct.pack(">I", 2), Link(4, 0x0800)),
        (108, struct.pack(">I", 2), Link(4, 0x0800)),
        (108, struct.pack("<I", 2), Link(4, 0, NON_IP)),  # always in network order
        (0, struct.pack("<I", 10), Link(4, 0x86DD)),  # Linux
        (0, struct.pack("<I", 24), Link(4, 0x86DD)),  # NetBSD
        (0, struct.pack("<I", 28), Link(4, 0x86DD)),  # FreeBSD
        (0, struct.pack("<I", 30), Link(4, 0x86DD)),  # macOS
        (0, struct.pack("<I", 3), Link(4, 0, NON_IP)),
    ],
)
def test_loopback_names_a_family_in_the_order_of_its_host(link_type: int, family: bytes, expected: Link) -> None:
    assert link_layer(family, link_type) == expected


@pytest.mark.parametrize("link_type", [12, 14, 101])
def test_raw_ip_is_told_by_its_version(link_type: int) -> None:
    assert link_layer(b"\x45", link_type) == Link(0, 0x0800)
    assert link_layer(b"\x60", link_type) == Link(0, 0x86DD)
    assert link_layer(b"\x50", link_type).cls == IP_MALFORMED
    assert link_layer(b"", link_type).cls == IP_SHORT


def test_link_types_of_one_version_and_others() -> None:
    assert (link_layer(b"", 228).ethertype, link_layer(b"", 229).ethertype) == (0x0800, 0x86DD)
    assert link_layer(b"", 105).cls == DECLINED
    assert link_layer(b"", 9999).cls == LINK_UNSUPPORTED
