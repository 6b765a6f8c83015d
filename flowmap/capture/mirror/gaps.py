"""What mirror sessions lost on their way to the collector, by the sequence numbers that their sender gives (RFC 2890).

Numbers count by one. One above the highest so far leaves those between open; a lower one came late and fills one of them.
Some switches give no numbers (always 0), some give them by line card, so that one session has several rows of numbers: such
leap to and fro, and tell nothing. Where more numbers are missing than there are, a filter chose what to record.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.dataclass import dataclass

__all__ = ["Gaps"]

Array = np.ndarray[Any, Any]
_LEAP = 1 << 20
"""Numbers so far apart are of another row, or of a sender that began anew."""
_MOST_LEAPS = 0.001
"""The share of frames that may leap where numbers still tell something."""


@dataclass
class _Row:
    """Numbers of a session: the last one, and places without a wrap, of the last and of the highest."""

    number: int
    place: int = 0
    highest: int = 0
    lost: int = 0
    leaps: int = 0
    frames: int = 0

    def add(self, numbers: Array) -> None:
        """Take in the next numbers."""
        steps = (np.diff(np.concatenate([[self.number], numbers])) + 2**31) % 2**32 - 2**31
        leaps = np.abs(steps) > _LEAP
        places = self.place + np.cumsum(np.where(leaps, 1, steps))
        highest = np.maximum.accumulate(np.concatenate([[self.highest], places]))
        self.lost += int(np.maximum(np.diff(highest) - 1, 0).sum()) - int((places < highest[:-1]).sum())
        self.leaps += int(leaps.sum())
        self.frames += len(numbers)
        self.number, self.place, self.highest = int(numbers[-1]), int(places[-1]), int(highest[-1])


class Gaps:
    """Counts by session, in the order of the capture."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}

    def add(self, sessions: Array, numbers: Array) -> None:
        """Take in frames: (n,) session and number of each, -1 without one."""
        seen = np.flatnonzero(numbers >= 0)
        order = seen[np.argsort(sessions[seen], kind="stable")]  # by session, each in the order of the capture
        for own in np.split(order, np.flatnonzero(np.diff(sessions[order])) + 1) if len(order) else ():
            row = self._rows.setdefault(int(sessions[own[0]]), _Row(int(numbers[own[0]]) - 1))
            row.add(numbers[own].astype(np.int64))

    @property
    def lost(self) -> dict[int, int]:
        """Frames that never came, by session, where there are any and the numbers tell."""
        return {
            session: row.lost
            for session, row in self._rows.items()
            if 0 < row.lost <= row.frames and row.leaps <= _MOST_LEAPS * row.frames
        }
