"""Chunks of several captures in, windows of packets in time order over all members out, in bounded memory.

A capture is read on only when it is the one furthest behind, so that of many captures after one another few are open. A
window is cut where every capture that is not exhausted has been read past it; packets of one capture that are up to
SLACK_NS out of order still come out in order.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowmap.types import TRACE, TS_NONE

__all__ = ["HEAD_ROWS", "TimeMerge"]

Array = np.ndarray[Any, Any]

HEAD_ROWS = 262_144
"""A row takes 64 bytes, and comparing clocks needs several times that for a moment: this bounds the second pass's memory."""
SLACK_NS = 100_000_000


class TimeMerge:
    """First `head()` (enough packets to tell the members' clocks apart by), then `windows(offsets)`."""

    def __init__(self, captures: Sequence[tuple[int, Iterator[Array]]]) -> None:
        """(first packet's time, chunks of TRACE rows) of each capture; chunks are asked for when they are due."""
        self._open = [(first_ns, number, chunks) for number, (first_ns, chunks) in enumerate(captures)]
        heapq.heapify(self._open)
        self._pending: list[Array] = []
        self._rows = 0

    def head(self) -> Array:
        """Up to about HEAD_ROWS packets, in no particular order; they come again in the windows."""
        while self._open and self._rows < HEAD_ROWS:
            self._pull()
        return self._all_pending()

    def keep_only(self, active: Array) -> None:
        """From here on only directions d with active[d] matter: forget what is pending of the others."""
        raw = self._all_pending()
        self._pending = [raw[active[raw["direction_id"]]]] if len(raw) else []
        self._rows = sum(map(len, self._pending))

    def windows(self, offset_ns: Array, drift: Array, epoch_ns: int) -> Iterator[Array]:
        """Packets with corrected times (`ts - offset - drift * (ts - epoch)`, per member), sorted by time."""
        margin = SLACK_NS + int(np.abs(offset_ns).max(initial=0))
        while self._open:
            self._fill()
            cut = self._open[0][0] - margin if self._open else None
            if cut is None:
                break
            raw = self._all_pending()
            true = corrected(raw, offset_ns, drift, epoch_ns)
            ready = true < cut
            if ready.any():
                yield _sorted(raw[ready], true[ready])
                self._pending = [raw[~ready]]
                self._rows = len(self._pending[0])
            self._pull()
        raw = self._all_pending()
        if len(raw):
            yield _sorted(raw, corrected(raw, offset_ns, drift, epoch_ns))

    def _fill(self) -> None:
        """Read on until a window is worth sorting; where little of it turns out to be due, a bit more each time."""
        enough = max(HEAD_ROWS // 2, self._rows + HEAD_ROWS // 4)
        while self._open and self._rows < enough:
            self._pull()

    def _pull(self) -> None:
        """Read one more chunk of the capture that is furthest behind."""
        read_to, number, chunks = self._open[0]
        chunk = next(chunks, None)
        if chunk is None:
            heapq.heappop(self._open)
            return
        self._pending.append(chunk)
        self._rows += len(chunk)
        heapq.heapreplace(self._open, (max(read_to, int(chunk["ts_ns"].max())), number, chunks))

    def _all_pending(self) -> Array:
        if len(self._pending) != 1:
            self._pending = [np.concatenate(self._pending)] if self._pending else [np.zeros(0, dtype=TRACE)]
        return self._pending[0]


def corrected(packets: Array, offset_ns: Array, drift: Array, epoch_ns: int) -> Array:
    """(n,) int64: times of TRACE rows on the reference clock; no time stays none."""
    member, ts_ns = packets["member"], packets["ts_ns"]
    if not offset_ns.any() and not drift.any():
        return ts_ns.copy()
    times: Array = ts_ns - offset_ns[member] - np.rint(drift[member] * (ts_ns - epoch_ns)).astype(np.int64)
    times[ts_ns == TS_NONE] = TS_NONE
    return times


def _sorted(packets: Array, times: Array) -> Array:
    order = np.argsort(times, kind="stable")
    packets = packets[order]
    packets["ts_ns"] = times[order]
    return packets
