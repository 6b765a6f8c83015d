"""The walk over the events of a buffer, compiled: `reference.py` says what it means.

In: bytes of a log, (size,) uint8, and the int64 state array of `layout.py`. Out: one EVENT row for each event with a frame, or a
part of one; returns (rows written, position of the first event not used, status). Every offset is checked before it is read.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from flowmap.capture.etl.layout cimport *
from flowmap.capture.etl.log.events cimport *
from flowmap.kernels.columns cimport TS_NONE, Index, larger, rows, smaller
from flowmap.decode.layers.bytes cimport be16

__all__ = ["close_up", "edges", "gather", "index_rows", "join", "walk"]


ctypedef struct Walked:
    int64_t rows
    int64_t consumed
    int64_t status

ctypedef struct Run:
    int64_t parts
    int64_t size  # of all of them
    int64_t stop  # where the event behind the last one begins


def walk(events, data, int64_t start, int64_t end, int64_t base, state, keys):
    """Write rows for the events in data[start:end]; see `reference.walk`."""
    cdef Event* out = <Event*>rows(events, sizeof(Event))
    cdef const uint8_t* at = <uint8_t*>rows(data, 1)
    cdef int64_t* words = <int64_t*>rows(state, 8)
    cdef int64_t* known = <int64_t*>rows(keys, 8)
    cdef int64_t capacity = len(events)
    cdef Walked walked
    if start < 0 or end > len(data) or len(state) < STATE_SIZE:
        raise IndexError("bytes beyond the buffer")
    if not 0 <= words[S_KEYS] <= len(keys) or keys.shape[1] != KEY_COLUMNS:
        raise IndexError("interfaces beyond the table")
    with nogil:
        walked = _walk(out, capacity, at, start, end, base, words, known)
    return walked.rows, walked.consumed, walked.status


cdef Walked _walk(
    Event* out, int64_t capacity, const uint8_t* data, int64_t start, int64_t end, int64_t base, int64_t* state,
    const int64_t* keys
) noexcept nogil:
    cdef int64_t n = 0, p = start, number, ordinal
    cdef uint64_t low, high
    cdef bint pktmon, ndis
    cdef Size size
    cdef Frame frame
    cdef Run run
    state[S_PARTS] = state[S_DISORDER] = 0
    while p + 8 <= end and le32(data, p) != 0xFFFFFFFFU:
        size = event_size(data, p, end)
        if size.reason != 0:
            state[S_REASON], state[S_FOUND] = size.reason, size.found
            return Walked(n, p, DAMAGE)
        if data[p + 3] == 0xC0 and (data[p + 2] == 0x12 or data[p + 2] == 0x13):
            low, high, number = le64(data, p + 24), le64(data, p + 32), le16(data, p + 40)
            pktmon = low == PKTMON_LOW and high == PKTMON_HIGH
            ndis = low == NDIS_LOW and high == NDIS_HIGH
            if (pktmon and _is_told(number)) or (ndis and (number == NDIS_RULE or number == NDIS_SOURCE)):
                state[S_NEED] = size.size + 7 & ~7
                return Walked(n, p, HANDLE)
            if (pktmon and number == PKTMON_FRAME) or (
                ndis and (number == NDIS_FRAME or number == NDIS_SWITCH_FRAME)
            ):
                frame = frame_in(data, p, p + size.size, number)
                if frame.at == -2:
                    state[S_OTHER] += 1
                elif frame.at < 0:
                    if state[S_BROKEN] == 0 or state[S_FIRST_BROKEN] == 0:
                        state[S_FIRST_BROKEN] = base + p
                    state[S_BROKEN] += 1
                else:
                    ordinal = _ordinal(frame.key, keys, state)
                    if ordinal < 0 and state[S_KEYS_FULL] == 0:
                        memcpy(state + S_KEY, frame.key, sizeof(frame.key))
                        return Walked(n, p, NEW_KEY)
                    if n == capacity:
                        return Walked(n, p, FULL)
                    run = Run(1, frame.size, p + (size.size + 7 & ~7))
                    if ordinal >= 0 and frame.flags & F_WHOLE == F_START:
                        run = _run(data, p, run, end, &frame)
                    state[S_FRAMES] += run.parts
                    if ordinal < 0:
                        state[S_UNKNOWN] += 1
                    else:
                        if run.parts > 1:
                            frame.size, frame.flags = run.size, frame.flags | F_END | F_RUN
                            frame.wire = run.stop - p << 16 | frame.at - p
                        out[n].stamp = <int64_t>le64(data, p + 16)
                        out[n].offset = base + frame.at
                        out[n].size, out[n].wire = <uint32_t>frame.size, <uint32_t>frame.wire
                        out[n].interface, out[n].flags = <uint32_t>ordinal, <uint32_t>frame.flags
                        out[n].process, out[n].thread = <uint32_t>le32(data, p + 12), <uint32_t>le32(data, p + 8)
                        state[S_PARTS] += frame.flags & F_WHOLE != F_WHOLE
                        state[S_DISORDER] += n > 0 and out[n].stamp < out[n - 1].stamp
                        n += 1
                    p = run.stop
                    continue
        p += size.size + 7 & ~7
    return Walked(n, smaller(p, end), ENDED)


cdef inline Run _run(const uint8_t* data, int64_t p, Run alone, int64_t end, const Frame* first) noexcept nogil:
    """Return the parts of the frame that begins in the event at `p`, if they are right behind it; else `alone`."""
    cdef Run run = alone
    cdef Size size
    cdef Frame frame
    while run.stop + 8 <= end:
        size = event_size(data, run.stop, end)
        if size.reason != 0 or not _goes_on(data, p, run.stop):
            return alone
        frame = frame_in(data, run.stop, run.stop + size.size, le16(data, p + 40))
        if frame.at < 0 or frame.flags & F_START or not same_key(frame.key, first.key):
            return alone
        run.parts, run.size, run.stop = run.parts + 1, run.size + frame.size, run.stop + (size.size + 7 & ~7)
        if run.size > MOST_JOINED or run.stop - p > MOST_RUN:
            return alone
        if frame.flags & F_END:
            return run
    return alone


cdef inline bint _goes_on(const uint8_t* data, int64_t p, int64_t q) noexcept nogil:
    """Return whether the sound event at `q` is of the kind and the thread of that at `p`."""
    return (
        data[q + 3] == 0xC0 and (data[q + 2] == 0x12 or data[q + 2] == 0x13)
        and le64(data, q + 8) == le64(data, p + 8) and le16(data, q + 40) == le16(data, p + 40)
        and le64(data, q + 24) == le64(data, p + 24) and le64(data, q + 32) == le64(data, p + 32)
    )


cdef inline bint _is_told(int64_t number) noexcept nogil:
    """Return whether it is one of layout.PKTMON_TOLD."""
    return (
        number == 20 or number == 30 or number == 40 or number == 50 or number == 60 or number == 65 or number == 66
        or number == 70 or number == 73 or number == 75 or number == 100 or number == 110 or number == 170 or number == 240
    )


cdef inline int64_t _ordinal(const int64_t* key, const int64_t* keys, int64_t* state) noexcept nogil:
    """Return the row of `key` in the table, which is as a rule that of the event before; -1 where it is new."""
    cdef int64_t used = state[S_KEYS], number = state[S_HIT]
    if 0 <= number < used and same_key(key, keys + number * KEY_COLUMNS):
        return number
    for number in range(used):
        if same_key(key, keys + number * KEY_COLUMNS):
            state[S_HIT] = number
            return number
    return -1


def join(events, frames, offsets, sizes, following, kept):
    """Join the parts of frames; see `reference.join`."""
    cdef const Event* row = <Event*>rows(events, sizeof(Event))
    cdef Event* out = <Event*>rows(frames, sizeof(Event))
    cdef int64_t* places = <int64_t*>rows(offsets, 8)
    cdef int64_t* lengths = <int64_t*>rows(sizes, 8)
    cdef int64_t* next_part = <int64_t*>rows(following, 8)
    cdef uint8_t* keep = <uint8_t*>rows(kept, 1)
    cdef int64_t count = len(events)
    cdef Joined joined
    if not (len(frames) == len(offsets) == len(sizes) == len(following) == len(kept) == count):
        raise IndexError("arrays of several lengths")
    with nogil:
        joined = _join(row, count, out, places, lengths, next_part, keep)
    return joined.frames, joined.pieces, joined.orphans


ctypedef struct Joined:
    int64_t frames
    int64_t pieces
    int64_t orphans

ctypedef struct Waiting:
    int64_t first  # row of the first part
    int64_t last
    int64_t parts
    int64_t size


cdef Joined _join(
    const Event* row, int64_t count, Event* out, int64_t* places, int64_t* lengths, int64_t* next_part, uint8_t* keep
) noexcept nogil:
    cdef Waiting[MOST_OPEN] waiting  # the oldest first
    cdef int64_t used = 0, n, at, part
    cdef Joined done
    done.frames = done.pieces = done.orphans = 0
    for n in range(count):
        at = 0
        while at < used and not _same_thread(row + waiting[at].first, row + n):
            at += 1
        if row[n].flags & F_START:
            if at < used:
                done.orphans += waiting[at].parts
                used = _forget(waiting, used, at)
            if row[n].flags & F_END:
                out[done.frames] = row[n]
                done.frames += 1
                continue
            if used == MOST_OPEN:
                done.orphans += waiting[0].parts
                used = _forget(waiting, used, 0)
            waiting[used].first = waiting[used].last = n
            waiting[used].parts, waiting[used].size = 1, row[n].size
            used += 1
            continue
        if at == used:
            done.orphans += 1
            continue
        next_part[waiting[at].last] = n
        waiting[at].last = n
        waiting[at].parts += 1
        waiting[at].size += row[n].size
        if row[n].flags & F_END:
            if waiting[at].size > MOST_JOINED:
                done.orphans += waiting[at].parts
            else:
                part = waiting[at].first
                out[done.frames] = row[part]
                out[done.frames].offset, out[done.frames].process = done.pieces, <uint32_t>waiting[at].parts
                out[done.frames].size = <uint32_t>waiting[at].size
                out[done.frames].flags |= F_JOINED
                done.frames += 1
                while True:
                    places[done.pieces], lengths[done.pieces] = row[part].offset, row[part].size
                    done.pieces += 1
                    if part == n:
                        break
                    part = next_part[part]
            used = _forget(waiting, used, at)
    for at in range(used):
        if waiting[at].size > MOST_JOINED:
            done.orphans += waiting[at].parts
            continue
        part = waiting[at].first
        keep[part] = 1
        while part != waiting[at].last:
            part = next_part[part]
            keep[part] = 1
    return done


cdef inline bint _same_thread(const Event* a, const Event* b) noexcept nogil:
    return a.thread == b.thread and a.process == b.process and a.interface == b.interface


cdef inline int64_t _forget(Waiting* waiting, int64_t used, int64_t at) noexcept nogil:
    """Take one out of those that wait; return how many are left."""
    while at + 1 < used:
        waiting[at] = waiting[at + 1]
        at += 1
    return used - 1


def edges(events, carried, int64_t parts, pieces):
    """Join at the edges of a buffer; see `reference.edges`."""
    cdef Event* row = <Event*>rows(events, sizeof(Event))
    cdef const Event* before = <Event*>rows(carried, sizeof(Event))
    cdef int64_t room = pieces.shape[1]
    cdef int64_t* places = <int64_t*>rows(pieces, 8)
    cdef int64_t* lengths = places + room
    cdef int64_t count = len(events), waiting = len(carried), n, head, tail, total = 0
    cdef const Event* part
    if len(pieces) != 2 or not 0 <= parts <= count:
        raise IndexError("arrays of several lengths")
    tail = _tail(row, count, parts)
    head = parts - tail
    if (head == 0) != (waiting == 0) or waiting + head > room:
        return -1, 0
    if head == 0:
        return 0, tail
    for n in range(waiting + head):
        part = before + n if n < waiting else row + n - waiting
        if not _same_thread(part, before):
            return -1, 0
        if part.flags & F_WHOLE != (F_START if n == 0 else F_END if n == waiting + head - 1 else 0):
            return -1, 0
        total += part.size
    if total > MOST_JOINED or (head < count and row[head].stamp < before.stamp):
        return -1, 0
    for n in range(waiting + head):
        part = before + n if n < waiting else row + n - waiting
        places[n], lengths[n] = part.offset, part.size
    row[head - 1] = before[0]
    row[head - 1].offset, row[head - 1].process, row[head - 1].size = 0, <uint32_t>(waiting + head), <uint32_t>total
    row[head - 1].flags |= F_JOINED
    return head, tail


cdef inline int64_t _tail(const Event* row, int64_t count, int64_t parts) noexcept nogil:
    """Return how many rows at the end are the parts of one frame that has begun.

    0 where there are none, or they are of several.
    """
    cdef int64_t back = 1, total = 0
    while back <= parts and _same_thread(row + count - back, row + count - 1):
        total += row[count - back].size
        if row[count - back].flags & F_WHOLE:
            return back if row[count - back].flags & F_WHOLE == F_START and total <= MOST_JOINED else 0
        back += 1
    return 0


def gather(data, sources, targets, sizes):
    """Copy pieces within `data`; see `reference.gather`."""
    cdef uint8_t* at = <uint8_t*>rows(data, 1)
    cdef const int64_t* source = <int64_t*>rows(sources, 8)
    cdef const int64_t* target = <int64_t*>rows(targets, 8)
    cdef const int64_t* size = <int64_t*>rows(sizes, 8)
    cdef int64_t n, count = len(sizes), length = len(data)
    if len(sources) != count or len(targets) != count:
        raise IndexError("pieces of several numbers")
    for n in range(count):
        if not (0 <= size[n] <= length and 0 <= source[n] <= length - size[n] and 0 <= target[n] <= length - size[n]):
            raise IndexError("pieces beyond the buffer")
        memcpy(at + target[n], at + source[n], <size_t>size[n])


def close_up(events, data):
    """Move the parts of frames together; see `reference.close_up`."""
    cdef Event* row = <Event*>rows(events, sizeof(Event))
    cdef uint8_t* at = <uint8_t*>rows(data, 1)
    cdef int64_t n, count = len(events), length = len(data)
    for n in range(count):
        if row[n].flags & F_RUN:
            if not 0 <= row[n].offset <= length - row[n].size:
                raise IndexError("a packet beyond the buffer")
            _close_up(row + n, at, length)


cdef inline void _close_up(Event* row, uint8_t* data, int64_t length) noexcept nogil:
    cdef int64_t p = row.offset - (row.wire & 0xFFFF), stop = smaller(p + (row.wire >> 16), length), filled = 0
    cdef Size size
    cdef Frame frame
    row.wire, row.flags = 0, row.flags & ~<uint32_t>F_RUN
    while 0 <= p <= stop - 8:
        size = event_size(data, p, stop)
        if size.reason != 0 or data[p + 3] != 0xC0 or (data[p + 2] != 0x12 and data[p + 2] != 0x13):
            return
        frame = frame_in(data, p, p + size.size, NDIS_FRAME if le16(data, p + 40) == NDIS_FRAME else NDIS_SWITCH_FRAME)
        if frame.at < 0 or frame.size > row.size - filled:
            return
        memmove(data + row.offset + filled, data + frame.at, <size_t>frame.size)
        filled, p = filled + frame.size, p + (size.size + 7 & ~7)


def index_rows(index, events, order, data, links, clock):
    """Write INDEX rows of `events` in this order; see `reference.index_rows`."""
    cdef Index* out = <Index*>rows(index, sizeof(Index))
    cdef const Event* event = <Event*>rows(events, sizeof(Event))
    cdef const int64_t* places = <int64_t*>rows(order, 8)
    cdef const uint8_t* at = <uint8_t*>rows(data, 1)
    cdef const uint16_t* link = <uint16_t*>rows(links, 2)
    cdef const int64_t* words = <int64_t*>rows(clock, 8)
    cdef int64_t n, count = len(order), length = len(data), known = len(links), given = len(events), timed = 0
    if len(index) < count or len(clock) < 5 or words[0] < 1:
        raise IndexError("more rows than there is room for")
    for n in range(count):
        if not 0 <= places[n] < given:
            raise IndexError("a row beyond those given")
    for n in range(given):
        if not (0 <= event[n].offset <= length - event[n].size and event[n].interface < known):
            raise IndexError("a packet beyond the buffer")
    with nogil:
        for n in range(count):
            timed += _index_row(out + n, event + places[n], at, link, words)
    return timed


cdef inline bint _index_row(
    Index* out, const Event* event, const uint8_t* data, const uint16_t* link, const int64_t* clock
) noexcept nogil:
    cdef int64_t ticks, seconds, rest
    cdef bint fits = clock[3] <= event.stamp <= clock[4]
    out.ts_ns = TS_NONE
    if fits:
        ticks = event.stamp - clock[1]
        seconds, rest = ticks // clock[0], ticks % clock[0]
        if rest < 0:
            seconds, rest = seconds - 1, rest + clock[0]
        out.ts_ns = clock[2] + seconds * 1000000000 + rest * 1000000000 // clock[0]
    out.offset, out.cap_len, out.wire_len = event.offset, event.size, event.wire
    if event.wire == 0:
        out.wire_len = <uint32_t>larger(
            event.size, _stated(data + event.offset, smaller(event.size, 64), link[event.interface])
        )
    out.interface, out.flags = event.interface, event.flags & F_DIRECTION
    return fits


cdef inline int64_t _stated(const uint8_t* frame, int64_t size, int64_t link) noexcept nogil:
    cdef int64_t at = 0, version = 0, kind, length
    if link == LINK_ETHERNET:
        if size < 14:
            return 0
        kind, at = be16(frame, 12), 14
        while (kind == 0x8100 or kind == 0x88A8) and at <= 18 and size >= at + 4:
            kind, at = be16(frame, at + 2), at + 4
        version = 4 if kind == 0x0800 else 6 if kind == 0x86DD else 0
    elif link == LINK_RAW:
        version = frame[0] >> 4 if size > 0 else 0
    if version == 4 and size >= at + 4:
        length = be16(frame, at + 2)
        return length + at if length != 0 else 0
    if version == 6 and size >= at + 6:
        length = be16(frame, at + 4)
        return length + at + 40 if length != 0 else 0
    return 0
