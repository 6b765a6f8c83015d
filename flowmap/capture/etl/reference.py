"""The walk over the events of a buffer in plain Python: what the compiled one in `kernel.pyx` means.

In: bytes of a log and where in them the events of one buffer are. Out: one EVENT row for each event with a frame, or a part of
one, and where and why the walk stopped. Events of other providers are stepped over. Every offset is checked before it is read,
whatever the bytes are.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from flowmap.capture.etl import layout
from flowmap.capture.etl.layout import DAMAGE, ENDED, FULL, HANDLE, NEW_KEY
from flowmap.dataclass import dataclass
from flowmap.types import TS_NONE

__all__ = ["close_up", "edges", "event_size", "gather", "index_rows", "join", "payload_at", "walk"]

Array = np.ndarray[Any, Any]

_HEADERS = {
    0x01: 32,
    0x02: 32,
    0x03: 24,
    0x04: 24,
    0x10: 16,
    0x11: 16,
    0x0A: 48,
    0x14: 48,
    0x0B: 72,
    0x15: 72,
    0x12: 80,
    0x13: 80,
}
"""Bytes of a header by its type."""
_SIZE_BEHIND = (0x01, 0x02, 0x03, 0x04, 0x10, 0x11)
"""Header types whose size stands in bytes 4 and 5; that of the others stands in bytes 0 and 1."""
_DIRECTIONS = {1: 1, 2: 2, 3: 1, 4: 2}
"""Directions of pktmon (in, out, Rx, Tx) as in epb_flags; ingress and egress of a switch are neither."""
_TAGS = (0x8100, 0x88A8)
_ROW = struct.Struct("=qqIIIIII")
_NS = 10**9


def event_size(raw: bytes | bytearray, p: int, end: int) -> tuple[int, int, int]:
    """Return (bytes of the event at `p`, R_* or 0, the number that is wrong). At least 8 bytes are there."""
    kind, marker = raw[p + 2], raw[p + 3]
    if marker not in (0xC0, 0x90):
        return 0, layout.R_MARKER, marker
    behind = marker == 0xC0 and kind in _SIZE_BEHIND
    size = int.from_bytes(raw[p + 4 : p + 6] if behind else raw[p : p + 2], "little")
    if size < (_HEADERS.get(kind, 8) if marker == 0xC0 else 8):
        return size, layout.R_SIZE, size
    return (size, layout.R_BEYOND, size) if p + size > end else (size, 0, 0)


def walk(rows: Array, data: Array, start: int, end: int, base: int, state: Array, keys: Array) -> tuple[int, int, int]:
    """Return rows for the events in data[start:end]: (rows written, position of the first event not used, status).

    `base` is the offset in the log of data[0]; `keys` is the table of interfaces, (>= state[S_KEYS], KEY_COLUMNS) int64.
    """
    raw = data[start:end].tobytes()
    n, p, stop = 0, 0, len(raw)
    state[layout.S_PARTS] = state[layout.S_DISORDER] = 0
    while p + 8 <= stop and raw[p : p + 4] != b"\xff\xff\xff\xff":
        size, reason, found = event_size(raw, p, stop)
        if reason:
            state[layout.S_REASON], state[layout.S_FOUND] = reason, found
            return n, start + p, DAMAGE
        if raw[p + 3] == 0xC0 and raw[p + 2] in (0x12, 0x13):
            low, high, number = struct.unpack_from("<QQH", raw, p + 24)
            if _is_told((low, high), number):
                state[layout.S_NEED] = size + 7 & ~7
                return n, start + p, HANDLE
            frame = _frame(raw, p, p + size, (low, high, number), state)
            if frame is not None:
                row, key = frame
                ordinal = _ordinal(key, keys, state)
                if ordinal is None and not state[layout.S_KEYS_FULL]:
                    state[layout.S_KEY : layout.S_KEY + layout.KEY_COLUMNS] = key
                    return n, start + p, NEW_KEY
                if n == len(rows):
                    return n, start + p, FULL
                run = _run(raw, p, frame, (low, high, number)) if ordinal is not None else None
                state[layout.S_FRAMES] += 1 if run is None else run.parts
                if ordinal is None:
                    state[layout.S_UNKNOWN] += 1
                else:
                    stamp, at, length, wire, flags, process, thread = row
                    if run is not None:
                        length, flags = run.size, flags | layout.F_END | layout.F_RUN
                        wire, size = run.stop - p << 16 | at - p, run.stop - p
                    packed = _ROW.pack(stamp, base + start + at, length, wire, ordinal, flags, process, thread)
                    rows[n] = np.frombuffer(packed, layout.EVENT)[0]
                    state[layout.S_PARTS] += flags & layout.F_WHOLE != layout.F_WHOLE
                    state[layout.S_DISORDER] += n > 0 and stamp < int(rows["stamp"][n - 1])
                    n += 1
            elif state[layout.S_BROKEN] and not state[layout.S_FIRST_BROKEN]:
                state[layout.S_FIRST_BROKEN] = base + start + p
        p += size + 7 & ~7
    return n, start + min(p, stop), ENDED


def _is_told(provider: tuple[int, int], number: int) -> bool:
    """Return whether an event tells the reader something, beside frames."""
    if provider == (layout.PKTMON_LOW, layout.PKTMON_HIGH):
        return number in layout.PKTMON_TOLD
    return provider == (layout.NDIS_LOW, layout.NDIS_HIGH) and number in layout.NDIS_TOLD


def _ordinal(key: tuple[int, ...], keys: Array, state: Array) -> int | None:
    used = int(state[layout.S_KEYS])
    hit = int(state[layout.S_HIT])
    if hit < used and tuple(keys[hit].tolist()) == key:
        return hit
    for number in range(used):
        if tuple(keys[number].tolist()) == key:
            state[layout.S_HIT] = number
            return number
    return None


_Row = tuple[int, int, int, int, int, int, int]


def _frame(
    raw: bytes, p: int, stop: int, event: tuple[int, int, int], state: Array
) -> tuple[_Row, tuple[int, ...]] | None:
    """Return the row (without its interface) and the key of the interface of the event at `p`; None where it has no frame."""
    low, high, number = event
    ndis = (low, high) == (layout.NDIS_LOW, layout.NDIS_HIGH) and number in (
        layout.NDIS_FRAME,
        layout.NDIS_SWITCH_FRAME,
    )
    pktmon = (low, high) == (layout.PKTMON_LOW, layout.PKTMON_HIGH) and number == layout.PKTMON_FRAME
    if not ndis and not pktmon:
        return None
    flags, thread, process, stamp = struct.unpack_from("<H2xIIq", raw, p + 4)
    keyword = struct.unpack_from("<Q", raw, p + 48)[0]
    q = payload_at(raw, p + layout.EVENT_HEADER, stop) if flags & 1 else p + layout.EVENT_HEADER
    said = None
    if q is not None:
        if pktmon:
            said = _pktmon(raw, q, stop, state)
            if said is not None and said[0] < 0:
                return None
        else:
            said = _ndis(raw, q, stop, keyword) if number == layout.NDIS_FRAME else _switch(raw, q, stop, keyword)
    if said is None:
        state[layout.S_BROKEN] += 1
        return None
    at, length, wire, bits, key = said
    return (stamp, at, length, wire, bits, process, thread), (number << 16 | key[0], *key[1:])


_Said = tuple[int, int, int, int, tuple[int, int, int, int]]
"""Position, size and original length of a frame, F_*, and (link type, the three other columns of the key)."""


@dataclass
class _Run:
    """A frame whose parts are in events that follow each other, and where the event behind them begins."""

    parts: int
    size: int
    stop: int


def _run(raw: bytes, p: int, first: tuple[_Row, tuple[int, ...]], event: tuple[int, int, int]) -> _Run | None:
    """Return the parts of the frame that begins in the event at `p`, if they are in the events right behind it."""
    (_, _, size, _, flags, process, thread), key = first
    if flags & layout.F_WHOLE != layout.F_START:
        return None
    run = _Run(1, size, p + (int.from_bytes(raw[p : p + 2], "little") + 7 & ~7))
    unused = np.zeros(layout.STATE_SIZE, np.int64)
    while run.stop + 8 <= len(raw):
        q = run.stop
        event_bytes, reason, _ = event_size(raw, q, len(raw))
        if (
            reason
            or raw[q + 3] != 0xC0
            or raw[q + 2] not in (0x12, 0x13)
            or struct.unpack_from("<QQH", raw, q + 24) != event
        ):
            return None
        part = _frame(raw, q, q + event_bytes, event, unused)
        if part is None or part[1] != key or part[0][5:] != (process, thread) or part[0][4] & layout.F_START:
            return None
        run = _Run(run.parts + 1, run.size + part[0][2], q + (event_bytes + 7 & ~7))
        if run.size > layout.MOST_JOINED or run.stop - p > layout.MOST_RUN:
            return None
        if part[0][4] & layout.F_END:
            return run
    return None


def payload_at(raw: bytes, q: int, stop: int) -> int | None:
    """Return where the payload begins, behind the extended items."""
    while q + 8 <= stop:
        size, _, more = struct.unpack_from("<HHH", raw, q)
        if size < 8:
            return None
        q += size
        if not more & 1:
            return q if q <= stop else None
    return None


def _bits(keyword: int) -> int:
    direction = 1 if keyword & layout.KEY_RECEIVED else 2 if keyword & layout.KEY_SENT else 0
    start, end = bool(keyword & layout.KEY_START), bool(keyword & layout.KEY_END)
    return direction | layout.F_START * start | layout.F_END * end


def _ndis(raw: bytes, q: int, stop: int, keyword: int) -> _Said | None:
    if q + 12 > stop:
        return None
    miniport, lower, size = struct.unpack_from("<III", raw, q)
    if q + 12 + size > stop:
        return None
    wifi, cellular = keyword & layout.KEY_WIFI, keyword & layout.KEY_RAW
    link = layout.LINK_WIFI if wifi else layout.LINK_RAW if cellular else layout.LINK_ETHERNET
    return q + 12, size, 0, _bits(keyword), (link, miniport, lower, 0)


def _switch(raw: bytes, q: int, stop: int, keyword: int) -> _Said | None:
    """Return a frame at a virtual switch: its port, three strings, where it goes to, the frame, what is known of it besides."""
    if q + 12 > stop:
        return None
    miniport, lower, port = struct.unpack_from("<III", raw, q)
    q += 12
    for _ in range(3):
        while q + 2 <= stop and raw[q : q + 2] != b"\0\0":
            q += 2
        q += 2
    if q + 4 > stop:
        return None
    q += 4 + 8 * int.from_bytes(raw[q : q + 4], "little")
    if q + 4 > stop:
        return None
    size = int.from_bytes(raw[q : q + 4], "little")
    at = q + 4
    q = at + size
    if q > stop:
        return None
    vlan = 0
    if q + 4 + 40 <= stop and int.from_bytes(raw[q : q + 4], "little") >= 40:
        vlan = int.from_bytes(raw[q + 36 : q + 38], "little") >> 4
    return at, size, 0, _bits(keyword), (layout.LINK_ETHERNET, miniport, lower, vlan << 32 | port)


def _pktmon(raw: bytes, q: int, stop: int, state: Array) -> _Said | None:
    """Return a frame of pktmon; a position of -1 for what is no frame."""
    if q + 34 > stop:
        return None
    direction, kind, component = struct.unpack_from("<HHH", raw, q + 12)
    original, size = struct.unpack_from("<HH", raw, q + 30)
    if q + 34 + size > stop:
        return None
    link = {1: layout.LINK_ETHERNET, 2: layout.LINK_WIFI, 3: layout.LINK_RAW}.get(kind)
    if link is None:
        state[layout.S_OTHER] += 1
        return -1, 0, 0, 0, (0, 0, 0, 0)
    wire = max(original, size)
    return q + 34, size, wire, _DIRECTIONS.get(direction, 0) | layout.F_WHOLE, (link, component, 0, 0)


@dataclass
class _Open:
    """A frame whose parts are coming: their rows, and their bytes."""

    rows: list[int]
    size: int


def join(
    rows: Array, frames: Array, offsets: Array, sizes: Array, following: Array, kept: Array
) -> tuple[int, int, int]:
    """Join the parts of frames among `rows` (EVENT): (frames written, pieces of joined ones, parts of no whole frame).

    Joined frames (F_JOINED) have the number of their first piece in `offset`, how many there are in `process`; `offsets` and
    `sizes` are those of the pieces. `kept` is set for the parts of frames that have begun and not ended. All arrays are as long
    as `rows`; `following` is the compiled function's.
    """
    waiting: dict[tuple[int, int, int], _Open] = {}
    count = pieces = orphans = 0
    for number, row in enumerate(rows.tolist()):
        _, _, size, _, interface, flags, process, thread = row
        key = (process, thread, interface)
        if flags & layout.F_START:
            orphans += len(waiting.pop(key).rows) if key in waiting else 0
            if not flags & layout.F_END:
                if len(waiting) == layout.MOST_OPEN:
                    orphans += len(waiting.pop(next(iter(waiting))).rows)
                waiting[key] = _Open([number], size)
            else:
                frames[count] = rows[number]
                count += 1
            continue
        if key not in waiting:
            orphans += 1
            continue
        one = waiting[key]
        one.rows.append(number)
        one.size += size
        if flags & layout.F_END:
            del waiting[key]
            if one.size > layout.MOST_JOINED:
                orphans += len(one.rows)
                continue
            frames[count] = rows[one.rows[0]]
            frames["offset"][count], frames["process"][count], frames["size"][count] = pieces, len(one.rows), one.size
            frames["flags"][count] |= layout.F_JOINED
            count += 1
            for part in one.rows:
                offsets[pieces], sizes[pieces] = rows["offset"][part], rows["size"][part]
                pieces += 1
    for one in waiting.values():
        if one.size > layout.MOST_JOINED:
            orphans += len(one.rows)
        else:
            kept[one.rows] = 1
    return count, pieces, orphans


def edges(rows: Array, carried: Array, parts: int, pieces: Array) -> tuple[int, int]:
    """Join the frame that goes on from the buffer before, whose parts are `carried`, with the parts that `rows` begin with.

    Returns how many of these there are, and how many rows at the end are of a frame that has begun and not ended; (-1, 0) where
    others of the `parts` rows are parts too, or they are not of one frame: `join` is for these. The frame takes the place of
    the last of its rows; the offsets of its pieces are written into pieces[0], their sizes into pieces[1].
    """
    tail = _tail(rows, parts)
    head = parts - tail
    if (head == 0) != (len(carried) == 0) or len(carried) + head > pieces.shape[1]:
        return -1, 0
    if head == 0:
        return 0, tail
    own = [*carried, *rows[:head]]
    flags = [int(row["flags"]) & layout.F_WHOLE for row in own]
    total = sum(int(row["size"]) for row in own)
    if flags != [layout.F_START, *[0] * (len(own) - 2), layout.F_END] or not all(
        _same_thread(row, own[0]) for row in own
    ):
        return -1, 0
    if total > layout.MOST_JOINED or (head < len(rows) and rows["stamp"][head] < own[0]["stamp"]):
        return -1, 0
    pieces[:, : len(own)] = [row["offset"] for row in own], [row["size"] for row in own]
    rows[head - 1] = carried[0]
    rows["offset"][head - 1], rows["process"][head - 1], rows["size"][head - 1] = 0, len(own), total
    rows["flags"][head - 1] |= layout.F_JOINED
    return head, tail


def _tail(rows: Array, parts: int) -> int:
    total = 0
    for back in range(1, parts + 1):
        row = rows[-back]
        if not _same_thread(row, rows[-1]):
            break
        total += int(row["size"])
        if bits := int(row["flags"]) & layout.F_WHOLE:
            return back if bits == layout.F_START and total <= layout.MOST_JOINED else 0
    return 0


def _same_thread(a: Any, b: Any) -> bool:
    return all(a[name] == b[name] for name in ("process", "thread", "interface"))


def gather(data: Array, sources: Array, targets: Array, sizes: Array) -> None:
    """Copy pieces within `data`; all of them lie in it, and no target overlaps a source."""
    for source, target, size in zip(sources.tolist(), targets.tolist(), sizes.tolist(), strict=True):
        data[target : target + size] = data[source : source + size]


def close_up(rows: Array, data: Array) -> None:
    """Move the parts of frames behind their first ones, over the headers of the events that they were in.

    Parts are `rows` (EVENT, offsets in `data`) with F_RUN. Where those events are no longer there, what is there is the frame.
    """
    for number in np.flatnonzero(rows["flags"] & layout.F_RUN).tolist():
        wire, at, size = int(rows["wire"][number]), int(rows["offset"][number]), int(rows["size"][number])
        if not 0 <= at <= len(data) - size:
            raise IndexError("a packet beyond the buffer")
        rows["wire"][number], rows["flags"][number] = 0, rows["flags"][number] & ~np.uint32(layout.F_RUN)
        p, filled = at - (wire & 0xFFFF), 0
        stop = min(p + (wire >> 16), len(data))
        while (part := _part(data, p, stop)) is not None and part[1] <= size - filled:
            begin, length, following = part
            data[at + filled : at + filled + length] = data[begin : begin + length].copy()
            filled, p = filled + length, following


def _part(data: Array, p: int, stop: int) -> tuple[int, int, int] | None:
    """Return (where the frame in the event at `p` begins, its size, where the next event begins); None where it has none."""
    if not 0 <= p <= stop - 8:
        return None
    raw = data[p:stop].tobytes()
    size, reason, _ = event_size(raw, 0, len(raw))
    if reason or raw[3] != 0xC0 or raw[2] not in (0x12, 0x13):
        return None
    number, keyword = struct.unpack_from("<H", raw, 40)[0], struct.unpack_from("<Q", raw, 48)[0]
    q = payload_at(raw, layout.EVENT_HEADER, size) if raw[4] & 1 else layout.EVENT_HEADER
    if q is None:
        return None
    said = _ndis(raw, q, size, keyword) if number == layout.NDIS_FRAME else _switch(raw, q, size, keyword)
    return None if said is None else (p + said[0], said[1], p + (size + 7 & ~7))


def index_rows(index: Array, rows: Array, order: Array, data: Array, links: Array, clock: Array) -> int:
    """INDEX rows of `rows` (EVENT, offsets in `data`) in this order; returns how many have a time that fits 64 bits.

    `clock` is (4,) int64 or more: ticks a second, the tick of the begin, nanoseconds of the begin, and the first and last tick
    whose time fits. `links` is the link type by interface. An original length that the event does not say is taken from the IP
    header, and is at least the captured one.
    """
    frequency, begin, begin_ns, first, last = clock.tolist()
    timed = 0
    for number, row in enumerate(rows[order].tolist()):
        stamp, offset, size, wire, interface, flags, _, _ = row
        ts_ns = TS_NONE
        if first <= stamp <= last:
            ts_ns = begin_ns + (stamp - begin) * _NS // frequency
            timed += 1
        if not wire:
            wire = max(size, _stated(data[offset : offset + min(size, 64)].tobytes(), int(links[interface])))
        index[number] = (ts_ns, offset, size, wire, interface, flags & layout.F_DIRECTION)
    return timed


def _stated(frame: bytes, link: int) -> int:
    at = 0
    if link == layout.LINK_ETHERNET:
        if len(frame) < 14:
            return 0
        kind, at = int.from_bytes(frame[12:14], "big"), 14
        while kind in _TAGS and at <= 18 and len(frame) >= at + 4:
            kind, at = int.from_bytes(frame[at + 2 : at + 4], "big"), at + 4
        version = {0x0800: 4, 0x86DD: 6}.get(kind, 0)
    elif link == layout.LINK_RAW:
        version = frame[0] >> 4 if frame else 0
    else:
        return 0
    if version == 4 and len(frame) >= at + 4:
        length = int.from_bytes(frame[at + 2 : at + 4], "big")
        return length + at if length else 0
    if version == 6 and len(frame) >= at + 6:
        length = int.from_bytes(frame[at + 4 : at + 6], "big")
        return length + at + 40 if length else 0
    return 0
