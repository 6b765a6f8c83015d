"""Compiled twin of `merge.py`: chunks of several captures, each in order of time, put together in one pass."""

from libc.math cimport rint
from libc.stdint cimport int64_t, uint64_t

from flowmap.kernels.columns cimport TS_NONE, Trace, rows

__all__ = ["correct", "latest", "merge"]

cdef struct Queue:
    const Trace* at
    const Trace* stop
    int64_t chunk
    int64_t end
    int64_t taken


def latest(chunk):
    """Return the latest time of TRACE rows; `TS_NONE` where none has one."""
    cdef const Trace* row = <Trace*>rows(chunk, sizeof(Trace))
    cdef int64_t n = len(chunk), k, found = TS_NONE
    for k in range(n):
        if row[k].ts_ns > found:
            found = row[k].ts_ns
    return found


def correct(chunk, offset_ns, drift, int64_t epoch_ns):
    """Put the times of TRACE rows on the reference clock; return whether they are in order then.

    That is `ts - offset - drift * (ts - epoch)`, by (members,) int64 and float64.
    """
    cdef Trace* row = <Trace*>rows(chunk, sizeof(Trace))
    cdef const int64_t* offset = <int64_t*>rows(offset_ns, 8)
    cdef const double* rate = <double*>rows(drift, 8)
    cdef int64_t n = len(chunk), n_members = min(len(offset_ns), len(drift)), k, before = TS_NONE
    cdef bint moved = bool(offset_ns.any() or drift.any()), in_order = True
    for k in range(n):
        if moved and row[k].ts_ns != TS_NONE:
            if row[k].member >= n_members:
                raise IndexError("a member without a clock")
            row[k].ts_ns -= offset[row[k].member] + <int64_t>rint(rate[row[k].member] * <double>(row[k].ts_ns - epoch_ns))
        in_order = in_order and row[k].ts_ns >= before
        before = row[k].ts_ns
    return in_order


def merge(chunks, counts, queues, heap, places, int64_t until_ns, out):
    """Write the rows up to the time `until_ns` to `out`, of rows of the same time those of earlier captures first.

    `counts` (captures,) int64 says how many of the `chunks` are of each capture, one after the other, each with a row; a capture's
    are in order of time. `queues` (captures, 5), `heap` (captures,) and `places` (chunks, 2) are int64. Leaves in `queues[:, 4]` how
    many rows were taken of each capture, and returns how many of all.
    """
    cdef Queue* queue = <Queue*>rows(queues.reshape(-1), 8)
    cdef int64_t* order = <int64_t*>rows(heap, 8)
    cdef uint64_t* place = <uint64_t*>rows(places.reshape(-1), 8)
    cdef Trace* row = <Trace*>rows(out, sizeof(Trace))
    cdef int64_t n_captures = len(counts), n_open = 0, n = 0, total = 0, first = 0, k, top
    cdef Queue* own
    if queues.size < 5 * n_captures or len(heap) < n_captures or places.size < 2 * len(chunks) or sum(counts) > len(chunks):
        raise IndexError("too little room")
    for k in range(len(chunks)):
        place[2 * k] = <uint64_t><size_t>rows(chunks[k], sizeof(Trace))
        place[2 * k + 1] = len(chunks[k])
        total += len(chunks[k])
    if len(out) < total:
        raise IndexError("too little room")
    for k in range(n_captures):
        own = queue + k
        own.chunk, own.end, own.taken = first, first + counts[k], 0
        first = own.end
        if own.chunk < own.end:
            begin(own, place)
            if own.at.ts_ns <= until_ns:
                order[n_open] = k
                n_open += 1
    with nogil:
        for k in range(n_open // 2 - 1, -1, -1):
            sift(queue, order, k, n_open)
        while n_open > 0:
            top = order[0]
            own = queue + top
            row[n] = own.at[0]
            n += 1
            own.taken += 1
            own.at += 1
            if own.at == own.stop:
                own.chunk += 1
                if own.chunk < own.end:
                    begin(own, place)
            if own.chunk == own.end or own.at.ts_ns > until_ns:
                n_open -= 1
                order[0] = order[n_open]
            sift(queue, order, 0, n_open)
    return n


cdef inline void begin(Queue* own, const uint64_t* place) noexcept nogil:
    """Go to the first row of the capture's chunk."""
    own.at = <const Trace*><size_t>place[2 * own.chunk]
    own.stop = own.at + place[2 * own.chunk + 1]


cdef inline bint is_before(const Queue* queue, int64_t one, int64_t other) noexcept nogil:
    """Return whether the next row of a capture comes before that of another."""
    cdef int64_t a = queue[one].at.ts_ns, b = queue[other].at.ts_ns
    return a < b or (a == b and one < other)


cdef inline void sift(const Queue* queue, int64_t* order, int64_t k, int64_t n) noexcept nogil:
    """Let the k-th of a heap of captures, the one with the earliest row on top, sink to where it belongs."""
    cdef int64_t moving = order[k], child = 2 * k + 1
    while child < n:
        if child + 1 < n and is_before(queue, order[child + 1], order[child]):
            child += 1
        if not is_before(queue, order[child], moving):
            break
        order[k] = order[child]
        k = child
        child = 2 * k + 1
    order[k] = moving
