"""The piece of a capture that is in memory: one buffer, refilled from its source.

Positions are indices into `data`; `data[start:end]` is what has been read and not yet used. What is left moves to the
front before each refill, so that a record never straddles two buffers.

A file's bytes may be read where they are counted, a quarter of the buffer at a time and without a line of Python in between:
they are still in the second-level cache then. That takes 15 ms less of 87 for 390 MB of whole frames. Mapping the file would
take another 12, as only the pages of headers would be touched, and nothing off frames cut to 96 bytes; but a file that is
shortened while it is mapped ends the process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from flowmap.capture.source.files import FileSource, Source

__all__ = ["CountStraight", "Counted", "Stretch", "Window"]

_ROOM = 1 << 16
"""In front of bytes that are read ahead, for what is left of those before: mostly less than a record."""
Bytes = npt.NDArray[np.uint8]
Array = np.ndarray[Any, Any]


class Stretch(NamedTuple):
    """Bytes data[start:end] of a capture that begin with a record, and what the walkers know of it."""

    data: Array
    start: int
    end: int
    state: Array
    ifaces: Array
    blocks: bool
    """Whether it is pcapng."""
    file: int
    """An open file from which what follows can be read behind `end`, with room made in front as need be, or -1."""
    left: int
    """Bytes of the capture in that file."""


class Counted(NamedTuple):
    """Packets that were counted without an index."""

    packets: int
    start: int
    """Of the bytes that are not used: data[start:end]."""
    end: int
    taken: int
    """Bytes read from the file."""
    largest: int
    """Captured length."""
    last_ns: int


CountStraight: TypeAlias = "Callable[[Stretch], Counted]"
"""Counts packets of a stretch up to the first that needs an index."""


class Window:
    """A refillable buffer of uint8."""

    def __init__(self, source: Source, capacity: int) -> None:
        self.source = source
        self.data: Bytes = np.empty(capacity, np.uint8)
        self.start = 0
        self.end = 0
        self.finished = False
        self.failure: OSError | None = None
        """Why reading ended before the end, if it did."""
        self._ahead: _Ahead | None = None

    @property
    def offset(self) -> int:
        """Offset in the capture of data[0]."""
        return (self.source.tell() if self._ahead is None else self._ahead.taken) - self.end

    @property
    def available(self) -> int:
        return self.end - self.start

    def read_ahead(self, pool: Executor) -> None:
        """Have a thread of `pool`, which has one, read what comes next while what is here is used."""
        self._ahead = _Ahead(self.source, pool, len(self.data))

    @property
    def file(self) -> tuple[int, int]:
        """Return the open file and how much of it is still to come, for a kernel that reads it into `data` itself.

        (-1, 0) where no kernel can: on Windows a file's number is of one C library, which need not be the kernel's.
        """
        source = self.source
        if not isinstance(source, FileSource) or self._ahead is not None or os.name == "nt":
            return -1, 0
        return source.fileno(), source.left

    def have(self, start: int, end: int, taken: int) -> None:
        """Take data[start:end] for what is not used yet, after `taken` bytes have been read from `file`."""
        self.start, self.end = start, end
        if taken and isinstance(self.source, FileSource):
            self.source.pass_by(taken)

    def ensure(self, count: int) -> bool:
        """Have at least `count` bytes from `start` on, and as many more as fit; False where the capture ends before."""
        if self.available >= count:
            return True
        if self._ahead is not None:
            while self.available < count and not self.finished:
                self._take(self._ahead)
            return self.available >= count
        if self.finished:
            return False
        self._make_room(count)
        got = _Filled(self.data, self.end)
        got.fill(self.source)
        self.end, self.finished, self.failure = got.end, got.finished, got.failure
        return self.available >= count

    def _take(self, ahead: _Ahead) -> None:
        """Put what was read meanwhile behind what is left."""
        left, filled = self.data[self.start : self.end], ahead.next()
        got = filled.end - _ROOM
        if len(left) <= _ROOM:
            filled.data[_ROOM - len(left) : _ROOM] = left
            data, start = filled.data, _ROOM - len(left)
        else:
            data, start = np.concatenate([left, filled.data[_ROOM : filled.end]]), 0
            ahead.give_back(filled.data)
        ahead.give_back(self.data)
        self.data, self.start, self.end = data, start, start + len(left) + got
        self.finished, self.failure = filled.finished, filled.failure
        if not self.finished:
            ahead.go_on()

    def _make_room(self, count: int) -> None:
        left = self.available
        if 2 * count > len(self.data):  # so that large records, too, are moved once or twice, not at each step
            larger = np.empty(2 * count, np.uint8)
            larger[:left] = self.data[self.start : self.end]
            self.data = larger
        elif self.start:
            self.data[:left] = self.data[self.start : self.end].copy()
        self.start, self.end = 0, left

    def bytes_at_start(self, count: int) -> bytes:
        """Return up to `count` bytes from `start` on, as far as they are in memory."""
        return self.data[self.start : min(self.start + count, self.end)].tobytes()


class _Filled:
    """A buffer with bytes of a source, up to `end`."""

    def __init__(self, data: Bytes, end: int) -> None:
        self.data, self.end = data, end
        self.finished = False
        self.failure: OSError | None = None

    def fill(self, source: Source) -> None:
        """Read until it is full, or there is no more."""
        view = self.data.data
        while self.end < len(self.data) and not self.finished:
            try:
                got = source.readinto(view[self.end :])
            except OSError as error:
                self.failure, got = error, 0
            self.end += got
            self.finished = got == 0


class _Ahead:
    """Buffers that a thread fills in turn, each from _ROOM on; `taken` are the bytes of the source that were asked for."""

    def __init__(self, source: Source, pool: Executor, size: int) -> None:
        self._source, self._pool, self._size = source, pool, size + _ROOM
        self._spare: list[Bytes] = []
        self.taken = source.tell()
        self._coming: Future[_Filled]
        self.go_on()

    def next(self) -> _Filled:
        """Return the bytes that come next, once they are there."""
        filled = self._coming.result()
        self.taken += filled.end - _ROOM
        return filled

    def give_back(self, data: Bytes) -> None:
        """Take back a buffer that is no longer used."""
        if len(data) == self._size:
            self._spare.append(data)

    def go_on(self) -> None:
        """Begin to read what comes after that."""
        filled = _Filled(self._spare.pop() if self._spare else np.empty(self._size, np.uint8), _ROOM)
        self._coming = self._pool.submit(_filled, filled, self._source)


def _filled(filled: _Filled, source: Source) -> _Filled:
    filled.fill(source)
    return filled
