"""Worker processes: each takes one team after the other, within limits of time and memory.

A worker that is killed, crashes or goes beyond a limit costs its team a verdict, not the run. When the run itself dies,
its workers end at once. Terminal and service signals reach them too, but only the run decides what stops.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from flowmap import jit
from flowmap.batch.model import Outcome
from flowmap.batch.one import Task, analyse
from flowmap.errors import FlowmapError, ReportError
from flowmap.message import msg

__all__ = ["Done", "Limits", "compile_once", "run_tasks"]

_TASKS_PER_WORKER = 200
"""Then a fresh process takes over: memory that one large team left behind goes with it."""
_TICK_S = 0.5


@dataclass(frozen=True)
class Limits:
    """For each team: seconds of wall clock, bytes of memory; None: no limit. `jobs`: teams at once."""

    jobs: int
    seconds: float | None
    memory: int | None


@dataclass(frozen=True)
class Done:
    """A task with its outcome. `unwritten`: its report could not be written, why."""

    task: Task
    outcome: Outcome
    started_ns: int
    finished_ns: int
    unwritten: str | None = None


class _Worker:
    """A process with at most one task at hand."""

    def __init__(self, context: Any, memory: int | None) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, memory), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.started_ns = 0
        self.served = 0

    def give(self, task: Task) -> None:
        self.task, self.started_ns = task, time.time_ns()
        self.served += 1
        self.pipe.send(task)

    def done(self, outcome: Outcome, unwritten: str | None = None) -> Done:
        assert self.task is not None
        task, self.task = self.task, None
        return Done(task, outcome, self.started_ns, time.time_ns(), unwritten)

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.pipe.close()
        self.process.join()


def run_tasks(tasks: Iterable[Task], limits: Limits, stopping: Callable[[], bool]) -> Iterator[Done]:
    """Outcomes as they come. Once `stopping` says so no further task is begun, those at hand are finished."""
    context = _context()
    waiting = iter(tasks)
    idle: list[_Worker] = []
    busy: list[_Worker] = []
    try:
        while True:
            while len(busy) < limits.jobs and not stopping() and (task := next(waiting, None)) is not None:
                worker = idle.pop() if idle else _Worker(context, limits.memory)
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
                if worker.served < _TASKS_PER_WORKER and worker.process.is_alive():
                    idle.append(worker)
                else:
                    worker.end()
                yield done
    finally:
        for worker in (*idle, *busy):
            worker.end(kill=True)


def compile_once() -> None:
    """Compile the kernels into the cache before many processes would each do so; if that fails they still do."""
    process = _context().Process(target=_compile, daemon=True)
    process.start()
    process.join()


def _compile() -> None:
    from flowmap.pipeline.warm import compile_all

    compile_all()
    jit.mark_warm()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flowmap.pipeline"])
    return context


def _collect(worker: _Worker, limits: Limits) -> Done | None:
    """What has become of a worker's task; None while it is at work."""
    if worker.pipe.poll():
        try:
            outcome, unwritten = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            return worker.done(Outcome(error=_ending(worker.process.exitcode)))
        return worker.done(outcome, unwritten)
    if limits.seconds is not None and time.time_ns() - worker.started_ns > limits.seconds * 1e9:
        worker.process.kill()
        worker.process.join()
        text = msg("took longer than {seconds:g} seconds (--time-limit)", seconds=limits.seconds)
        return worker.done(Outcome(error=text))
    return None


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return msg("the process that read it was ended by signal {number}", number=-code)
    return msg("the process that read it ended with code {code}", code=code)


def _serve(pipe: connection.Connection, memory: int | None) -> None:
    """The worker process."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_die_with_the_run, daemon=True).start()
    if memory is not None:
        _limit_memory(memory)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_guarded(task))


def _guarded(task: Task) -> tuple[Outcome, str | None]:
    """The outcome, whatever happens: one team must not end the run."""
    try:
        return analyse(task), None
    except ReportError as error:
        return Outcome(error=str(error)), str(error)
    except FlowmapError as error:
        return Outcome(error=str(error)), None
    except MemoryError:
        return Outcome(error=msg("needs more memory than it may have (--memory-limit)")), None
    except Exception as error:
        text = msg("a bug in flowmap: {kind}: {error}", kind=type(error).__name__, error=error)
        return Outcome(exit_code=70, error=text), None


def _limit_memory(count: int) -> None:
    """Anonymous memory of this process; systems without such a limit have none."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (count, count))


def _die_with_the_run() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
