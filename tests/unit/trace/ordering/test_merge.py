"""Chunks of several captures come out in the order of time, by the kernel and by its twin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.kernels import available
from flowmap.trace.ordering import merge
from flowmap.trace.ordering.merge import SLACK_NS, TimeMerge, corrected
from flowmap.types import TRACE, TS_NONE

COMPILED = [False, *([True] if available() else [])]
NO_DRIFT = (np.zeros(3, np.int64), np.zeros(3), 0)


def rows(member: int, *times: int) -> Any:
    table = np.zeros(len(times), TRACE)
    table["member"], table["ts_ns"], table["seq"] = member, times, range(len(times))
    return table


def merged(captures: list[list[Any]], compiled: bool, clocks: Any = NO_DRIFT) -> list[tuple[int, int]]:
    own: list[tuple[int, Iterator[Any]]] = [
        (int(one[0]["ts_ns"].min()), iter([c.copy() for c in one])) for one in captures
    ]
    merge = TimeMerge(own, compiled)
    merge.head()
    windows = list(merge.windows(*clocks))
    return [(int(row["ts_ns"]), int(row["member"])) for window in windows for row in window]


@pytest.mark.parametrize("compiled", COMPILED)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=6), min_size=1, max_size=3), st.integers(1, 4))
def test_all_rows_come_out_once_in_order(compiled: bool, captures: list[list[int]], size: int) -> None:
    """Within the slack any order comes in; of equal times those of earlier captures are first."""
    chunks = [
        [rows(number, *own[at : at + size]) for at in range(0, len(own), size)] for number, own in enumerate(captures)
    ]
    expected = sorted(((ts, number) for number, own in enumerate(captures) for ts in own))
    assert merged(chunks, compiled) == expected


@pytest.mark.parametrize("compiled", COMPILED)
def test_times_are_put_on_the_reference_clock_before_they_are_compared(compiled: bool) -> None:
    clocks = np.array([0, 100, 0]), np.array([0.0, 0.0, 1e-3]), 1000
    found = merged([[rows(0, 10_000)], [rows(1, 10_050)], [rows(2, 11_000)]], compiled, clocks)
    assert found == [(9_950, 1), (10_000, 0), (10_990, 2)]  # 10,000 since the epoch of drifts: 10 of them too many


@pytest.mark.parametrize("compiled", COMPILED)
def test_packets_without_a_time_come_first_and_keep_none(compiled: bool) -> None:
    clocks = np.array([5, 5, 5]), np.zeros(3), 0
    assert merged([[rows(0, TS_NONE, 50)], [rows(1, 20)]], compiled, clocks) == [(TS_NONE, 0), (15, 1), (45, 0)]


@pytest.mark.parametrize("compiled", COMPILED)
def test_a_capture_is_read_on_only_when_it_is_behind(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of captures one after another the later one is opened when the earlier one is nearly done."""
    monkeypatch.setattr(merge, "HEAD_ROWS", 1)
    asked: list[str] = []

    def chunks(name: str, *parts: Any) -> Iterator[Any]:
        for part in parts:
            asked.append(name)
            yield part

    far = 10 * SLACK_NS
    first = chunks("a", rows(0, 1), rows(0, 2), rows(0, 3))
    second = chunks("b", rows(1, far), rows(1, far + 1))
    both = TimeMerge([(1, first), (far, second)], compiled)
    both.head()
    assert asked == ["a"]
    found = [int(ts) for window in both.windows(*NO_DRIFT) for ts in window["ts_ns"]]
    assert found == [1, 2, 3, far, far + 1]
    assert asked == ["a", "a", "a", "b", "b"]


def test_a_drift_is_rounded_to_the_nearest_nanosecond() -> None:
    """-0.5 and 1.5 are rounded to even numbers, as IEEE 754 has it."""
    packets = rows(0, 0, 1_000, 2_000)
    assert corrected(packets, np.array([0]), np.array([1e-3]), 500).tolist() == [0, 1_000, 1_998]
    assert corrected(packets, np.array([7]), np.array([0.0]), 0).tolist() == [-7, 993, 1_993]
