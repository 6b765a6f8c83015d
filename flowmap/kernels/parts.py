"""Work on many rows at once, by several threads: after reading the other processors have nothing to do."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["in_parts", "processors"]


def processors() -> int:
    """Return how many processors this process may use: fewer than there are in a container or under `taskset`."""
    affinity = getattr(os, "sched_getaffinity", None)  # of Linux
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def in_parts(work: Callable[[int, int], None], count: int, least: int) -> None:
    """Do the work on rows [begin, end) of `count`: all at once, or in as many parts as there are processors.

    No part has fewer than `least` rows, which have to be worth a thread; the work lets go of the interpreter's lock.
    """
    parts = min(processors(), count // least)
    if parts < 2:
        work(0, count)
        return
    from concurrent.futures import ThreadPoolExecutor

    bounds = [count * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, bounds[:-1], bounds[1:]))
