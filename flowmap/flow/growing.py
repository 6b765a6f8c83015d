"""Arrays that grow to millions of rows: what is reserved ahead takes no memory before it is written to.

numpy fills what it adds with zeros, so that room for half as many rows again cost half the memory again (measured: 108 bytes a
flow). Fresh pages of the system are zeros by themselves.
"""

from __future__ import annotations

import mmap
import sys
from contextlib import suppress
from typing import Any

import numpy as np

from flowmap.kernels.parts import in_parts

__all__ = ["Growing", "give_back", "joined", "moved"]

Array = np.ndarray[Any, Any]
_LARGE_BYTES = 8 << 20


class Growing:
    """Rows of zeros of one dtype. `array` is all that is reserved; views of it from before `reserve` stay what they were."""

    def __init__(self, dtype: np.dtype[Any], rows: int) -> None:
        self.array: Array = np.zeros(rows, dtype)
        self._map: mmap.mmap | None = None

    def reserve(self, rows: int) -> None:
        """Have at least `rows` rows, with those there are in front."""
        if rows <= len(self.array):
            return
        dtype, size = self.array.dtype, rows * self.array.itemsize
        if self._map is not None and self._remap(size):
            self.array = np.frombuffer(self._map, dtype, rows)
            _advise(self._map, size)
            return
        fresh = _pages(size)
        _advise(fresh, size)
        larger = np.frombuffer(fresh, dtype, rows)
        larger[: len(self.array)] = self.array
        self._map, self.array = fresh, larger

    def _remap(self, size: int) -> bool:
        """Have the system make the pages more without copying them; False where it cannot, or a view of them is in use."""
        assert self._map is not None
        kept, self.array = self.array, np.zeros(0, self.array.dtype)
        length, dtype = len(kept), kept.dtype
        del kept
        try:
            self._map.resize(size)
        except (BufferError, OSError, SystemError, ValueError):
            self.array = np.frombuffer(self._map, dtype, length)
            return False
        return True


def joined(parts: list[Array]) -> Array:
    """Return all rows of several arrays, one after the other.

    Takes each out of the list as it is done: nobody may look at their rows again.
    """
    count, dtype = sum(map(len, parts)), parts[0].dtype
    rows = _widened(parts, count)
    rows = np.empty(count, dtype) if rows is None else rows
    while parts:
        part = parts.pop()
        moved(part, rows[count - len(part) : count])
        count -= len(part)
    return rows


def _widened(parts: list[Array], count: int) -> Array | None:
    """Return the first array, taken out of the list, with room behind it; None where there is none.

    Where it is in a `Growing`'s pages and nothing else looks at them, these are made more in place, so that its rows
    are not copied (half of the time that it takes to join two captures).
    """
    first = parts[0]
    pages, dtype, length = _pages_of(first), first.dtype, len(first)
    if pages is None or _address(first) != _address(np.frombuffer(pages, np.uint8)):
        return None
    parts[0] = first = np.zeros(0, dtype)
    try:
        pages.resize(max(len(pages), count * dtype.itemsize))
    except (BufferError, OSError, SystemError, ValueError):
        parts[0] = np.frombuffer(pages, dtype, length)
        return None
    _advise(pages, len(pages))
    del parts[0]
    return np.frombuffer(pages, dtype, count)


def moved(rows: Array, target: Array) -> None:
    """Copy rows, and give the memory of those of a `Growing` back on the way: they must not be used again.

    So the two never take the room of both. Rows without fields are copied in a fourth of the time: else each field goes
    by itself. Fresh pages take longer than what is written to them, so that threads share them.
    """
    pages = _pages_of(rows)
    begin = 0 if pages is None else _address(rows) - _address(np.frombuffer(pages, np.uint8))
    size = rows.itemsize
    step = max(1, _LARGE_BYTES // size)
    whole = np.dtype((np.void, rows.itemsize))
    source, room = (rows.view(whole), target.view(whole)) if rows.flags.c_contiguous else (rows, target)

    def move(low: int, high: int) -> None:
        for start in range(low, high, step):
            stop = min(start + step, high)
            room[start:stop] = source[start:stop]
            if pages is not None:
                first, last = (-(-(begin + start * size) // mmap.PAGESIZE), (begin + stop * size) // mmap.PAGESIZE)
                if first < last:
                    pages.madvise(mmap.MADV_DONTNEED, first * mmap.PAGESIZE, (last - first) * mmap.PAGESIZE)

    in_parts(move, len(rows), step)


def give_back() -> None:
    """Give the system what arrays took that are no more.

    C's allocator keeps it for itself, where Python's objects cannot have it (measured: 40 MB of 40,000 streams).
    Nothing happens where the C library cannot.
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)


def _pages_of(rows: Array) -> mmap.mmap | None:
    """Return the pages of the system that rows lie in, if they do, one after the other, and these can be given back."""
    base: Any = rows
    while isinstance(base, np.ndarray):
        base = base.base
    base = base.obj if isinstance(base, memoryview) else base
    able = isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and rows.flags.c_contiguous
    return base if able else None


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _pages(size: int) -> mmap.mmap:
    """Map zeros that no other array uses."""
    if not hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _advise(pages: mmap.mmap, size: int) -> None:
    """Ask for large pages, of which fewer are looked up."""
    if size >= _LARGE_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system that has none
            pages.madvise(mmap.MADV_HUGEPAGE)
