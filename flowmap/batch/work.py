"""Worker processes: each takes one team after the other, within limits of time and memory.

A worker that is killed, crashes or goes beyond a limit costs its team a verdict, not the run. When the run itself dies,
its workers end at once, with the programs that they started. Terminal and service signals reach them too, but only the run
decides what stops.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing import connection
from typing import Any

from flowmap.batch.model import Outcome
from flowmap.batch.one import Task, analyze
from flowmap.cluster.bounds import anonymous_bytes
from flowmap.dataclass import dataclass
from flowmap.errors import BeyondLimit, ClusterError, ClusterUnusable, FlowmapError, ReportError
from flowmap.message import msg
from flowmap.version import __version__

__all__ = ["Done", "Limits", "run_tasks"]

_VERSION = f"flowmap {__version__}"
"""What crashes and bugs are of: another version may not have them."""
_TASKS_PER_WORKER = 200
"""Then a fresh process takes over: memory that one large team left behind goes with it."""
_TICK_S = 0.1
_JOIN_S = 5
_SLACK = 1 << 30
"""What is reserved without being used, as V8 does where charts are drawn."""
_TOO_LARGE = msg("needs more memory than it may have (--memory-limit)")


@dataclass(frozen=True)
class Limits:
    """For each team: seconds of wall clock, bytes of memory; None: no limit. `jobs`: teams at once."""

    jobs: int
    seconds: float | None
    memory: int | None

    def __str__(self) -> str:
        """Return what must change before a retry after a crash, a bug or a limit: the limits, or flowmap's version."""
        return f"{self.seconds or 0:g} s {self.memory or 0} B {_VERSION}"


@dataclass(frozen=True)
class Done:
    """A task with its outcome.

    `unwritten`: its report could not be written, why. `unless`: limits under which it is no use to try it again; empty
    where that is so under any. `trace`: of a bug in flowmap. `pageless`: why the page is missing.
    """

    task: Task
    outcome: Outcome
    started_ns: int
    finished_ns: int
    unwritten: str | None = None
    unless: str = ""
    trace: str = ""
    pageless: str | None = None


@dataclass(frozen=True)
class _Judged:
    """What a worker sends once `report.json` is in place; the page is still to be drawn."""

    outcome: Outcome


@dataclass(frozen=True)
class _Answer:
    """What a worker sends at the end of a task.

    `spent`: it ran out of memory; a fresh one is to follow. `again`: the cluster failed the team, which is to be tried
    again under the same limits; `ending`: it would fail any. `complete`: all reports are written.
    """

    outcome: Outcome
    unwritten: str | None = None
    spent: bool = False
    again: bool = False
    trace: str = ""
    ending: ClusterUnusable | None = None
    complete: bool = False


class _Worker:
    """A process with at most one task at hand."""

    def __init__(self, context: Any, memory: int | None) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, memory), daemon=True)
        _start_server(context)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.started_ns = 0
        self.begun = 0.0
        self.served = 0
        self.spent = False
        self.judged: Outcome | None = None

    def give(self, task: Task) -> bool:
        """Return whether it took the task: one that was killed while it was idle cannot."""
        self.task, self.started_ns, self.begun = task, time.time_ns(), time.monotonic()
        self.served += 1
        self.judged = None
        try:
            self.pipe.send(task)
        except OSError:
            return False
        return True

    def done(self, outcome: Outcome, unwritten: str | None = None, unless: str = "", trace: str = "") -> Done:
        assert self.task is not None
        task, self.task = self.task, None
        return Done(task, outcome, self.started_ns, time.time_ns(), unwritten, unless, trace)

    def broken(self, why: str, unless: str = "") -> Done:
        """Return what there is of a task that was not finished: without its page if it got so far, else without an answer."""
        if self.judged is None:
            return self.done(Outcome(error=why), unless=unless)
        return replace(self.done(self.judged), pageless=why)

    def kill(self) -> None:
        """End it with the programs that it started, which are of its process group."""
        with suppress(OSError, AttributeError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join(_JOIN_S)  # one that hangs in the kernel is left behind

    def end(self) -> None:
        """Let it go: nothing more is coming."""
        self.pipe.close()
        self.process.join(_JOIN_S)


def run_tasks(tasks: Iterable[Task], limits: Limits, stopping: Callable[[], bool]) -> Iterator[Done]:
    """Yield outcomes as they come; once `stopping` says so begin no further task, but finish those at hand.

    Raises ClusterUnusable as soon as one team meets that.
    """
    context = _context()
    waiting = iter(tasks)
    idle: list[_Worker] = []
    busy: list[_Worker] = []
    try:
        while True:
            while len(busy) < limits.jobs and not stopping() and (task := next(waiting, None)) is not None:
                worker = idle.pop() if idle else _Worker(context, limits.memory)
                if not worker.give(task):
                    worker.kill()
                    worker = _Worker(context, limits.memory)
                    worker.give(task)
                busy.append(worker)
            if not busy:
                return
            connection.wait([worker.pipe for worker in busy], _TICK_S)
            for worker in list(busy):
                done = _collect(worker, limits)
                if done is None:
                    continue
                busy.remove(worker)
                if worker.served < _TASKS_PER_WORKER and not worker.spent:
                    idle.append(worker)
                else:
                    worker.end()
                yield done
    finally:
        for worker in (*idle, *busy):
            worker.kill()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flowmap.analysis", "flowmap.report.formats.html", "vl_convert"])
    return context


def _start_server(context: Any) -> None:
    """Start what workers are forked from, deaf to what a terminal sends to all: it is up to the run to end them.

    Workers inherit that until they ignore these signals.
    """
    if context.get_start_method() == "forkserver":
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()  # its start would lift what is held back here
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _signals())
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signals() -> list[signal.Signals]:
    names = "SIGINT", "SIGTERM", "SIGHUP"
    return [number for name in names if (number := getattr(signal, name, None)) is not None]


def _collect(worker: _Worker, limits: Limits) -> Done | None:
    """Return what has become of a worker's task; None while it is at work."""
    if worker.pipe.poll():
        try:
            answer: _Answer | _Judged = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(_JOIN_S)
            code, worker.spent = worker.process.exitcode, True
            worker.kill()
            return worker.broken(_ending(code), "killed" if code == -signal.SIGKILL else str(limits))
        if isinstance(answer, _Judged):
            worker.judged = answer.outcome
            return None
        if worker.judged is not None and not answer.complete and answer.unwritten is None and answer.ending is None:
            worker.spent = answer.spent
            return replace(worker.broken(answer.outcome.error or ""), trace=answer.trace)
        if answer.ending is not None:
            raise answer.ending
        worker.spent = answer.spent
        return worker.done(answer.outcome, answer.unwritten, _unless(answer, limits), answer.trace)
    if limits.seconds is not None and time.monotonic() - worker.begun > limits.seconds:
        worker.spent = True
        worker.kill()
        text = msg("took longer than {seconds:g} seconds (--time-limit)", seconds=limits.seconds)
        return worker.broken(text, str(limits))
    if limits.memory is not None and anonymous_bytes(worker.process.pid) > limits.memory:
        worker.spent = True
        worker.kill()
        return worker.broken(_TOO_LARGE, str(limits))
    return None


def _unless(answer: _Answer, limits: Limits) -> str:
    """Return what has to differ before it is worth another try, if not captures or settings; empty: nothing else."""
    if answer.again:
        return "the cluster"
    return str(limits) if answer.spent or answer.trace else ""


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return msg("the process that read it was ended by signal {number}", number=-code)
    return msg("the process that read it ended with code {code}", code=code)


def _serve(pipe: connection.Connection, memory: int | None) -> None:
    """Work through the tasks that come in by the pipe: this is the whole life of a worker process."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    threading.Thread(target=_die_with_the_run, daemon=True).start()
    if memory is not None:
        _limit_memory(memory)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_guarded(task, lambda outcome: pipe.send(_Judged(outcome))))


def _guarded(task: Task, judged: Callable[[Outcome], None]) -> _Answer:
    """Return the outcome, whatever is raised: one team must not end the run."""
    try:
        return _Answer(analyze(task, judged), complete=True)
    except ReportError as error:
        return _Answer(Outcome(error=error.message), unwritten=error.message)
    except ClusterUnusable as error:
        return _Answer(Outcome(error=error.message), ending=error)
    except BeyondLimit as error:
        return _Answer(Outcome(error=error.message), spent=True)
    except FlowmapError as error:
        return _Answer(Outcome(error=error.message), again=isinstance(error, ClusterError))
    except MemoryError:
        return _Answer(Outcome(error=_TOO_LARGE), spent=True)
    except Exception as error:
        text = msg("a bug in flowmap: {kind}: {error}", kind=type(error).__name__, error=error)
        return _Answer(Outcome(exit_code=70, error=text), trace=traceback.format_exc())


def _limit_memory(count: int) -> None:
    """Set the limit that stops this process where it grows faster than the run looks.

    It lies higher: a process that gets no memory may well wait forever for a thread that never began, so it is better
    ended before.
    """
    count += count // 4 + _SLACK
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (count, count))


def _die_with_the_run() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    connection.wait([parent.sentinel])
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # itself, too
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
