"""How long something takes, as far as that can be told on a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["seconds"]


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, the least of three: what else runs meanwhile only ever adds to it."""
    taken = []
    for _ in range(3):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)
