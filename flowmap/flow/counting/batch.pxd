"""Packets that are counted in batches: decoded first, all of them, then counted."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from flowmap.kernels.columns cimport CDP, DECLINED, NEIGHBOR, OUTSIDE, TS_NONE, Header, Iface, Index, smaller
from flowmap.decode.kernel cimport decode_record
from flowmap.flow.bins.traffic cimport count_links
from flowmap.flow.counting.rows cimport count_packets
from flowmap.flow.table cimport BATCH, MAX_LINKS, MAX_PAIRS, Table

cdef enum:
    FEW = 4  # packets of known flows: for fewer it is not worth to look them up


cdef inline int64_t room(const Table* t) noexcept nogil:
    """Return how many packets there surely is room for: any may be the first of its row, link and MAC pair."""
    cdef int64_t most = smaller(smaller(t.rows_room, (t.slots_mask + 1) // 2) - t.n_rows, t.bins_room - t.n_bins)
    if t.n_links < MAX_LINKS:
        most = smaller(most, smaller(t.links_room, (t.link_mask + 1) // 2) - t.n_links)
    if t.n_pairs < MAX_PAIRS:
        most = smaller(most, smaller(t.pairs_room, (t.pair_mask + 1) // 2) - t.n_pairs)
    return most


cdef inline int64_t stride_after(int64_t stride, int64_t calm) noexcept nogil:
    """Return how many packets to count in a batch after `calm` of known flows.

    That is one, and where these were few twice as many as before.
    """
    return smaller(2 * stride, BATCH) if calm < FEW else 1


cdef inline int64_t decode_batch(
    Header* h, const uint8_t* data, const Index* index, const Iface* ifaces, int64_t n
) noexcept nogil:
    """Decode the packets of a batch; return how many are declined."""
    cdef int64_t i, declined = 0
    for i in range(n):
        decode_record(h + i, data, index + i, ifaces)
        declined += h[i].cls == DECLINED
    return declined


cdef inline int64_t classify(
    const Table* t, Header* h, const Index* index, int64_t place, int64_t n, int64_t* control
) noexcept nogil:
    """Mark packets outside the window, and note the positions of control frames."""
    cdef int64_t i, n_control = 0, ts_ns
    for i in range(n):
        ts_ns = index[i].ts_ns
        if ts_ns != TS_NONE and (ts_ns < t.from_ns or ts_ns >= t.to_ns):
            h[i].cls = OUTSIDE
        if NEIGHBOR <= h[i].cls <= CDP:
            control[n_control] = place + i
            n_control += 1
    return n_control


cdef inline void count_batch(
    Table* t, const Header* h, const Index* index, const uint8_t* data, const Iface* ifaces, int64_t n
) noexcept nogil:
    """Count the decoded packets of a batch: links first, then flows."""
    cdef uint32_t[64] link_of
    count_links(t, link_of, h, index, n)
    count_packets(t, link_of, h, index, data, ifaces, n)
