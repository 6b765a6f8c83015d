"""The second pass: compiled selection against its twin; windows in time order; observations against plain models."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import ACK, ETHERNET, Captured, captured, conversations, ethernet, ipv4_header, make_block, tcp_header

from flowmap.flow.sequence.joined import Piece
from flowmap.flow.table import PlainTable
from flowmap.trace.collecting import collect
from flowmap.trace.ordering import merge
from flowmap.trace.ordering.merge import TimeMerge
from flowmap.trace.watching.coverage import Coverage
from flowmap.trace.watching.observe import DUPLICATE_WITHIN_NS, DirectionObserver, Observation
from flowmap.trace.watching.observers import CompiledObservers, PlainObservers
from flowmap.types import TRACE, TS_NONE, Have

EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "150"))
QUICK = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
EVER = (-(2**63) + 1, 2**63 - 1)
MS = 1_000_000


def wanted_of(packets: list[Captured], every: int = 1) -> np.ndarray:
    """Each `every`-th direction that occurs in the packets."""
    table = PlainTable(*EVER)
    table.ingest(*make_block(packets))
    rows = collect.wanted_rows(table.arrays()[0])
    return np.unique(rows)[::every] if len(rows) else rows


@QUICK
@given(
    st.one_of(conversations(), st.lists(captured(), min_size=1, max_size=8)),
    st.sampled_from([EVER, EVER, (0, 10**9)]),
    st.integers(1, 3),
)
def test_kernel_selects_what_the_twin_selects(packets: list[Captured], window: tuple[int, int], every: int) -> None:
    wanted = wanted_of(packets, every)
    block, ifaces = make_block(packets, b"\xff" * 5, b"\xee" * 60)
    one, other = collect.Sought.all_of(wanted), collect.Sought.all_of(wanted)
    found = collect._compiled_select(one, window)(block, ifaces)
    expected = collect._plain_select(other, window)(block, ifaces)
    headers = [one.outers.of(found["outer"].tolist()), other.outers.of(expected["outer"].tolist())]
    assert headers[0] == headers[1]
    found["outer"] = np.minimum(found["outer"], 1)  # they are numbered in another order
    expected["outer"] = np.minimum(expected["outer"], 1)
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("select", [collect._compiled_select, collect._plain_select])
def test_a_segment_is_traced_as_it_was_written(select: Any) -> None:
    stamps = b"\1\1\x08\x0a" + (77).to_bytes(4, "big") + (99).to_bytes(4, "big")
    segment = tcp_header(6600, 50000, 7, 9, ACK, 512, stamps) + b"x" * 20
    frames = [ethernet(1, 2, 0x0800) + ipv4_header(src, 2, len(segment), ip_id=31) + segment for src in (1, 1, 3)]
    packets = [Captured(ETHERNET, frame, len(frame), ts_ns=n) for n, frame in enumerate(frames)]
    block, ifaces = make_block(packets)
    found = select(collect.Sought.all_of(wanted_of(packets[:1])), EVER)(block, ifaces)
    names = ["ts_ns", "direction_id", "seq", "ack", "payload", "wire_len", "tsval", "tsecr", "window", "ip_id", "flags"]
    expected = [(n, 0, 7, 9, 20, len(frames[0]), 77, 99, 512, 31, ACK) for n in range(2)]
    assert found[names].tolist() == expected
    assert found["digest"][0] == found["digest"][1]


def trace_rows(columns: dict[str, list[int]]) -> np.ndarray:
    rows = np.zeros(len(next(iter(columns.values()))), TRACE)
    for name, values in columns.items():
        rows[name] = values
    return rows


# -- merging in time


CAPTURES = st.lists(
    st.lists(st.lists(st.tuples(st.integers(0, 40 * MS), st.integers(0, 90 * MS)), min_size=1, max_size=6), max_size=8),
    min_size=1,
    max_size=4,
)


@QUICK
@given(
    CAPTURES,
    st.lists(st.sampled_from([0, 0, -300 * MS, 5 * MS, 2000 * MS]), min_size=4, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_all_packets_come_once_and_in_order(
    captures: list[Any], offsets: list[int], untimed: bool, compiled: bool
) -> None:
    """Captures whose packets are up to 90 ms out of order, in chunks, on clocks that differ."""
    inputs, everything = [], []
    for member, chunks in enumerate(captures):
        now, parts, floor = 0, [], 2**62
        for chunk in chunks:
            times = []
            for step, late in chunk:
                now += step
                times.append(now - late)
            floor = min(floor, *times)
            numbers = range(len(everything), len(everything) + len(times))
            parts.append(trace_rows({"ts_ns": times, "member": [member] * len(times), "seq": list(numbers)}))
            everything += [(time - offsets[member], number) for time, number in zip(times, numbers, strict=True)]
        inputs.append((floor, iter(parts)))
    if untimed:
        inputs.append((0, iter([trace_rows({"ts_ns": [TS_NONE], "seq": [len(everything)]})])))
        everything.append((TS_NONE, len(everything)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "HEAD_ROWS", 8)
        merged = TimeMerge(inputs, compiled)
        head = merged.head()
        assert len(head) >= min(8, len(everything))
        windows = list(merged.windows(np.array(offsets, dtype=np.int64), np.zeros(4), 0))
    found = [(int(row["ts_ns"]), int(row["seq"])) for window in windows for row in window]
    assert sorted(found) == sorted(everything)
    timed = [time for time, _ in found if time != TS_NONE]
    assert timed == sorted(timed)


# -- observing


PACKETS = st.lists(
    st.tuples(
        st.sampled_from([0, 1000, MS, 30 * MS, 2 * DUPLICATE_WITHIN_NS]),  # after the one before
        st.integers(0, 2),  # member
        st.sampled_from([0, 0, 100, 1448]),  # payload
        st.booleans(),  # also on the next member, a little later
    ),
    min_size=1,
    max_size=40,
)


def plain_piece(observation: Observation, piece: Piece) -> tuple[Observation, dict[str, Any]]:
    """Holes as lists, which can be compared."""
    values = {one.name: getattr(piece, one.name) for one in fields(piece)}
    return observation, {name: getattr(value, "tolist", lambda own=value: own)() for name, value in values.items()}


def observed(rows: np.ndarray, cuts: list[int], has_payload: bool) -> tuple[Any, Coverage]:
    observer = DirectionObserver(has_payload, 0)
    for part in np.split(rows, cuts):
        if len(part):
            observer.update(part)
    return observer.finish(), observer.coverage


@QUICK
@given(PACKETS, st.lists(st.integers(0, 40), max_size=4))
def test_windows_do_not_change_what_is_observed(packets: list[Any], cuts: list[int]) -> None:
    """Cut where no copy of a packet is on the other side. The order in which packets were sent is looked at within a window
    only, so each cut takes a step from it and no more."""
    times, columns, seq = [], [], 0
    starts = []
    now = 0
    for number, (step, member, payload, copied) in enumerate(packets):
        now += step
        starts.append(len(times))
        times.append(now)
        columns.append((member, number, seq, payload))
        if copied:
            now += 10
            times.append(now)
            columns.append(((member + 1) % 3, number, seq, payload))
        seq += payload
    member, number, sequence, payload = (list(column) for column in zip(*columns, strict=True))
    rows = trace_rows(
        {
            "ts_ns": times,
            "member": member,
            "digest": number,
            "seq": sequence,
            "payload": payload,
            "wire_len": [length + 54 for length in payload],
            "have": [Have.SEQUENCE] * len(times),
        }
    )
    apart = sorted({starts[min(cut, len(starts) - 1)] for cut in cuts} - {0})
    whole, coverage = observed(rows, [], any(payload))
    split, coverage_split = observed(rows, apart, any(payload))
    in_order = ("steps_in_order", "changes_in_order", "runs_in_order")
    assert {k: v for k, v in vars(split).items() if k not in in_order} == {
        k: v for k, v in vars(whole).items() if k not in in_order
    }
    assert vars(coverage_split) == vars(coverage)
    assert sum(whole.packets.values()) + whole.duplicates <= len(rows) == whole.seen
    assert whole.duplicates == sum(copied for *_, copied in packets)


MIXED = st.lists(
    st.tuples(
        st.integers(0, 2),  # observer
        st.sampled_from([0, 1000, MS, 30 * MS, 300 * MS, 2 * DUPLICATE_WITHIN_NS]),  # after the one before
        st.integers(0, 2),  # member
        st.integers(-2, 3),  # position, from the one before
        st.sampled_from([0, 0, 100, 1448, 9000]),  # payload
        st.sampled_from([0, 5, None]),  # IP ID; None: one that counts
        st.sampled_from([16, 16, 16, 2, 17, 4]),  # flags
        st.integers(0, 3),  # records on the same member, or on others
    ),
    min_size=1,
    max_size=50,
)


@QUICK
@given(MIXED, st.lists(st.integers(0, 60), max_size=3), st.booleans())
def test_kernel_observes_what_the_twin_observes(packets: list[Any], cuts: list[int], has_payload: bool) -> None:
    columns, now, seq = [], 0, [2**32 - 500, 100, 7]
    for number, (observer, step, member, by, payload, ip_id, flags, records) in enumerate(packets):
        now += step
        seq[observer] = (seq[observer] + by * 100) % 2**32
        for copy in range(max(1, records)):
            on = member if records != 3 else (member + copy) % 3
            columns.append(
                (
                    observer,
                    now + copy * 10,
                    on,
                    number % 40,
                    seq[observer],
                    payload,
                    number if ip_id is None else ip_id,
                    flags,
                    number // 2,
                )
            )
        seq[observer] += payload
    names = ("ts_ns", "member", "digest", "seq", "payload", "ip_id", "flags", "ack")
    observer, *values = zip(*sorted(columns, key=lambda one: one[1]), strict=True)
    rows = trace_rows({name: list(column) for name, column in zip(names, values, strict=True)})
    rows["have"], rows["wire_len"], rows["mss"] = Have.SEQUENCE | Have.ACK, rows["payload"] + 54, rows["flags"] & 2
    rows["seq"] &= 0xFFFFFFFF
    numbers = np.array(observer, dtype=np.uint32)
    subjects = [(has_payload, 0), (True, 1), (False, 2)]
    found: list[list[Any]] = []
    ends = sorted(min(cut, len(rows)) for cut in cuts)
    for observers in (CompiledObservers(subjects), PlainObservers(subjects)):
        positions: list[Any] = []
        for part, own in zip(np.split(rows, ends), np.split(numbers, ends), strict=True):
            if len(part):
                positions.append(observers.update(part, own).tolist())
        found.append([positions, *(plain_piece(*observers.finish(number)) for number in range(3))])
    for compiled, plain in zip(*found, strict=True):
        assert compiled == plain
