"""Several captures at once in threads, which an interrupt does not wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from threading import enumerate as running_threads
from typing import TypeVar

from flowmap.kernels.parts import processors

__all__ = ["NAME", "any_left", "in_threads"]

NAME = "flowmap-reading"

T = TypeVar("T")
R = TypeVar("R")


def in_threads(
    work: Callable[[T], R],
    items: Iterable[T],
    jobs: int | None,
    stop: Event,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[R]:
    """`work` of each item, in their order, `jobs` at once (None: as many as there are processors); `meanwhile` is done here.

    An exception, as a signal raises it here, sets `stop` for the threads to see and is passed on at once: a thread may wait
    for bytes that never come.
    """
    pool = ThreadPoolExecutor(jobs or processors(), NAME)
    try:
        coming = pool.map(work, items)
        meanwhile()
        found = list(coming)
    except BaseException:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return found


def any_left() -> bool:
    """Return whether a thread still reads, as after an interrupt."""
    return any(thread.name.startswith(NAME) for thread in running_threads())
