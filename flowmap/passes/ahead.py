"""Chunks of a capture that is read ahead of its use, in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

import numpy as np

from flowmap.kernels.parts import processors
from flowmap.passes.threads import NAME

__all__ = ["Ahead"]

Array = np.ndarray[Any, Any]
_CHUNKS = 2
"""That wait to be used."""


class Ahead:
    """As many captures at once as there are processors; any more are read when their chunks are asked for."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(processors())

    def of(self, chunks: Iterator[Array]) -> Iterator[Array]:
        """Yield the same chunks, and what is raised between them. Reading begins when the first is asked for."""
        if not self._free.acquire(blocking=False):
            yield from chunks
            return
        try:
            with ThreadPoolExecutor(1, NAME) as pool:
                waiting = deque(pool.submit(next, chunks, None) for _ in range(_CHUNKS))
                while (one := waiting.popleft().result()) is not None:
                    waiting.append(pool.submit(next, chunks, None))
                    yield one
        finally:
            self._free.release()
