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

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import stacked
from flowmap.types import TRACE, TS_NONE

__all__ = ["HEAD_ROWS", "TimeMerge", "joined"]

Array = np.ndarray[Any, Any]
Clocks = tuple[Array, Array, int]
"""(members,) int64 offsets and float64 drifts, and the time that drifts are counted from."""

HEAD_ROWS = 131_072
"""A row takes 64 bytes, and comparing clocks needs several times that for a moment: this bounds the second pass's memory."""
SLACK_NS = 100_000_000


class TimeMerge:
    """First `head()` (enough packets to tell the members' clocks apart by), then `windows(offsets)`."""

    def __init__(self, captures: Sequence[tuple[int, Iterator[Array]]], compiled: bool) -> None:
        """(first packet's time, chunks of TRACE rows) of each capture; chunks are asked for when they are due."""
        self._open = [(first_ns, number, chunks) for number, (first_ns, chunks) in enumerate(captures)]
        heapq.heapify(self._open)
        self._queues: dict[int, _Queue] = {}
        self._rows = 0
        self._compiled = compiled
        self._clocks: Clocks | None = None

    def head(self) -> Array:
        """Return up to about HEAD_ROWS packets, in no particular order; they come again in the windows."""
        while self._open and self._rows < HEAD_ROWS:
            self._pull()
        return joined([chunk for queue in self._queues.values() for chunk in queue.chunks])

    def windows(self, offset_ns: Array, drift: Array, epoch_ns: int) -> Iterator[Array]:
        """Yield packets with corrected times (`ts - offset - drift * (ts - epoch)`, per member), sorted by time."""
        self._clocks = offset_ns, drift, epoch_ns
        for queue in self._queues.values():
            queue.chunks, chunks = [], queue.chunks
            for chunk in chunks:
                queue.add(self._corrected(chunk, self._clocks))
        margin = SLACK_NS + int(np.abs(offset_ns).max(initial=0))
        while self._open:
            self._fill()
            if not self._open:
                break
            window = self._due(self._open[0][0] - margin - 1)
            if len(window):
                yield window
            self._pull()
        if self._rows:
            yield self._due(2**63 - 1)

    def _fill(self) -> None:
        """Read on until a window is worth sorting."""
        enough = self._rows + HEAD_ROWS
        while self._open and self._rows < enough:
            self._pull()

    def _pull(self) -> None:
        """Read one more chunk of the capture that is furthest behind."""
        read_to, number, chunks = self._open[0]
        chunk = next(chunks, None)
        if chunk is None:
            heapq.heappop(self._open)
            return
        self._rows += len(chunk)
        heapq.heapreplace(self._open, (max(read_to, self._latest(chunk)), number, chunks))
        queue = self._queues.setdefault(number, _Queue([]))
        if self._clocks is None:
            queue.chunks.append(chunk)
        else:
            queue.add(self._corrected(chunk, self._clocks))

    def _latest(self, chunk: Array) -> int:
        if self._compiled:
            from flowmap.trace.ordering.merging import latest

            return int(latest(chunk))
        return int(chunk["ts_ns"].max())

    def _corrected(self, chunk: Array, clocks: Clocks) -> tuple[Array, bool]:
        """Return the rows on the reference clock, and whether they are in order."""
        chunk = chunk if chunk.flags.writeable else chunk.copy()
        if self._compiled:
            from flowmap.trace.ordering.merging import correct

            return chunk, bool(correct(chunk, *clocks))
        chunk["ts_ns"] = corrected(chunk, *clocks)
        return chunk, bool((np.diff(chunk["ts_ns"]) >= 0).all())

    def _due(self, until_ns: int) -> Array:
        """Return the rows up to a time, in order of time."""
        queues = [self._queues[number] for number in sorted(self._queues)]
        for queue in queues:
            queue.sort()
        merge = _merged if self._compiled else _plain_merged
        window, taken = merge([queue.chunks for queue in queues], max(until_ns, TS_NONE))
        for queue, count in zip(queues, taken, strict=True):
            queue.drop(count)
        self._queues = {number: queue for number, queue in self._queues.items() if queue.chunks}
        self._rows -= len(window)
        return window


@dataclass
class _Queue:
    """Chunks of one capture that wait for their window."""

    chunks: list[Array]
    ordered: bool = True

    def add(self, corrected: tuple[Array, bool]) -> None:
        """Add one more chunk, and note whether it is in order."""
        chunk, ordered = corrected
        after = not self.chunks or self.chunks[-1]["ts_ns"][-1] <= chunk["ts_ns"][0]
        self.ordered = self.ordered and ordered and bool(after)
        self.chunks.append(chunk)

    def sort(self) -> None:
        """Put all rows in order, where they are not."""
        if not self.ordered:
            rows = joined(self.chunks)
            order = np.argsort(rows["ts_ns"], kind="stable")  # nearly nothing to do
            self.chunks = [rows.take(order)]  # 4 ns a row; rows[order] copies field by field, 115 ns
            self.ordered = True

    def drop(self, count: int) -> None:
        """Forget the first rows."""
        while count and len(self.chunks[0]) <= count:
            count -= len(self.chunks.pop(0))
        if count:
            self.chunks[0] = self.chunks[0][count:]


def corrected(packets: Array, offset_ns: Array, drift: Array, epoch_ns: int) -> Array:
    """Return (n,) int64: times of TRACE rows on the reference clock; no time stays none."""
    member, ts_ns = packets["member"], packets["ts_ns"]
    if not offset_ns.any() and not drift.any():
        return ts_ns.copy()
    times: Array = ts_ns - offset_ns[member] - np.rint(drift[member] * (ts_ns - epoch_ns)).astype(np.int64)
    times[ts_ns == TS_NONE] = TS_NONE
    return times


def joined(parts: Sequence[Array]) -> Array:
    """TRACE rows of several arrays as one."""
    return stacked(parts, TRACE)


def _merged(captures: Sequence[list[Array]], until_ns: int) -> tuple[Array, list[int]]:
    """Return the rows up to a time of captures in order, in order; and how many are of each capture."""
    from flowmap.trace.ordering.merging import merge

    chunks = [chunk for own in captures for chunk in own]
    counts = np.array([len(own) for own in captures], dtype=np.int64)
    queues, places = np.zeros((len(captures), 5), dtype=np.int64), np.zeros((len(chunks), 2), dtype=np.int64)
    out = np.empty(sum(map(len, chunks)), dtype=TRACE)
    n = merge(chunks, counts, queues, np.zeros(len(captures), dtype=np.int64), places, until_ns, out)
    return out[:n], queues[:, 4].tolist()


def _plain_merged(captures: Sequence[list[Array]], until_ns: int) -> tuple[Array, list[int]]:
    rows = joined([chunk for own in captures for chunk in own])
    of = np.repeat(np.arange(len(captures)), [sum(map(len, own)) for own in captures])
    order = np.argsort(rows["ts_ns"], kind="stable")
    due = order[: np.searchsorted(rows["ts_ns"], until_ns, side="right", sorter=order)]
    return rows.take(due), np.bincount(of[due], minlength=len(captures)).tolist()
