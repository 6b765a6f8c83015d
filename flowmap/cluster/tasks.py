"""What runs on the workers of a cluster: the pipeline's own functions, with what they take and give made fit to travel.

Every task depends on nothing but its arguments, so it can be done again elsewhere. A worker remembers where it stopped in
a capture only to be quicker: the next part of it goes on there, on any other worker it is read from the beginning.
"""

from __future__ import annotations

import hashlib
import logging
import platform
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from flowmap.capture.inputs import PlannedCapture
from flowmap.cluster.bounds import Bounds, Watch
from flowmap.dataclass import dataclass
from flowmap.decode.outer import OuterHeader
from flowmap.errors import CaptureError, ClusterUnusable, UnreadableCapture
from flowmap.flow.scanning.scan import Scan
from flowmap.flow.streams.joining import merge_two, relinked
from flowmap.message import Message, msg
from flowmap.passes.input import Input
from flowmap.passes.read import ScanOrder, TraceOrder, backend_for, scan_input, trace_input
from flowmap.trace.collecting.collect import CHUNK_ROWS, Sought
from flowmap.trace.collecting.outer import NOT_TOLD, OuterHeaders
from flowmap.types import FLOW
from flowmap.version import __version__

__all__ = [
    "Chunk",
    "Part",
    "Scanned",
    "head_of",
    "join_two",
    "relinked_rows",
    "same",
    "scan_task",
    "trace_task",
    "version",
]

Array = np.ndarray[Any, Any]
_PART_ROWS = 8 * CHUNK_ROWS
"""Rows that one task of the second pass gives at most: 4 MB, and a chunk more."""
_MOST_OPEN = 64
"""Captures that a worker keeps open between parts."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scanned:
    """What came of the first pass over one capture. `unseen`: which worker could not open it."""

    outcome: Scan | CaptureError
    size: int | None
    unseen: str | None = None


@dataclass(frozen=True)
class Chunk:
    """TRACE rows, the outer headers by the numbers that they have in them, and how many packets have been read for it."""

    rows: Array
    outers: Mapping[int, OuterHeader]
    read_to: int


@dataclass(frozen=True)
class Part:
    """Some chunks one after the other, read by `worker`; `last`: nothing comes after them."""

    chunks: tuple[Chunk, ...]
    last: bool
    worker: str


@cache
def version() -> str:
    """Return this flowmap's version, to the letter: workers of another one might count in another way."""
    digest = hashlib.sha256()
    folder = Path(__file__).parents[1]
    for source in sorted([*folder.rglob("*.py"), *folder.rglob("*.pyx"), *folder.rglob("*.pxd")]):
        digest.update(source.relative_to(folder).as_posix().encode() + b"\0" + source.read_bytes())
    return f"{__version__} ({digest.hexdigest()[:12]})"


def scan_task(asked_by: str, planned: PlannedCapture, order: ScanOrder, bounds: Bounds) -> Scanned:
    """Return first pass over one capture."""
    _check_version(asked_by)
    one = Input(planned, order.settings)
    backend = backend_for(order.settings, _say)
    with Watch(bounds, _own_name()) as watch:
        outcome = scan_input(one, order.settings, backend, watch)
    unseen = _own_name() if isinstance(outcome, UnreadableCapture) else None
    return Scanned(outcome, one.size, unseen)


def head_of(scanned: Scanned) -> Scanned:
    """Return the same without the flow table, which stays where it is."""
    if isinstance(scanned.outcome, Scan):
        return replace(scanned, outcome=replace(scanned.outcome, rows=np.zeros(0, FLOW)))
    return scanned


def relinked_rows(scanned: Scanned, by_row: Array) -> Array:
    """Return the flow table with its members."""
    assert isinstance(scanned.outcome, Scan)
    return relinked(scanned.outcome.rows.copy(), by_row)


def join_two(earlier: Array, later: Array) -> Array:
    """See `merge_two`."""
    return merge_two(earlier, later)


def same(array: Array) -> Array:
    """Return what several tasks need, brought to the workers once."""
    return array


def trace_task(
    asked_by: str, run: str, order: TraceOrder, wanted: Array, active: Array, after: int, bounds: Bounds
) -> Part:
    """Return the part of a second pass over one capture that begins after `after` packets.

    `run` tells one analysis from others.
    """
    from distributed import get_worker

    _check_version(asked_by)
    key = (run, order.planned.location or order.planned.path, after, active.tobytes())
    with _lock:
        cursor = _cursors.pop(key, None)
    cursor = cursor or _Cursor(order, wanted, active, after)
    chunks = []
    rows = 0
    with Watch(bounds, _own_name()) as watch:
        for chunk in cursor.chunks:
            watch()
            chunks.append(chunk)
            rows += len(chunk.rows)
            if rows >= _PART_ROWS:
                _keep((*key[:2], chunk.read_to, key[3]), cursor)
                return Part(tuple(chunks), False, get_worker().address)
    return Part(tuple(chunks), True, get_worker().address)


class _Cursor:
    """A capture that is being read for the second time."""

    def __init__(self, order: TraceOrder, wanted: Array, active: Array, after: int) -> None:
        self.outers = OuterHeaders()
        self.read_to = 0
        one = Input(order.planned, order.settings)
        one.size = order.size
        sought = Sought(wanted, active.copy(), self.outers)
        self.chunks = self._chunks(trace_input(one, order, sought, after, self._note))

    def _note(self, packets: int) -> None:
        self.read_to = packets

    def _chunks(self, found: Iterator[Array]) -> Iterator[Chunk]:
        for rows in found:
            numbers = [number for number in np.unique(rows["outer"]).tolist() if 0 < number < NOT_TOLD]
            yield Chunk(rows, dict(zip(numbers, self.outers.of(numbers), strict=True)), self.read_to)


_lock = Lock()
_cursors: OrderedDict[tuple[Any, ...], _Cursor] = OrderedDict()


def _keep(key: tuple[Any, ...], cursor: _Cursor) -> None:
    with _lock:
        _cursors[key] = cursor
        while len(_cursors) > _MOST_OPEN:
            _cursors.popitem(last=False)


def _check_version(asked_by: str) -> None:
    if version() != asked_by:
        raise ClusterUnusable(
            msg(
                "the worker {worker} has flowmap {theirs}, and this is {ours}: install the same one on all",
                worker=_own_name(),
                theirs=version(),
                ours=asked_by,
            )
        )


def _own_name() -> str:
    from distributed import get_worker

    return f"{get_worker().address} ({platform.node()})"


def _say(message: Message) -> None:
    _log.info("%s", message)
