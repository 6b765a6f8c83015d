"""The piece of a capture that is in memory: one buffer, refilled from its source.

Positions are indices into `data`; `data[start:end]` is what has been read and not yet used. What is left moves to the
front before each refill, so that a record never straddles two buffers.
"""

from __future__ import annotations

import numpy as np

from flowmap.capture.source import Source

__all__ = ["Window"]


class Window:
    """A refillable buffer of uint8."""

    def __init__(self, source: Source, capacity: int) -> None:
        self.source = source
        self.data = np.empty(capacity, np.uint8)
        self.start = 0
        self.end = 0
        self.finished = False
        self.failure: OSError | None = None
        """Why reading ended before the end, if it did."""

    @property
    def offset(self) -> int:
        """Offset in the capture of data[0]."""
        return self.source.tell() - self.end

    @property
    def available(self) -> int:
        return self.end - self.start

    def ensure(self, count: int) -> bool:
        """Have at least `count` bytes from `start` on, and as many more as fit; False where the capture ends before."""
        if self.available >= count:
            return True
        if self.finished:
            return False
        self._make_room(count)
        view = self.data.data
        while self.end < len(self.data) and not self.finished:
            try:
                got = self.source.readinto(view[self.end :])
            except OSError as error:
                self.failure, got = error, 0
            self.end += got
            self.finished = got == 0
        return self.available >= count

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
        """Up to `count` bytes from `start` on, as far as they are in memory."""
        return self.data[self.start : min(self.start + count, self.end)].tobytes()
