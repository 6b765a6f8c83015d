"""Logs of any bytes: the compiled walk and its twin give the same, nothing crashes, nothing is lost uncounted."""

from __future__ import annotations

import os
import struct
from typing import Any

import etl_files as e
import numpy as np
import pytest
from etl_files import Buf, at
from etl_read import read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmap.capture.etl import kernel, layout, reference
from flowmap.capture.etl.fragments import join
from flowmap.capture.etl.log.clock import clock_words
from flowmap.errors import CaptureError
from flowmap.types import INDEX

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
SIZE = 2048


def sample() -> bytes:
    """Every kind of event, on three processors."""
    first = [e.frame(e.ethernet(n, 60), at(3 * n), 12 + n % 2, gft=n % 2 == 0) for n in range(6)]
    second = [
        *e.parts(e.ethernet(20, 90), [at(1), at(2), at(3)]),
        e.switched(e.ethernet(21, 60), at(4), vlan=7),
        *e.other_events(at(5)),
    ]
    third = [e.pktmon(e.ethernet(n, 60), at(n), 12 + n % 2, original=1000) for n in range(7, 11)]
    third += [
        e.component(12, 2, "a.sys", "A"),
        e.number(12, 1, 4),
        e.address(12, bytes(6)),
        e.pktmon(b"x", at(12), 12, number=170),
    ]
    more = [
        e.frame(e.ethernet(30, 60), at(20), extended=(b"12", b"3" * 9)),
        *e.parts(e.ethernet(31, 90), [at(21), at(22)]),
    ]
    return e.log([Buf(first), Buf(second, 1), Buf(third, 2), Buf(more)], SIZE)


SAMPLE = sample()


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    data = bytearray(SAMPLE)
    for _ in range(draw(st.integers(1, 5))):
        place, kind = draw(st.integers(0, len(data) - 1)), draw(st.integers(0, 3))
        if kind == 0:
            data[place] = draw(st.integers(0, 255))
        elif kind == 1:
            data[place & ~3 : (place & ~3) + 4] = struct.pack(
                "<I", draw(st.sampled_from([0, 1, 7, 80, SIZE, 2**31, 2**32 - 1]))
            )
        elif kind == 2:
            start = place // SIZE * SIZE
            data[start : start + SIZE] = draw(
                st.sampled_from([bytes(SIZE), b"\xff" * SIZE, SAMPLE[-SIZE:], SAMPLE[SIZE : 2 * SIZE]])
            )
        else:
            del data[max(place, 200) :]
    return bytes(data)


def told(data: bytes, **options: Any) -> Any:
    try:
        found = read(data, **options)
    except CaptureError as error:
        return type(error).__name__, str(error)
    reader = found.reader
    return (
        found.rows,
        reader.interfaces,
        sorted(map(str, reader.notices)),
        reader.truncated,
        reader.damaged,
        reader.windows,
    )


@QUICK
@given(broken())
def test_any_damage_gives_the_same_compiled_and_plain(data: bytes) -> None:
    plain = told(data)
    assert told(data, compiled=True) == plain
    assert told(data, compiled=True, block_bytes=1)[0] == plain[0]
    strict = told(data, strict=True)
    if len(strict) == len(plain) == 6:
        assert len(strict[0]) <= len(plain[0])


@QUICK
@given(st.binary(max_size=400), st.integers(0, 20), st.booleans())
def test_any_bytes_are_walked_alike(data: bytes, start: int, full: bool) -> None:
    head = struct.pack("<HBB", len(data) + 4, 0x13, 0xC0)
    for raw in (data, head + data):
        outcomes = []
        for walkers in (reference, kernel):
            state, keys = np.zeros(layout.STATE_SIZE, np.int64), np.zeros((4, layout.KEY_COLUMNS), np.int64)
            state[layout.S_KEYS_FULL] = full
            rows = np.zeros(8, layout.EVENT)
            memory = np.frombuffer(raw, np.uint8).copy()
            result = walkers.walk(rows, memory, min(start, len(raw)), len(raw), 1000, state, keys)
            outcomes.append((result, rows.tolist(), state.tolist()))
        assert outcomes[0] == outcomes[1]


PARTS = st.tuples(
    st.sampled_from([0, 4, 8, 12]), st.integers(0, 2), st.integers(0, 1), st.sampled_from([0, 1, 99, 200_000])
)


@QUICK
@given(st.lists(PARTS, max_size=40), st.integers(1, 3))
def test_parts_are_joined_alike(parts: list[tuple[int, int, int, int]], threads: int) -> None:
    """And each part is in a frame, waits, or is counted."""
    rows = np.zeros(len(parts), layout.EVENT)
    for row, (flags, thread, interface, size) in zip(rows, parts, strict=True):
        row["flags"], row["thread"], row["interface"], row["size"] = flags, thread % threads, interface, size
    rows["stamp"], rows["offset"] = np.arange(len(parts)), 1000 * np.arange(len(parts))
    outcomes = []
    for walkers in (reference, kernel):
        joined = join(rows, walkers)
        outcomes.append(
            [
                joined.frames.tolist(),
                joined.offsets.tolist(),
                joined.sizes.tolist(),
                joined.open.tolist(),
                joined.orphans,
            ]
        )
        alone = int((joined.frames["flags"] & layout.F_JOINED == 0).sum())
        assert alone + len(joined.offsets) + len(joined.open) + joined.orphans == len(rows)
    assert outcomes[0] == outcomes[1]


SPLIT = st.tuples(st.integers(1, 4), st.integers(0, 1), st.integers(0, 2), st.booleans(), st.integers(60, 400))


@QUICK
@given(st.lists(SPLIT, min_size=1, max_size=30), st.integers(1, 3), st.sampled_from([1, 1 << 20]), st.randoms())
def test_frames_in_parts_come_back_whole(
    given_frames: list[tuple[int, int, int, bool, int]], processors: int, block_bytes: int, random: Any
) -> None:
    """In order on their threads, which interleave or not, over the edges of buffers, and of one kind or the other."""
    wanted, waiting = [], {}
    for number, (count, thread, interface, narrow, size) in enumerate(given_frames):
        data = e.ethernet(number, size)
        events = e.parts(data, [0] * count, 12 + interface, thread=thread, bits=32 if narrow else 64)
        waiting.setdefault((number % processors, thread), []).append(events)
        wanted.append(data)
    rows: dict[int, list[list[bytes]]] = {}
    for (processor, _), frames in waiting.items():
        rows.setdefault(processor, []).append([event for events in frames for event in events])
    buffers = []
    for processor, threads in rows.items():
        events = []
        while threads:  # a thread after the other, some events of each
            own = random.choice(threads)
            events += own[: (take := random.randint(1, 4))]
            del own[:take]
            threads = [one for one in threads if one]
        events = [event[:16] + struct.pack("<q", at(n)) + event[24:] for n, event in enumerate(events)]
        while events:
            kept: list[bytes] = []
            while events and 72 + sum(len(one) + 7 & ~7 for one in [*kept, events[0]]) <= SIZE:
                kept.append(events.pop(0))
            buffers.append(Buf(kept, processor))
    data = e.log(buffers, SIZE)
    plain, compiled = (read(data, compiled=one, block_bytes=block_bytes) for one in (False, True))
    assert sorted(row[1] for row in plain.rows) == sorted(wanted)
    assert compiled.rows == plain.rows
    assert not plain.notices


@QUICK
@given(st.lists(PARTS, max_size=6), st.lists(PARTS, max_size=8), st.integers(2, 16))
def test_edges_are_joined_alike_and_as_any_parts_are(
    before: list[tuple[int, int, int, int]], behind: list[tuple[int, int, int, int]], room: int
) -> None:
    carried, rows = (np.zeros(len(parts), layout.EVENT) for parts in (before, behind))
    for table, parts in ((carried, before), (rows, behind)):
        for row, (flags, thread, interface, size) in zip(table, parts, strict=True):
            row["flags"], row["thread"], row["interface"], row["size"] = flags, thread % 2, interface, size
    every = np.concatenate([carried, rows])
    every["stamp"], every["offset"] = np.arange(len(every)), 1000 * np.arange(len(every))
    parts = int((rows["flags"] & layout.F_WHOLE != layout.F_WHOLE).sum())
    outcomes = []
    for walkers in (reference, kernel):
        own, pieces = every[len(carried) :].copy(), np.zeros((2, room), np.int64)
        head, tail = walkers.edges(own, every[: len(carried)].copy(), parts, pieces)
        outcomes.append((head, tail, own.tolist(), pieces.tolist()))
    assert outcomes[0] == outcomes[1]
    if head >= 0:
        joined = join(every, reference)
        assert joined.frames["stamp"].tolist() == own["stamp"][max(head - 1, 0) : len(own) - tail].tolist()
        assert joined.open["stamp"].tolist() == own["stamp"][len(own) - tail :].tolist()
        assert joined.sizes.tolist() == pieces[1, : len(joined.sizes)].tolist()


def test_more_open_frames_than_are_kept() -> None:
    rows = np.zeros(layout.MOST_OPEN + 1, layout.EVENT)
    rows["flags"], rows["thread"], rows["size"] = layout.F_START, np.arange(len(rows)), 5
    for walkers in (reference, kernel):
        joined = join(rows, walkers)
        assert (joined.orphans, joined.open["thread"].tolist()) == (1, list(range(1, len(rows))))


STAMPS = st.integers(-(2**63), 2**63 - 1)


@QUICK
@given(
    st.integers(1, layout.MOST_FREQUENCY),
    STAMPS,
    STAMPS,
    st.lists(STAMPS, min_size=1, max_size=5),
    st.binary(min_size=80, max_size=80),
)
def test_rows_are_made_alike(frequency: int, begin: int, begin_ns: int, stamps: list[int], data: bytes) -> None:
    clock = clock_words(frequency, begin, begin_ns)
    rows = np.zeros(len(stamps), layout.EVENT)
    rows["stamp"], rows["offset"], rows["size"] = stamps, np.arange(len(stamps)), 70
    rows["interface"] = np.arange(len(stamps)) % 3
    order, links = np.argsort(rows["stamp"], kind="stable"), np.array([1, 101, 105], np.uint16)
    outcomes = []
    for walkers in (reference, kernel):
        index = np.zeros(len(stamps), INDEX)
        timed = walkers.index_rows(index, rows, order, np.frombuffer(data, np.uint8).copy(), links, clock)
        outcomes.append((timed, index.tolist()))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("strict", [False, True])
def test_every_cut_of_a_log_is_read(strict: bool) -> None:
    whole = read(SAMPLE)
    for cut in range(SIZE, len(SAMPLE), 61):
        outcome = told(SAMPLE[:cut], strict=strict)
        if len(outcome) == 6:
            assert {row[:2] for row in outcome[0]} <= {row[:2] for row in whole.rows}
