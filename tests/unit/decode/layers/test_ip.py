"""IP headers by RFC 791, 8200 and 4302: where TCP begins, how long it is, or what the packet is instead."""

from __future__ import annotations

import struct

import pytest
from strategies import ipv4_header, ipv6_header

from flowmap.decode.layers.ip import ipv4, ipv6
from flowmap.decode.numbers import FRAGMENT, IP_MALFORMED, IP_OTHER, IP_SHORT, NEIGHBOR, TCP

BODY = bytes(24)


def test_an_ipv4_packet_says_where_its_body_is_and_how_long() -> None:
    frame = b"link" + ipv4_header(1, 2, len(BODY), ip_id=77) + BODY
    found = ipv4(frame, 4, len(frame) - 4)
    assert (found.cls, found.version, found.src_lo, found.dst_lo, found.ip_id) == (TCP, 4, 1, 2, 77)
    assert (found.at, found.end, found.length, found.protocol) == (24, 48, 24, 6)


@pytest.mark.parametrize(
    ("changes", "cls"),
    [
        ({0: 0x65}, IP_MALFORMED),  # version 6
        ({0: 0x44}, IP_MALFORMED),  # a header of 16 bytes
        ({2: 0, 3: 19}, IP_MALFORMED),  # shorter in all than its header
        ({9: 17}, IP_OTHER),
        ({6: 0, 7: 1}, FRAGMENT),  # a later fragment
        ({6: 0x20, 7: 0}, TCP),  # the first one
        ({6: 0, 7: 1, 9: 17}, IP_OTHER),
    ],
)
def test_ipv4_headers_that_are_something_else(changes: dict[int, int], cls: int) -> None:
    frame = bytearray(ipv4_header(1, 2, len(BODY)) + BODY)
    for at, value in changes.items():
        frame[at] = value
    assert ipv4(bytes(frame), 0, len(frame)).cls == cls


@pytest.mark.parametrize(("total", "length"), [(0, 30), (44, 24), (60, 30), (30, 10)])
def test_the_stated_length_counts_unless_it_is_none_or_too_much(total: int, length: int) -> None:
    frame = bytearray(ipv4_header(1, 2, len(BODY)) + BODY)
    frame[2:4] = total.to_bytes(2, "big")
    assert ipv4(bytes(frame), 0, 50).length == length


def test_options_move_the_body() -> None:
    frame = bytearray(ipv4_header(1, 2, len(BODY)) + BODY)
    frame[0] = 0x46
    assert (ipv4(bytes(frame), 0, 44).at, ipv4(bytes(frame), 0, 44).length) == (24, 20)


@pytest.mark.parametrize("size", [0, 19])
def test_a_cut_ipv4_header_is_short(size: int) -> None:
    assert ipv4(ipv4_header(1, 2, 0)[:size], 0, 20).cls == IP_SHORT


def test_an_authentication_header_is_stepped_over() -> None:
    """RFC 4302: next header, length in words less 2."""
    header = bytes([6, 4]) + bytes(22)
    frame = ipv4_header(1, 2, len(header + BODY), protocol=51) + header + BODY
    found = ipv4(frame, 0, len(frame))
    assert (found.cls, found.at, found.protocol) == (TCP, 20 + 24, 6)
    other = ipv4_header(1, 2, len(header), protocol=51) + bytes([17, 4]) + bytes(22)
    assert (ipv4(other, 0, len(other)).cls, ipv4(other, 0, len(other)).protocol) == (IP_OTHER, 17)
    assert ipv4(frame[:27], 0, len(frame)).cls == IP_SHORT


def six(following: int, body: bytes) -> bytes:
    return ipv6_header(5 << 64 | 7, 6, following, len(body)) + body


def test_an_ipv6_packet_has_two_halves_of_each_address() -> None:
    found = ipv6(six(6, BODY), 0, 64)
    assert (found.cls, found.version, found.src_hi, found.src_lo, found.dst_lo) == (TCP, 6, 5, 7, 6)
    assert (found.at, found.end, found.length) == (40, 64, 24)


@pytest.mark.parametrize(
    ("chain", "following", "cls", "at"),
    [
        (bytes([6, 0]) + bytes(6), 0, TCP, 48),  # hop by hop
        (bytes([6, 1]) + bytes(14), 60, TCP, 56),  # destination options of 16 bytes
        (bytes([6, 4]) + bytes(22), 51, TCP, 64),  # authentication
        (bytes([6, 0]) + struct.pack("!HI", 0, 1), 44, TCP, 48),  # a first fragment
        (bytes([6, 0]) + struct.pack("!HI", 8, 1), 44, FRAGMENT, 40),  # a later one
        (bytes([17, 0]) + struct.pack("!HI", 8, 1), 44, IP_OTHER, 40),
        (bytes([60, 0]) + bytes(6) + bytes([6, 0]) + bytes(6), 43, TCP, 56),
        (bytes([59, 0]) + bytes(6), 0, IP_OTHER, 48),
        (b"\x87" + bytes(23), 58, NEIGHBOR, 40),  # a solicitation
        (b"\x88" + bytes(23), 58, NEIGHBOR, 40),
        (b"\x80" + bytes(23), 58, IP_OTHER, 40),  # an echo request
    ],
)
def test_extension_headers_are_walked(chain: bytes, following: int, cls: int, at: int) -> None:
    frame = six(following, chain + BODY)
    found = ipv6(frame, 0, len(frame))
    assert (found.cls, found.at) == (cls, at)


def test_what_is_cut_or_no_ipv6() -> None:
    assert ipv6(six(6, BODY)[:39], 0, 64).cls == IP_SHORT
    assert ipv6(six(0, bytes(7)), 0, 47).cls == IP_SHORT
    assert ipv6(b"\x45" + six(6, BODY)[1:], 0, 64).cls == IP_MALFORMED
    assert ipv6(six(6, BODY)[:4] + b"\0\0" + six(6, BODY)[6:], 0, 60).length == 20  # no length is stated
