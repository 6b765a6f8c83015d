"""Compiled twin of what `reference.py` counts by flow: the TCP packets of a batch."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport (
    ACK, FLAGS, ISN, MACS, MAGIC, OUTSIDE, SEQUENCE, SYN_ACK, SYN_ONLY, TCP, TS_NONE, Flow, Header, Iface, Index, smaller,
)
from flowmap.flow.counting.hash cimport flow_hash, likely_number, same_key
from flowmap.flow.short.known cimport forget, learn
from flowmap.flow.sequence.follow cimport Sequences, State, follow
from flowmap.flow.table cimport BIN_NS, Table, in_bins
from flowmap.flow.bins.traffic cimport bin_start, count_bins, count_pair, pair_of

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define prefetch(address) __builtin_prefetch(address)
    #else
    #define prefetch(address) ((void)(address))
    #endif
    """
    void prefetch(const void*) noexcept nogil

cdef enum:
    LARGE = 4095  # slots: a table with more of them does not stay in the first-level cache
    AHEAD = 16  # packets, whose rows are looked up before they are counted
    NEAR = 8  # and whose state is
    LEARNT = 4  # flows of a batch that are known from then on, the last ones


cdef inline void move_slots(Table* t, const int64_t* before, int64_t count) noexcept nogil:
    """Fill the empty `slots` with what `count` others held. Their tags say where each belongs, so that no row is looked at."""
    cdef int64_t k, s
    for k in range(count):
        if before[k] != 0:
            s = (before[k] >> 32) & t.slots_mask
            while t.slots[s] != 0:
                s = (s + 1) & t.slots_mask
            t.slots[s] = before[k]


cdef inline int64_t signed32(uint32_t value) noexcept nogil:
    """Return the difference of two sequence numbers, as RFC 1982 compares them."""
    return <int32_t>value


cdef inline bint begins_stream(const Flow* row, const Header* h) noexcept nogil:
    """Return whether a SYN for the row's key belongs to another connection than the row."""
    cdef int64_t ahead
    if row.have & ISN:
        return h.seq != row.isn
    if not row.have & SEQUENCE:
        return False
    ahead = signed32(row.seq_base - h.seq)
    return ahead < 0 or ahead > 65536


cdef inline int64_t look_up(Table* t, const Header* h, uint32_t link, int64_t tag) noexcept nogil:
    """Return the last row of the packet's key, or -1."""
    cdef int64_t s = tag & t.slots_mask, r
    while t.slots[s] != 0:
        if t.slots[s] >> 32 == tag:
            r = <uint32_t>t.slots[s] - 1
            if same_key(t.rows + r, h, link):
                return r
        s = (s + 1) & t.slots_mask
    return -1


cdef inline int64_t add_row(Table* t, const Header* h, uint32_t link, int64_t tag) noexcept nogil:
    """Return a new row of the packet's key, which is found in place of an older one. The caller made sure that one fits."""
    cdef int64_t s = tag & t.slots_mask, r = t.n_rows
    cdef Flow* row = t.rows + r
    while t.slots[s] != 0:
        if t.slots[s] >> 32 == tag and same_key(t.rows + (<uint32_t>t.slots[s] - 1), h, link):
            break
        s = (s + 1) & t.slots_mask
    row.src_hi = h.src_hi
    row.src_lo = h.src_lo
    row.dst_hi = h.dst_hi
    row.dst_lo = h.dst_lo
    row.vlan = h.vlan
    row.encap = h.encap
    row.link = link
    row.sport = h.sport
    row.dport = h.dport
    row.version = h.version
    row.smac = h.smac
    row.dmac = h.dmac
    row.first_ns = TS_NONE
    row.last_ns = TS_NONE
    row.bin_ns = TS_NONE
    t.sequences.begins[r].have = 0  # as it is; but a page that is read before it is written to is mapped twice
    t.slots[s] = tag << 32 | (r + 1)
    t.n_rows = r + 1
    return r


cdef inline void count_row(Flow* row, const Header* h, int64_t ts_ns, uint32_t wire_len) noexcept nogil:
    """Add a packet to the sums of its row.

    There are no branches: whether a packet has payload is a guess that the processor often loses.
    """
    row.packets += 1
    row.wire_bytes += wire_len
    row.payload_bytes += h.payload
    row.data_packets += h.payload != 0
    row.max_payload = h.payload if h.payload > row.max_payload else row.max_payload
    if <uint64_t>ts_ns - <uint64_t>row.bin_ns < BIN_NS and ts_ns > BIN_NS:
        row.bin_bytes += wire_len
        row.peak_bytes = row.bin_bytes if row.bin_bytes > row.peak_bytes else row.peak_bytes
        if ts_ns < row.last_ns:
            row.first_ns = ts_ns if ts_ns < row.first_ns else row.first_ns
        else:
            row.last_ns = ts_ns
    elif ts_ns != TS_NONE:
        count_time(row, ts_ns, wire_len)
    row.directions |= h.direction


cdef inline void count_time(Flow* row, int64_t ts_ns, uint32_t wire_len) noexcept nogil:
    """Count the time of a packet that is not of the current 100 ms.

    One that is up to a second late is in no peak: the bytes of its own 100 ms are gone, and those of another would be too many.
    """
    if row.last_ns == TS_NONE:
        row.first_ns = row.last_ns = ts_ns
    elif ts_ns > row.last_ns:
        row.last_ns = ts_ns
    elif ts_ns < row.first_ns:
        row.first_ns = ts_ns
    if not in_bins(ts_ns):
        return
    if row.bin_ns == TS_NONE or ts_ns >= row.bin_ns + BIN_NS or ts_ns < row.bin_ns - 10 * BIN_NS:
        row.bin_ns = bin_start(ts_ns)
        row.bin_bytes = wire_len
        if row.bin_bytes > row.peak_bytes:
            row.peak_bytes = row.bin_bytes
    elif ts_ns >= row.bin_ns:  # in the first tenth of a second of 1970, and before
        row.bin_bytes += wire_len
        if row.bin_bytes > row.peak_bytes:
            row.peak_bytes = row.bin_bytes


cdef inline void follow_sequence(Flow* row, uint32_t seq, uint32_t consumed) noexcept nogil:
    """Count segments that leave a hole before them or come late."""
    cdef int64_t distance
    if not row.have & FLAGS:
        row.seq_next = seq + consumed
        row.have |= FLAGS
        return
    distance = signed32(seq - row.seq_next)
    row.ahead += distance > 0
    row.late += distance < 0
    if distance + consumed > 0:
        row.seq_next = seq + consumed


cdef inline void note_acknowledgment(Flow* row, uint32_t ack) noexcept nogil:
    """Note how far the acknowledgments of a row went on from the first one."""
    cdef int64_t ahead
    if not row.have & ACK:
        row.ack_base = ack
        row.have |= ACK
    ahead = signed32(ack - row.ack_base - <uint32_t>row.acked)
    row.acked += ahead if ahead > 0 else 0


cdef inline void note_numbers(Flow* row, const Header* h) noexcept nogil:
    """Note what the numbers of a packet tell of its row.

    These are the first and the initial sequence number, how far acknowledgments went (a RST's numbers may be anything), who
    connects, and the first payload bytes.
    """
    cdef uint32_t consumed
    if h.flags & 7 or (row.have | ~h.have) & SEQUENCE == 0:
        note_rare(row, h)
    consumed = h.payload + (h.flags >> 1 & 1) + (h.flags & 1)
    if not h.flags & 4:
        if consumed > 0 and h.have & SEQUENCE:
            if h.seq == row.seq_next and row.have & FLAGS:  # as nearly always
                row.seq_next += consumed
            else:
                follow_sequence(row, h.seq, consumed)
        if h.have & ACK:
            note_acknowledgment(row, h.ack)
    if not row.have & MAGIC and h.have & MAGIC:
        row.magic = h.magic
        row.have |= MAGIC


cdef inline void note_rare(Flow* row, const Header* h) noexcept nogil:
    """Note what few packets of a flow tell: SYN, FIN, RST, and the first sequence number."""
    row.syn += h.flags >> 1 & 1
    row.fin += h.flags & 1
    row.rst += h.flags >> 2 & 1
    if not h.flags & 4 and not row.have & SEQUENCE and h.have & SEQUENCE:
        row.seq_base = h.seq
        row.have |= SEQUENCE
    if h.flags & 2 and h.have & SEQUENCE:
        row.isn = h.seq
        row.have |= ISN | (SYN_ACK if h.flags & 16 else SYN_ONLY)


cdef inline uint32_t count_macs(Table* t, Flow* row, const Header* h, const Index* record, uint32_t link) noexcept nogil:
    """Count a frame by its MAC pair; `row` is its flow or NULL. Returns the pair's row of bins, 0 for none.

    Nearly always the pair is that of the flow's last packet, also where two directions take turns; no hash then.
    """
    cdef int64_t pair
    if row != NULL and row.pair != 0:
        pair = row.pair - 1
        if t.pairs[pair].smac == h.smac and t.pairs[pair].dmac == h.dmac:
            count_pair(t.pairs + pair, record.ts_ns, record.wire_len)
            return t.pairs[pair].bins
    pair = pair_of(t, h, link)
    if row != NULL:
        row.pair = pair + 1
        row.smac_changed |= row.smac != h.smac
    if pair < 0:
        return 0
    count_pair(t.pairs + pair, record.ts_ns, record.wire_len)
    return t.pairs[pair].bins


cdef inline int64_t row_of(
    Table* t, const Header* h, uint32_t link, int64_t tag, int64_t likely, bint* replaced
) noexcept nogil:
    """Return the packet's row, or a new one.

    It is `likely`, if that is not -1 and no row has been replaced since it was looked up.
    """
    cdef int64_t r = likely
    if r < 0 or replaced[0] or not same_key(t.rows + r, h, link):
        r = look_up(t, h, link, tag)
    if r < 0 or (h.flags & 2 and h.have & SEQUENCE and begins_stream(t.rows + r, h)):
        if r >= 0:
            replaced[0] = True
            forget(t, r)
        r = add_row(t, h, link, tag)
    return r


cdef inline void count_packets(
    Table* t, const uint32_t* link_of, const Header* h, const Index* index, const uint8_t* data, const Iface* ifaces, int64_t n
) noexcept nogil:
    """Count the batch's packets by MAC pair, in the bins, and those of TCP in their rows.

    Rows are looked up, and their cache lines asked for, some packets ahead. Where the table is larger than the caches the
    processor so counts packets while it waits for slots and rows of others: 155 ns a packet of 600,000 flows, 321 without. What is
    asked for is what is used, 16 packets later: all of a batch at once, and a row where its first slot was not its own, took 220.
    Trains of few flows do not come here, see `short/calm.pxd`.
    """
    cdef int64_t[64] tags
    cdef int64_t[64] likely
    cdef int64_t i
    cdef bint replaced = False, large = t.slots_mask >= LARGE
    cdef uint32_t bins
    cdef Flow* row
    for i in range(n):
        tags[i] = likely[i] = -1
        if h[i].cls == TCP:
            tags[i] = <int64_t>flow_hash(t.keys, h + i, link_of[i])
            if large:
                prefetch(t.slots + (tags[i] & t.slots_mask))
    for i in range(smaller(n, AHEAD)):
        likely[i] = look_ahead(t, tags[i], large)
    for i in range(n):
        if i + AHEAD < n:
            likely[i + AHEAD] = look_ahead(t, tags[i + AHEAD], large)
        if large and i + NEAR < n and likely[i + NEAR] >= 0:
            prefetch_state(&t.sequences, likely[i + NEAR])
        if h[i].cls == OUTSIDE:
            continue
        row = NULL
        bins = 0
        if h[i].cls == TCP:
            row = t.rows + row_of(t, h + i, link_of[i], tags[i], likely[i], &replaced)
        if h[i].have & MACS:
            t.links[link_of[i]].unicast += h[i].dmac >> 40 & 1 ^ 1
            bins = count_macs(t, row, h + i, index + i, link_of[i])
        elif row != NULL:
            row.pair = 0
            row.smac_changed |= row.smac != h[i].smac
        count_bins(t, link_of[i], bins, h + i, index + i)
        if row != NULL:
            count_row(row, h + i, index[i].ts_ns, index[i].wire_len)
            note_numbers(row, h + i)
            follow(&t.sequences, row - t.rows, h + i, index[i].ts_ns, data + index[i].offset, index[i].cap_len)
            if n - i <= LEARNT:
                learn(t, row - t.rows, link_of[i], data + index[i].offset, index + i, ifaces + index[i].interface)


cdef inline int64_t look_ahead(const Table* t, int64_t tag, bint large) noexcept nogil:
    """Return the row that a packet likely has, or -1, also where `tag` is that; load what is touched of it in a large table."""
    cdef int64_t likely = likely_number(t.slots, t.slots_mask, tag) if tag >= 0 else -1
    if large and likely >= 0:
        prefetch_row(t.rows + likely)
        prefetch(t.sequences.begins + likely)
        prefetch(&t.sequences.begins[likely].have)
    return likely


cdef inline void prefetch_state(const Sequences* s, int64_t row) noexcept nogil:
    """Load what a packet touches of its row's sequence state, if it has one."""
    cdef const char* state
    if s.begins[row].state != 0:
        state = <const char*>(s.states + (s.begins[row].state - 1))
        prefetch(state)
        prefetch(state + 64)
        prefetch(state + sizeof(State) - 8)


cdef inline void prefetch_row(const Flow* row) noexcept nogil:
    """Load the lines that a packet touches: the first 128 bytes."""
    prefetch(row)
    prefetch(<const char*>row + 64)
    prefetch(&row.pair)
