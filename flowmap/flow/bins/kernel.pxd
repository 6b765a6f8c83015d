"""Compiled twin of `reference.py`: bins in a ring.

The table's `bins` are rows of N_BINS; the bin `b` of a row stands at `b & MASK`. Row 0 is no row, but room to work in. The
caller keeps room for one more row than there are.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport Link, larger, smaller
from flowmap.flow.table cimport Table

cdef enum:
    N_BINS = 1024
    MASK = 1023
    SHIFT = 20
    MAX_OWN = 256


cdef inline uint32_t new_bins(Table* t) noexcept nogil:
    """Return the number of a new row."""
    t.n_bins += 1
    return t.n_bins - 1


cdef inline uint32_t link_bins(Table* t, int64_t link, int64_t direction) noexcept nogil:
    """Return the row of a link for packets of one direction whose MAC pair has none; 0 for links beyond the first 256."""
    if t.links[link].bins[direction] == 0 and link < MAX_OWN:
        t.links[link].bins[direction] = new_bins(t)
    return t.links[link].bins[direction]


cdef inline int64_t widen(Table* t, int64_t ts_ns) noexcept nogil:
    """Make the bin of `ts_ns` one of the N_BINS, which takes wider bins if it is far from all others. Returns it."""
    cdef int64_t time = ts_ns >> t.bin_shift, low, high, by = 0, row
    if t.bin_high < t.bin_low:
        t.bin_low = time
        t.bin_high = time
    low = smaller(t.bin_low, time)
    high = larger(t.bin_high, time)
    while (high >> by) - (low >> by) >= N_BINS:
        by += 1
    if by > 0:
        for row in range(1, t.n_bins):
            fold(t.bins, t.bins + row * N_BINS, t.bin_low, t.bin_high, by)
    t.bin_shift += by
    t.bin_low = low >> by
    t.bin_high = high >> by
    return time >> by


cdef inline void fold(uint64_t* before, uint64_t* row, int64_t low, int64_t high, int64_t by) noexcept nogil:
    """Add each 2^by neighbours of the bins low..high up to one."""
    cdef int64_t b
    for b in range(N_BINS):
        before[b] = row[b]
        row[b] = 0
    for b in range(low, high + 1):
        row[b >> by & MASK] += before[b & MASK]


cdef inline void count_bytes(Table* t, int64_t row, int64_t ts_ns, int64_t wire_len) noexcept nogil:
    """Count a packet, of at least one byte, in a row."""
    cdef int64_t time = ts_ns >> t.bin_shift
    if time < t.bin_low or time > t.bin_high:
        time = widen(t, ts_ns)
    t.bins[row * N_BINS + (time & MASK)] += <uint64_t>wire_len
