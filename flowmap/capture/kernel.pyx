"""The record walkers, compiled: `reference.py` says what they mean.

In: a buffer with part of a capture, (size,) uint8, and the int64 state array of `layout.py`. Out: one INDEX row per packet
record; returns (rows written, position of the first byte not consumed, status). Every offset is checked before it is read.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from flowmap.capture.layout cimport *
from flowmap.capture.blocks.records cimport DROPS_CAP, NS, Record, is_usual, ns_of, packet_options, read_record, u16, u32
from flowmap.kernels.columns cimport TS_NONE, Iface, Index, rows, smaller

__all__ = ["to_ns", "walk_pcap", "walk_pcapng"]

ctypedef struct Complaint:
    int64_t reason  # R_*, or 0
    int64_t found  # the number that is wrong

ctypedef struct Walked:
    int64_t rows
    int64_t consumed
    int64_t status


def to_ns(uint64_t ticks, int64_t unit, uint64_t factor, int64_t offset_s):
    """Return ticks as int64 nanoseconds, rounded down, or TS_NONE; see `reference.to_ns`."""
    return ns_of(ticks, unit, factor, offset_s)


cdef inline Complaint _complaint(
    int64_t seconds, int64_t part, int64_t captured, int64_t wire, int64_t last, int64_t jump
) noexcept nogil:
    """Return what is wrong in a record header; `last` is NO_SECOND before the first."""
    if captured > MAX_FRAME:
        return Complaint(R_FRAME_LARGE, captured)
    if wire > MAX_WIRE:
        return Complaint(R_WIRE_LARGE, wire)
    if seconds == 0 and part == 0 and captured == 0 and wire == 0:
        return Complaint(R_EMPTY, 0)
    if last != NO_SECOND and (seconds - last > jump or last - seconds > jump):
        return Complaint(R_TIME, seconds)
    return Complaint(0, 0)


def walk_pcap(index, data, int64_t start, int64_t end, state):
    """Index the pcap records in data[start:end]."""
    cdef Index* out = <Index*>rows(index, sizeof(Index))
    cdef const uint8_t* at = <uint8_t*>rows(data, 1)
    cdef int64_t* words = <int64_t*>rows(state, 8)
    cdef int64_t capacity = len(index)
    cdef Walked walked
    if start < 0 or end > len(data) or len(state) < STATE_SIZE:
        raise IndexError("bytes beyond the buffer")
    with nogil:
        if words[S_BIG] != 0:
            walked = _walk_pcap(out, capacity, at, start, end, words, True, words[S_LENGTHS])
        else:
            walked = _walk_pcap(out, capacity, at, start, end, words, False, words[S_LENGTHS])
    return walked.rows, walked.consumed, walked.status


cdef inline Walked _walk_pcap(
    Index* out, int64_t capacity, const uint8_t* data, int64_t start, int64_t end, int64_t* state, bint big, int64_t lengths
) noexcept nogil:
    cdef int64_t record = state[S_RECORD], fraction = state[S_FRACTION]
    cdef int64_t fractions = state[S_FRACTIONS], last = state[S_LAST], jump = state[S_JUMP]
    cdef int64_t trusted = start if state[S_TRUST] != 0 else -1
    cdef int64_t n = 0, p = start, status = MORE
    cdef int64_t before = p, last_before = last  # the record before p, which waits for the header after it
    cdef int64_t seconds, part, captured, wire
    cdef Record header
    cdef Complaint complaint
    state[S_NEED] = 0
    while True:
        if p + record > end:
            state[S_NEED] = record
            if n > 0 and state[S_FINAL] == 0:
                state[S_NEED] = p - before + record
                n, p, last = n - 1, before, last_before
            break
        header = read_record(data, p, big)
        if lengths == LENGTHS_SWAPPED or (lengths == LENGTHS_MAYBE and header.captured > header.wire):
            header.captured, header.wire = header.wire, header.captured
        seconds, part, captured, wire = header.seconds, header.part, header.captured, header.wire
        if not is_usual(&header, fractions, last, jump):
            complaint = _complaint(seconds, part, captured, wire, last, jump)
            if part >= fractions:
                complaint = Complaint(R_FRACTION, part)
            if complaint.reason != 0 and (p != trusted or complaint.reason == R_FRAME_LARGE):
                state[S_REASON], state[S_FOUND] = complaint.reason, complaint.found
                status = DAMAGE
                break
        if n == capacity:
            status = FULL
            break
        if p + record + captured > end:
            state[S_NEED] = record + captured
            break
        out[n].ts_ns = seconds * NS + part * fraction
        out[n].offset = p + record
        out[n].cap_len = captured
        out[n].wire_len = wire
        out[n].interface = 0
        out[n].flags = 0
        n += 1
        before, last_before = p, last
        p += record + captured
        last = seconds
    state[S_LAST] = last
    return Walked(n, p, status)


cdef inline int64_t _least(int64_t kind) noexcept nogil:
    """Return the bytes that a block of this kind has at least."""
    if kind == BLOCK_EPB or kind == BLOCK_PB:
        return 32
    if kind == BLOCK_SPB:
        return 16
    if kind == BLOCK_IDB:
        return 20
    return 24 if kind == BLOCK_ISB else 12


cdef inline int64_t _check_block(
    const uint8_t* data, int64_t p, int64_t end, int64_t kind, int64_t length, bint big, int64_t* state
) noexcept nogil:
    """Return -1 for a whole and sound block, else the status to stop with."""
    cdef int64_t padded = (length + 3) & ~3, reason = 0, found = length
    if length < _least(kind):
        reason = R_BLOCK_SHORT
    elif length > MAX_BLOCK:
        reason = R_BLOCK_LARGE
    elif p + padded > end:
        state[S_NEED] = padded
        return MORE
    else:
        found = u32(data, p + padded - 4, big)
        if found != length:
            reason = R_TRAILER
    if reason != 0:
        state[S_REASON] = reason
        state[S_FOUND] = found
        return DAMAGE
    return HANDLE if kind == BLOCK_IDB or kind == BLOCK_ISB else -1


def walk_pcapng(index, data, int64_t start, int64_t end, state, ifaces):
    """Index the packet blocks in data[start:end] up to the next block that the reader parses itself."""
    cdef Index* out = <Index*>rows(index, sizeof(Index))
    cdef const uint8_t* at = <uint8_t*>rows(data, 1)
    cdef int64_t* words = <int64_t*>rows(state, 8)
    cdef const Iface* iface = <Iface*>rows(ifaces, sizeof(Iface))
    cdef int64_t capacity = len(index)
    cdef Walked walked
    if start < 0 or end > len(data) or len(state) < STATE_SIZE:
        raise IndexError("bytes beyond the buffer")
    if words[S_SECTION_BASE] + words[S_INTERFACES] > min(len(ifaces), len(state) - STATE_SIZE) or words[S_SECTION_BASE] < 0:
        raise IndexError("interfaces beyond those described")
    with nogil:
        if words[S_BIG] != 0:
            walked = _walk_pcapng(out, capacity, at, start, end, words, iface, True)
        else:
            walked = _walk_pcapng(out, capacity, at, start, end, words, iface, False)
    return walked.rows, walked.consumed, walked.status


cdef inline Walked _walk_pcapng(
    Index* out, int64_t capacity, const uint8_t* data, int64_t start, int64_t end, int64_t* state, const Iface* ifaces, bint big
) noexcept nogil:
    cdef int64_t n = 0, p = start, status = MORE
    cdef int64_t kind, length, padded, drops, frame, stop, interface, captured, wire, ordinal, options, ts_ns
    cdef uint64_t ticks
    cdef uint32_t flags
    state[S_NEED] = 12
    while p + 12 <= end:
        kind, length = u32(data, p, big), u32(data, p + 4, big)
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
            interface, captured, wire = u32(data, p + 8, big), u32(data, p + 20, big), u32(data, p + 24, big)
        elif kind == BLOCK_PB:
            interface, captured, wire = u16(data, p + 8, big), u32(data, p + 20, big), u32(data, p + 24, big)
            drops = u16(data, p + 10, big)
            drops = 0 if drops == 0xFFFF else drops
        else:
            interface, captured, wire = 0, u32(data, p + 8, big), u32(data, p + 8, big)
            frame = p + 12
        if interface >= state[S_INTERFACES]:
            if state[S_UNKNOWN] == 0:
                state[S_FIRST_UNKNOWN] = p
            state[S_UNKNOWN] += 1
            p += padded
            continue
        ordinal = state[S_SECTION_BASE] + interface
        if kind == BLOCK_SPB and 0 < ifaces[ordinal].snaplen < captured:
            captured = ifaces[ordinal].snaplen
        if captured > MAX_FRAME or frame + captured > stop:
            state[S_REASON] = R_FRAME_LARGE if captured > MAX_FRAME else R_BEYOND_BLOCK
            state[S_FOUND] = captured
            status = DAMAGE
            break
        ts_ns, flags = TS_NONE, 0
        if kind == BLOCK_SPB:
            state[S_UNTIMED] += 1
        else:
            ticks = <uint64_t>u32(data, p + 12, big) << 32 | <uint64_t>u32(data, p + 16, big)
            ts_ns = ns_of(ticks, ifaces[ordinal].unit, ifaces[ordinal].factor, ifaces[ordinal].offset_s)
            if ts_ns == TS_NONE:
                state[S_OUT_OF_RANGE] += 1
            options = frame + ((captured + 3) & ~3)
            if options + 4 <= stop:
                flags = packet_options(data, options, stop, kind, big, &drops)
            if drops != 0:
                state[STATE_SIZE + ordinal] = smaller(state[STATE_SIZE + ordinal] + drops, DROPS_CAP)
        out[n].ts_ns = ts_ns
        out[n].offset = frame
        out[n].cap_len = captured
        out[n].wire_len = wire
        out[n].interface = ordinal
        out[n].flags = flags
        n += 1
        p += padded
    if status != MORE:
        state[S_NEED] = 0
    return Walked(n, p, status)
