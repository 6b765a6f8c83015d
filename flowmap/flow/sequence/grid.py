"""The windows of time in which packets are logged once there is no room for all.

Level 0 is all the time. The windows of each level lie in those of the one before: first they get shorter and rarer in turn,
from half a second each second on, then only rarer. The least level at which the log has room for all that is in its windows
does not depend on the order of the packets or on how they were split, so neither does the log.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.types import TS_NONE

__all__ = ["LOG_ROWS", "MOST_LEVEL", "period_ns", "sampled", "width_ns", "windows"]

Array = np.ndarray[Any, Any]

LOG_ROWS = 1 << 17
"""Packets that are logged of a capture."""
MOST_LEVEL = 30
_NUMBERS = (1 << 62) - 1
_WIDEST, _NARROWEST = 29, 25
"""Bits of nanoseconds: half a second, many round trips; 34 ms."""


def width_ns(level: int) -> int:
    """Return the length of a window, a power of two."""
    return 1 << max(_NARROWEST, _WIDEST - level // 2)


def period_ns(level: int) -> int:
    """Return the time from the start of one window to that of the next: 2^level times its length."""
    return width_ns(level) << level


def sampled(ts_ns: int, level: int) -> bool:
    """Return whether a packet of this time is in a window. Without a time it is in none.

    >>> sampled(600_000_000, 1), sampled(10**9 + 100_000_000, 1)
    (False, True)
    """
    return ts_ns != TS_NONE and ts_ns & (period_ns(level) - 1) < width_ns(level)


def windows(ts_ns: Array, level: int) -> Array:
    """Return (n,) number of the window of each time, -1 for none; 0 for all at level 0."""
    if level == 0:
        return np.zeros(len(ts_ns), dtype=np.int64)
    period = period_ns(level)
    inside: Array = np.where(ts_ns & (period - 1) < width_ns(level), ts_ns // period & _NUMBERS, -1)
    return inside
