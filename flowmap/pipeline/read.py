"""First pass: all captures of a run, several at once, each to its flow table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Protocol

import numpy as np

from flowmap import jit
from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source import Source, open_source
from flowmap.config import Settings
from flowmap.errors import CaptureError
from flowmap.flow.joining import Join
from flowmap.flow.scan import Backend, Scan, scan_capture
from flowmap.message import Message, msg
from flowmap.pipeline.threads import in_threads
from flowmap.pipeline.warm import compile_all
from flowmap.trace.collect import Sliced, trace_capture
from flowmap.trace.outer import OuterHeaders

__all__ = [
    "Advance", "Input", "Progress", "ReadResult", "Reader", "Say", "ScanOrder", "Threads", "TraceOrder", "Trail",
    "choose_backend", "read_all", "scan_input", "time_window", "trace_input", "warmup",
]  # fmt: skip

Progress = Callable[[int, int], None]
"""Bytes read so far, bytes in all."""
Say = Callable[[Message], None]
Advance = Callable[[int], None]
"""Told of bytes read since the last time."""
Array = np.ndarray[Any, Any]

_SMALL_BYTES = 4_000_000
"""Captures up to this size in all are read by the twin: that is quicker than loading the compiler."""
_MOST_BYTES_PER_PACKET = 2000
_compiling = Lock()


class Input:
    """One capture that can be read twice, both times to the size it had first. A spooled one is kept open."""

    def __init__(self, planned: PlannedCapture, settings: Settings) -> None:
        self.planned = planned
        self._strict = settings.strict
        self.size: int | None = None
        self._kept: Source | None = None

    @property
    def path(self) -> str:
        return self.planned.path

    @property
    def location(self) -> str:
        """Where it is read from."""
        return self.planned.location or self.planned.path

    def open(self) -> Source:
        """The capture's bytes from the beginning."""
        if self._kept is not None:
            self._kept.rewind()
            return self._kept
        source = open_source(self.path, location=self.location)
        if self.size is None:
            self.size = source.stored_size
        else:
            source.end_at(self.size)
        if not os.path.isfile(self.location):
            self._kept = source
        return source

    def reader(self, source: Source, compiled: bool) -> CaptureReader:
        """Reads what `open` gave, in every pass the same."""
        size = self.size if source.size is None else source.size
        return CaptureReader(source, compiled=compiled, strict=self._strict, block_bytes=_block_bytes(size))

    def close(self, source: Source) -> None:
        """Done with one pass."""
        if source is not self._kept:
            source.close()


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
    only: Sliced | None = None


@dataclass(frozen=True)
class Trail:
    """What the second pass asks of a capture: its input, the time of its first packet, and the order."""

    one: Input
    first_ns: int
    order: TraceOrder


class Reader(Protocol):
    """Where captures are read: the one place in which threads of this process differ from workers of a cluster."""

    def scan(self, inputs: Sequence[Input], order: ScanOrder, advance: Advance, say: Say) -> list[Scan | CaptureError]:
        """First pass: all captures, several at once. `rows` may be left out of scans for `join`; sets the inputs' sizes."""

    def join(self, scans: Sequence[Scan]) -> Join | None:
        """How the flow tables of these scans are joined; None: they have their rows."""

    def trace(self, trails: Sequence[Trail], wanted: Array, active: Array, outers: OuterHeaders) -> list[Iterator[Array]]:
        """Second pass: the chunks of each capture, read when they are asked for."""


@dataclass
class ReadResult:
    """Scans of the inputs that could be read; `failures` of those that could not."""

    reader: Reader
    inputs: list[Input] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    compiled: bool = False


def _block_bytes(size: int | None) -> int:
    """Buffer for a capture of this size: thousands of small captures do not get a megabyte each."""
    return 1 << 20 if size is None else min(1 << 20, max(1 << 16, size))


def time_window(settings: Settings) -> tuple[int, int]:
    """[from_ns, to_ns) asked for."""
    start = -(2**63) + 1 if settings.from_ns is None else settings.from_ns
    return start, 2**63 - 1 if settings.to_ns is None else settings.to_ns


def choose_backend(total_bytes: int, settings: Settings, say: Say) -> Backend:
    """Kernels where they are quicker: not for a little, and with a cold cache only once there turns out to be much."""

    def prepare() -> None:
        with _compiling:
            if not jit.is_warm():
                warmup(say)

    if settings.decoder == "dpkt":
        from flowmap.decode.dpkt_ import decode

        return Backend(False, decode=decode)
    if settings.decoder == "tshark":
        return Backend(False)
    if settings.decoder == "kernel":
        prepare()
        return Backend(True)
    if settings.twin_limit and total_bytes <= _SMALL_BYTES:
        return Backend(False, settings.twin_limit, prepare)  # a few compressed bytes may be many packets
    cold = not jit.is_warm()
    if cold and settings.twin_limit > 0 and total_bytes <= settings.twin_limit * _MOST_BYTES_PER_PACKET:
        return Backend(False, settings.twin_limit, prepare)
    prepare()
    return Backend(True, None, prepare)


def warmup(say: Say) -> None:
    """Compile every kernel, and say so: it takes some seconds, once for each version of flowmap."""
    say(msg("compiling the packet kernels, once; `flowmap warmup` does it ahead of time"))
    compile_all()
    jit.mark_warm()


class Threads:
    """Reads in this process, one thread a capture, as many at once as there are processors (or `jobs`)."""

    def scan(self, inputs: Sequence[Input], order: ScanOrder, advance: Advance, say: Say) -> list[Scan | CaptureError]:
        backend = choose_backend(order.total, order.settings, say)
        stop = Event()

        def going_on(count: int) -> None:
            if stop.is_set():
                raise _StoppedError
            advance(count)

        return in_threads(
            lambda one: scan_input(one, order.settings, backend, going_on), inputs, order.settings.jobs, stop
        )

    def join(self, scans: Sequence[Scan]) -> Join | None:
        return None

    def trace(self, trails: Sequence[Trail], wanted: Array, active: Array, outers: OuterHeaders) -> list[Iterator[Array]]:
        return [trace_input(trail.one, trail.order, wanted, active, outers) for trail in trails]


def read_all(
    planned: Sequence[PlannedCapture], settings: Settings, progress: Progress | None, say: Say, reader: Reader | None = None
) -> ReadResult:
    """Scan every capture, where `reader` does it."""
    inputs = [Input(capture, settings) for capture in planned]
    total = sum(one.planned.size for one in inputs)
    lock, done = Lock(), [0]

    def advance(count: int) -> None:
        if progress is not None:
            with lock:
                done[0] += count
                progress(done[0], max(total, done[0]))

    result = ReadResult(reader or Threads())
    for one, outcome in zip(inputs, result.reader.scan(inputs, ScanOrder(settings, total), advance, say), strict=True):
        if isinstance(outcome, CaptureError):
            result.failures.append(outcome)
        else:
            result.inputs.append(one)
            result.scans.append(outcome)
    result.compiled = any(scan.compiled for scan in result.scans)
    return result


def scan_input(one: Input, settings: Settings, backend: Backend, advance: Advance) -> Scan | CaptureError:
    """First pass over one capture: its scan, or why there is none."""
    try:
        source = one.open()
        try:
            reader = one.reader(source, backend.compiled)
            if settings.decoder == "tshark":
                return _scan_with_tshark(one, reader, settings, advance)
            return scan_capture(reader, time_window(settings), backend, advance)
        finally:
            one.close(source)
    except CaptureError as error:
        return error


def trace_input(
    one: Input, order: TraceOrder, wanted: Array, active: Array, outers: OuterHeaders, after: int = 0,
    read_to: Callable[[int], None] = lambda _: None,
) -> Iterator[Array]:  # fmt: skip
    """Second pass over one capture, which is opened when its first chunk is asked for. `read_to` is told how many packets
    have been read before each chunk is given."""
    source = one.open()
    try:
        reader = one.reader(source, order.compiled)
        window = time_window(order.settings)
        for chunk in trace_capture(reader, wanted, order.links, window, order.compiled, active, outers, after, order.only):
            read_to(reader.packets)
            yield chunk
    finally:
        one.close(source)


def _scan_with_tshark(one: Input, reader: CaptureReader, settings: Settings, advance: Advance) -> Scan:
    from flowmap.pipeline.tshark_decoder import TsharkDecoder

    with closing(TsharkDecoder(one, reader)) as decoder:
        scan = scan_capture(reader, time_window(settings), Backend(False, decode=decoder), advance)
        scan.notices += decoder.notices()
    return scan


class _StoppedError(Exception):
    """The run was interrupted; nobody waits for this scan."""
