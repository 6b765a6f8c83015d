"""What is kept of sequence numbers: the twin against bytes, the kernel against the twin, pieces against the whole."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import (
    ACK,
    ETHERNET,
    FIN,
    RST,
    SYN,
    Captured,
    conversations,
    ethernet,
    ipv4_header,
    make_block,
    tcp_header,
)

from flowmap.decode.reference import Header
from flowmap.flow.sequence import records, reference, store
from flowmap.flow.sequence.joined import Piece, join_pieces, piece_of
from flowmap.flow.sequence.kept import kept_by_twin
from flowmap.flow.sequence.records import REORDERED_WITHIN_NS
from flowmap.flow.sequence.reference import SequenceTable
from flowmap.flow.table import CompiledTable, PlainTable
from flowmap.types import FLOW, TS_NONE, Have

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
EVER = (-(2**63) + 1, 2**63 - 1)
MS = 1_000_000
EVERY_PORT = bytes([1]) * 65536
Segment = tuple[int, int, int]
"""Position, length, and by how much later than the one before."""

SEGMENTS = st.lists(
    st.tuples(
        st.integers(0, 60), st.integers(0, 12), st.sampled_from([0, MS, REORDERED_WITHIN_NS, REORDERED_WITHIN_NS + 1])
    ),
    min_size=1,
    max_size=40,
)
STARTS = st.sampled_from([0, 1000, 2**31 - 30, 2**32 - 30])


def timed(segments: list[Segment]) -> list[tuple[int, int, int]]:
    """(position, length, time), from 10^9 ns on."""
    times = np.cumsum([10**9, *[step for *_, step in segments]])[1:].tolist()
    return [(position, length, ts_ns) for (position, length, _), ts_ns in zip(segments, times, strict=True)]


def piece(start: int, segments: list[tuple[int, int, int]]) -> Piece:
    """Segments of one direction, each a packet of its own; IP IDs tell copies from what was sent again, and no order."""
    table = SequenceTable(EVERY_PORT)
    for number, (position, length, ts_ns) in enumerate(segments):
        header = Header(
            seq=(start + position) % 2**32,
            payload=length,
            ip_id=number % 60000 + 1,
            flags=16,
            sport=1,
            dport=6600,
            have=Have.SEQUENCE | Have.ACK | Have.FLAGS,
            ack=7,
            data_offset=20,
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reference, "NEAR_IDS", 0)
            table.follow(0, header, ts_ns, b"")
    rows = np.zeros(1, FLOW)
    rows["first_ns"], rows["last_ns"] = segments[0][2], segments[-1][2]
    kept = kept_by_twin(table, rows)
    return piece_of(kept, 0, kept.holes, kept.sizes)


def by_bytes(segments: list[tuple[int, int, int]]) -> tuple[int, int, set[int]]:
    """(sent again, reordered, bytes missing), byte by byte: seen, or skipped and at what time. The first segment is position 0,
    whatever came before it is late."""
    opened: dict[int, int] = {}
    again = reordered = 0
    high: int | None = None
    for position, length, now in segments:
        if not length:
            continue
        high = position if high is None else high
        if position > high:
            opened |= dict.fromkeys(range(high, position), now)
        elif position < high:
            filled = [opened.pop(byte) for byte in range(position, position + length) if byte in opened]
            overtaken = any(now - time <= REORDERED_WITHIN_NS for time in filled)
            reordered += overtaken
            again += not overtaken
        high = max(high, position + length)
    return again, reordered, set(opened)


@QUICK
@given(STARTS, SEGMENTS, st.integers(0, 90))
def test_states_equal_a_set_of_bytes(start: int, segments: list[Segment], acknowledged: int) -> None:
    packets = timed(segments)
    found = piece(start, packets)
    again, reordered, missing = by_bytes(packets)
    assert (found.retransmitted, found.reordered, found.repeated) == (again, reordered, 0)
    assert sum(found.soon) == reordered
    number = (start + acknowledged) % 2**32
    assert found.missing_below(number) == sum(byte < acknowledged for byte in missing)
    tenths = found.missing_tenths(number)
    assert not tenths or sum(tenths) == found.missing_below(number)


@QUICK
@given(STARTS, SEGMENTS, st.integers(0, 90), st.integers(1, 4))
def test_holes_beyond_the_bound_are_closed_and_still_missing(
    start: int, segments: list[Segment], acknowledged: int, most: int
) -> None:
    """What fills a closed hole later is told as sent again; bytes are never fewer than those that are missing."""
    packets = timed(segments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "MOST_HOLES", most)
        patch.setattr(records, "MISSING_SHIFT", 0)
        found = piece(start, packets)
    again, reordered, missing = by_bytes(packets)
    assert len(found.holes) <= most
    assert found.retransmitted + found.reordered == again + reordered
    assert found.missing_below((start + 90) % 2**32) >= len(missing)


@QUICK
@given(STARTS, SEGMENTS, st.lists(st.integers(1, 39), max_size=4))
def test_pieces_of_a_series_miss_what_the_whole_misses(start: int, segments: list[Segment], cuts: list[int]) -> None:
    """Cut anywhere, joined in any grouping: the same bytes are missing."""
    packets = timed([one for one in segments if one[1]])
    ends = sorted({min(cut, len(packets)) for cut in cuts} | {len(packets)})
    parts = [packets[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True) if a < b]
    if not parts:
        return
    pieces = [piece(start, part) for part in parts]
    joined = join_pieces(pieces)
    _, _, missing = by_bytes(packets)
    number = (start + 90) % 2**32
    assert joined.missing_below(number) == len(missing)
    grouped = join_pieces([pieces[0], join_pieces(pieces[1:])]) if len(pieces) > 1 else joined
    assert comparable(grouped) == comparable(joined)


def comparable(one: Piece) -> dict[str, Any]:
    """Of holes the bytes: when they opened is not looked at any more; nor is where early segments were cut."""
    missing = {byte for start, end, _ in one.holes for byte in range(start, end)}
    return {"base": one.base, "sent": one.sent, "missing": missing}


# -- the kernel


STAMPS = b"\1\1\x08\x0a" + (77).to_bytes(4, "big") + (99).to_bytes(4, "big")
OFFERS = b"\2\4\5\xb4\3\3\7\0"
PACKETS = st.lists(
    st.tuples(
        st.integers(0, 1),  # direction
        st.integers(-3000, 9000),  # from the end of the segment before, or of none
        st.sampled_from([0, 0, 10, 1300, 1400, 1461, 4000, 30000]),  # payload
        st.sampled_from([ACK, ACK, ACK, SYN, SYN | ACK, FIN | ACK, RST]),
        st.sampled_from([0, 7, None]),  # IP ID; None: one that counts
        st.sampled_from([b"", STAMPS, OFFERS]),
        st.sampled_from([0, 1000, MS, 50 * MS, 700 * MS]),  # later
        st.sampled_from([0, 0, 0, 1, 2]),  # recorded again so many times, at once
    ),
    min_size=1,
    max_size=40,
)


def frames(packets: list[Any], untimed: bool = False) -> list[Captured]:
    """Records of a connection from port 50000 to port 6600, of which 96 bytes are captured."""
    found, now, seq = [], 10**18, [2**32 - 2000, 100]
    for number, (side, step, payload, flags, ip_id, options, later, again) in enumerate(packets):
        now += later
        own = (seq[side] + (step if step < 0 or step > 6000 else 0)) % 2**32
        ports = (50000, 6600) if side == 0 else (6600, 50000)
        header = tcp_header(*ports, own, seq[1 - side] % 2**32, flags, options=options)
        length = len(header) + payload
        ends = (1, 2) if side == 0 else (2, 1)
        ip = ipv4_header(*ends, length, ip_id=number + 100 if ip_id is None else ip_id)
        frame = (ethernet(*ends, 0x0800) + ip + header + bytes(60))[:96]
        seq[side] = own + payload
        found += [
            Captured(ETHERNET, frame, 14 + 20 + length, ts_ns=TS_NONE if untimed and number % 5 == 4 else now + copy)
            for copy in range(1 + again)
        ]
    return found


def fields(row: Any) -> dict[str, Any]:
    return {name: row[name].tolist() for name in row.dtype.names}


def both(packets: list[Captured], interest: bytes = EVERY_PORT) -> list[dict[str, Any]]:
    kept = []
    for table in (CompiledTable(*EVER, interest), PlainTable(*EVER, interest=interest)):
        with np.errstate(all="raise", over="ignore"):
            table.ingest(*make_block(packets))
        one = table.kept()
        names = ("rows", "sequences", "holes", "sizes", "log")
        kept.append({name: [fields(row) for row in getattr(one, name)] for name in names} | {"level": one.level})
    return kept


@QUICK
@given(PACKETS, st.booleans(), st.booleans())
def test_kernel_keeps_what_the_twin_keeps(packets: list[Any], untimed: bool, wanted: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (reference, store):
            patch.setattr(module, "LOG_ROWS", 8)
        compiled, plain = both(frames(packets, untimed), EVERY_PORT if wanted else bytes(65536))
    assert compiled == plain


@QUICK
@given(conversations())
def test_kernel_keeps_the_same_of_any_packets(packets: list[Captured]) -> None:
    compiled, plain = both(packets)
    assert compiled == plain


def test_bounds_are_the_same_in_both() -> None:
    """More holes, early segments and sizes than there is room for."""
    holes = [(0, 6500, 10, ACK, None, b"", 1000, 0)] * (records.MOST_HOLES + 40)
    early = [(0, -3000, 10, ACK, None, b"", 1000, 0)] * (records.MOST_EARLY + 5)
    early += [(0, 0, 10, ACK, None, b"", 1000, 0), (0, 900, 10, ACK, None, b"", 1000, 0)]
    sizes = [(0, 0, 1461 + 7 * k, ACK, None, STAMPS, 1000, 0) for k in range(2 * records.MOST_SIZES)]
    compiled, plain = both(frames(early + holes + sizes))
    assert compiled == plain
    assert compiled["sequences"][0]["retired"] > 0
    assert len(compiled["sizes"]) <= records.MOST_SIZES
    assert sum(one["records"] for one in compiled["sizes"]) == 2 * records.MOST_SIZES
