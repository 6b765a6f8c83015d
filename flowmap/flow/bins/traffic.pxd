"""Compiled twin of what `reference.py` counts by link and by pair of MAC addresses: every packet of a batch.

`h` are the batch's decoded packets h[0..n), `index` their records.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport TCP, TS_NONE, Gap, Header, Index, Link, MacPair, larger
from flowmap.flow.bins.kernel cimport MAX_OWN, count_bytes, link_bins, new_bins
from flowmap.flow.table cimport BIN_NS, GAP_NS, MAX_LINKS, MAX_PAIRS, RECENT, Table, in_bins, mix

cdef inline uint64_t pair_hash(const uint64_t* keys, uint64_t smac, uint64_t dmac, uint64_t link) noexcept nogil:
    """Return the hash of a pair of MAC addresses on a link."""
    return mix(mix(mix(keys[14], keys, smac), keys + 2, dmac), keys + 4, link) >> 32


cdef inline void rehash_pairs(Table* t) noexcept nogil:
    """Fill the empty `pair_slots`."""
    cdef int64_t r, s
    for r in range(t.n_pairs):
        s = <int64_t>pair_hash(t.keys, t.pairs[r].smac, t.pairs[r].dmac, t.pairs[r].link) & t.pair_mask
        while t.pair_slots[s] != 0:
            s = (s + 1) & t.pair_mask
        t.pair_slots[s] = r + 1


cdef inline uint64_t link_hash(const uint64_t* keys, uint64_t interface, uint64_t ifindex) noexcept nogil:
    """Return the hash of a link."""
    return mix(keys[14], keys, interface << 32 | ifindex) >> 32


cdef inline void rehash_links(Table* t) noexcept nogil:
    """Fill the empty `link_slots`."""
    cdef int64_t r, s
    for r in range(t.n_links):
        s = <int64_t>link_hash(t.keys, t.links[r].interface, t.links[r].ifindex) & t.link_mask
        while t.link_slots[s] != 0:
            s = (s + 1) & t.link_mask
        t.link_slots[s] = r + 1


cdef inline int64_t find_link(Table* t, uint32_t interface, uint32_t ifindex) noexcept nogil:
    """Return the row of `links` for (interface, ifindex).

    Neighbours mostly agree. Beyond MAX_LINKS the first one serves, counted.
    """
    cdef int64_t r = t.last_link, s
    if r < t.n_links and t.links[r].interface == interface and t.links[r].ifindex == ifindex:
        return r
    s = <int64_t>link_hash(t.keys, interface, ifindex) & t.link_mask
    while t.link_slots[s] != 0:
        r = t.link_slots[s] - 1
        if t.links[r].interface == interface and t.links[r].ifindex == ifindex:
            t.last_link = r
            return r
        s = (s + 1) & t.link_mask
    r = t.n_links
    if r >= MAX_LINKS:
        t.links_lost += 1
        return 0
    t.link_slots[s] = r + 1
    t.links[r].interface = interface
    t.links[r].ifindex = ifindex
    t.links[r].first_ns = TS_NONE
    t.links[r].last_ns = TS_NONE
    t.links[r].previous_ns = TS_NONE
    t.links[r].bin_ns = TS_NONE
    t.n_links = r + 1
    t.last_link = r
    return r


cdef inline int64_t bin_start(int64_t ts_ns) noexcept nogil:
    """Return where the 100 ms of `ts_ns` began."""
    cdef int64_t rest = ts_ns % BIN_NS  # of a time before 1970 it is negative
    return ts_ns - rest if rest >= 0 else ts_ns - rest - BIN_NS


cdef inline void count_recent(Link* link, int64_t ts_ns, uint64_t wire_len) noexcept nogil:
    """Count the wire bytes of the packet's 100 ms, if that is one of the latest 16; of an older one, begin anew from there."""
    cdef int64_t start = bin_start(ts_ns), steps = RECENT, i
    if link.bin_ns != TS_NONE and start > link.bin_ns - RECENT * BIN_NS and start - RECENT * BIN_NS < link.bin_ns:
        steps = (start - link.bin_ns) // BIN_NS
    if steps > 0:
        for i in range(steps):
            link.recent[(start // BIN_NS - i) & (RECENT - 1)] = 0
        link.bin_ns = start
    start = (start // BIN_NS) & (RECENT - 1)
    link.recent[start] += wire_len
    if link.recent[start] > link.peak_bytes:
        link.peak_bytes = link.recent[start]


cdef inline void count_time(Table* t, int64_t r, int64_t ts_ns, uint64_t wire_len) noexcept nogil:
    """Count time, silence and the busiest 100 ms of a packet that does not just follow the one before it."""
    cdef Link* link = t.links + r
    cdef int64_t previous = link.previous_ns
    if ts_ns == TS_NONE:
        return
    if previous != TS_NONE and ts_ns > TS_NONE + GAP_NS and previous <= ts_ns - GAP_NS and t.n_gaps < t.gaps_room:
        t.gaps[t.n_gaps] = Gap(previous, ts_ns, r)
        t.n_gaps += 1
    if link.first_ns == TS_NONE or ts_ns < link.first_ns:
        link.first_ns = ts_ns
    link.last_ns = larger(link.last_ns, ts_ns)
    link.backwards += ts_ns < previous
    link.previous_ns = ts_ns
    if in_bins(ts_ns):
        count_recent(link, ts_ns, wire_len)


cdef inline void count_run(Table* t, int64_t r, const Header* h, const Index* index, int64_t n) noexcept nogil:
    """Count `n` packets of the link that follow one another.

    Its counters stay in registers meanwhile, and a packet that is no older than the one before it and of the same 100 ms takes
    two comparisons: 50 instructions a packet less.
    """
    cdef Link* link = t.links + r
    cdef uint64_t wire_bytes = 0, captured_bytes = 0, snapped = 0, inbound = 0, outbound = 0, tcp = 0, tcp_short = 0
    cdef uint64_t bin_bytes = 0
    cdef uint32_t longest = link.max_wire_len, most = link.max_cap_len, wire_len, cap_len
    cdef int64_t i, ts_ns, previous = link.previous_ns, bin_ns = link.bin_ns, slot = (bin_ns // BIN_NS) & (RECENT - 1)
    for i in range(n):
        wire_len, cap_len, ts_ns = index[i].wire_len, index[i].cap_len, index[i].ts_ns
        wire_bytes += wire_len
        captured_bytes += cap_len
        snapped += cap_len < wire_len
        longest = wire_len if wire_len > longest else longest
        most = cap_len if cap_len > most else most
        inbound += h[i].direction & 1
        outbound += h[i].direction >> 1
        if h[i].cls == TCP:
            tcp += 1
            tcp_short += h[i].data_offset == 0 and h[i].payload == 0
        else:
            link.classes[h[i].cls] += 1
        if <uint64_t>ts_ns - <uint64_t>previous < GAP_NS and <uint64_t>ts_ns - <uint64_t>bin_ns < BIN_NS and ts_ns > BIN_NS:
            previous = ts_ns
            bin_bytes += wire_len
        else:
            settle(link, slot, previous, bin_bytes)
            count_time(t, r, ts_ns, wire_len)
            bin_bytes, previous, bin_ns = 0, link.previous_ns, link.bin_ns
            slot = (bin_ns // BIN_NS) & (RECENT - 1)
    settle(link, slot, previous, bin_bytes)
    link.classes[TCP] += tcp
    link.tcp_short += tcp_short
    link.packets += <uint64_t>n
    link.wire_bytes += wire_bytes
    link.captured_bytes += captured_bytes
    link.snapped += snapped
    link.in_packets += inbound
    link.out_packets += outbound
    link.max_wire_len = longest
    link.max_cap_len = most


cdef inline void settle(Link* link, int64_t slot, int64_t previous, uint64_t bin_bytes) noexcept nogil:
    """Take over what packets in a row have added to the latest 100 ms, the last of them at `previous`."""
    if bin_bytes == 0 and previous == link.previous_ns:
        return
    link.previous_ns = previous
    link.last_ns = larger(link.last_ns, previous)
    link.recent[slot] += bin_bytes
    if link.recent[slot] > link.peak_bytes:
        link.peak_bytes = link.recent[slot]


cdef inline void count_links(Table* t, uint32_t* link_of, const Header* h, const Index* index, int64_t n) noexcept nogil:
    """Count the batch by links, run by run. Writes each packet's link to `link_of`."""
    cdef int64_t i = 0, start, link
    cdef uint32_t interface, ifindex
    while i < n:
        interface = index[i].interface
        ifindex = h[i].ifindex
        link = find_link(t, interface, ifindex)
        start = i
        while i < n and index[i].interface == interface and h[i].ifindex == ifindex:
            link_of[i] = link
            i += 1
        if t.links[link].interface != interface or t.links[link].ifindex != ifindex:
            t.links_lost += i - start - 1
        count_run(t, link, h + start, index + start, i - start)


cdef inline int64_t find_pair(Table* t, uint64_t smac, uint64_t dmac, uint32_t link) noexcept nogil:
    """Return the row of `pairs`, a new one where there is none; -1 beyond MAX_PAIRS, counted."""
    cdef int64_t s = <int64_t>pair_hash(t.keys, smac, dmac, link) & t.pair_mask, r
    while t.pair_slots[s] != 0:
        r = t.pair_slots[s] - 1
        if t.pairs[r].smac == smac and t.pairs[r].dmac == dmac and t.pairs[r].link == link:
            return r
        s = (s + 1) & t.pair_mask
    r = t.n_pairs
    if r >= MAX_PAIRS:
        t.pairs_lost += 1
        return -1
    t.pairs[r] = MacPair(smac, dmac, 0, 0, TS_NONE, TS_NONE, link, new_bins(t) if r < MAX_OWN else 0)
    t.pair_slots[s] = r + 1
    t.n_pairs = r + 1
    return r


cdef inline void count_pair(MacPair* pair, int64_t ts_ns, uint32_t wire_len) noexcept nogil:
    """Count a frame of a pair of MAC addresses."""
    pair.frames += 1
    pair.wire_bytes += wire_len
    if ts_ns > pair.last_ns:  # TS_NONE is no time, and less than any
        pair.last_ns = ts_ns
    if <uint64_t>ts_ns - <uint64_t>TS_NONE - 1 < <uint64_t>pair.first_ns - <uint64_t>TS_NONE - 1:
        pair.first_ns = ts_ns


cdef inline void count_bins(Table* t, uint32_t link, uint32_t row, const Header* h, const Index* record) noexcept nogil:
    """Count wire bytes over time, in row `row` of the bins; where that is 0, in the link's."""
    if record.ts_ns != TS_NONE:
        if row == 0:
            row = link_bins(t, link, h.direction)
        if row > 0 and record.wire_len > 0:
            count_bytes(t, row, record.ts_ns, record.wire_len)


cdef inline int64_t pair_of(Table* t, const Header* h, uint32_t link) noexcept nogil:
    """Return the row of the packet's MAC pair, or -1. Neighbours mostly are of one."""
    cdef int64_t last = t.last_pair
    if not (
        last < t.n_pairs and t.pairs[last].smac == h.smac and t.pairs[last].dmac == h.dmac and t.pairs[last].link == link
    ):
        last = find_pair(t, h.smac, h.dmac, link)
        t.last_pair = larger(last, 0)
    return last
