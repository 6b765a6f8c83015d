"""Lengths that contradict each other, read as tcpdump and Wireshark read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from strategies import Captured, ethernet, ipv4_header, make_block, tcp_header

from flowmap.decode import dpkt_, kernel, reference
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.types import HEADER

EVER = (-(2**63) + 1, 2**63 - 1)
PAYLOAD = bytes(range(60))


def rows(frame: bytes, wire_len: int | None = None) -> list[tuple[int, int, int]]:
    """(payload, SYN, FIN) of the one row, by both tables."""
    block, ifaces = make_block([Captured(1, frame, len(frame) if wire_len is None else wire_len)])
    found = []
    for table in (CompiledTable(*EVER), PlainTable(*EVER)):
        table.ingest(block, ifaces)
        (row,), *_ = table.arrays()
        found.append((int(row["payload_bytes"]), int(row["syn"]), int(row["fin"])))
    return found


@pytest.mark.parametrize("words", [0, 2, 4])
def test_a_tcp_header_that_states_too_little_has_no_flags(words: int) -> None:
    """tcpdump: "tcp 72 [bad hdr length 8 - too short, < 20]"; tshark: tcp.len 72 and no flags."""
    segment = bytearray(tcp_header(6600, 50000, 7, 9, 3) + PAYLOAD)
    segment[12] = words << 4
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment
    assert rows(frame) == [(len(segment) - 4 * words, 0, 0)] * 2


def test_a_frame_is_as_long_as_what_was_captured_of_it() -> None:
    """Some formats leave the check sequence out of the length on the wire, and yet keep the whole frame."""
    segment = tcp_header(6600, 50000, 7, 9, 16) + PAYLOAD
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment
    assert rows(frame, len(frame) - 4) == [(len(PAYLOAD), 0, 0)] * 2


def test_a_stated_length_beyond_the_frame_is_the_frames() -> None:
    segment = tcp_header(6600, 50000, 7, 9, 16) + PAYLOAD
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment) + 100) + segment
    assert rows(frame, len(frame) + 10) == [(len(PAYLOAD) + 10, 0, 0)] * 2


def test_tcp_behind_an_authentication_header_of_ipv4() -> None:
    """RFC 4302: next header, length in words less 2; here of 24 bytes."""
    segment = tcp_header(6600, 50000, 7, 9, 2) + PAYLOAD
    header = b"\6\4" + bytes(22)
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(header + segment), protocol=51) + header + segment
    assert rows(frame) == [(len(PAYLOAD), 1, 0)] * 2


def by_kernel(frame: bytes, wire_len: int, link_type: int) -> Any:
    block, ifaces = make_block([Captured(link_type, frame, wire_len)])
    headers = np.zeros(1, HEADER)
    kernel.decode_block(headers, block.data, block.index, ifaces, 0, 1)
    return reference.Header(*headers[0].tolist())


@pytest.mark.parametrize("decode", [reference.decode, dpkt_.decode, by_kernel])
@pytest.mark.parametrize(("kept", "payload"), [(12, 0), (13, 8), (20, 8), (32, 8)])
def test_payload_behind_a_header_of_unknown_length_is_not_counted(decode: Any, kept: int, payload: int) -> None:
    """A header of 32 bytes and 8 of payload, cut after `kept`: its length is in the 13th byte (RFC 9293, 3.1)."""
    segment = tcp_header(6600, 50000, 7, 9, 16)
    segment = segment[:12] + b"\x80" + segment[13:] + bytes(12) + b"payload!"
    frame = ethernet(1, 2, 0x0800) + ipv4_header(1, 2, len(segment)) + segment
    header = decode(frame[: 34 + kept], len(frame), 1)
    assert (header.sport, header.seq, header.payload) == (6600, 7, payload)
