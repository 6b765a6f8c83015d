"""Event trace logs for tshark, which cannot read them: their frames as a pcapng, in a temporary file.

As flowmap reads them, where tshark is to decode; as dissect.etl reads them, where it is to check what flowmap read: buffers and
events are that library's then, and nothing of flowmap's reader is used.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from dataclasses import field
from importlib.util import find_spec
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

import numpy as np

from flowmap.capture.blocks.writer import PcapngWriter, WrittenInterface
from flowmap.capture.etl.log.header import is_log
from flowmap.capture.opened import reader_of
from flowmap.capture.source.files import FileSource, Source
from flowmap.capture.source.sniff import HEAD_BYTES
from flowmap.dataclass import dataclass
from flowmap.types import TS_NONE

__all__ = ["as_pcapng", "has_independent_reader", "is_event_log"]

_NDIS, _PKTMON = UUID("2ed6006e-4729-4609-b423-3ee7bcd678ef"), UUID("4d4f80d9-c8bd-4d73-bb5b-19c90402c5ac")
_EPOCH = 116_444_736_000_000_000
_START, _END = 0x40000000, 0x80000000
_LINKS = (1, 101, 105)
_ROW = np.dtype([("ts_ns", "i8"), ("offset", "i8"), ("size", "u4"), ("wire", "u4"), ("link", "u4")])


def is_event_log(source: Source) -> bool:
    """Return whether a source, just opened, is an event trace log."""
    if not isinstance(source, FileSource):
        return False
    head = bytearray(HEAD_BYTES)
    del head[source.read_at(0, memoryview(head)) :]
    source.rewind()
    return is_log(bytes(head))


def has_independent_reader() -> bool:
    """Return whether dissect.etl is installed."""
    return find_spec("dissect") is not None and find_spec("dissect.etl") is not None


def as_pcapng(source: Source, *, independent: bool) -> IO[bytes]:
    """Write the frames of a log, in order of time, to a file without a name, which is at its beginning."""
    found = _Frames(tempfile.TemporaryFile())  # noqa: SIM115 - closed below
    try:
        (_by_dissect if independent else _by_flowmap)(cast(FileSource, source), found)
        return found.written()
    finally:
        found.kept.close()


@dataclass
class _Frames:
    """Frames as they are found; their bytes are in a file, so that memory does not grow by them."""

    kept: IO[bytes]
    rows: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    columns: list[np.ndarray[Any, Any]] = field(default_factory=list)
    size: int = 0

    def add(self, ts_ns: int, frame: bytes, wire: int, link: int) -> None:
        self.rows.append((ts_ns, self.size, len(frame), wire, _LINKS.index(link)))
        self.kept.write(frame)
        self.size += len(frame)
        if len(self.rows) == 65536:
            self._pack()

    def _pack(self) -> None:
        self.columns.append(np.array(self.rows, _ROW))
        self.rows.clear()

    def written(self) -> IO[bytes]:
        """Return a pcapng of them, an interface for each link type."""
        self._pack()
        rows = np.concatenate(self.columns)
        rows = rows[np.argsort(rows["ts_ns"], kind="stable")]
        output = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        first_ns = int(rows["ts_ns"][0]) if len(rows) else 0
        writer = PcapngWriter(
            cast(BinaryIO, output), [WrittenInterface(None, link) for link in _LINKS], first_ns=first_ns
        )
        for ts_ns, offset, size, wire, link in rows.tolist():
            self.kept.seek(offset)
            writer.packet(link, ts_ns, self.kept.read(size), wire)
        output.seek(0)
        return output


def _by_flowmap(source: FileSource, found: _Frames) -> None:
    reader = reader_of(source, compiled=False)
    for block in reader.blocks():
        for ts_ns, offset, size, wire, interface, _ in block.index.tolist():
            frame = block.data[offset : offset + size].tobytes()
            found.add(0 if ts_ns == TS_NONE else ts_ns, frame, wire, int(reader.ifaces[interface]["link_type"]))


class _File:
    """A source as a file that is read anywhere."""

    def __init__(self, source: FileSource) -> None:
        self._source, self._at = source, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset if whence == 0 else self._at + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, count: int = -1) -> bytes:
        piece = bytearray(max(count, 0))
        got = self._source.read_at(self._at, memoryview(piece))
        self._at += got
        return bytes(piece[:got])


def _by_dissect(source: FileSource, found: _Frames) -> None:
    parts: dict[tuple[Any, ...], list[bytes]] = {}
    firsts: dict[tuple[Any, ...], int] = {}
    for ts_ns, processor, header, payload in _events(source):
        one = _frame(UUID(bytes_le=bytes(header.header.ProviderId)), header.header, payload)
        if one is None:
            continue
        frame, wire, link, place, whole = one
        key = (processor, header.header.ProcessId, header.header.ThreadId, *place, link)
        keyword = header.header.Keywords
        if whole or keyword & _START:
            parts[key], firsts[key] = [], ts_ns
        if key in parts:
            parts[key].append(frame)
            if whole or keyword & _END:
                frame = b"".join(parts.pop(key))
                if link == 105 and len(frame) > 1:  # what Windows logs is decrypted
                    frame = bytes([frame[0], frame[1] & 0xBF]) + frame[2:]
                found.add(firsts.pop(key), frame, wire or _stated(frame, link), link)


def _events(source: FileSource) -> Iterator[tuple[int, int, Any, bytes]]:
    """Yield (time, processor, dissect.etl's header, payload) of events with manifests, by buffer of each processor."""
    from dissect.etl.etl import ETL, Buffer
    from dissect.etl.exceptions import Error
    from dissect.etl.headers.event import EventHeader

    log = ETL(cast(BinaryIO, _File(source)))
    told, begin = log.logfile_header, Buffer(log, 0).read_record(0).header.time_delta
    ticks = {1: told.perf_freq, 2: 10**7, 3: told.cpu_speed_in_MHz * 10**6}.get(told.header.ReservedFlags, 10**7)
    start_ns = (told.start_time - _EPOCH) * 100
    buffers = []
    for offset in range(0, source.size or 0, log.buffer_size):
        try:
            buffer = Buffer(log, offset)
            if buffer.header.BufferSize == log.buffer_size and not int(buffer.header.BufferFlag) & 0x40:
                raw = bytearray(44)
                source.read_at(offset, memoryview(raw))
                buffers.append((int.from_bytes(raw[40:42], "little"), int.from_bytes(raw[24:32], "little"), buffer))
        except (Error, EOFError):
            continue
    for processor, _, buffer in sorted(buffers, key=lambda one: one[:2]):
        try:
            for event in buffer:
                header = event.header
                if isinstance(header, EventHeader):
                    payload = _payload(bytes(header.data[80 : header.size]), header.header.Flags)
                    yield start_ns + (header.time_delta - begin) * 10**9 // ticks, processor, header, payload
        except (Error, EOFError, IndexError, ValueError):
            continue


def _payload(rest: bytes, flags: int) -> bytes:
    """Return what is behind the extended items, which dissect.etl leaves in it."""
    more = flags & 1
    while more and len(rest) >= 8:
        size, _, more = struct.unpack_from("<HHH", rest)
        rest, more = rest[max(size, 8) :], more & 1
    return rest


def _frame(provider: UUID, header: Any, payload: bytes) -> tuple[bytes, int, int, tuple[int, ...], bool] | None:
    """Return (bytes, original length or 0, link type, place in the stack, whether it is always whole) of a frame's event."""
    if provider == _PKTMON and header.Id == 160 and len(payload) >= 34:
        kind, component = struct.unpack_from("<HH", payload, 14)
        original, size = struct.unpack_from("<HH", payload, 30)
        link = {1: 1, 2: 105, 3: 101}.get(kind)
        frame = payload[34 : 34 + size]
        return (frame, max(original, size), link, (component,), True) if link and len(frame) == size else None
    if provider != _NDIS or header.Id not in (1001, 1003) or len(payload) < 12:
        return None
    miniport, lower, size = struct.unpack_from("<III", payload)
    rest = payload[12:]
    if header.Id == 1003:
        rest = rest[2 * _characters(rest) :]
        targets = int.from_bytes(rest[:4], "little")
        rest = rest[4 + 8 * targets :]
        size, rest = int.from_bytes(rest[:4], "little"), rest[4:]
    link = 1
    if header.Id == 1001:
        link = 105 if header.Keywords & 0x10000 else 101 if header.Keywords & 0x200 else 1
    return (rest[:size], 0, link, (header.Id, miniport, lower), False) if len(rest) >= size else None


def _characters(text: bytes) -> int:
    """Return how many UTF-16 units three strings have, with the zeros that end them."""
    zeros = [place for place in range(len(text) // 2) if text[2 * place : 2 * place + 2] == b"\0\0"]
    return zeros[2] + 1 if len(zeros) > 2 else 0


def _stated(frame: bytes, link: int) -> int:
    """Return the original length by the IP header: netsh does not log it."""
    head = b"" if link == 105 else frame
    kind, at = (
        (head[12:14], 14) if link == 1 else ({4: b"\x08\0", 6: b"\x86\xdd"}.get(head[0] >> 4 if head else 0, b""), 0)
    )
    for _ in range(2):
        if kind in (b"\x81\0", b"\x88\xa8"):
            kind, at = head[at + 2 : at + 4], at + 4
    place, extra = (at + 2, at) if kind == b"\x08\0" else (at + 4, at + 40)
    length = int.from_bytes(head[place : place + 2], "big") if kind in (b"\x08\0", b"\x86\xdd") else 0
    return max(len(frame), length + extra if length and len(head) >= place + 2 else 0)
