"""Frames of a block as bytes, wherever the block begins."""

from __future__ import annotations

from strategies import Captured, make_block

from flowmap.decode.frames import frames_of


def test_each_record_has_its_bytes_and_its_interface() -> None:
    packets = [Captured(1, b"first", 50, ts_ns=7), Captured(113, b"", 0, ts_ns=8), Captured(1, b"third!", 6, ts_ns=9)]
    block, ifaces = make_block(packets, lead=b"before", tail=b"after")
    found = list(frames_of(block, ifaces))
    assert [(one.number, one.ts_ns, one.data, one.wire_len, one.link_type) for one in found] == [
        (0, 7, b"first", 50, 1),
        (1, 8, b"", 0, 113),
        (2, 9, b"third!", 6, 1),
    ]


def test_a_block_without_records_has_none() -> None:
    block, ifaces = make_block([])
    assert list(frames_of(block, ifaces)) == []
