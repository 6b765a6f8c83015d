"""Where the buffers of a log are, before their events are read: their headers, and the stamp of the first event in each.

In: a log's bytes at any place. Out: the buffers in the order of their first stamps, which is the order to read them in: each
processor fills buffers of its own, one after the other, an idle one keeps its buffer open for as long as the log runs, and a
circular log begins anywhere. Buffers stand at multiples of their size whatever is broken between, so damage ends there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import field
from typing import Any

import numpy as np

from flowmap.capture.etl.layout import BUFFER_HEADER
from flowmap.capture.etl.reference import event_size
from flowmap.dataclass import dataclass

__all__ = ["BUFFER", "ReadAt", "Survey", "next_of_processor", "survey"]

Array = np.ndarray[Any, Any]
ReadAt = Callable[[int, memoryview], int]
"""Fills a view with what is in the log from an offset on; returns how many bytes there were."""

BUFFER = np.dtype(
    [("first", "i8"), ("sequence", "i8"), ("number", "u4"), ("used", "u4"), ("processor", "u2")], align=True
)
"""A buffer that can be read: stamp of its first event, its place in the log in buffers, bytes used."""

_HEAD = BUFFER_HEADER + 24
_HEADS = 4096
"""Buffers whose headers are looked at together."""
_COMPRESSED, _PER_PROCESSOR = 0x40, 0x20
_STAMPED = (0x01, 0x02, 0x03, 0x04, 0x12, 0x13)
"""Header types whose stamp is in bytes 16 to 23."""
_NO_STAMP = -(2**63)


@dataclass
class Survey:
    """What the buffers' headers tell."""

    buffers: Array = field(default_factory=lambda: np.zeros(0, BUFFER))
    damages: list[tuple[int, int, bytes]] = field(default_factory=list)
    """(offset, bytes, the first bytes of what is there) of stretches without buffers."""
    compressed: list[int] = field(default_factory=list)
    """Offsets of compressed buffers."""
    cut: int | None = None
    """Offset of the last buffer, where the log ends within it."""
    unwritten: int | None = None
    """Where the zeros begin that a log which was not closed may end with."""
    oldest: int | None = None
    """The lowest sequence number but that of the log's header."""


@dataclass(frozen=True)
class _Log:
    """A log to look at, its length in bytes, and that of its buffers."""

    read_at: ReadAt
    length: int
    buffer_bytes: int


def survey(read_at: ReadAt, length: int, buffer_bytes: int) -> Survey:
    """Look at every buffer of a log of `length` bytes. Memory: 32 bytes a buffer."""
    result, log, found = Survey(), _Log(read_at, length, buffer_bytes), []
    count = -(-length // buffer_bytes)
    for start in range(0, count, _HEADS):
        number = np.arange(start, min(start + _HEADS, count))
        heads = np.zeros((len(number), _HEAD), np.uint8)
        for row in range(len(number)):
            read_at((start + row) * buffer_bytes, heads[row].data)
        found.append(_sound(result, log, heads, number))
    buffers = np.concatenate(found) if found else result.buffers
    later = buffers["sequence"][buffers["number"] > 0]
    result.oldest = int(later.min()) if len(later) else None
    result.buffers = buffers[np.lexsort((buffers["sequence"], buffers["first"]))]
    return result


def next_of_processor(buffers: Array) -> Array:
    """Return the first stamp of the next buffer of each buffer's processor; the largest number where there is none.

    It is by buffer (BUFFER, in order).
    """
    following = np.full(len(buffers), np.iinfo(np.int64).max)
    order = np.argsort(buffers["processor"], kind="stable")
    same = buffers["processor"][order][1:] == buffers["processor"][order][:-1]
    following[order[:-1][same]] = buffers["first"][order[1:][same]]
    return following


def _sound(result: Survey, log: _Log, heads: Array, number: Array) -> Array:
    """Return the buffers among these heads, and into `result` what is none."""
    read_at, buffer_bytes = log.read_at, log.buffer_bytes
    size, used = _column(heads, 0, "<u4"), _column(heads, 48, "<u4").astype(np.int64)
    flags = _column(heads, 52, "<u2")
    room = np.minimum(buffer_bytes, log.length - number * buffer_bytes)
    good = (size == buffer_bytes) & (used >= BUFFER_HEADER) & (used <= buffer_bytes) & (room >= BUFFER_HEADER)
    places = number[good] * buffer_bytes
    for row in np.flatnonzero(~good).tolist():
        place = int(number[row]) * buffer_bytes
        _zeros_within(result, places[places < place])
        _no_buffer(result, read_at, place, int(room[row]), heads[row].tobytes())
    _zeros_within(result, places)
    if len(number) and good[-1] and room[-1] < buffer_bytes:
        result.cut = int(number[-1]) * buffer_bytes
    packed = good & ((flags & _COMPRESSED) != 0)
    result.compressed += (number[packed] * buffer_bytes).tolist()
    good &= ~packed
    heads, number = heads[good], number[good]
    buffers = np.zeros(len(number), BUFFER)
    buffers["number"], buffers["used"] = number, np.minimum(used[good], room[good])
    buffers["sequence"], buffers["first"] = _column(heads, 24, "<i8"), _column(heads, BUFFER_HEADER + 16, "<i8")
    buffers["processor"] = np.where(flags[good] & _PER_PROCESSOR, _column(heads, 40, "<u2"), 0xFFFF)
    stamped = np.isin(heads[:, BUFFER_HEADER + 2], _STAMPED) & (heads[:, BUFFER_HEADER + 3] == 0xC0)
    stamped &= buffers["used"] >= _HEAD
    for row in np.flatnonzero(~stamped).tolist():
        raw = bytearray(int(buffers["used"][row]))
        buffers["first"][row] = _first_stamp(raw, read_at(int(number[row]) * buffer_bytes, memoryview(raw)))
    return buffers


def _column(heads: Array, at: int, kind: str) -> Array:
    column: Array = heads[:, at : at + np.dtype(kind).itemsize].copy().view(kind)[:, 0]
    return column


def _no_buffer(result: Survey, read_at: ReadAt, place: int, room: int, head: bytes) -> None:
    """Note what is not a buffer: zeros that a log may end with, a log that ends within a header, or damage."""
    if not any(head) and not any(_bytes(read_at, place, room)):
        result.unwritten = place if result.unwritten is None else result.unwritten
        return
    if result.unwritten is not None:
        result.damages.append((result.unwritten, place - result.unwritten, b""))
        result.unwritten = None
    if room < BUFFER_HEADER:
        result.cut = place
    else:
        result.damages.append((place, room, head[:8]))


def _zeros_within(result: Survey, places: Array) -> None:
    """Note zeros that buffers come after as damage."""
    zeros = result.unwritten
    if zeros is not None and len(places) and places[-1] > zeros:
        first = int(places[np.searchsorted(places, zeros)])
        result.damages.append((zeros, first - zeros, b""))
        result.unwritten = None


def _bytes(read_at: ReadAt, place: int, count: int) -> bytearray:
    raw = bytearray(count)
    return raw[: read_at(place, memoryview(raw))]


def _first_stamp(raw: bytearray, end: int) -> int:
    """Return the stamp of the first event that has one where most headers have it; the least number where none has."""
    p = BUFFER_HEADER
    while p + 24 <= end:
        if raw[p + 3] == 0xC0 and raw[p + 2] in _STAMPED:
            stamp: int = struct.unpack_from("<q", raw, p + 16)[0]
            return stamp
        size, reason, _ = event_size(raw, p, end)
        if reason:
            break
        p += size + 7 & ~7
    return _NO_STAMP
