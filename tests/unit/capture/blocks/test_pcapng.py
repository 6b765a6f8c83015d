"""Describing blocks of pcapng, built octet by octet from draft-ietf-opsawg-pcapng."""

from __future__ import annotations

import struct

import pytest
from builders import idb, isb, shb

from flowmap.capture.blocks.pcapng import Unit, parse_interface, parse_statistics, resolution, section_order
from flowmap.capture.reference import to_ns
from flowmap.types import TimeUnit


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(*options: bytes, order: str = "<", link: int = 1, snaplen: int = 0) -> bytes:
    body = struct.pack(order + "HHI", link, 0, snaplen) + b"".join(options)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", 1) + size + body + size


def test_the_byte_order_is_told_by_its_magic() -> None:
    assert (section_order(shb(True)), section_order(shb(False))) == (True, False)
    assert section_order(b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x1a\x2b\x3c\x4c") is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_interface(order: str) -> None:
    block = interface(
        option(2, b"eth0", order),
        option(3, "Gerät".encode(), order),
        option(6, bytes.fromhex("020000000001"), order),
        option(8, struct.pack(order + "Q", 25 * 10**9), order),
        option(9, b"\x09", order),
        option(11, b"\0tcp port 49152", order),
        option(13, b"\x04", order),
        option(14, struct.pack(order + "q", -3600), order),
        option(0, b"", order),
        option(2, b"behind the end", order),
        order=order,
        link=276,
        snaplen=128,
    )
    told = parse_interface(block, order == ">")
    assert (told.link_type, told.snaplen, told.name, told.description) == (276, 128, "eth0", "Gerät")
    assert (told.mac, told.speed_bps, told.fcs_len) == ("02:00:00:00:00:01", 25 * 10**9, 4)
    assert told.filter == "tcp port 49152"
    assert told.clock == Unit(TimeUnit.MULTIPLY, 1, -3600)


def test_without_options_times_are_microseconds() -> None:
    told = parse_interface(idb(), False)
    assert told.clock == Unit(TimeUnit.MULTIPLY, 1000, 0)
    assert (told.name, told.description, told.mac, told.speed_bps, told.fcs_len, told.filter) == (*[None] * 4, 0, None)


@pytest.mark.parametrize(
    "broken",
    [
        struct.pack("<HH", 2, 400) + b"eth0",  # longer than the block
        option(6, b"\x02\0\0\0\0") + option(8, b"\0\0\0\0") + option(14, b"\0"),  # of other lengths
        b"\x02\x00",
    ],
)
def test_broken_options_are_passed_over(broken: bytes) -> None:
    told = parse_interface(interface(option(3, b"before"), broken + bytes(-len(broken) % 4)), False)
    assert (told.description, told.name, told.mac, told.speed_bps, told.clock.offset_s) == (
        "before",
        None,
        None,
        None,
        0,
    )


def test_text_that_is_no_utf_8_is_shown() -> None:
    assert parse_interface(interface(option(2, b"e\xff\0\0")), False).name == "e\ufffd"
    assert parse_interface(interface(option(2, b"\0")), False).name is None


@pytest.mark.parametrize(
    ("byte", "ticks", "ns"),
    [
        (0, 3, 3 * 10**9),
        (3, 1500, 1_500_000_000),
        (6, 1_500_000, 1_500_000_000),
        (9, 7, 7),
        (12, 7_999, 7),  # picoseconds are cut
        (0x80 | 10, 512, 500_000_000),  # 2^-10
        (0x80 | 32, 1 << 31, 500_000_000),
        (0x80, 3, 3 * 10**9),
    ],
)
def test_resolutions(byte: int, ticks: int, ns: int) -> None:
    """Section 4.2, if_tsresol: 10^-x, or 2^-x where the most significant bit is set."""
    unit, factor = resolution(byte)
    assert to_ns(ticks, unit, factor, 0) == ns


def test_resolutions_finer_than_64_bits_tell_no_time() -> None:
    assert resolution(28)[1] == 10**19
    assert resolution(29) == (TimeUnit.DIVIDE, 0)


@pytest.mark.parametrize("order", ["<", ">"])
def test_statistics(order: str) -> None:
    values = {4: 100, 5: 7, 6: 90, 7: 2**64 - 1}
    body = struct.pack(order + "III", 3, 0, 0)
    body += option(2, struct.pack(order + "II", 1, 2), order) + option(3, struct.pack(order + "II", 1, 9), order)
    body += b"".join(option(code, struct.pack(order + "Q", value), order) for code, value in values.items())
    size = struct.pack(order + "I", 12 + len(body))
    told = parse_statistics(struct.pack(order + "I", 5) + size + body + size, order == ">")
    assert (told.interface_id, told.start, told.end) == (3, (1 << 32) + 2, (1 << 32) + 9)  # high word first, in both
    assert (told.received, told.dropped_interface, told.accepted) == (100, 7, 90)
    assert told.dropped_os is None  # all ones: not known


def test_statistics_that_say_nothing() -> None:
    told = parse_statistics(isb(), False)
    assert (told.received, told.dropped_interface, told.accepted, told.dropped_os) == (None, None, None, None)
