"""What limits a stream is told from its packets: all of them where they are few, else those of some slices of time.

In: how many packets the streams of interest have and when. Out: the slices, and the packets in them, at most about MOST_ROWS of
both directions of all streams, however long the captures are. The beginning of each stream is a slice: its SYNs say what
windows mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from flowmap.types import TRACE

__all__ = ["MOST_ROWS", "PacketLog", "Slices"]

Array = np.ndarray[Any, Any]

MOST_ROWS = 200_000
MOST_BYTES = 128 << 20
"""Captures up to this size in all are read again whole."""
_SLICES = (4, 40)
_SLICE_NS = 500_000_000
_BEGINNING_NS = 50_000_000


class Slices:
    """Intervals [start, end) of the reference clock, ascending and apart. `whole`: there is one, and nothing is left out."""

    def __init__(self, intervals: Sequence[tuple[int, int]], whole: bool = False) -> None:
        ordered = sorted(intervals)
        joined: list[tuple[int, int]] = []
        for start, end in ordered:
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        self.starts = np.array([start for start, _ in joined], dtype=np.int64)
        self.ends = np.array([end for _, end in joined], dtype=np.int64)
        self.whole = whole

    @classmethod
    def plan(cls, lives: Sequence[tuple[int, int]], packets: int, stored_bytes: int) -> Slices:
        """Of streams that were there at `lives` (first, last packet) and have so many packets, in captures of so many bytes."""
        if not lives:
            return cls(())
        first, last = min(start for start, _ in lives), max(end for _, end in lives) + 1
        if packets <= MOST_ROWS and stored_bytes <= MOST_BYTES:
            return cls([(first, last)], whole=True)
        part = min(MOST_ROWS / max(packets, 1), MOST_BYTES / max(stored_bytes, 1)) * (last - first)
        count = int(np.clip(part // _SLICE_NS, *_SLICES))
        length = int(part / count)
        starts = np.linspace(first, max(first, last - length), count).astype(np.int64).tolist()
        beginning = min(_BEGINNING_NS, length)
        return cls([*((s, s + length) for s in starts), *((s, s + beginning) for s, _ in lives)])

    def overlap(self, first_ns: int, last_ns: int) -> bool:
        """Whether a slice has some of [first_ns, last_ns]."""
        at = int(np.searchsorted(self.ends, first_ns, side="right"))
        return at < len(self.starts) and int(self.starts[at]) <= last_ns

    def next_after(self, ts_ns: int) -> int | None:
        """When the next slice begins; None after the last one, and the time itself where it is in one."""
        at = int(np.searchsorted(self.ends, ts_ns, side="right"))
        return max(int(self.starts[at]), ts_ns) if at < len(self.starts) else None

    def numbers(self, ts_ns: Array) -> Array:
        """(n,) number of the slice of each time, -1 for none."""
        at = np.searchsorted(self.starts, ts_ns, side="right") - 1
        inside = (at >= 0) & (ts_ns < self.ends[np.maximum(at, 0)]) if len(self.ends) else np.zeros(len(ts_ns), dtype=bool)
        found: Array = np.where(inside, at, -1)
        return found


class PacketLog:
    """Packets by key, in the order that they come in."""

    def __init__(self, slices: Slices) -> None:
        self.slices = slices
        self._rows: dict[Hashable, list[Array]] = {}
        self._left = 2 * MOST_ROWS

    def take(self, key: Hashable, packets: Array) -> None:
        """Keep those of `packets` ((n,) TRACE in time order, corrected) that are in a slice, while there is room."""
        kept = packets[self.slices.numbers(packets["ts_ns"]) >= 0][: self._left]
        if len(kept):
            self._left -= len(kept)
            self._rows.setdefault(key, []).append(kept)

    def packets(self, key: Hashable) -> Array:
        """(n,) TRACE of a key."""
        rows = self._rows.get(key)
        return np.concatenate(rows) if rows else np.zeros(0, dtype=TRACE)
