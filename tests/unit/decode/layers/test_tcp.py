"""TCP headers by RFC 9293, whole and cut at each byte."""

from __future__ import annotations

import pytest
from strategies import tcp_header

from flowmap.decode.layers.tcp import NO_SEGMENT, tcp
from flowmap.decode.numbers import ACK, FLAGS, MAGIC, SEQUENCE, TCP, TCP_SHORT

PAYLOAD = b"\x12\x34\x56\x78more"
WHOLE = tcp_header(6600, 50000, 7, 9, 0x18) + PAYLOAD


def test_a_whole_header() -> None:
    found = tcp(b"ip" + WHOLE, 2, 2 + len(WHOLE), len(WHOLE))
    assert (found.cls, found.at, found.sport, found.dport, found.seq, found.ack) == (TCP, 2, 6600, 50000, 7, 9)
    assert (found.flags, found.data_offset, found.payload, found.magic) == (0x18, 20, 8, 0x12345678)
    assert found.have == SEQUENCE | FLAGS | ACK | MAGIC


def test_an_acknowledgment_is_none_without_its_flag() -> None:
    found = tcp(tcp_header(1, 2, 7, 9, 2), 0, 20, 20)
    assert (found.ack, found.flags, found.have) == (0, 2, SEQUENCE | FLAGS)


@pytest.mark.parametrize(
    ("kept", "have", "payload"),
    [
        (4, 0, 0),
        (7, 0, 0),
        (8, SEQUENCE, 0),
        (12, SEQUENCE, 0),
        (13, SEQUENCE, 8),  # the length of the header is in the 13th byte
        (14, SEQUENCE | FLAGS | ACK, 8),
        (15, SEQUENCE | FLAGS | ACK, 8),
        (16, SEQUENCE | FLAGS | ACK, 8),
        (23, SEQUENCE | FLAGS | ACK, 8),
        (24, SEQUENCE | FLAGS | ACK | MAGIC, 8),
    ],
)
def test_a_cut_header_says_what_of_it_is_there(kept: int, have: int, payload: int) -> None:
    found = tcp(WHOLE[:kept], 0, kept, len(WHOLE))
    assert (found.cls, found.sport, found.dport) == (TCP, 6600, 50000)
    assert (found.have, found.payload) == (have, payload)
    assert (found.seq, found.ack) == (7 if have & SEQUENCE else 0, 9 if have & ACK else 0)


@pytest.mark.parametrize("kept", range(4))
def test_without_both_ports_it_is_in_no_flow(kept: int) -> None:
    assert tcp(WHOLE[:kept], 0, kept, len(WHOLE)) == NO_SEGMENT
    assert NO_SEGMENT.cls == TCP_SHORT


@pytest.mark.parametrize(("words", "payload"), [(0, 28), (4, 12)])
def test_a_header_that_states_too_little_has_no_flags(words: int, payload: int) -> None:
    odd = WHOLE[:12] + bytes([words << 4]) + WHOLE[13:]
    found = tcp(odd, 0, len(odd), len(odd))
    assert (found.flags, found.have, found.payload, found.data_offset) == (0, SEQUENCE, payload, 4 * words)


def test_a_header_longer_than_the_segment_leaves_no_payload() -> None:
    odd = WHOLE[:12] + b"\xf0" + WHOLE[13:]
    assert tcp(odd, 0, len(odd), len(odd)).payload == 0
