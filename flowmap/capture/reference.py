"""The record walkers in plain Python: what the compiled ones in `kernel.pyx` mean.

In: a buffer with part of a capture and the state array of `layout.py`. Out: one INDEX row per packet record, and where
and why the walk stopped. Every offset is checked before it is read, whatever the bytes are. They also serve small
captures while nothing is compiled yet.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from flowmap.capture.layout import (
    BLOCK_EPB,
    BLOCK_IDB,
    BLOCK_ISB,
    BLOCK_PB,
    BLOCK_SHB,
    BLOCK_SPB,
    DAMAGE,
    DROPS_CAP,
    FULL,
    HANDLE,
    LENGTHS_MAYBE,
    LENGTHS_SWAPPED,
    MAX_BLOCK,
    MAX_FRAME,
    MAX_WIRE,
    MORE,
    NO_SECOND,
    R_BEYOND_BLOCK,
    R_BLOCK_LARGE,
    R_BLOCK_SHORT,
    R_EMPTY,
    R_FRACTION,
    R_FRAME_LARGE,
    R_TIME,
    R_TRAILER,
    R_WIRE_LARGE,
    S_BIG,
    S_FINAL,
    S_FIRST_UNKNOWN,
    S_FOUND,
    S_FRACTION,
    S_FRACTIONS,
    S_INTERFACES,
    S_JUMP,
    S_LAST,
    S_LENGTHS,
    S_NEED,
    S_OUT_OF_RANGE,
    S_REASON,
    S_RECORD,
    S_SECTION_BASE,
    S_TRUST,
    S_UNKNOWN,
    S_UNTIMED,
    STATE_SIZE,
)
from flowmap.types import TS_NONE, TimeUnit

__all__ = ["to_ns", "walk_pcap", "walk_pcapng"]

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.void]
State = npt.NDArray[np.int64]

_ROW = struct.Struct("=qqIIII")
"""An INDEX row as it lies in memory."""
_NS = 10**9
_TS_MAX = 2**63 - 1


def to_ns(ticks: int, unit: int, factor: int, offset_s: int) -> int:
    """Return nanoseconds UTC, rounded down, of an interface's clock; TS_NONE where int64 does not hold them.

    `unit` and `factor` as in IFACE; a factor of 0 to divide by stands for a divisor over 64 bits, which leaves nothing.

    >>> to_ns(1_700_000_000_123_456, TimeUnit.MULTIPLY, 1000, -1)
    1699999999123456000
    >>> to_ns(3, TimeUnit.SHIFT, 1, 0)
    1500000000
    """
    if unit == TimeUnit.MULTIPLY:
        ns = ticks * factor
    elif unit == TimeUnit.DIVIDE:
        ns = ticks // factor if factor else 0
    else:
        ns = ticks * _NS >> factor
    ns += offset_s * _NS
    return ns if -_TS_MAX <= ns <= _TS_MAX else TS_NONE


def _complaint(seconds: int, part: int, captured: int, wire: int, last: int, jump: int) -> tuple[int, int]:
    """Return R_* and the number that is wrong in a record header, or (0, 0); `last` is NO_SECOND before the first."""
    if captured > MAX_FRAME:
        return R_FRAME_LARGE, captured
    if wire > MAX_WIRE:
        return R_WIRE_LARGE, wire
    if not (seconds or part or captured or wire):
        return R_EMPTY, 0
    if last != NO_SECOND and abs(seconds - last) > jump:
        return R_TIME, seconds
    return 0, 0


def walk_pcap(index: Rows, data: Bytes, start: int, end: int, state: State) -> tuple[int, int, int]:
    """Index the pcap records in data[start:end].

    `index` (capacity,) INDEX is filled from row 0; `data` (size,) uint8; `state` (STATE_SIZE,) int64. Nothing in a record
    proves its length but that another header follows: a record is written only once that one has been looked at, or at
    the end of the capture; at DAMAGE the last record written is the one before it.
    Returns rows written, position of the first byte not consumed, status. Source: draft-ietf-opsawg-pcap, section 5;
    the 24-byte record of Kuznetzov's patches and the swapped lengths as in libpcap's sf-pcap.c.
    """
    view, rows = data.data, index.view(np.uint8).data
    header = struct.Struct(">IIII" if state[S_BIG] else "<IIII")
    record, fraction, lengths = int(state[S_RECORD]), int(state[S_FRACTION]), int(state[S_LENGTHS])
    fractions, last, jump = int(state[S_FRACTIONS]), int(state[S_LAST]), int(state[S_JUMP])
    trusted = start if state[S_TRUST] else -1
    capacity, n, p = len(index), 0, start
    before, last_before = p, last
    status, need = MORE, 0
    while True:
        if p + record > end:
            need = record
            if n and not state[S_FINAL]:
                need = p - before + record
                n, p, last = n - 1, before, last_before
            break
        seconds, part, captured, wire = header.unpack_from(view, p)
        if lengths == LENGTHS_SWAPPED or (lengths == LENGTHS_MAYBE and captured > wire):
            captured, wire = wire, captured
        reason, found = _complaint(seconds, part, captured, wire, last, jump)
        if part >= fractions:
            reason, found = R_FRACTION, part
        if reason and (p != trusted or reason == R_FRAME_LARGE):
            state[S_REASON], state[S_FOUND] = reason, found
            status = DAMAGE
            break
        if n == capacity:
            status = FULL
            break
        if p + record + captured > end:
            need = record + captured
            break
        _ROW.pack_into(rows, n * 32, seconds * _NS + part * fraction, p + record, captured, wire, 0, 0)
        n += 1
        before, last_before, last = p, last, seconds
        p += record + captured
    state[S_NEED], state[S_LAST] = need, last
    return n, p, status


def walk_pcapng(index: Rows, data: Bytes, start: int, end: int, state: State, ifaces: Rows) -> tuple[int, int, int]:
    """Index the packet blocks in data[start:end] up to the next block that the reader parses itself.

    As `walk_pcap`; `state` has a drop counter per interface after STATE_SIZE, `ifaces` (>= interfaces,) IFACE. Blocks
    that hold neither packets nor descriptions are passed by their length. Source: draft-ietf-opsawg-pcapng, section 4.
    """
    view, rows = data.data, index.view(np.uint8).data
    section = _Section(state, ifaces)
    capacity, n, p = len(index), 0, start
    status, need = MORE, 12
    while p + 12 <= end:
        kind, length = section.pair.unpack_from(view, p)
        if kind == BLOCK_SHB:  # may be of the other byte order, so nothing more is read here
            status = HANDLE
            break
        status, need = _check_block(view, p, end, kind, length, section)
        if status != _GOOD:
            break
        if kind in _PACKETS:
            if n == capacity:
                status = FULL
                break
            row = _packet(view, p, kind, length, section)
            if row is None:
                status = DAMAGE
                break
            if row is not _NOT_INDEXED:
                _ROW.pack_into(rows, n * 32, *row)
                n += 1
        p += length + 3 & ~3
        status, need = MORE, 12
    state[S_NEED] = need if status == MORE else 0
    return n, p, status


_GOOD = -1
_PACKETS = (BLOCK_EPB, BLOCK_PB, BLOCK_SPB)
_MINIMUM = {BLOCK_EPB: 32, BLOCK_PB: 32, BLOCK_SPB: 16, BLOCK_IDB: 20, BLOCK_ISB: 24}
_NOT_INDEXED = (0, 0, 0, 0, 0, 0)


class _Section:
    """Byte order and interfaces of the section being walked."""

    def __init__(self, state: State, ifaces: Rows) -> None:
        order = ">" if state[S_BIG] else "<"
        self.word, self.pair = struct.Struct(order + "I"), struct.Struct(order + "II")
        self.epb, self.pb = struct.Struct(order + "5I"), struct.Struct(order + "2H4I")
        self.option, self.wide = struct.Struct(order + "HH"), struct.Struct(order + "Q")
        self.base, self.interfaces = int(state[S_SECTION_BASE]), int(state[S_INTERFACES])
        self.state = state
        self._ifaces = ifaces
        self._known: dict[int, tuple[int, int, int, int]] = {}

    def clock(self, ordinal: int) -> tuple[int, int, int, int]:
        """Return unit, factor, offset and snaplen of an interface."""
        if ordinal not in self._known:
            row = self._ifaces[ordinal]
            self._known[ordinal] = (int(row["unit"]), int(row["factor"]), int(row["offset_s"]), int(row["snaplen"]))
        return self._known[ordinal]


def _check_block(view: memoryview, p: int, end: int, kind: int, length: int, section: _Section) -> tuple[int, int]:
    """Return whether a block is whole and sound: (_GOOD, 0), or the status to stop with and the bytes needed."""
    reason, found = 0, length
    if length < _MINIMUM.get(kind, 12):
        reason = R_BLOCK_SHORT
    elif length > MAX_BLOCK:
        reason = R_BLOCK_LARGE
    elif p + (padded := length + 3 & ~3) > end:  # some writers state the length without the padding that they write
        return MORE, padded
    else:
        found = section.word.unpack_from(view, p + padded - 4)[0]
        if found != length:
            reason = R_TRAILER
    if reason:
        section.state[S_REASON], section.state[S_FOUND] = reason, found
        return DAMAGE, 0
    return (HANDLE, 0) if kind in (BLOCK_IDB, BLOCK_ISB) else (_GOOD, 0)


def _packet(
    view: memoryview, p: int, kind: int, length: int, section: _Section
) -> tuple[int, int, int, int, int, int] | None:
    """Return the row of a packet block; _NOT_INDEXED for an interface that is not described, None for damage."""
    state = section.state
    drops, frame, stop = 0, p + 28, p + (length + 3 & ~3) - 4
    if kind == BLOCK_EPB:
        interface, high, low, captured, wire = section.epb.unpack_from(view, p + 8)
    elif kind == BLOCK_PB:
        interface, drops, high, low, captured, wire = section.pb.unpack_from(view, p + 8)
        drops = 0 if drops == 0xFFFF else drops
    else:
        interface, frame = 0, p + 12
        wire = captured = section.word.unpack_from(view, p + 8)[0]
    if interface >= section.interfaces:
        if state[S_UNKNOWN] == 0:
            state[S_FIRST_UNKNOWN] = p
        state[S_UNKNOWN] += 1
        return _NOT_INDEXED
    ordinal = section.base + interface
    unit, factor, offset_s, snaplen = section.clock(ordinal)
    if kind == BLOCK_SPB and 0 < snaplen < captured:
        captured = snaplen
    if captured > MAX_FRAME or frame + captured > stop:
        state[S_REASON], state[S_FOUND] = (R_FRAME_LARGE if captured > MAX_FRAME else R_BEYOND_BLOCK), captured
        return None
    if kind == BLOCK_SPB:
        state[S_UNTIMED] += 1
        return TS_NONE, frame, captured, wire, ordinal, 0
    ts_ns = to_ns(high << 32 | low, unit, factor, offset_s)
    if ts_ns == TS_NONE:
        state[S_OUT_OF_RANGE] += 1
    flags, options = 0, frame + (captured + 3 & ~3)
    if options + 4 <= stop:
        flags, more = _options(view, options, stop, kind, section)
        drops += more
    if drops:
        slot = STATE_SIZE + ordinal
        state[slot] = min(int(state[slot]) + drops, DROPS_CAP)
    return ts_ns, frame, captured, wire, ordinal, flags


def _options(view: memoryview, q: int, stop: int, kind: int, section: _Section) -> tuple[int, int]:
    """Return the flags (option 2) and dropped packets (option 4, EPB only) of a packet block; a broken option ends the list."""
    flags = drops = 0
    while q + 4 <= stop:
        code, size = section.option.unpack_from(view, q)
        if code == 0 or q + 4 + size > stop:
            break
        if code == 2 and size == 4:
            flags = section.word.unpack_from(view, q + 4)[0]
        elif code == 4 and size == 8 and kind == BLOCK_EPB:
            drops = min(drops + section.wide.unpack_from(view, q + 4)[0], DROPS_CAP)
        q += 4 + (size + 3 & ~3)
    return flags, drops
