"""The header of pcap files: draft-ietf-opsawg-pcap, section 4, and libpcap's sf-pcap.c of older and patched ones."""

from __future__ import annotations

import struct

import pytest

from flowmap.capture.blocks.pcap import fraction_limit, parse_header, record_size
from flowmap.capture.layout import LENGTHS_MAYBE, LENGTHS_NORMAL, LENGTHS_SWAPPED
from flowmap.errors import NotACapture, UnsupportedFormat

MICRO, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34


def header(
    magic: int = MICRO, order: str = "<", version: tuple[int, int] = (2, 4), word: int = 1, snaplen: int = 96
) -> bytes:
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, word)


def records(count: int, size: int = 16, order: str = "<", captured: int = 60, fraction: int = 5) -> bytes:
    """Records of 60 of 60 bytes; a record header of `size` bytes."""
    one = struct.pack(order + "4I", 1_700_000_000, fraction, captured, 60) + bytes(size - 16) + b"\xff" * captured
    return one * count


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "name", "record_bytes", "fraction_ns"),
    [(MICRO, "pcap", 16, 1000), (NANO, "pcap-ns", 16, 1), (MODIFIED, "pcap-modified", 24, 1000)],
)
def test_magics_in_both_orders(order: str, magic: int, name: str, record_bytes: int, fraction_ns: int) -> None:
    told = parse_header(header(magic, order), "a")
    assert (told.format, told.record_bytes, told.fraction_ns) == (name, record_bytes, fraction_ns)
    assert (told.big_endian, told.snaplen, told.link_type, told.fcs_len) == (order == ">", 96, 1, 0)


@pytest.mark.parametrize(
    ("version", "lengths"),
    [
        ((2, 4), LENGTHS_NORMAL),
        ((2, 3), LENGTHS_MAYBE),
        ((2, 2), LENGTHS_SWAPPED),
        ((543, 0), LENGTHS_SWAPPED),  # DG/UX tcpdump
    ],
)
def test_versions_before_2_4_have_their_lengths_the_other_way(version: tuple[int, int], lengths: int) -> None:
    assert parse_header(header(version=version), "a").lengths == lengths


def test_a_version_to_come_is_not_guessed() -> None:
    with pytest.raises(UnsupportedFormat, match=r"pcap version 3\.0 is unknown"):
        parse_header(header(version=(3, 0)), "a")


@pytest.mark.parametrize("length", [4, 23])
def test_a_header_that_is_cut(length: int) -> None:
    with pytest.raises(NotACapture) as cut:
        parse_header(header()[:length], "a.pcap")
    assert (str(cut.value.needed), str(cut.value.found)) == ("24 bytes", f"{length} bytes")


@pytest.mark.parametrize(
    ("word", "link_type", "fcs_len"),
    [(0x44000001, 1, 8), (0x24000001, 1, 4), (0x20000001, 1, 0), (0x04000071, 113, 0)],
)
def test_the_link_type_shares_its_word_with_the_frame_check_sequence(word: int, link_type: int, fcs_len: int) -> None:
    """The upper four bits are 16-bit words of FCS, where bit 26 says so."""
    told = parse_header(header(word=word), "a")
    assert (told.link_type, told.fcs_len) == (link_type, fcs_len)


@pytest.mark.parametrize(
    ("magic", "size"), [(MICRO, 16), (MICRO, 24), (MICRO, 20), (MODIFIED, 24), (MODIFIED, 28), (MODIFIED, 16)]
)
def test_record_headers_of_patched_programs_are_told_by_what_follows(magic: int, size: int) -> None:
    for order in "<>":
        head = header(magic, order)
        assert record_size(parse_header(head, "a"), head + records(20, size, order)) == size
        assert record_size(parse_header(head, "a"), head + records(2, size, order)) == size  # two are the whole file


def test_one_odd_record_is_damage_not_another_format() -> None:
    head = header()
    told = parse_header(head, "a")
    assert record_size(told, head + records(1, 24)) == 16
    assert record_size(told, head) == 16
    assert record_size(parse_header(header(NANO), "a"), header(NANO) + records(20, 24)) == 16


def test_the_second_word_is_below_a_second_unless_most_hold_more() -> None:
    head = header()
    told = parse_header(head, "a")
    assert fraction_limit(told, head + records(4), 16) == 10**6
    assert fraction_limit(told, head + records(2) + records(2, fraction=10**6), 16) == 10**6
    assert fraction_limit(told, head + records(2) + records(3, fraction=10**6), 16) == 1 << 32
    nano = header(NANO)
    assert fraction_limit(parse_header(nano, "a"), nano + records(4, fraction=10**6), 16) == 10**9
