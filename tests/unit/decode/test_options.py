"""TCP options by RFC 9293, 3.2: kinds 0 and 1 are one byte, all others say their length."""

from __future__ import annotations

import pytest
from strategies import ethernet, ipv4_header, tcp_header

from flowmap.decode.options import option
from flowmap.decode.reference import decode

MSS, SCALE = b"\2\4\x05\xb4", b"\3\3\7"


def value(options: bytes, wanted: int, size: int, cut: int = 0) -> bytes:
    """Of a segment with these options, padded to whole words; `cut` bytes of it were not captured."""
    padded = options + bytes(-len(options) % 4)
    segment = bytearray(tcp_header(1, 2, 3, 4, 2) + padded)
    segment[12] = (20 + len(padded)) // 4 << 4
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + bytes(segment)
    frame = frame[: len(frame) - cut]
    return option(decode(frame, len(frame) + cut, 1), frame, wanted, size)


@pytest.mark.parametrize(
    ("options", "wanted", "size", "expected"),
    [
        (MSS, 2, 4, b"\x05\xb4"),
        (b"\1\1" + MSS + SCALE, 3, 3, b"\7"),
        (b"\x08\x0a" + bytes(8) + SCALE, 3, 3, b"\7"),  # behind timestamps
        (MSS, 3, 3, b""),
        (b"\0" + MSS, 2, 4, b""),  # behind the end of the list
        (b"\2\3\5" + SCALE, 2, 4, b""),  # of another length
        (b"\x08\1" + MSS, 2, 4, b""),  # a length that is none
        (b"", 2, 4, b""),
    ],
)
def test_an_option_is_found_by_kind_and_length(options: bytes, wanted: int, size: int, expected: bytes) -> None:
    assert value(options, wanted, size) == expected


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_an_option_that_was_cut_is_not_there(cut: int) -> None:
    assert value(MSS, 2, 4, cut) == b""
    assert value(MSS, 2, 4) == b"\x05\xb4"
