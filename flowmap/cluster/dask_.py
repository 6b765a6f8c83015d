"""A `Reader` of the pipeline that has captures read on the workers of a Dask scheduler.

In: what a reader gets. Out: the same as from threads, byte for byte. A worker that dies is Dask's business: another one
does its tasks again. What Dask cannot mend becomes a ClusterError that says what to do. Nothing is left on the workers once
an analysis is over: Dask forgets what no future here stands for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from uuid import uuid4

import numpy as np

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.source.opening import open_raw
from flowmap.capture.source.url import is_url
from flowmap.cluster import pages, require_dask, tasks
from flowmap.cluster.bounds import Bounds
from flowmap.errors import CaptureError, ClusterError, ClusterUnusable, ConfigError, FlowmapError
from flowmap.flow.scanning.scan import Scan
from flowmap.flow.sequence.kept import LogBudget
from flowmap.flow.streams.joining import Join, as_tree
from flowmap.message import msg
from flowmap.passes.input import Input
from flowmap.passes.read import Advance, Meanwhile, Say, ScanOrder, Trail
from flowmap.report.formats.html import Material, render
from flowmap.trace.collecting.collect import Sought
from flowmap.trace.collecting.outer import OuterHeaders
from flowmap.types import FLOW

__all__ = ["DaskReader", "connected", "reader_at"]

Array = np.ndarray[Any, Any]
Client = Any
Future = Any
"""Dask's; it has few types."""
_CONNECT_S = 10
_TICK_S = 2.0
_WAIT_FOR_WORKERS = "flowmap.wait-for-workers"
"""In Dask's own settings (DASK_FLOWMAP__WAIT_FOR_WORKERS): for how many seconds there may be none."""
_WITHOUT_WORKERS_S = 60.0
_PARTS_AHEAD = 2
"""Captures of the second pass that are begun before their turn, per thread of the workers."""
_clients: dict[str, Client] = {}


def reader_at(address: str, bounds: Bounds) -> DaskReader:
    """Return a reader for one analysis; the connection is kept for the next one.

    Raises ClusterUnusable, ConfigError.
    """
    client = _clients.get(address)
    if client is None or client.status != "running":
        client = _clients[address] = _connect(address)
    return DaskReader(client, address, bounds)


@contextmanager
def connected(address: str) -> Iterator[DaskReader]:
    """Yield a reader with a connection of its own."""
    client = _connect(address)
    try:
        yield DaskReader(client, address, Bounds())
    finally:
        client.close(timeout=_TICK_S)


def _connect(address: str) -> Client:
    require_dask("--scheduler")
    import dask
    import distributed

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it says at lost connections is said by us, once
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "4GB"})
    try:
        client: Client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False, name="flowmap")  # type: ignore[no-untyped-call]
        return client
    except ValueError as error:
        raise ConfigError(msg("--scheduler {address}: {reason}", address=address, reason=error)) from error
    except OSError as error:
        raise ClusterUnusable(
            msg(
                "no scheduler answers at {address}. Check that `dask scheduler` runs there and can be reached from here, then "
                "run the same again; without --scheduler this machine reads by itself",
                address=address,
            )
        ) from error


class DaskReader:
    """Reads for one analysis. `run` tells it from others on the workers."""

    def __init__(self, client: Client, address: str, bounds: Bounds) -> None:
        self._client, self._address, self._bounds, self._run = client, address, bounds, uuid4().hex
        self._scanned: dict[int, Future] = {}
        self._alone_since: float | None = None

    def scan(
        self, inputs: Sequence[Input], order: ScanOrder, advance: Advance, say: Say, meanwhile: Meanwhile
    ) -> list[Scan | CaptureError]:
        planned = [_anywhere(one.planned) for one in inputs]
        scans = [self._submit(tasks.scan_task, tasks.version(), one, order, self._bounds) for one in planned]
        heads = [self._submit(tasks.head_of, future) for future in scans]
        meanwhile()
        outcomes: dict[int, Scan | CaptureError] = {}
        budget = LogBudget()
        for number in self._completed(heads):
            scanned: tasks.Scanned = self._result(heads[number], inputs[number].path)
            if scanned.unseen is not None and _opens_here(planned[number]):
                assert isinstance(scanned.outcome, CaptureError)
                raise ClusterError(
                    msg(
                        "the worker {worker} cannot read a capture that this machine reads. {error}. Workers need the same "
                        "folders (a shared file system, as a user who may read them), or URLs",
                        worker=scanned.unseen,
                        error=scanned.outcome.message.rstrip("."),
                    )
                )
            inputs[number].size = scanned.size
            outcomes[number] = scanned.outcome
            if isinstance(scanned.outcome, Scan):
                budget.take(scanned.outcome)
                self._scanned[id(scanned.outcome)] = scans[number]
            advance(scanned.size or 0)
        return [outcomes[number] for number in range(len(inputs))]

    def join(self, scans: Sequence[Scan]) -> Join | None:
        scanned = [self._scanned.pop(id(scan)) for scan in scans]

        def join(by_rows: Sequence[Array], series: Sequence[Sequence[int]]) -> Array:
            tables = [self._submit(tasks.relinked_rows, *pair) for pair in zip(scanned, by_rows, strict=True)]
            parts = [
                as_tree([tables[number] for number in own], lambda a, b: self._submit(tasks.join_two, a, b))
                for own in series
            ]
            for _ in self._completed(parts):
                pass
            rows = [self._result(part, scans[own[0]].path) for part, own in zip(parts, series, strict=True)]
            return np.concatenate([np.zeros(0, FLOW), *rows])

        return join

    def trace(self, trails: Sequence[Trail], sought: Sought) -> list[Iterator[Array]]:
        """Begin captures in the order in which they will be asked for, some ahead of their turn."""
        rows = self._submit(tasks.same, sought.rows)
        found = [_Trace(self, trail, rows, sought.active, sought.outers) for trail in trails]
        in_turn = iter(sorted(found, key=lambda one: one.trail.first_ns))
        ahead = _PARTS_AHEAD * max(1, sum(self._threads().values())) if trails else 0
        for one in islice(in_turn, ahead):
            one.begin()

        def chunks(one: _Trace) -> Iterator[Array]:
            for another in islice(in_turn, 1):
                another.begin()
            yield from one.chunks()

        return [chunks(one) for one in found]

    def part(self, trail: Trail, wanted: Future, active: Array, after: int, near: str) -> Future:
        """Have a part of a capture read for the second time; rather by the worker `near`, which had the part before it."""
        order = replace(trail.order, planned=_anywhere(trail.order.planned))
        arguments = tasks.version(), self._run, order, wanted, active, after, self._bounds
        return self._submit(tasks.trace_task, *arguments, workers=near or None, allow_other_workers=bool(near))

    def part_of(self, future: Future, trail: Trail) -> tasks.Part:
        """Return what was read."""
        for _ in self._completed([future]):
            pass
        part: tasks.Part = self._result(future, trail.one.path)
        return part

    def page(self, material: Material, language: str) -> str:
        """Return the page of a report, drawn by a worker if it draws as this machine does, else here."""
        future = self._submit(pages.page_task, pages.likeness(), material, language)
        for _ in self._completed([future]):
            pass
        try:
            page: str | None = self._result(future, "")
        except ClusterUnusable:
            raise
        except ClusterError:  # the workers that drew it died
            page = None
        return render(material, language) if page is None else page

    def _submit(self, task: Any, *arguments: Any, **where: Any) -> Future:
        key = f"flowmap-{task.__name__}-{uuid4().hex}"
        try:
            return self._client.submit(task, *arguments, key=key, pure=False, **where)
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._lost() from error

    def _completed(self, futures: Sequence[Future]) -> Iterator[int]:
        """Yield numbers of the futures as they are done; looks after the cluster meanwhile."""
        done: SimpleQueue[int] = SimpleQueue()
        for number, future in enumerate(futures):
            future.add_done_callback(lambda _, number=number: done.put(number))
        for _ in futures:
            while True:
                try:
                    yield done.get(timeout=_TICK_S)
                    break
                except Empty:
                    self._look()

    def _look(self) -> None:
        """Raise ClusterUnusable where no worker is left to wait for."""
        if self._threads():
            self._alone_since = None
            return
        from dask import config

        now = monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > float(config.get(_WAIT_FOR_WORKERS, _WITHOUT_WORKERS_S)):
            raise ClusterUnusable(
                msg(
                    "the scheduler at {address} has no workers: start some with `dask worker {address}`",
                    address=self._address,
                )
            )

    def _threads(self) -> dict[str, int]:
        """Return threads of each worker."""
        if self._client.status != "running":
            raise self._lost()
        try:
            return dict(self._client.sync(self._client.scheduler.ncores, callback_timeout=_CONNECT_S))
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._lost() from error

    def _result(self, future: Future, path: str) -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except (FlowmapError, MemoryError):
            raise
        except KilledWorker as error:
            raise ClusterError(
                msg(
                    "{path}: every worker that read it died, the last one {worker}. If that was for want of memory, give each "
                    "more (--memory-limit of `dask worker`) and fewer threads (--nthreads)",
                    path=path,
                    worker=error.last_worker.address,
                )
            ) from error
        except (CancelledError, OSError) as error:
            raise self._lost() from error
        except (ImportError, RuntimeError) as error:
            if not isinstance(error.__cause__ or error, ImportError | AttributeError):
                raise
            raise ClusterUnusable(
                msg(
                    "the scheduler at {address} or one of its workers lacks what is here ({reason}): install the same flowmap, "
                    "with the extra cluster, on all",
                    address=self._address,
                    reason=error.__cause__ or error,
                )
            ) from error

    def _lost(self) -> ClusterUnusable:
        return ClusterUnusable(
            msg(
                "the connection to the scheduler at {address} was lost. Check that `dask scheduler` runs there, then run the "
                "same again: it goes on where it stopped",
                address=self._address,
            )
        )


class _Trace:
    """The second pass over one capture, part by part, the next one being read while this one is used."""

    def __init__(self, reader: DaskReader, trail: Trail, wanted: Future, active: Array, outers: OuterHeaders) -> None:
        self.trail = trail
        self._reader, self._wanted, self._active, self._outers = reader, wanted, active, outers
        self._asked = active
        self._next: Future | None = None
        self._near = ""

    def begin(self, after: int = 0) -> None:
        """Have the part that follows `after` packets read, of what is of interest now."""
        self._asked = self._active.copy()
        self._next = self._reader.part(self.trail, self._wanted, self._asked, after, self._near)

    def chunks(self) -> Iterator[Array]:
        """Yield chunks as a thread would: what is of interest may change from one to the next."""
        after, last = 0, False
        while not last:
            if self._next is None or not np.array_equal(self._asked, self._active):
                self.begin(after)
            assert self._next is not None
            part, asked = self._reader.part_of(self._next, self.trail), self._asked
            last, self._next, self._near = part.last, None, part.worker
            if not last:
                self.begin(part.chunks[-1].read_to)
            for chunk in part.chunks:
                if not np.array_equal(asked, self._active):
                    last, self._next = False, None
                    break
                after = chunk.read_to
                yield self._numbered(chunk)

    def _numbered(self, chunk: tasks.Chunk) -> Array:
        """Return the rows with the numbers that outer headers have here."""
        rows = chunk.rows
        if chunk.outers:
            numbers = np.arange(1 << 16, dtype=np.uint16)
            for theirs, header in sorted(chunk.outers.items()):
                numbers[theirs] = self._outers.number(header)
            rows = rows.copy()
            rows["outer"] = numbers[rows["outer"]]
        return rows if rows.flags.writeable else rows.copy()


def _anywhere(planned: PlannedCapture) -> PlannedCapture:
    """Return the capture by a path that means the same in any folder."""
    where = planned.location or planned.path
    if is_url(where):
        return planned
    if not os.path.isfile(where):
        raise ConfigError(msg("{path}: workers of a cluster read files and URLs only", path=planned.path))
    return replace(planned, location=os.path.abspath(where))


def _opens_here(planned: PlannedCapture) -> bool:
    try:
        open_raw(planned.location or planned.path).close()
    except CaptureError:
        return False
    return True
