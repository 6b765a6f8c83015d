"""First pass: all captures of a run, several at once, each to its flow table."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Lock

from flowmap import jit
from flowmap.capture.inputs import PlannedCapture
from flowmap.capture.reader import CaptureReader
from flowmap.capture.source import Source, open_source
from flowmap.config import Settings
from flowmap.errors import CaptureError
from flowmap.flow.scan import Backend, Scan, scan_capture
from flowmap.message import Message, msg
from flowmap.pipeline.warm import compile_all

__all__ = ["Input", "Progress", "ReadResult", "Say", "block_bytes", "read_all", "time_window", "warmup"]

Progress = Callable[[int, int], None]
"""Bytes read so far, bytes in all."""
Say = Callable[[Message], None]

_SMALL_BYTES = 4_000_000
"""Captures up to this size in all are read by the twin: that is quicker than loading the compiler."""
_MOST_BYTES_PER_PACKET = 2000


class Input:
    """One capture that can be read twice, both times to the size it had first. A spooled one is kept open."""

    def __init__(self, planned: PlannedCapture) -> None:
        self.planned = planned
        self.size: int | None = None
        self._kept: Source | None = None

    @property
    def path(self) -> str:
        return self.planned.path

    def open(self) -> Source:
        """The capture's bytes from the beginning."""
        if self._kept is not None:
            self._kept.rewind()
            return self._kept
        source = open_source(self.planned.location or self.path)
        if self.size is None:
            self.size = source.stored_size
        else:
            source.end_at(self.size)
        if not os.path.isfile(self.path):
            self._kept = source
        return source

    def close(self, source: Source) -> None:
        """Done with one pass."""
        if source is not self._kept:
            source.close()


@dataclass
class ReadResult:
    """Scans of the inputs that could be read; `failures` of those that could not."""

    inputs: list[Input] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    compiled: bool = False


def block_bytes(size: int | None) -> int:
    """Buffer for a capture of this size: thousands of small captures do not get a megabyte each."""
    return 1 << 20 if size is None else min(1 << 20, max(1 << 16, size))


def time_window(settings: Settings) -> tuple[int, int]:
    """[from_ns, to_ns) asked for."""
    start = -(2**63) + 1 if settings.from_ns is None else settings.from_ns
    return start, 2**63 - 1 if settings.to_ns is None else settings.to_ns


def choose_backend(total_bytes: int, settings: Settings, say: Say) -> Backend:
    """Kernels where they are quicker: not for a little, and with a cold cache only once there turns out to be much."""
    lock = Lock()

    def prepare() -> None:
        with lock:
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


def read_all(planned: Sequence[PlannedCapture], settings: Settings, progress: Progress | None, say: Say) -> ReadResult:
    """Scan every capture, one thread each, as many at once as there are processors (or `jobs`)."""
    inputs = [Input(capture) for capture in planned]
    total = sum(one.planned.size for one in inputs)
    backend = choose_backend(total, settings, say)
    lock, done, stop = Lock(), [0], Event()

    def advance(count: int) -> None:
        if stop.is_set():
            raise _StoppedError
        if progress is not None:
            with lock:
                done[0] += count
                progress(done[0], max(total, done[0]))

    def scan(one: Input) -> Scan | CaptureError:
        try:
            source = one.open()
            try:
                reader = CaptureReader(
                    source, compiled=backend.compiled, strict=settings.strict, block_bytes=block_bytes(source.size)
                )
                if settings.decoder == "tshark":
                    return _scan_with_tshark(one, reader, settings, advance)
                return scan_capture(reader, time_window(settings), backend, advance)
            finally:
                one.close(source)
        except CaptureError as error:
            return error

    with ThreadPoolExecutor(max_workers=settings.jobs or os.cpu_count() or 1) as pool:
        try:
            outcomes = list(pool.map(scan, inputs))
        except BaseException:
            stop.set()  # an interrupt ends the threads at their next block, not at the end of their captures
            raise
    result = ReadResult(compiled=backend.compiled)
    if any(isinstance(outcome, Scan) and outcome.compiled for outcome in outcomes):
        result.compiled = True
    for one, outcome in zip(inputs, outcomes, strict=True):
        if isinstance(outcome, CaptureError):
            result.failures.append(outcome)
        else:
            result.inputs.append(one)
            result.scans.append(outcome)
    return result


def _scan_with_tshark(one: Input, reader: CaptureReader, settings: Settings, advance: Callable[[int], None]) -> Scan:
    from flowmap.pipeline.tshark_decoder import TsharkDecoder

    with closing(TsharkDecoder(one, reader)) as decoder:
        scan = scan_capture(reader, time_window(settings), Backend(False, decode=decoder), advance)
        scan.notices += decoder.notices()
    return scan


class _StoppedError(Exception):
    """The run was interrupted; nobody waits for this scan."""
