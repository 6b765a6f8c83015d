"""Which bytes of one direction's sequence space were seen over all members: the states of `flowmap.flow.sequence`.

Bytes of holes that are never filled were lost before this point or not captured; if the peer acknowledged them, they were not
captured.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.flow.sequence.joined import Piece, spans_of, spread_of
from flowmap.flow.sequence.reference import State
from flowmap.types import TS_NONE, Have

__all__ = ["Coverage"]

Array = np.ndarray[Any, Any]


class Coverage:
    """Feed with windows of one direction's deduplicated TRACE rows in time order."""

    def __init__(self) -> None:
        self.state = State()
        self._base: int | None = None
        self._sent = 0
        self._first_ns = TS_NONE

    def update(self, packets: Array) -> None:
        """Add segments; those that leave a hole before them, or come late, are taken one by one."""
        if len(packets) and self._first_ns == TS_NONE:
            self._first_ns = int(packets["ts_ns"][0])
        packets = packets[_is_segment(packets)]
        consumed = _consumed(packets)
        if not len(packets):
            return
        if self._base is None:
            self._base = int(packets["seq"][0])
        start = self._positions(packets["seq"])
        end = start + consumed
        ids = packets["ip_id"]
        mark = np.maximum.accumulate(np.concatenate([[self._sent], end]))
        ts = packets["ts_ns"]
        for k in np.flatnonzero(start != mark[:-1]).tolist():
            if start[k] > mark[k]:
                self.state.add_hole(int(mark[k]), int(start[k]), int(ts[k]), int(ids[k]))
            else:
                self.state.late(int(start[k]), int(end[k]), int(ts[k]), int(ids[k]))
        self._sent = int(mark[-1])

    def _positions(self, seq: Array) -> Array:
        """Return positions relative to base, unwrapped: each step from the one before is the nearer way round."""
        assert self._base is not None
        wide = np.concatenate([[self._base + self._sent], seq.astype(np.int64)])
        steps = (np.diff(wide) + 2**31) % 2**32 - 2**31
        positions: Array = self._sent + np.cumsum(steps)
        return positions

    def places(self, packets: Array, counted: Array) -> Array:
        """Return where packets that are about to come begin, (n,) int64; 0 before the first byte.

        Those `counted` (n,) bool are no copies.
        """
        base, first = self._base, 0
        if base is None:
            segments = np.flatnonzero(counted & _is_segment(packets))
            if not len(segments):
                return np.zeros(len(packets), dtype=np.int64)
            first, base = int(segments[0]), int(packets["seq"][segments[0]])
        wide = np.concatenate([[base + self._sent], packets["seq"][first:].astype(np.int64)])
        steps = (np.diff(wide) + 2**31) % 2**32 - 2**31
        found: Array = np.concatenate([np.zeros(first, dtype=np.int64), self._sent + np.cumsum(steps)])
        return found

    def piece(self) -> Piece:
        """Return what was found."""
        state, closed = self.state, self.state.missing
        return Piece(
            self._first_ns,
            self._base,
            self._sent,
            state.retransmitted,
            state.reordered,
            holes=spans_of(state.holes),
            retired=state.retired,
            spread=spread_of(closed.bins, closed.shift),
            soon=tuple(state.soon),
        )


def _consumed(packets: Array) -> Array:
    """Return what packets take of the sequence space."""
    consumed: Array = packets["payload"].astype(np.int64) + (packets["flags"] >> 1 & 1) + (packets["flags"] & 1)
    return consumed


def _is_segment(packets: Array) -> Array:
    found: Array = (packets["have"] & Have.SEQUENCE != 0) & (packets["flags"] & 4 == 0) & (_consumed(packets) > 0)
    return found
