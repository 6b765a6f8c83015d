"""The record walkers, compiled: `reference.py` says what they mean.

In: a buffer with part of a capture, (size,) uint8, and the int64 state array of `layout.py`. Out: one INDEX row per
packet record; returns (rows written, position of the first byte not consumed, status). Nothing is allocated, nothing
raises, every offset is checked before it is read. The functions run as plain Python too (NUMBA_DISABLE_JIT=1): bytes
are widened before they are shifted, and nothing overflows.
"""

from __future__ import annotations

from typing import Any

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
from flowmap.jit import njit
from flowmap.types import TS_NONE

__all__ = ["to_ns", "walk_pcap", "walk_pcapng", "warmup"]

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.void]
State = npt.NDArray[np.int64]
Int = Any  # int64; an int where plain Python makes one

NS = 10**9
MULTIPLY = 0  # TimeUnit
DIVIDE = 1
U_NS = np.uint64(10**9)
U_32 = np.uint64(32)
U_LOW = np.uint64(0xFFFFFFFF)
U_ZERO = np.uint64(0)
U_ONE = np.uint64(1)
U_HALF = np.uint64(1 << 63)
LAST_SECOND = 9223372036  # of int64 nanoseconds; 854775807 ns more, and before 1970 one second more
PLAIN_US = np.uint64(9 * 10**15)  # microseconds that surely fit
PLAIN_NS = np.uint64(9 * 10**18)


@njit
def _byte(data: Bytes, p: Int) -> Int:
    """The byte at `p`, which is never negative: an unsigned index spares the test for one, and loads combine."""
    return np.int64(data[np.uint64(p)])


@njit
def _u16(data: Bytes, p: Int, big: bool) -> Int:
    first, second = _byte(data, p), _byte(data, p + 1)
    return first << 8 | second if big else second << 8 | first


@njit
def _u32(data: Bytes, p: Int, big: bool) -> Int:
    little = _byte(data, p) | _byte(data, p + 1) << 8 | _byte(data, p + 2) << 16 | _byte(data, p + 3) << 24
    if big:
        return (little & 0xFF) << 24 | (little & 0xFF00) << 8 | (little >> 8) & 0xFF00 | little >> 24
    return little


@njit
def to_ns(high: Int, low: Int, unit: Int, factor: Int, offset_s: Int) -> Int:
    """Ticks (two 32-bit halves) as int64 nanoseconds, rounded down, or TS_NONE; `factor` is uint64.

    Works on whole seconds and the rest, so that an offset that brings a huge clock back into range is exact. The
    product of a binary fraction and 10^9 has up to 94 bits: it is made in halves.
    """
    ticks = np.uint64(high) << U_32 | np.uint64(low)
    if offset_s == 0 and unit == MULTIPLY:
        if factor == np.uint64(1000) and ticks < PLAIN_US:
            return np.int64(ticks) * 1000
        if factor == U_ONE and ticks < PLAIN_NS:
            return np.int64(ticks)
    seconds, rest = U_ZERO, U_ZERO
    if unit == MULTIPLY:
        per_second = U_NS // factor
        seconds = ticks // per_second
        rest = (ticks - seconds * per_second) * factor
    elif unit == DIVIDE:
        if factor != U_ZERO:
            whole = ticks // factor
            seconds = whole // U_NS
            rest = whole - seconds * U_NS
    else:
        part = ticks
        if factor < np.uint64(64):
            seconds = ticks >> factor
            part = ticks & ((U_ONE << factor) - U_ONE)
        low_product = (part & U_LOW) * U_NS
        middle = (part >> U_32) * U_NS + (low_product >> U_32)
        if factor < U_32:
            rest = middle << (U_32 - factor) | (low_product & U_LOW) >> factor
        elif factor < np.uint64(96):
            rest = middle >> (factor - U_32)
    return _join(seconds, np.int64(rest), offset_s)


@njit
def _join(seconds: Int, rest: Int, offset_s: Int) -> Int:
    """(seconds + offset_s) * 10^9 + rest, or TS_NONE; uint64 seconds, any int64 offset, 0 <= rest < 10^9."""
    if seconds >= U_HALF:
        if offset_s >= 0:
            return TS_NONE
        total = np.int64(seconds - U_HALF) + offset_s
        if total >= 0:
            return TS_NONE
        total = total + 9223372036854775807 + 1
    else:
        total = np.int64(seconds)
        if offset_s > LAST_SECOND or (offset_s >= 0 and total > LAST_SECOND):
            return TS_NONE
        total = total + offset_s
    if total > LAST_SECOND or total < -LAST_SECOND - 1:
        return TS_NONE
    if total == LAST_SECOND and rest > 854775807:
        return TS_NONE
    if total == -LAST_SECOND - 1:
        if rest <= 145224192:  # -2^63 itself is TS_NONE
            return TS_NONE
        return -LAST_SECOND * NS + (rest - NS)
    return total * NS + rest


@njit
def _complaint(seconds: Int, part: Int, captured: Int, wire: Int, last: Int, jump: Int) -> tuple[Int, Int]:
    """R_* and the number that is wrong in a record header, or (0, 0); `last` is NO_SECOND before the first."""
    if captured > MAX_FRAME:
        return R_FRAME_LARGE, captured
    if wire > MAX_WIRE:
        return R_WIRE_LARGE, wire
    if seconds == 0 and part == 0 and captured == 0 and wire == 0:
        return R_EMPTY, 0
    if last != NO_SECOND and (seconds - last > jump or last - seconds > jump):
        return R_TIME, seconds
    return 0, 0


@njit
def walk_pcap(index: Rows, data: Bytes, start: Int, end: Int, state: State) -> tuple[Int, Int, Int]:
    """Index the pcap records in data[start:end]."""
    times, offsets, caps = index["ts_ns"], index["offset"], index["cap_len"]
    wires, interfaces, flags = index["wire_len"], index["interface"], index["flags"]
    big = state[S_BIG] != 0
    record, fraction, lengths = state[S_RECORD], state[S_FRACTION], state[S_LENGTHS]
    fractions, last, jump = state[S_FRACTIONS], state[S_LAST], state[S_JUMP]
    trusted = start if state[S_TRUST] != 0 else -1
    capacity = len(index)
    n, p, status = 0, start, MORE
    before, last_before = p, last  # the record before p, which waits for the header after it
    state[S_NEED] = 0
    while True:
        if p + record > end:
            state[S_NEED] = record
            if n > 0 and state[S_FINAL] == 0:
                state[S_NEED] = p - before + record
                n, p, last = n - 1, before, last_before
            break
        seconds, part = _u32(data, p, big), _u32(data, p + 4, big)
        captured, wire = _u32(data, p + 8, big), _u32(data, p + 12, big)
        if lengths == LENGTHS_SWAPPED or (lengths == LENGTHS_MAYBE and captured > wire):
            captured, wire = wire, captured
        reason, found = _complaint(seconds, part, captured, wire, last, jump)
        if part >= fractions:
            reason, found = R_FRACTION, part
        if reason != 0 and (p != trusted or reason == R_FRAME_LARGE):
            state[S_REASON], state[S_FOUND] = reason, found
            status = DAMAGE
            break
        if n == capacity:
            status = FULL
            break
        if p + record + captured > end:
            state[S_NEED] = record + captured
            break
        times[n] = seconds * NS + part * fraction
        offsets[n] = p + record
        caps[n] = captured
        wires[n] = wire
        interfaces[n] = 0
        flags[n] = 0
        n += 1
        before, last_before = p, last
        p += record + captured
        last = seconds
    state[S_LAST] = last
    return n, p, status


@njit
def _check_block(data: Bytes, p: Int, end: Int, kind: Int, length: Int, big: bool, state: State) -> Int:
    """-1 for a whole and sound block, else the status to stop with."""
    minimum = 12
    if kind in (BLOCK_EPB, BLOCK_PB):
        minimum = 32
    elif kind == BLOCK_SPB:
        minimum = 16
    elif kind == BLOCK_IDB:
        minimum = 20
    elif kind == BLOCK_ISB:
        minimum = 24
    padded = (length + 3) & ~3
    reason, found = 0, length
    if length < minimum:
        reason = R_BLOCK_SHORT
    elif length > MAX_BLOCK:
        reason = R_BLOCK_LARGE
    elif p + padded > end:
        state[S_NEED] = padded
        return MORE
    else:
        found = _u32(data, p + padded - 4, big)
        if found != length:
            reason = R_TRAILER
    if reason != 0:
        state[S_REASON] = reason
        state[S_FOUND] = found
        return DAMAGE
    return HANDLE if kind in (BLOCK_IDB, BLOCK_ISB) else -1


@njit
def _options(data: Bytes, q: Int, stop: Int, kind: Int, big: bool, drops: Int) -> tuple[Int, Int]:
    """Flags and dropped packets among the options of a packet block; `drops` is what to add to."""
    flags = 0
    while q + 4 <= stop:
        code, size = _u16(data, q, big), _u16(data, q + 2, big)
        if code == 0 or q + 4 + size > stop:
            break
        if code == 2 and size == 4:
            flags = _u32(data, q + 4, big)
        elif code == 4 and size == 8 and kind == BLOCK_EPB:
            high, low = _u32(data, q + 4, big), _u32(data, q + 8, big)
            if not big:
                high, low = low, high
            drops = DROPS_CAP if high >= 1 << 30 else min(drops + (high << 32 | low), DROPS_CAP)
        q += 4 + ((size + 3) & ~3)
    return flags, drops


@njit
def walk_pcapng(index: Rows, data: Bytes, start: Int, end: Int, state: State, ifaces: Rows) -> tuple[Int, Int, Int]:
    """Index the packet blocks in data[start:end] up to the next block that the reader parses itself."""
    times, offsets, caps = index["ts_ns"], index["offset"], index["cap_len"]
    wires, ordinals, flag_words = index["wire_len"], index["interface"], index["flags"]
    units, factors, zones, snaplens = ifaces["unit"], ifaces["factor"], ifaces["offset_s"], ifaces["snaplen"]
    big = state[S_BIG] != 0
    capacity = len(index)
    n, p, status = 0, start, MORE
    state[S_NEED] = 12
    while p + 12 <= end:
        kind, length = _u32(data, p, big), _u32(data, p + 4, big)
        if kind == BLOCK_SHB:
            status = HANDLE
            break
        status = _check_block(data, p, end, kind, length, big, state)
        if status != -1:
            break
        padded = (length + 3) & ~3
        status = MORE
        if kind != BLOCK_EPB and kind != BLOCK_PB and kind != BLOCK_SPB:
            p += padded
            continue
        if n == capacity:
            status = FULL
            break
        drops, frame, stop = 0, p + 28, p + padded - 4
        if kind == BLOCK_EPB:
            interface, captured, wire = _u32(data, p + 8, big), _u32(data, p + 20, big), _u32(data, p + 24, big)
        elif kind == BLOCK_PB:
            interface, captured, wire = _u16(data, p + 8, big), _u32(data, p + 20, big), _u32(data, p + 24, big)
            drops = _u16(data, p + 10, big)
            drops = 0 if drops == 0xFFFF else drops
        else:
            interface, captured, wire = 0, _u32(data, p + 8, big), _u32(data, p + 8, big)
            frame = p + 12
        if interface >= state[S_INTERFACES]:
            if state[S_UNKNOWN] == 0:
                state[S_FIRST_UNKNOWN] = p
            state[S_UNKNOWN] += 1
            p += padded
            continue
        ordinal = state[S_SECTION_BASE] + interface
        if kind == BLOCK_SPB:
            snaplen = np.int64(snaplens[ordinal])
            if 0 < snaplen < captured:
                captured = snaplen
        if captured > MAX_FRAME or frame + captured > stop:
            state[S_REASON] = R_FRAME_LARGE if captured > MAX_FRAME else R_BEYOND_BLOCK
            state[S_FOUND] = captured
            status = DAMAGE
            break
        ts_ns, flags = TS_NONE, 0
        if kind == BLOCK_SPB:
            state[S_UNTIMED] += 1
        else:
            high, low = _u32(data, p + 12, big), _u32(data, p + 16, big)
            ts_ns = to_ns(high, low, units[ordinal], factors[ordinal], zones[ordinal])
            if ts_ns == TS_NONE:
                state[S_OUT_OF_RANGE] += 1
            options = frame + ((captured + 3) & ~3)
            if options + 4 <= stop:
                flags, drops = _options(data, options, stop, kind, big, drops)
            if drops != 0:
                state[STATE_SIZE + ordinal] = min(state[STATE_SIZE + ordinal] + drops, DROPS_CAP)
        times[n] = ts_ns
        offsets[n] = frame
        caps[n] = captured
        wires[n] = wire
        ordinals[n] = ordinal
        flag_words[n] = flags
        n += 1
        p += padded
    if status != MORE:
        state[S_NEED] = 0
    return n, p, status


def warmup() -> None:
    """Compile (or load from the cache) both walkers."""
    from flowmap.types import IFACE, INDEX

    index, data = np.zeros(1, INDEX), np.zeros(64, np.uint8)
    state, ifaces = np.zeros(STATE_SIZE + 1, np.int64), np.zeros(1, IFACE)
    state[S_RECORD] = 16
    walk_pcap(index, data, 0, 0, state)
    walk_pcapng(index, data, 0, 0, state, ifaces)
