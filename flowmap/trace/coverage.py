"""Which bytes of one direction's sequence space were seen: retransmissions, reordering, and bytes that never appeared.

Sequence numbers are unwrapped against the highest end seen so far (RFC 9293 section 3.4). A segment below that mark either
was seen before (a retransmission), or fills a hole: soon after the hole opened it was overtaken (RFC 4737 reordering),
later it was sent again. Bytes of holes that are never filled were lost before this point or not captured; if the peer
acknowledged them, they were not captured.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Any

import numpy as np

from flowmap.types import Have

__all__ = ["Coverage"]

Array = np.ndarray[Any, Any]

REORDERED_WITHIN_NS = 3_000_000
LEAST_HOLES, LARGE_HOLE = 10, 7000
_MOST_HOLES = 20_000
_MOST_LATE = 2_000_000


class Coverage:
    """Feed with windows of one direction's deduplicated TRACE rows in time order."""

    def __init__(self) -> None:
        self.base: int | None = None
        """First sequence number seen (32 bits); positions below are relative to it."""
        self.high = 0
        self.retransmitted = 0
        self.reordered = 0
        self.given_up = False
        """Too many holes or late segments to follow: the counts are a lower bound, holes are not known."""
        self._late = 0
        self._holes: list[tuple[int, int, int]] = []  # (start, end, opened_ns), ascending, disjoint

    def update(self, packets: Array) -> None:
        usable = (packets["have"] & Have.SEQUENCE != 0) & (packets["flags"] & 4 == 0)
        consumed = packets["payload"].astype(np.int64) + (packets["flags"] >> 1 & 1) + (packets["flags"] & 1)
        usable &= consumed > 0
        packets, consumed = packets[usable], consumed[usable]
        if not len(packets) or self.given_up:
            return
        if self.base is None:
            self.base = int(packets["seq"][0])
        start = self._positions(packets["seq"])
        end = start + consumed
        mark = np.maximum.accumulate(np.concatenate([[self.high], end]))
        ahead, late = start > mark[:-1], start < mark[:-1]
        ts = packets["ts_ns"]
        if not self._holes and not ahead.any():
            self.retransmitted += int(late.sum())
            self.high = int(mark[-1])
            return
        for k in np.flatnonzero(ahead | late).tolist():
            if ahead[k]:
                self._holes.append((int(mark[k]), int(start[k]), int(ts[k])))
            else:
                self._late_segment(int(start[k]), int(end[k]), int(ts[k]))
            if len(self._holes) > _MOST_HOLES or self._late > _MOST_LATE:
                self.given_up = True
                return
        self.high = int(mark[-1])

    def _positions(self, seq: Array) -> Array:
        """Relative to base, unwrapped: each step from the one before is the nearer way round."""
        assert self.base is not None
        wide = np.concatenate([[self.base + self.high], seq.astype(np.int64)])
        steps = (np.diff(wide) + 2**31) % 2**32 - 2**31
        positions: Array = self.high + np.cumsum(steps)
        return positions

    def _late_segment(self, start: int, end: int, ts_ns: int) -> None:
        """A segment below the mark: cut it out of the holes it covers."""
        self._late += 1
        at = bisect_left(self._holes, (start, -1, -1))
        if at and self._holes[at - 1][1] > start:
            at -= 1
        filled = False
        overtaken = False
        while at < len(self._holes) and self._holes[at][0] < end:
            hole_start, hole_end, opened = self._holes.pop(at)
            filled = True
            overtaken |= ts_ns - opened <= REORDERED_WITHIN_NS
            left = [(hole_start, start, opened)] if hole_start < start else []
            right = [(end, hole_end, opened)] if hole_end > end else []
            self._holes[at:at] = left + right
            at += len(left) + len(right)
        if filled and overtaken:
            self.reordered += 1
        else:
            self.retransmitted += 1

    def missing_below(self, acknowledged: int | None) -> int:
        """Bytes in holes below the 32-bit acknowledgment number `acknowledged`: delivered, but captured nowhere."""
        return sum(end - start for start, end in self._holes_below(self._limit(acknowledged)))

    def missing_tenths(self, acknowledged: int | None) -> tuple[int, ...]:
        """The same by tenths of what was sent: whether a steady share is missing, or some stretches are. Empty where a few
        small holes do not tell."""
        limit = self._limit(acknowledged)
        holes = self._holes_below(limit)
        if not holes or (len(holes) < LEAST_HOLES and sum(end - start for start, end in holes) < len(holes) * LARGE_HOLE):
            return ()
        bounds = [limit * k // 10 for k in range(11)]
        return tuple(
            sum(max(0, min(end, stop) - max(start, begin)) for start, end in holes) for begin, stop in pairwise(bounds)
        )

    def _limit(self, acknowledged: int | None) -> int:
        """The position that the acknowledgment number is, 0 where holes are not known."""
        if self.base is None or acknowledged is None or self.given_up:
            return 0
        return min(self.high, self.high + ((acknowledged - self.base - self.high + 2**31) % 2**32 - 2**31))

    def _holes_below(self, limit: int) -> list[tuple[int, int]]:
        return [(start, min(end, limit)) for start, end, _ in self._holes if start < limit]
