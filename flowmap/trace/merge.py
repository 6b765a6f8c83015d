"""Chunks of several captures in, windows of packets in time order over all members out, in bounded memory.

A window is cut where every capture that is not exhausted has been read past it; packets of one capture that are up to
SLACK_NS out of order still come out in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["HEAD_ROWS", "TimeMerge"]

Array = np.ndarray[Any, Any]

HEAD_ROWS = 1_000_000
SLACK_NS = 100_000_000


class TimeMerge:
    """First `head()` (enough packets to tell the members' clocks apart by), then `windows(offsets)`."""

    def __init__(self, captures: Sequence[Iterator[Array]]) -> None:
        self._captures = list(captures)
        self._read_to = [-(2**63)] * len(captures)
        self._open = set(range(len(captures)))
        self._pending: list[list[Array]] = [[] for _ in captures]

    def head(self) -> Array:
        """Up to about HEAD_ROWS packets, in no particular order; they come again in the windows."""
        while self._open and self._rows() < HEAD_ROWS:
            self._pull()
        return self._all_pending()

    def windows(self, offset_ns: Array, drift: Array, epoch_ns: int) -> Iterator[Array]:
        """Packets with corrected times (`ts - offset - drift * (ts - epoch)`, per member), sorted by time."""
        while True:
            cut = min((self._read_to[i] for i in self._open), default=None)
            batch = self._all_pending()
            if len(batch):
                batch = batch.copy()
                members = batch["member"]
                raw = batch["ts_ns"].copy()
                batch["ts_ns"] -= offset_ns[members] + np.rint(drift[members] * (raw - epoch_ns)).astype(np.int64)
                order = np.argsort(batch["ts_ns"], kind="stable")
                if cut is None:
                    yield batch[order]
                    return
                margin = SLACK_NS + int(np.abs(offset_ns).max(initial=0))
                ready = batch["ts_ns"][order] < cut - margin
                if ready.sum() >= HEAD_ROWS // 4:
                    self._keep_later(batch["ts_ns"] >= cut - margin)
                    yield batch[order][ready]
            if cut is None:
                return
            self._pull()

    def _pull(self) -> None:
        """Read one more chunk of the capture that is furthest behind."""
        behind = min(self._open, key=lambda i: self._read_to[i])
        chunk = next(self._captures[behind], None)
        if chunk is None:
            self._open.discard(behind)
            return
        self._pending[behind].append(chunk)
        self._read_to[behind] = max(self._read_to[behind], int(chunk["ts_ns"].max()))

    def _rows(self) -> int:
        return sum(len(chunk) for chunks in self._pending for chunk in chunks)

    def _all_pending(self) -> Array:
        chunks = [chunk for chunks in self._pending for chunk in chunks]
        return np.concatenate(chunks) if chunks else np.zeros(0, dtype=[("ts_ns", "i8")])

    def _keep_later(self, later: Array) -> None:
        at = 0
        for i, chunks in enumerate(self._pending):
            length = sum(len(chunk) for chunk in chunks)
            if length:
                kept = np.concatenate(chunks)[later[at : at + length]]
                self._pending[i] = [kept] if len(kept) else []
            at += length
