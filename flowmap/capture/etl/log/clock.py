"""From ticks of a session's clock to nanoseconds UTC, in integers.

time = StartTime + (t - t0) / frequency, where t0 is the stamp of the log's header event. A double does not hold a FILETIME
exactly: with it, times would be microseconds off and frames would change places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["clock_words"]

_NS = 10**9
_MOST = 2**63 - 1


def clock_words(frequency: int, start_stamp: int, start_ns: int) -> np.ndarray[Any, Any]:
    """Return what `index_rows` needs of a clock: (5,) int64, see there.

    Frequencies up to MOST_FREQUENCY; the range of ticks is that whose times, and differences from the begin, fit 64
    bits.

    >>> clock_words(10_000_000, 5, 1000).tolist()[:3]
    [10000000, 5, 1000]
    """
    before, after = min(_MOST + start_ns, _MOST), min(_MOST - start_ns, _MOST)
    first, last = start_stamp - before * frequency // _NS + 1, start_stamp + after * frequency // _NS - 1
    bounds = (max(first, -_MOST, start_stamp - _MOST), min(last, _MOST, start_stamp + _MOST))
    if abs(start_ns) > _MOST - _NS or bounds[0] > bounds[1]:
        return np.array([frequency, 0, 0, 1, 0], np.int64)  # no time fits
    return np.array([frequency, start_stamp, start_ns, *bounds], np.int64)
