"""Possible headers at every position of a piece: none that is there is missed, and few of random bytes look like one."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import numpy as np
import pytest
from builders import epb, idb, pcap, shb, spb

from flowmap.capture import layout
from flowmap.capture.damage.headers import Section, block_headers, record_headers
from flowmap.types import IFACE

FRAME = b"\xff" * 60
HEAD = 24


def state(big: bool = False, lengths: int = layout.LENGTHS_NORMAL, fractions: int = 10**6) -> np.ndarray:
    made = np.zeros(layout.STATE_SIZE, np.int64)
    made[layout.S_BIG], made[layout.S_RECORD], made[layout.S_LENGTHS] = big, 16, lengths
    made[layout.S_FRACTIONS] = fractions
    return made


def bytes_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


@pytest.mark.parametrize("big", [False, True])
def test_records_behind_garbage(big: bool) -> None:
    whole = pcap([((1_700_000_000 + n) * 10**9 + 5000, FRAME) for n in range(5)], big=big)[HEAD:]
    data = b"\xfe" * 37 + whole
    found = record_headers(bytes_of(data), state(big), 1)
    rows = {*zip(found.starts.tolist(), found.ends.tolist(), found.seconds.tolist(), strict=True)}
    assert rows >= {(37 + 76 * n, 37 + 76 * (n + 1), 1_700_000_000 + n) for n in range(5)}
    assert len(rows) <= 10  # a byte beside one may look like one too
    assert found.starts.tolist() == sorted(found.starts.tolist())


def record(captured: int, wire: int, fraction: int = 5) -> bytes:
    return struct.pack("<4I", 1_700_000_000, fraction, captured, wire) + b"\xff" * min(captured, 100)


@pytest.mark.parametrize(
    ("data", "lengths", "possible"),
    [
        (record(60, 60), layout.LENGTHS_NORMAL, True),
        (record(60, 59), layout.LENGTHS_NORMAL, False),  # more than was on the wire
        (record(60, 59), layout.LENGTHS_SWAPPED, False),  # 59 of 60
        (record(60, 59), layout.LENGTHS_MAYBE, True),
        (record(59, 60), layout.LENGTHS_SWAPPED, False),
        (record(262144, 262144), layout.LENGTHS_NORMAL, True),
        (record(262145, 262145), layout.LENGTHS_NORMAL, False),
        (record(60, 16 << 20), layout.LENGTHS_NORMAL, True),
        (record(60, (16 << 20) + 1), layout.LENGTHS_NORMAL, False),
        (record(60, 60, 999_999), layout.LENGTHS_NORMAL, True),
        (record(60, 60, 1_000_000), layout.LENGTHS_NORMAL, False),
        (record(0, 60), layout.LENGTHS_NORMAL, False),  # nothing captured: holes look like that
    ],
)
def test_what_a_record_can_be(data: bytes, lengths: int, possible: bool) -> None:
    swapped = lengths == layout.LENGTHS_SWAPPED
    expected = possible or (swapped and data[8:16] == struct.pack("<2I", 60, 59))
    assert (0 in record_headers(bytes_of(data), state(lengths=lengths), 1).starts) is expected


def test_nothing_captured_counts_where_it_is_asked_for() -> None:
    assert 0 in record_headers(bytes_of(record(0, 60)), state(), 0).starts


@pytest.mark.parametrize("big", [False, True])
def test_blocks_behind_garbage(big: bool) -> None:
    blocks = [idb(big=big), epb(10**6, FRAME, big), spb(FRAME, big), shb(not big), shb(big)]
    data = b"\xfe" * 41 + b"".join(blocks)
    found = block_headers(bytes_of(data), Section(big, layout.MAX_BLOCK, np.zeros(0, IFACE)), True)
    places = [41 + sum(map(len, blocks[:n])) for n in range(len(blocks) + 1)]
    assert {*places[:-1]} <= {*found.starts.tolist()}
    assert dict(zip(found.starts.tolist(), found.ends.tolist(), strict=True)).items() >= {*pairwise(places)}


def test_a_block_ends_beyond_the_piece_only_where_more_follows() -> None:
    block = epb(10**6, FRAME)
    section = Section(False, layout.MAX_BLOCK, np.zeros(0, IFACE))
    assert block_headers(bytes_of(block[:-8]), section, False).starts.tolist() == [0]
    assert block_headers(bytes_of(block[:-8]), section, True).starts.tolist() == []


def test_a_length_that_is_not_there_again_at_the_end_is_none() -> None:
    block = bytearray(epb(10**6, FRAME))
    block[-4] += 4
    section = Section(False, layout.MAX_BLOCK, np.zeros(0, IFACE))
    assert block_headers(bytes_of(bytes(block)), section, True).starts.tolist() == []


def test_random_bytes_hardly_ever_look_like_headers() -> None:
    data = bytes_of(random.Random(1).randbytes(1 << 18))
    assert len(record_headers(data, state(), 1).starts) < 10
    assert len(block_headers(data, Section(False, layout.MAX_BLOCK, np.zeros(0, IFACE)), True).starts) == 0
