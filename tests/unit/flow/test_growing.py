"""Arrays that grow: rows stay, new ones are zeros, earlier views stay what they were."""

from __future__ import annotations

import mmap
import platform
import sys
from typing import Any

import numpy as np
import pytest

from flowmap.flow.growing import Growing, give_back, joined, moved

Array = np.ndarray[Any, Any]
PAIR = np.dtype([("a", "u8"), ("b", "u4")], align=True)


@pytest.mark.parametrize("remaps", [True, False])
def test_rows_stay_and_new_ones_are_zeros(remaps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not remaps:  # as where the system has no mremap
        monkeypatch.setattr(Growing, "_remap", lambda self, size: False)
    grown = Growing(PAIR, 2)
    filled = 0
    for rows in (2, 3, 1000, 900, 5000, 900_000, 1_500_000):
        grown.reserve(rows)
        assert len(grown.array) >= rows
        assert (grown.array["a"][:filled] == np.arange(filled)).all()
        assert not grown.array["a"][filled:].any()
        grown.array["a"] = np.arange(len(grown.array))
        filled = len(grown.array)


def test_a_view_from_before_stays_what_it_was() -> None:
    grown = Growing(PAIR, 1)
    grown.reserve(5000)
    grown.array["b"] = 7
    view = grown.array[:10]
    grown.reserve(3_000_000)
    grown.array["b"][:10] = 8
    assert view["b"].tolist() == [7] * 10


def test_what_is_reserved_takes_no_memory() -> None:
    status = "/proc/self/statm"
    try:
        with open(status) as file:
            before = int(file.read().split()[1])
    except OSError:
        pytest.skip("no /proc")
    grown = Growing(PAIR, 1)
    grown.reserve(20_000_000)
    grown.array["a"][:10] = 1
    grown.reserve(40_000_000)
    with open(status) as file:
        after = int(file.read().split()[1])
    assert (after - before) * mmap.PAGESIZE < 20 << 20


@pytest.mark.parametrize("start", [0, 1, 777])
def test_moved_rows_are_there_and_their_pages_are_given_back(start: int) -> None:
    grown = Growing(PAIR, 1)
    grown.reserve(1_300_000)
    grown.array["a"] = np.arange(len(grown.array))
    rows = grown.array[start:1_200_000]
    target = np.zeros(len(rows), PAIR)
    moved(rows, target)
    assert (target["a"] == np.arange(start, 1_200_000)).all()
    assert grown.array["a"][:start].tolist() == list(range(start))
    assert (grown.array["a"][1_200_000:] == np.arange(1_200_000, len(grown.array))).all()
    if hasattr(mmap, "MADV_DONTNEED"):
        assert np.count_nonzero(rows["a"]) < 4 * mmap.PAGESIZE


def test_other_rows_are_only_copied() -> None:
    rows, target = np.ones(5, PAIR)[::2], np.zeros(3, PAIR)
    moved(rows, target)
    assert target["a"].tolist() == rows["a"].tolist() == [1, 1, 1]


def test_what_arrays_took_is_given_back() -> None:
    """Small arrays, one kept behind them: the allocator can give none of them back by itself."""
    status = "/proc/self/statm"
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc is asked")

    def resident() -> int:
        with open(status) as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE

    many = [np.ones(8000, np.uint8) for _ in range(4000)]
    kept = np.ones(8000, np.uint8)
    del many
    before = resident()
    give_back()
    assert kept.sum() == 8000
    assert before - resident() > 16 << 20


def grown(first: int, count: int) -> Array:
    """Rows that are in pages of the system, with numbers from `first` on."""
    rows = Growing(PAIR, 1)
    rows.reserve(count + 5)
    rows.array["a"][:count] = np.arange(first, first + count)
    return rows.array[:count]


@pytest.mark.parametrize("watched", [False, True])
def test_joined_rows_are_all_rows_in_their_order(watched: bool) -> None:
    parts = [grown(0, 900_000), grown(900_000, 500_000), np.zeros(0, PAIR), grown(1_400_000, 7)]
    seen = parts[0][5:9] if watched else None  # then its pages may not move
    rows = joined(parts)
    assert parts == []
    assert (rows["a"] == np.arange(1_400_007)).all()
    assert rows.dtype == PAIR
    assert rows.flags.writeable
    if sys.platform == "linux":
        assert (rows.base is None) == (seen is not None)


def test_other_rows_are_joined_as_copies() -> None:
    parts = [np.full(3, 1, PAIR), np.full(2, 2, PAIR)]
    assert joined(parts)["a"].tolist() == [1, 1, 1, 2, 2]
