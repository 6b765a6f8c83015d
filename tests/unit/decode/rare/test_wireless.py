"""802.11 and what capturing programs put in front of it, by radiotap.org and IEEE 802.11."""

from __future__ import annotations

import struct

import pytest

from flowmap.decode.numbers import GOES_ON, NON_IP
from flowmap.decode.rare.wireless import avs, ieee80211, ppi, prism, radiotap

DATA = b"\x08\1\0\0" + bytes(20)
"""A data frame to an access point; 24 bytes of header."""
QOS = b"\x88\1\0\0" + bytes(20) + b"\0\0"


@pytest.mark.parametrize(
    ("frame", "body"),
    [
        (DATA, 24),
        (QOS, 26),
        (b"\x88\x81\0\0" + bytes(20) + bytes(6), 30),  # with an HT control field
        (b"\x08\3\0\0" + bytes(26), 30),  # with four addresses
        (b"\x88\1\0\0" + bytes(20) + b"\x80\0" + bytes(14), 40),  # an aggregate: one more header
    ],
)
def test_where_the_body_begins(frame: bytes, body: int) -> None:
    link = ieee80211(frame + b"\xaa", 0)
    assert (link.position, link.cls) == (body, GOES_ON)


def test_padding_brings_the_body_to_a_multiple_of_four() -> None:
    assert ieee80211(QOS + bytes(4), 0, padded=True).position == 28
    assert ieee80211(b"ab" + QOS + bytes(4), 2, padded=True).position == 30
    assert ieee80211(DATA + bytes(4), 0, padded=True).position == 24


@pytest.mark.parametrize(
    "frame", [b"\x80\0\0\0" + bytes(20), b"\x84\0", b"\x48\1\0\0" + bytes(20), b"\x08\x41\0\0" + bytes(20)]
)
def test_management_null_and_encrypted_frames_hold_nothing(frame: bytes) -> None:
    assert ieee80211(frame, 0).cls == NON_IP


@pytest.mark.parametrize("size", range(1, 24))
def test_a_cut_header_is_told(size: int) -> None:
    with pytest.raises(IndexError):
        ieee80211(DATA[:size], 0)


def test_radiotap_flags_tell_padding_wherever_they_stand() -> None:
    """The flags are the second field: behind the time of eight bytes, which stands at a multiple of eight."""
    plain = struct.pack("<BBHI", 0, 0, 9, 2) + b"\0"
    padded = struct.pack("<BBHI", 0, 0, 9, 2) + b"\x20"
    timed = struct.pack("<BBHI", 0, 0, 17, 3) + bytes(8) + b"\x20"
    extended = struct.pack("<BBHII", 0, 0, 25, 0x80000003, 0) + bytes(4) + bytes(8) + b"\x20"
    for header, padding in ((plain, 0), (padded, 2), (timed, 2), (extended, 2)):
        assert radiotap(header + QOS + bytes(8), 0).position == len(header) + 26 + padding
    assert radiotap(struct.pack("<BBHI", 0, 0, 8, 0) + QOS + b"\xaa", 0).position == 8 + 26


def test_headers_that_say_their_length() -> None:
    assert ppi(struct.pack("<BBHI", 0, 0, 32, 105), 0) == (32, 105)
    assert avs(struct.pack(">II", 0x80211001, 64) + bytes(56) + DATA + b"\xaa", 0).position == 64 + 24
    assert prism(struct.pack(">II", 0x80211001, 64) + bytes(56) + DATA + b"\xaa", 0).position == 64 + 24
    assert prism(bytes(144) + DATA + b"\xaa", 0).position == 144 + 24
