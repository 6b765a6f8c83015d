"""A progress bar for long reads, on a terminal only."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar"]

_PATIENCE_S = 1.0


class ProgressBar:
    """Call it with (bytes done, bytes in all), from any thread. Shows nothing for reads that end within a second."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled and sys.stderr is not None and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._started: float | None = None
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        if not self._enabled:
            return
        with self._lock:
            now = time.monotonic()
            self._started = now if self._started is None else self._started
            if self._bar is None and now - self._started >= _PATIENCE_S:
                self._open(total)
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, completed=done, total=total)

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        from flowmap.cli.language import said
        from flowmap.message import msg

        columns = (TextColumn(said(msg("reading"))), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("reading", total=total)
        self._bar.start()
