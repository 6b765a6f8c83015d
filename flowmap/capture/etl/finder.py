"""The frames in a log's buffers: walked, their interfaces made known, their parts joined.

In: the bytes of one buffer after the other, each processor's in the order of their stamps. Out: the frames of each. What begins
at the end of a buffer may go on in the next one of its processor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.capture.etl import layout, reference
from flowmap.capture.etl.fragments import Joined, in_order, join, join_edges, together
from flowmap.capture.etl.layout import BUFFER_HEADER
from flowmap.capture.etl.ports import Ports

__all__ = ["Finder"]

Array = np.ndarray[Any, Any]
_USUAL_EVENT = 208
"""Bytes of an event with a frame of 128 bytes: what room is made for."""
_ROOM = 1024
"""Rows that more room is made for at least."""


class Finder:
    """`compiled` may be switched between buffers: the walkers go on from the same state."""

    def __init__(self, frequency: int, compiled: bool) -> None:
        """`frequency`: ticks a second."""
        self.compiled = compiled
        self.ports = Ports()
        self.state = np.zeros(layout.STATE_SIZE, np.int64)
        self.orphans = 0
        """Parts of frames that are not whole."""
        self._frequency = frequency
        self._rows = np.zeros(0, layout.EVENT)
        self._used = 0
        self._open: dict[int, Array] = {}

    @property
    def walkers(self) -> Any:
        """The compiled functions, or their twins."""
        if self.compiled:
            import flowmap.capture.etl.kernel as compiled

            return compiled
        return reference

    @property
    def earliest_open(self) -> list[int]:
        """The stamps that no frame can be given from on, as it may not be whole yet; none or one."""
        return [min(int(rows["stamp"].min()) for rows in self._open.values())] if self._open else []

    def begin_batch(self, size: int) -> None:
        """Make room: buffers of `size` bytes in all come now.

        What is found in them is kept apart from what was found before, so that few frames that wait do not keep the
        memory of many.
        """
        self._rows, self._used = np.empty(size // _USUAL_EVENT, layout.EVENT), 0

    def find(self, memory: Array, start: int, end: int, place: int) -> tuple[Array, tuple[int, int, int] | None]:
        """Return the EVENT rows of a buffer, and where and why it is damaged.

        The buffer, with its header, lies in the log at `place` and in memory[start:end]. Damage is (position in memory,
        R_*, the number that is wrong) or None. Sets S_PARTS and S_DISORDER over all of it.
        """
        parts = disorder = 0
        first, position, walk = self._used, start + BUFFER_HEADER, self.walkers.walk
        while True:
            n, position, status = walk(
                self._rows[self._used :], memory, position, end, place - start, self.state, self.ports.keys
            )
            if status == layout.ENDED and self._used == first:  # as nearly always
                self._used += n
                return self._rows[first : self._used], None
            parts += int(self.state[layout.S_PARTS])
            disorder += int(self.state[layout.S_DISORDER])
            if n and self._used > first:
                before, after = self._rows["stamp"][self._used - 1 : self._used + 1].tolist()
                disorder += after < before
            self._used += n
            if status == layout.NEW_KEY:
                self._new_interface(memory, position)
            elif status == layout.HANDLE:
                number, payload = _event(memory, position)
                (self.ports.netsh if number in layout.NDIS_TOLD else self.ports.components).take(number, payload)
                position += int(self.state[layout.S_NEED])
            elif status == layout.FULL:
                more = np.empty(_ROOM + self._used - first, layout.EVENT)
                self._rows = np.concatenate([self._rows[first : self._used], more])
                first, self._used = 0, self._used - first
            else:
                break
        self.state[layout.S_PARTS], self.state[layout.S_DISORDER] = parts, disorder
        damage = (position, int(self.state[layout.S_REASON]), int(self.state[layout.S_FOUND]))
        return self._rows[first : self._used], damage if status == layout.DAMAGE else None

    def frames(self, rows: Array, processor: int, next_first: int) -> Joined:
        """Return the frames of what `find` found last.

        `next_first` is the first stamp of the processor's next buffer.
        """
        carried = self._open.pop(processor, None)
        if carried is None and not self.state[layout.S_PARTS]:
            return Joined(in_order(rows) if self.state[layout.S_DISORDER] else rows)
        joined = None
        if not self.state[layout.S_DISORDER]:
            joined = join_edges(
                rows, rows[:0] if carried is None else carried, int(self.state[layout.S_PARTS]), self.walkers
            )
        if joined is None:
            joined = join(rows if carried is None else together(carried, rows), self.walkers)
        self.orphans += joined.orphans
        if len(joined.open):
            self._keep_open(joined.open, processor, next_first)
            joined = replace(joined, open=joined.open[:0])
        return joined

    def _keep_open(self, waiting: Array, processor: int, next_first: int) -> None:
        """Keep parts of frames that end in the processor's next buffer, if that follows within a second."""
        late = [next_first - stamp > self._frequency for stamp in waiting["stamp"].tolist()]
        self.orphans += sum(late)
        if not all(late):
            self._open[processor] = waiting[~np.array(late)] if any(late) else waiting.copy()

    def end(self) -> None:
        """Finish: no more buffers come."""
        self.orphans += sum(len(rows) for rows in self._open.values())
        self._open.clear()

    def _new_interface(self, memory: Array, position: int) -> None:
        key = self.state[layout.S_KEY : layout.S_KEY + layout.KEY_COLUMNS].tolist()
        self.ports.add(key, _event(memory, position)[1])
        self.state[layout.S_KEYS] = len(self.ports)
        self.state[layout.S_KEYS_FULL] = self.ports.full


def _event(memory: Array, position: int) -> tuple[int, bytes]:
    """Return the id and payload of the manifest event at `position`, which is sound."""
    size = int.from_bytes(memory[position : position + 2].tobytes(), "little")
    raw = memory[position : position + size].tobytes()
    at: int | None = layout.EVENT_HEADER
    if raw[4] & 1:
        at = reference.payload_at(raw, layout.EVENT_HEADER, size)
    return int.from_bytes(raw[40:42], "little"), raw[size if at is None else at :]
