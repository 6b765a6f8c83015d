"""What an error of an input tells: every part that is known, in words and as fields."""

from __future__ import annotations

import pickle

from flowmap.errors import CaptureError, UnreadableCapture
from flowmap.message import msg


def error() -> CaptureError:
    return UnreadableCapture(
        "a.pcap",
        msg("is damaged"),
        offset=24,
        packet_number=3,
        needed=msg("a length of at most 262144"),
        found=msg("400000"),
        length_source=msg("the record header"),
        hint=msg("Copy it again"),
    )


def test_the_message_has_every_part() -> None:
    assert str(error()) == (
        "a.pcap: is damaged at byte 24 (packet 3); needed a length of at most 262144; found 400000, as the record header has "
        "it. Copy it again"
    )


def test_what_is_unknown_is_left_out() -> None:
    assert str(CaptureError("a.pcap", msg("is gone"))) == "a.pcap: is gone"


def test_a_name_that_is_empty_is_to_be_seen() -> None:
    assert str(CaptureError("", msg("no such file"))).startswith('"": no such file')


def test_an_error_travels_between_processes() -> None:
    there = pickle.loads(pickle.dumps(error()))
    assert type(there) is UnreadableCapture
    assert (there.length_source, there.offset, str(there)) == ("the record header", 24, str(error()))
