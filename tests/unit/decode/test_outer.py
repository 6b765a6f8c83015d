"""The outermost header of a tunnelled frame, below whatever the link has."""

from __future__ import annotations

import pytest
from strategies import ethernet, ipv4_header, ipv6_header, tcp_header, udp_header

from flowmap.decode.outer import outer_header

SEGMENT = tcp_header(6600, 50000, 7, 9, 16)
INNER = ipv4_header(1, 2, len(SEGMENT)) + SEGMENT
VXLAN = bytes([8, 0, 0, 0, 0, 0, 9, 0]) + ethernet(3, 4, 0x0800) + INNER
UDP = udp_header(4789, len(VXLAN), 40000) + VXLAN
V4 = ipv4_header(0x0A000001, 0x0A000002, len(UDP), protocol=17) + UDP
V6 = ipv6_header(5 << 64 | 1, 6, 17, len(UDP)) + UDP


@pytest.mark.parametrize(
    ("frame", "link_type"),
    [
        (ethernet(1, 2, 0x0800, ((0x8100, 7),)) + V4, 1),
        (V4, 101),
        (ethernet(1, 2, 0x8864) + b"\x11\0\0\1\0\0\0\x21" + V4, 1),  # below PPPoE
        (b"\xff\3\0\x21" + V4, 9),  # of a link that the common decoder declines
    ],
)
def test_addresses_and_ports_of_the_outer_packet(frame: bytes, link_type: int) -> None:
    assert outer_header(frame, len(frame), link_type) == (0, 0x0A000001, 0, 0x0A000002, 40000, 4789, 4, 17)


def test_ipv6_has_both_halves() -> None:
    frame = ethernet(1, 2, 0x86DD) + V6
    assert outer_header(frame, len(frame), 1) == (5, 1, 0, 6, 40000, 4789, 6, 17)


def test_a_tunnel_without_ports_has_none() -> None:
    frame = ethernet(1, 2, 0x0800) + ipv4_header(8, 9, len(INNER), protocol=4) + INNER
    assert outer_header(frame, len(frame), 1) == (0, 8, 0, 9, 0, 0, 4, 4)
    cut = ethernet(1, 2, 0x0800) + V4[:23]
    assert outer_header(cut, 100, 1)[4:6] == (0, 0)


def test_what_is_no_ip_has_nothing() -> None:
    frame = ethernet(1, 2, 0x0806) + bytes(28)
    assert outer_header(frame, len(frame), 1) == (0,) * 8
