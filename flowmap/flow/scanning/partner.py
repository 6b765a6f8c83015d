"""A second thread for a capture that is a plain file: both count it in turn, see `flow/short/turns.pxd`."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np

from flowmap.capture.source.window import Counted, Stretch
from flowmap.flow.table import BATCH
from flowmap.types import HEADER, TS_NONE

if TYPE_CHECKING:
    from flowmap.flow.kernel import Kernel

__all__ = ["Partner"]

Array = np.ndarray[Any, Any]
_REST = 1 << 16
"""Bytes of what is left of a chunk: mostly less than a record."""
_TURNS = np.dtype(
    [
        (name, "i8")
        for name in (
            "turn",
            "ended_by",
            "packets",
            "largest",
            "last_ns",
            "taken",
            "full",
            "start",
            "end",
            "left",
            "room",
        )
    ]
)
"""What both threads share, as `Turns` in `flow/short/turns.pxd`."""
_ENDED = 2
"""Of `turn`: nobody has one any more."""
_WORTH = 4
"""Chunks that are to come, for fewer of which it is not worth to ask the other thread."""


class Partner:
    """The other thread: the one of `pool`."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._headers = np.zeros(BATCH, dtype=HEADER)
        self._data: Array = np.zeros(0, np.uint8)
        self._rest = np.zeros(_REST, np.uint8)

    def worth(self, stretch: Stretch, left: int) -> bool:
        """Return whether `left` bytes are to be counted in turn."""
        return stretch.file >= 0 and len(stretch.data) > 2 * len(self._rest) and left > _WORTH * len(stretch.data)

    def count(self, kernel: Kernel, headers: Array, stretch: Stretch, left: int) -> tuple[Counted, bool]:
        """Count what is in the stretch and up to `left` bytes of its file behind it.

        What is not used is in its data. Also returns whether the table must grow before it goes on.
        """
        if len(self._data) != len(stretch.data):
            self._data = np.empty_like(stretch.data)
        offset = os.lseek(stretch.file, 0, os.SEEK_CUR)
        shared = np.zeros(1, _TURNS)
        turns = shared[0]
        turns["last_ns"], turns["room"] = TS_NONE, len(self._rest)
        of_both = (stretch.state, stretch.ifaces, stretch.blocks, stretch.file, left, shared, self._rest, offset)
        other = self._pool.submit(_take_turns, kernel, turns, (self._headers, self._data, 0, 0, *of_both, 1))
        _take_turns(kernel, turns, (headers, stretch.data, stretch.start, stretch.end, *of_both, 0))
        other.result()
        start, end, taken = int(turns["start"]), int(turns["end"]), int(turns["taken"])
        os.lseek(stretch.file, offset + taken, os.SEEK_SET)
        if turns["ended_by"]:
            stretch.data[: end - start] = self._data[start:end]
            start, end = 0, end - start
        packets, largest, last_ns = int(turns["packets"]), int(turns["largest"]), int(turns["last_ns"])
        return Counted(packets, start, end, taken, largest, last_ns), bool(turns["full"])


def _take_turns(kernel: Kernel, turns: Any, arguments: tuple[Any, ...]) -> None:
    """Count in turn with another thread, which waits for no turn any more where this one fails."""
    try:
        kernel.take_turns(*arguments)
    except BaseException:
        turns["turn"] = _ENDED
        raise
