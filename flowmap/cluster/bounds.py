"""The limits of a team, where its captures are read on a worker: its process may be at work for others too.

What is looked at is what the process has grown by since it was idle. Where that is more than the limit for each of the tasks
at hand, one of them is beyond it; with one thread per worker it is the one that says so.
"""

from __future__ import annotations

import os
from threading import Lock
from time import monotonic
from types import TracebackType

from flowmap.dataclass import dataclass
from flowmap.errors import BeyondLimit
from flowmap.message import msg

__all__ = ["Bounds", "Watch", "anonymous_bytes"]


@dataclass(frozen=True)
class Bounds:
    """Seconds of wall clock and bytes of memory for reading a capture; None: no limit."""

    seconds: float | None = None
    memory: int | None = None


def anonymous_bytes(process: int | str = "self") -> int:
    """Return the memory of a process that is of no file; 0 where the system does not tell."""
    try:
        with open(f"/proc/{process}/statm", "rb") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Looks after one task of this process, as often as it is called. Raises BeyondLimit."""

    _lock = Lock()
    _tasks = 0
    _idle = 0

    def __init__(self, bounds: Bounds, worker: str) -> None:
        self._bounds, self._worker, self._begun = bounds, worker, monotonic()

    def __enter__(self) -> Watch:
        with Watch._lock:
            if Watch._tasks == 0:
                Watch._idle = anonymous_bytes()
            Watch._tasks += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with Watch._lock:
            Watch._tasks -= 1

    def __call__(self, _count: int = 0) -> None:
        seconds, memory = self._bounds.seconds, self._bounds.memory
        if seconds is not None and monotonic() - self._begun > seconds:
            raise BeyondLimit(
                msg(
                    "took longer than {seconds:g} seconds (--time-limit) on the worker {worker}",
                    seconds=seconds,
                    worker=self._worker,
                )
            )
        if memory is not None and anonymous_bytes() - Watch._idle > memory * max(1, Watch._tasks):
            raise BeyondLimit(
                msg("needs more memory than it may have (--memory-limit) on the worker {worker}", worker=self._worker)
            )
