"""A second thread for a capture that is a plain file: both count it in turn, see `flow/short/turns.pxd`."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from flowmap.types import HEADER, TS_NONE

if TYPE_CHECKING:
    from flowmap.capture.source.window import Stretch
    from flowmap.flow.kernel import Kernel

__all__ = ["Partner", "Taken"]

Array = np.ndarray[Any, Any]
_BATCH = 64
_REST = 1 << 16
"""Bytes of what is left of a chunk: mostly less than a record."""
_TURNS = 11
_TURN, _LAST_NS, _ROOM = 0, 4, 10
_ENDED = 2
"""Places in the array that both threads share, and that nobody has a turn any more: see `flow/short/turns.pxd`."""
_WORTH = 4
"""Chunks that are to come, for fewer of which it is not worth to ask the other thread."""


class Taken(NamedTuple):
    """What was counted in turn, as `Kernel.count_straight` returns it."""

    packets: int
    start: int
    end: int
    taken: int
    largest: int
    last_ns: int
    full: bool


class Partner:
    """The other thread: the one of `pool`."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._headers = np.zeros(_BATCH, dtype=HEADER)
        self._data: Array = np.zeros(0, np.uint8)
        self._rest = np.zeros(_REST, np.uint8)

    def worth(self, stretch: Stretch, left: int) -> bool:
        """Return whether `left` bytes are to be counted in turn."""
        return stretch.file >= 0 and len(stretch.data) > 2 * len(self._rest) and left > _WORTH * len(stretch.data)

    def count(self, kernel: Kernel, headers: Array, stretch: Stretch, left: int) -> Taken:
        """Count what is in the stretch and up to `left` bytes of its file behind it. What is not used is in its data."""
        if len(self._data) != len(stretch.data):
            self._data = np.empty(len(stretch.data), np.uint8)
        offset = os.lseek(stretch.file, 0, os.SEEK_CUR)
        turns = np.zeros(_TURNS, np.int64)
        turns[_LAST_NS], turns[_ROOM] = TS_NONE, len(self._rest)
        same: tuple[Any, ...] = (
            stretch.state,
            stretch.ifaces,
            stretch.blocks,
            stretch.file,
            left,
            turns,
            self._rest,
            offset,
        )
        other = self._pool.submit(_take_turns, kernel, turns, (self._headers, self._data, 0, 0, *same, 1))
        _take_turns(kernel, turns, (headers, stretch.data, stretch.start, stretch.end, *same, 0))
        other.result()
        _, ended_by, packets, largest, last_ns, taken, full, start, end, *_ = turns.tolist()
        os.lseek(stretch.file, offset + taken, os.SEEK_SET)
        if ended_by:
            stretch.data[: end - start] = self._data[start:end]
            start, end = 0, end - start
        return Taken(packets, start, end, taken, largest, last_ns, bool(full))


def _take_turns(kernel: Kernel, turns: Array, arguments: tuple[Any, ...]) -> None:
    """Count in turn with another thread, which waits for no turn any more where this one fails."""
    try:
        kernel.take_turns(*arguments)
    except BaseException:
        turns[_TURN] = _ENDED
        raise
