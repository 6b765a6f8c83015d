"""A short way for what captures of bulk are full of: the next segment, or acknowledgment, of a flow that is known.

It counts what `count_batch` counts, or leaves the packet alone: 240 instructions with its record walked, where decoding and
counting alone take 685. Two things make it short. Flows are found by the bytes of the frame as they stand, see `known.pxd`. And
as long as a link is calm, its times in order and within one 100 ms, one window of the log and the bins that there may be, two
comparisons say so. Meanwhile the counters of its flows are kept in their entries: what a packet adds to its row, link, MAC pair
and sequence state is all in three cache lines.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from flowmap.kernels.columns cimport ACK, FLAGS, MAGIC, SEQUENCE, TCP, TS_NONE, Flow, Header, Index, Link, larger, smaller
from flowmap.decode.kernel cimport CHECKED
from flowmap.decode.layers.segment cimport Kind, Segment, is_plain, kind_of, read_ipv4, read_key, read_segment
from flowmap.flow.bins.kernel cimport MASK, N_BINS
from flowmap.flow.short.known cimport find_known
from flowmap.flow.sequence.follow cimport LOW_SHIFT, TIMED, Begin, log_packet
from flowmap.flow.sequence.next cimport follow_next, handshake_over, is_ahead, is_next, knows_next, leave_hole
from flowmap.flow.table cimport BIN_NS, CALM, RECENT, Calm, Known, Table

cdef enum:
    NUMBERED = SEQUENCE | ACK

ctypedef struct Plain:  # what `is_plain` is true of
    bint six

ctypedef fused AnyKind:
    Plain
    Kind

ctypedef struct PcapPacket:  # of a record of a pcap file, which tells neither interface nor flags
    int64_t ts_ns
    const uint8_t* frame
    uint32_t cap_len
    uint32_t wire_len

ctypedef struct BlockPacket:  # of a packet block
    int64_t ts_ns
    const uint8_t* frame
    uint32_t cap_len
    uint32_t wire_len
    uint32_t interface
    uint32_t flags

ctypedef fused AnyPacket:
    Index
    PcapPacket
    BlockPacket


cdef inline void settle_links(Table* t) noexcept nogil:
    """Give rows and links what was kept aside, and find out anew if they are calm: before packets are counted otherwise."""
    cdef int64_t k
    cdef Calm* calm
    cdef Link* link
    for k in range(t.n_opened):
        close_flow(t, t.known + t.opened[k])
    t.n_opened = 0
    for k in range(CALM):
        calm = t.calm + k
        if calm.until_ns == TS_NONE:
            continue
        calm.until_ns = TS_NONE
        link = calm.link
        link.captured_bytes += calm.captured_bytes
        link.snapped += calm.snapped
        link.max_wire_len = <uint32_t>larger(link.max_wire_len, calm.max_wire_len)
        link.max_cap_len = <uint32_t>larger(link.max_cap_len, calm.max_cap_len)
        link.previous_ns = calm.last_ns
        link.last_ns = calm.last_ns
        if link.recent[calm.slot] > link.peak_bytes:
            link.peak_bytes = link.recent[calm.slot]


cdef inline void close_flow(Table* t, Known* known) noexcept nogil:
    """Give the flow's row, link, MAC pair and sequence numbers what its entry has counted."""
    cdef Flow* row = known.row
    cdef Link* link = known.link
    cdef Begin* begin = known.begin
    known.open = False
    if known.packets == 0:
        return
    row.packets += known.packets
    row.wire_bytes += known.wire_bytes
    row.payload_bytes += known.payload_bytes
    row.data_packets += known.data_packets
    row.seq_next += <uint32_t>known.payload_bytes + <uint32_t>known.missed
    row.ahead += known.holes
    row.last_ns = known.last_ns
    row.bin_bytes += known.wire_bytes
    if row.bin_bytes > row.peak_bytes:
        row.peak_bytes = row.bin_bytes
    row.max_payload, row.acked = known.max_payload, known.acked
    begin.sent += known.payload_bytes + known.missed
    begin.last_id, begin.last_ack, begin.last_low = known.last_id, known.last_ack, <uint32_t>(known.last_ns >> LOW_SHIFT)
    known.pair.frames += known.packets
    known.pair.wire_bytes += known.wire_bytes
    known.pair.last_ns = larger(known.pair.last_ns, known.last_ns)
    link.packets += known.packets
    link.classes[TCP] += known.packets
    link.unicast += known.packets
    link.wire_bytes += known.wire_bytes
    link.recent[known.calm.slot] += known.wire_bytes
    t.calm_packets += known.packets


cdef inline bint grow_calm(const Table* t, Calm* calm, Link* link, int64_t ts_ns) noexcept nogil:
    """Note whether a link is calm at a time, and until when. There is nothing kept aside of any link at this place."""
    cdef int64_t inside = ts_ns & (t.sequences.period - 1)
    if link.bin_ns <= BIN_NS or link.previous_ns != link.last_ns or ts_ns < t.from_ns or ts_ns < link.last_ns:
        return False
    if ts_ns - link.bin_ns >= BIN_NS or ts_ns >> t.bin_shift < t.bin_low or t.bin_high < t.bin_low:
        return False
    calm.logging = inside < t.sequences.width
    calm.link = link
    calm.last_ns = link.last_ns
    calm.bin_ns = link.bin_ns
    calm.slot = (link.bin_ns // BIN_NS) & (RECENT - 1)
    calm.captured_bytes = calm.snapped = 0
    calm.max_wire_len = calm.max_cap_len = 0
    calm.until_ns = smaller(smaller(link.bin_ns + BIN_NS, t.to_ns), ts_ns - inside + (
        t.sequences.width if calm.logging else t.sequences.period
    ))
    if t.bin_low + N_BINS < INT64_MAX >> t.bin_shift:
        calm.until_ns = smaller(calm.until_ns, (t.bin_low + N_BINS) << t.bin_shift)
    if ts_ns < calm.until_ns:
        return True
    calm.until_ns = TS_NONE
    return False


cdef inline bint open_flow(Table* t, Known* known, int64_t ts_ns) noexcept nogil:
    """Return whether packets of the flow at this time may be counted in its entry, which has nothing of any other time."""
    cdef const Flow* row = known.row
    cdef const Begin* begin = known.begin
    cdef Calm* calm = known.calm
    if calm.until_ns == TS_NONE or calm.link != known.link or ts_ns < calm.last_ns or ts_ns >= calm.until_ns:
        if calm.until_ns != TS_NONE:
            settle_links(t)
        if not grow_calm(t, calm, known.link, ts_ns):
            return False
    if row.bin_ns != calm.bin_ns or row.pair != known.pair_number or row.have & NUMBERED != NUMBERED:
        return False
    if not handshake_over(begin):
        return False
    known.sends = row.have & FLAGS != 0 and knows_next(begin, row.seq_next)
    known.magic = row.have & MAGIC != 0
    known.packets = known.wire_bytes = known.payload_bytes = known.data_packets = 0
    known.missed = known.holes = 0
    known.acked, known.ack_base, known.seq_next, known.max_payload = row.acked, row.ack_base, row.seq_next, row.max_payload
    known.last_ack, known.last_id = begin.last_ack, begin.last_id
    known.state = t.sequences.states + (begin.state - 1) if begin.state != 0 else NULL
    known.open = True
    t.opened[t.n_opened] = <uint8_t>(known - t.known)
    t.n_opened += 1
    return True


cdef inline bint magic_known(const Known* known, const Segment* g, int64_t cap_len) noexcept nogil:
    """Return whether the first payload bytes of the segment's flow are known or not to be had."""
    return known.magic or g.payload < 4 or <int64_t>g.at + g.data_offset + 4 > cap_len


cdef inline void count_next(
    Known* known, Calm* calm, const Segment* g, int64_t ts_ns, uint32_t wire_len, uint32_t cap_len
) noexcept nogil:
    """Count a segment in its flow's entry, which expects it."""
    cdef int32_t acked = <int32_t>(g.ack - known.ack_base - <uint32_t>known.acked)
    known.packets += 1
    known.wire_bytes += wire_len
    known.payload_bytes += g.payload
    known.data_packets += g.payload != 0
    known.seq_next += g.payload
    known.last_ns = ts_ns
    known.last_id = g.ip_id
    known.last_ack = g.ack
    if acked > 0:
        known.acked += acked
    if g.payload > known.max_payload:
        known.max_payload = g.payload
    calm.last_ns = ts_ns
    calm.captured_bytes += cap_len
    calm.snapped += cap_len < wire_len
    if wire_len > calm.max_wire_len:
        calm.max_wire_len = wire_len
    if cap_len > calm.max_cap_len:
        calm.max_cap_len = cap_len


cdef inline bint count_kind(Table* t, const uint8_t* frame, const AnyPacket* packet, AnyKind kind) noexcept nogil:
    """Count a packet of a kind, or return False with nothing changed.

    Of plain ones all places are constants: 35 instructions less.
    """
    cdef Segment g
    cdef Known* known
    cdef Calm* calm
    cdef int64_t ts_ns = packet.ts_ns, cap_len = packet.cap_len, at = 14, length, time
    cdef uint32_t wire_len = packet.wire_len, interface = 0
    cdef bint six = False, ahead
    if AnyKind is Kind:
        at, six = kind.at, kind.six
    if AnyPacket is not PcapPacket:
        interface = packet.interface
        if packet.flags & 3:
            return False
    if wire_len == 0:
        return False
    read_key(&g, frame, at, six)
    known = find_known(t, &g, interface)
    if known == NULL:
        return False
    length = larger(wire_len, cap_len) - known.fcs_len - at
    if AnyKind is Plain:
        if not read_ipv4(&g, frame, at, length):
            return False
    elif not read_segment(&g, frame, at, length):
        return False
    calm = known.calm
    if not known.open or ts_ns < calm.last_ns or ts_ns >= calm.until_ns:
        if not open_flow(t, known, ts_ns):
            return False
    ahead = not is_next(known, &g)
    if (ahead and not is_ahead(known, &g)) or not magic_known(known, &g, cap_len):
        return False
    time = ts_ns >> t.bin_shift
    if time > t.bin_high:
        t.bin_high = time
    known.bins[time & MASK] += wire_len
    if ahead:
        leave_hole(&t.sequences, known, &g, ts_ns)
    count_next(known, calm, &g, ts_ns, wire_len, <uint32_t>cap_len)
    if known.state != NULL:
        follow_next(&t.sequences, known.state, g, ts_ns, frame, cap_len)
    if calm.logging and known.wanted:
        log_next(t, known.row - t.rows, g, ts_ns, frame, cap_len)
    return True


cdef inline bint count_calm(Table* t, const uint8_t* frame, const AnyPacket* packet) noexcept nogil:
    """Count a packet, or return False with nothing changed.

    For each sort of packet there is one caller: compilers put what is called once where it is called, 29 instructions a packet
    less.
    """
    cdef BlockPacket other
    cdef Kind kind
    if is_plain(frame, packet.cap_len):
        return count_kind(t, frame, packet, Plain(False))
    kind = kind_of(frame, packet.cap_len)
    if kind.at == 0:
        return False
    other = BlockPacket(packet.ts_ns, frame, packet.cap_len, packet.wire_len, 0, 0)
    if AnyPacket is not PcapPacket:
        other.interface, other.flags = packet.interface, packet.flags
    return count_kind(t, frame, &other, kind)


cdef inline void log_next(
    Table* t, int64_t row, Segment g, int64_t ts_ns, const uint8_t* frame, int64_t cap_len
) noexcept nogil:
    """Keep a segment in the log as `log_packet` does."""
    cdef Header h
    cdef int64_t level = t.sequences.level
    h.seq, h.ack, h.payload, h.l4_offset = g.seq, g.ack, g.payload, g.at
    h.window, h.flags, h.data_offset, h.have = g.window, g.flags, g.data_offset, SEQUENCE | ACK | FLAGS
    log_packet(&t.sequences, row, &h, ts_ns, frame, cap_len)
    if t.sequences.level != level:
        settle_links(t)  # the windows are others now


cdef inline bint count_alone(Table* t, const uint8_t* data, const AnyPacket* packet) noexcept nogil:
    """Count a packet of a block, or return False with nothing changed."""
    cdef const uint8_t* frame
    cdef uint8_t* copy = NULL
    cdef bint counted
    if AnyPacket is Index:
        frame = data + packet.offset
    else:
        frame = packet.frame
    if CHECKED:
        copy = <uint8_t*>malloc(packet.cap_len)
        memcpy(copy, frame, packet.cap_len)
        frame = copy
    counted = count_calm(t, frame, packet)
    if CHECKED:
        free(copy)
    return counted


cdef inline int64_t count_calmly(Table* t, const uint8_t* data, const Index* index, int64_t n) noexcept nogil:
    """Count packets up to the first that is left alone; return how many."""
    cdef int64_t k
    for k in range(n):
        if not count_alone(t, data, index + k):
            return k
    return n
