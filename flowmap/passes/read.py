"""First pass: all captures of a run, several at once, each to its flow table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from threading import Event, Lock
from typing import Any, Protocol

import numpy as np

from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.inputs.settle import Doubt, settle
from flowmap.capture.opened import AnyReader
from flowmap.dataclass import dataclass
from flowmap.errors import CaptureError
from flowmap.flow.scanning.scan import Backend, Scan, Scope, scan_capture
from flowmap.flow.sequence.kept import LogBudget
from flowmap.flow.streams.joining import Join
from flowmap.flow.streams.migration import ports_of_interest
from flowmap.kernels import available
from flowmap.kernels.parts import processors
from flowmap.message import Message, msg
from flowmap.passes.ahead import Ahead
from flowmap.passes.input import Input
from flowmap.passes.threads import in_threads
from flowmap.settings.config import Settings
from flowmap.trace.collecting.collect import Sought, trace_capture

__all__ = [
    "Advance",
    "Means",
    "Meanwhile",
    "Progress",
    "ReadResult",
    "Reader",
    "Say",
    "ScanOrder",
    "Threads",
    "TraceOrder",
    "Trail",
    "backend_for",
    "progress_of",
    "read_all",
    "scan_input",
    "time_window",
    "trace_input",
]

Progress = Callable[[int, int], None]
"""Bytes read so far, bytes in all."""
Say = Callable[[Message], None]
Advance = Callable[[int], None]
"""Told of bytes read since the last time."""
Meanwhile = Callable[[], None]
"""What this thread does while others read."""
Array = np.ndarray[Any, Any]
_LARGE_BYTES = 8 << 20
"""Of a capture that is worth a second thread."""


@dataclass(frozen=True)
class ScanOrder:
    """What the first pass is to do with each capture. `total`: bytes of all of them."""

    settings: Settings
    total: int


@dataclass(frozen=True)
class TraceOrder:
    """What the second pass is to do with one capture: see `trace_capture`. `size`: to read no more than the first pass did."""

    planned: PlannedCapture
    size: int | None
    settings: Settings
    compiled: bool
    links: Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Trail:
    """What the second pass asks of a capture: its input, the time of its first packet, and the order."""

    one: Input
    first_ns: int
    order: TraceOrder


class Reader(Protocol):
    """Where captures are read: the one place in which threads of this process differ from workers of a cluster."""

    def scan(
        self, inputs: Sequence[Input], order: ScanOrder, advance: Advance, say: Say, meanwhile: Meanwhile
    ) -> list[Scan | CaptureError]:
        """Make the first pass: read all captures, several at once.

        `rows` may be left out of scans for `join`; sets the inputs' sizes. `meanwhile` is called once, after reading has begun.
        """

    def join(self, scans: Sequence[Scan]) -> Join | None:
        """Return how the flow tables of these scans are joined; None: they have their rows."""

    def trace(self, trails: Sequence[Trail], sought: Sought) -> list[Iterator[Array]]:
        """Make the second pass: return the chunks of each capture, read when they are asked for."""


@dataclass(frozen=True)
class Means:
    """How captures are read: who hears of it, where it is done (None: in this process), what this thread does meanwhile."""

    progress: Progress | None = None
    say: Say = lambda _: None
    reader: Reader | None = None
    meanwhile: Meanwhile = lambda: None


@dataclass
class ReadResult:
    """Scans of the inputs that could be read; `failures` of those that could not."""

    reader: Reader
    inputs: list[Input] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    """Captures of which it is not clear whether they are pieces of one."""
    compiled: bool = False


def time_window(settings: Settings) -> tuple[int, int]:
    """Return [from_ns, to_ns) asked for."""
    start = -(2**63) + 1 if settings.from_ns is None else settings.from_ns
    return start, 2**63 - 1 if settings.to_ns is None else settings.to_ns


def backend_for(settings: Settings, say: Say) -> Backend:
    """Return the kernels, whatever the size of the captures; the twin, and a word about it, where there are none."""
    if settings.decoder == "dpkt":
        from flowmap.decode.dpkt_ import decode

        return Backend(False, decode)
    if settings.decoder == "tshark":
        return Backend(False)
    if not available():
        say(msg("the compiled kernel is not installed; packets are read without it, some hundred times more slowly"))
    return Backend(available())


class Threads:
    """Reads captures in this process, as many at once as there are processors (or `jobs`).

    Each gets a thread, or two where captures are fewer than processors.
    """

    def scan(
        self, inputs: Sequence[Input], order: ScanOrder, advance: Advance, say: Say, meanwhile: Meanwhile
    ) -> list[Scan | CaptureError]:
        backend = backend_for(order.settings, say)
        ahead = len(inputs) < (order.settings.jobs or processors())
        stop = Event()

        def going_on(count: int) -> None:
            if stop.is_set():
                raise _StoppedError
            advance(count)

        budget = LogBudget()

        def scan(one: Input) -> Scan | CaptureError:
            outcome = scan_input(one, order.settings, backend, going_on, ahead)
            if isinstance(outcome, Scan):
                budget.take(outcome)
            return outcome

        return in_threads(scan, inputs, order.settings.jobs, stop, meanwhile)

    def join(self, scans: Sequence[Scan]) -> Join | None:
        return None

    def trace(self, trails: Sequence[Trail], sought: Sought) -> list[Iterator[Array]]:
        found = [trace_input(trail.one, trail.order, sought) for trail in trails]
        if sought.rows["encap"].any():  # outer headers are numbered in the order in which they come
            return found
        ahead = Ahead()
        return [ahead.of(chunks) for chunks in found]


def progress_of(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Return what threads tell of the bytes that each has read since; `progress` hears of their sum."""
    lock, done = Lock(), [0]

    def advance(count: int) -> None:
        if progress is not None:
            with lock:
                done[0] += count
                progress(done[0], max(total, done[0]))

    return advance


def read_all(planned: Sequence[PlannedCapture], settings: Settings, means: Means | None = None) -> ReadResult:
    """Scan every capture."""
    means = means or Means()
    inputs = [Input(capture, settings) for capture in planned]
    total = sum(one.planned.size for one in inputs)
    advance = progress_of(means.progress, total)
    result = ReadResult(means.reader or Threads())
    outcomes = result.reader.scan(inputs, ScanOrder(settings, total), advance, means.say, means.meanwhile)
    for one, outcome in zip(inputs, outcomes, strict=True):
        if isinstance(outcome, CaptureError):
            result.failures.append(outcome)
        else:
            result.inputs.append(one)
            result.scans.append(outcome)
    result.compiled = any(scan.compiled for scan in result.scans)
    _join_pieces(result)
    return result


def _join_pieces(result: ReadResult) -> None:
    """Put the pieces of captures together, in the order of their times, as these are known now."""
    settled = settle([one.planned for one in result.inputs], [scan.span for scan in result.scans])
    result.doubts = settled.doubts
    result.inputs = [result.inputs[place] for place in settled.order]
    result.scans = [result.scans[place] for place in settled.order]
    for one, planned in zip(result.inputs, settled.captures, strict=True):
        one.planned = planned


def _scope(settings: Settings, backend: Backend) -> Scope:
    interest = ports_of_interest(settings.migration_ports, settings.streams != "migration")
    return Scope(time_window(settings), backend, interest)


def scan_input(
    one: Input, settings: Settings, backend: Backend, advance: Advance, ahead: bool = False
) -> Scan | CaptureError:
    """Return first pass over one capture: its scan, or why there is none.

    `ahead`: with a second thread if it is a large one.
    """
    try:
        source = one.open()
        try:
            reader = one.reader(source, backend.compiled)
            if settings.decoder == "tshark":
                return _scan_with_tshark(one, reader, settings, advance)
            ahead = ahead and backend.compiled and (one.size or 0) > _LARGE_BYTES
            return scan_capture(reader, _scope(settings, backend), advance, ahead)
        finally:
            one.close(source)
    except CaptureError as error:
        return error


def trace_input(
    one: Input, order: TraceOrder, sought: Sought, after: int = 0, read_to: Callable[[int], None] = lambda _: None
) -> Iterator[Array]:
    """Make the second pass over one capture, which is opened when its first chunk is asked for.

    `read_to` is told how many packets have been read before each chunk is given.
    """
    source = one.open()
    try:
        reader = one.reader(source, order.compiled)
        window = time_window(order.settings)
        for chunk in trace_capture(reader, sought, order.links, window, after):
            read_to(reader.packets)
            yield chunk
    finally:
        one.close(source)


def _scan_with_tshark(one: Input, reader: AnyReader, settings: Settings, advance: Advance) -> Scan:
    from flowmap.passes.tshark.decoder import TsharkDecoder

    with closing(TsharkDecoder(one, reader)) as decoder:
        scan = scan_capture(reader, _scope(settings, Backend(False, decoder)), advance)
        scan.notices += decoder.notices()
    return scan


class _StoppedError(Exception):
    """The run was interrupted; nothing waits for this scan."""
