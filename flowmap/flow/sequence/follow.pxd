"""Compiled twin of `reference.py`: TCP packets of flow rows update what is kept of their sequence numbers.

The caller owns the arrays and grows them: `begins` has as many rows as the flow table, and before each packet there is room for one
more state, ring and block of missing bytes and NODES more nodes. Lists of a state are linked nodes, 0 ends them: number n is at n - 1.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport ACK, FLAGS, SEQUENCE, TS_NONE, Header, larger
from flowmap.decode.layers.bytes cimport be16, be32, u8
from flowmap.flow.sequence.identity cimport digest
from flowmap.decode.layers.options cimport MAX_SHIFT, option_position, timestamp_position

cdef enum:
    NODES = 3  # that a packet may take: a hole or the rest of one, what is early, a size
    MOST_HOLES = 512
    MOST_EARLY = 64
    MOST_SIZES = 192
    RECENT = 32
    FEW = 4
    MISSING_BINS = 32
    MISSING_SHIFT = 20
    SMALL_PAYLOAD = 1220
    LARGE_PAYLOAD = 1460
    REORDERED_WITHIN_NS = 3_000_000
    SOON_BINS = 8
    NEAR_IDS = 1024
    WITH_ID_NS = 100_000_000
    WITHOUT_ID_NS = 1_000_000
    LOW_SHIFT = 8
    MOST_LEVEL = 30
    WIDEST = 29
    NARROWEST = 25
    BASE = 1
    OPENED = 2
    BEGUN = 4
    TIMED = 8

ctypedef struct Begin:
    int64_t sent
    uint32_t base
    uint32_t last_ack
    uint32_t last_low
    uint32_t syn_low
    uint32_t begun_low
    uint32_t state  # its number + 1
    uint16_t last_id
    uint16_t mss
    uint8_t scale
    uint8_t have

ctypedef struct State:
    int64_t since
    uint64_t retransmitted
    uint64_t reordered
    uint64_t repeated
    uint64_t unsure
    uint64_t retired
    uint32_t row
    uint32_t missing  # its number + 1
    uint32_t oldest
    uint32_t newest
    uint32_t early
    uint32_t sizes
    uint16_t n_holes
    uint16_t n_early
    uint16_t n_sizes
    uint8_t size_shift
    uint8_t latest
    uint32_t[4] recent  # while there are no more; place k is at k % FEW
    uint32_t[4] recent_low
    uint32_t filled  # bits: which places of the latest packets are taken
    uint32_t ring  # its number + 1: where they are once they are more than FEW
    uint32_t[8] soon
    uint16_t opened_id

ctypedef struct Ring:
    uint32_t[32] recent
    uint32_t[32] recent_low

ctypedef struct Node:
    int64_t start  # of a size: payload
    int64_t end  # options
    int64_t opened_ns  # records
    uint32_t earlier
    uint32_t later

ctypedef struct Missing:
    uint64_t[32] bins
    uint32_t shift

ctypedef struct Logged:
    int64_t ts_ns
    uint32_t row
    uint32_t seq
    uint32_t ack
    uint32_t payload
    uint32_t tsval
    uint32_t tsecr
    uint16_t window
    uint8_t flags
    uint8_t have

ctypedef struct Sequences:
    Begin* begins
    State* states
    Node* nodes
    Missing* missing
    Ring* rings
    Logged* log
    const uint8_t* interest
    int64_t states_room
    int64_t nodes_room
    int64_t missing_room
    int64_t rings_room
    int64_t log_room
    int64_t n_states
    int64_t n_nodes
    int64_t n_missing
    int64_t n_rings
    int64_t n_log
    uint32_t free_node
    int64_t level
    int64_t width
    int64_t period


cdef inline void set_level(Sequences* s, int64_t level) noexcept nogil:
    """Keep packets of fewer windows from now on in the log: at each level half as many."""
    cdef int64_t bits = WIDEST - level // 2
    s.level = level
    s.width = <int64_t>1 << (bits if bits > NARROWEST else NARROWEST)
    s.period = s.width << level


cdef inline int64_t sequence_room(const Sequences* s) noexcept nogil:
    """Return for how many packets there surely is room."""
    cdef int64_t room = (s.nodes_room - s.n_nodes) // NODES
    room = room if room < s.states_room - s.n_states else s.states_room - s.n_states
    room = room if room < s.rings_room - s.n_rings else s.rings_room - s.n_rings
    return room if room < s.missing_room - s.n_missing else s.missing_room - s.n_missing


cdef inline void follow(
    Sequences* s, int64_t row, const Header* h, int64_t ts_ns, const uint8_t* frame, int64_t cap_len
) noexcept nogil:
    """Take in a TCP packet of `row`."""
    cdef Begin* begin = s.begins + row
    cdef bint wanted = (s.interest[h.sport] | s.interest[h.dport]) != 0
    if ts_ns != TS_NONE and (h.flags & 2 or begin.have & (OPENED | BEGUN) == OPENED):
        note_handshake(begin, h, ts_ns, frame, cap_len)
    if not h.flags & 4 and h.have & SEQUENCE and sequence(s, row, begin, h, ts_ns, frame, cap_len, wanted):
        return
    begin.last_id = h.ip_id
    begin.last_ack = h.ack
    begin.last_low = <uint32_t>(ts_ns >> LOW_SHIFT)
    begin.have = begin.have & ~TIMED | (TIMED if ts_ns != TS_NONE else 0)
    if wanted and ts_ns != TS_NONE and ts_ns & (s.period - 1) < s.width:
        log_packet(s, row, h, ts_ns, frame, cap_len)


cdef inline bint sequence(
    Sequences* s, int64_t row, Begin* begin, const Header* h, int64_t ts_ns, const uint8_t* frame, int64_t cap_len, bint wanted
) noexcept nogil:
    """Follow the sequence number. Whether the packet is a copy of one that is there already."""
    cdef int64_t consumed = <int64_t>h.payload + (h.flags >> 1 & 1) + (h.flags & 1), start, acked
    cdef bint ahead, late, behind, copied
    cdef State* state
    cdef uint32_t identity, low
    if consumed > 0 and not begin.have & BASE:
        begin.have |= BASE
        begin.base = h.seq
    start = begin.sent + <int32_t>(h.seq - begin.base - <uint32_t>begin.sent)
    ahead, late = consumed > 0 and start > begin.sent, consumed > 0 and start < begin.sent
    acked = <int32_t>(h.ack - begin.last_ack)
    behind = consumed == 0 and acked <= 0 and h.have & ACK and h.ip_id != 0 and begin.have & TIMED
    copied = (late or behind) and follows_itself(begin, h, start + consumed, ts_ns)
    if begin.state == 0 and (
        h.payload > LARGE_PAYLOAD or (wanted and (ahead or late or copied or (behind and acked < 0)))
    ):
        s.states[s.n_states].row = <uint32_t>row
        s.states[s.n_states].since = begin.sent
        s.n_states += 1
        begin.state = <uint32_t>s.n_states
    if begin.state != 0:
        state = s.states + (begin.state - 1)
        identity, low = digest(h, frame, cap_len), <uint32_t>(ts_ns >> LOW_SHIFT)
        if copied or ((late or behind) and ts_ns != TS_NONE and recalls(s, state, identity, low, within_ns(h))):
            state.repeated += 1
            return True
        if ts_ns != TS_NONE:
            remember(s, state, identity, low)
        if h.payload > SMALL_PAYLOAD:
            count_size(s, state, h.payload, (h.data_offset if h.data_offset > 20 else 20) - 20)
        if ahead:
            add_hole(s, state, begin.sent, start, ts_ns, h.ip_id)
        elif late:
            late_segment(s, state, start, start + consumed, ts_ns, h.ip_id)
    if consumed > 0 and start + consumed > begin.sent:
        begin.sent = start + consumed
    return False


cdef inline bint follows_itself(const Begin* begin, const Header* h, int64_t end, int64_t ts_ns) noexcept nogil:
    """Return whether the packet is the one before it in its row again."""
    return (
        h.ip_id == begin.last_id and h.ack == begin.last_ack and (end == begin.sent or h.payload == 0)
        and ts_ns != TS_NONE and begin.have & TIMED and near(begin.last_low, <uint32_t>(ts_ns >> LOW_SHIFT), within_ns(h))
    )


cdef inline bint near(uint32_t one, uint32_t other, int64_t within) noexcept nogil:
    """Return whether two times, of which the low bits are kept, are at most `within` ns apart."""
    cdef int64_t apart = <int32_t>(one - other)
    return (apart if apart >= 0 else -apart) <= within >> LOW_SHIFT


cdef inline int64_t within_ns(const Header* h) noexcept nogil:
    """Return for how long the same packet is a copy."""
    return WITH_ID_NS if h.ip_id != 0 else WITHOUT_ID_NS


cdef inline bint recalls(const Sequences* s, const State* state, uint32_t identity, uint32_t low, int64_t within) noexcept nogil:
    """Return whether a packet of this identity was seen of late."""
    cdef int k
    cdef const Ring* ring
    if state.ring == 0:
        for k in range(1, FEW + 1):
            if state.recent[k % FEW] == identity and state.filled >> k & 1 and near(state.recent_low[k % FEW], low, within):
                return True
        return False
    ring = s.rings + (state.ring - 1)
    for k in range(RECENT):
        if ring.recent[k] == identity and state.filled >> k & 1 and near(ring.recent_low[k], low, within):
            return True
    return False


cdef inline void remember(Sequences* s, State* state, uint32_t identity, uint32_t low) noexcept nogil:
    """Note that the packet is the latest.

    Most states of many are of directions of a few packets, which have no need of a ring: it is two thirds of a state.
    """
    cdef int k
    cdef Ring* ring
    state.latest = (state.latest + 1) % RECENT
    state.filled |= <uint32_t>1 << state.latest
    if state.ring == 0 and state.latest <= FEW and state.latest > 0:
        state.recent[state.latest % FEW] = identity
        state.recent_low[state.latest % FEW] = low
        return
    if state.ring == 0:
        s.n_rings += 1
        state.ring = <uint32_t>s.n_rings
        ring = s.rings + (state.ring - 1)
        for k in range(1, FEW + 1):
            ring.recent[k] = state.recent[k % FEW]
            ring.recent_low[k] = state.recent_low[k % FEW]
    ring = s.rings + (state.ring - 1)
    ring.recent[state.latest] = identity
    ring.recent_low[state.latest] = low


cdef inline void note_handshake(Begin* begin, const Header* h, int64_t ts_ns, const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Note the last SYN and the first packet after it, and what the SYNs offer."""
    cdef int64_t at, value
    if not h.flags & 2:
        begin.begun_low = <uint32_t>(ts_ns >> LOW_SHIFT)
        begin.have |= BEGUN
        return
    at = option_position(h, frame, cap_len, 2, 4)
    if at >= 0 and be16(frame, at) > begin.mss:
        begin.mss = <uint16_t>be16(frame, at)
    if not begin.have & OPENED:
        at = option_position(h, frame, cap_len, 3, 3)
        value = u8(frame, at) if at >= 0 else -1
        begin.scale = <uint8_t>((value if value < MAX_SHIFT else MAX_SHIFT) + 1)
    begin.syn_low = <uint32_t>(ts_ns >> LOW_SHIFT)
    begin.have = (begin.have | OPENED) & ~BEGUN


cdef inline uint32_t new_node(Sequences* s) noexcept nogil:
    """Return a node that is free."""
    cdef uint32_t number = s.free_node
    if number != 0:
        s.free_node = s.nodes[number - 1].later
    else:
        s.n_nodes += 1
        number = <uint32_t>s.n_nodes
    s.nodes[number - 1].earlier = 0
    s.nodes[number - 1].later = 0
    return number


cdef inline void release(Sequences* s, uint32_t number) noexcept nogil:
    """Give a node back."""
    s.nodes[number - 1].later = s.free_node
    s.free_node = number


cdef inline void unlink(Sequences* s, State* state, uint32_t number) noexcept nogil:
    """Take a hole out of its list."""
    cdef Node* node = s.nodes + (number - 1)
    if node.earlier != 0:
        s.nodes[node.earlier - 1].later = node.later
    else:
        state.oldest = node.later
    if node.later != 0:
        s.nodes[node.later - 1].earlier = node.earlier
    else:
        state.newest = node.earlier
    state.n_holes -= 1
    release(s, number)


cdef inline void link_after(Sequences* s, State* state, uint32_t earlier, int64_t start, int64_t end, int64_t ts_ns) noexcept nogil:
    """Put a new hole behind another, 0: none."""
    cdef uint32_t number = new_node(s)
    cdef Node* node = s.nodes + (number - 1)
    node.start, node.end, node.opened_ns, node.earlier = start, end, ts_ns, earlier
    node.later = s.nodes[earlier - 1].later if earlier != 0 else state.oldest
    if earlier != 0:
        s.nodes[earlier - 1].later = number
    else:
        state.oldest = number
    if node.later != 0:
        s.nodes[node.later - 1].earlier = number
    else:
        state.newest = number
    state.n_holes += 1


cdef inline void add_hole(
    Sequences* s, State* state, int64_t start, int64_t end, int64_t ts_ns, uint16_t ip_id
) noexcept nogil:
    """Add a hole, the newest of its direction; the oldest of too many is closed."""
    link_after(s, state, state.newest, start, end, ts_ns)
    state.opened_id = ip_id
    retire(s, state)


cdef inline void retire(Sequences* s, State* state) noexcept nogil:
    """Close the oldest of too many holes."""
    cdef Node* node
    if state.n_holes <= MOST_HOLES:
        return
    node = s.nodes + (state.oldest - 1)
    if state.missing == 0:
        s.missing[s.n_missing].shift = MISSING_SHIFT
        s.n_missing += 1
        state.missing = <uint32_t>s.n_missing
    state.retired += 1
    add_missing(s.missing + (state.missing - 1), node.start, node.end)
    unlink(s, state, state.oldest)


cdef inline void add_missing(Missing* m, int64_t start, int64_t end) noexcept nogil:
    """Count the bytes of a closed hole in the bins of its direction, which become twice as wide where they do not reach."""
    cdef int64_t stop
    cdef int k
    while (end - 1) >> m.shift >= MISSING_BINS:
        for k in range(MISSING_BINS // 2):
            m.bins[k] = m.bins[2 * k] + m.bins[2 * k + 1]
        for k in range(MISSING_BINS // 2, MISSING_BINS):
            m.bins[k] = 0
        m.shift += 1
    while start < end:
        stop = ((start >> m.shift) + 1) << m.shift
        stop = stop if stop < end else end
        m.bins[start >> m.shift] += stop - start
        start = stop


cdef inline int order_of_ids(uint16_t one, uint16_t other) noexcept nogil:
    """Return -1 where `one` was counted before `other`, 1 where after, 0 where the two do not tell."""
    cdef int apart = <int16_t><uint16_t>(one - other)
    if one == 0 or other == 0 or apart > NEAR_IDS or apart < -NEAR_IDS:
        return 0
    return (apart > 0) - (apart < 0)


cdef inline void late_segment(
    Sequences* s, State* state, int64_t start, int64_t end, int64_t ts_ns, uint16_t ip_id
) noexcept nogil:
    """Cut a segment below what was sent out of the holes that it covers, of which the newest are mostly meant."""
    cdef uint32_t number = state.newest, before
    cdef Node* node
    cdef bint filled = False
    cdef int64_t soonest = <int64_t>1 << 62
    cdef int order = order_of_ids(ip_id, state.opened_id), k = 0
    while number != 0:
        node = s.nodes + (number - 1)
        before = node.earlier
        if node.end <= start:
            break
        if node.start < end:
            filled = True
            if ts_ns != TS_NONE and node.opened_ns != TS_NONE and ts_ns - node.opened_ns < soonest:
                soonest = ts_ns - node.opened_ns
            if node.start < start and node.end > end:
                link_after(s, state, number, end, node.end, node.opened_ns)
                s.nodes[number - 1].end = start
            elif node.start < start:
                node.end = start
            elif node.end > end:
                node.start = end
            else:
                unlink(s, state, number)
        number = before
    retire(s, state)
    if filled and (order < 0 or (order == 0 and soonest <= REORDERED_WITHIN_NS)):
        state.reordered += 1
        if order == 0:
            while k < SOON_BINS - 1 and soonest <= REORDERED_WITHIN_NS >> (k + 1):
                k += 1
            state.soon[k] += 1
    else:
        state.retransmitted += 1
        state.unsure += not filled and start < state.since
    if start < 0 and state.n_early < MOST_EARLY:
        number, state.n_early = new_node(s), state.n_early + 1
        node = s.nodes + (number - 1)
        node.start, node.end, node.opened_ns, node.later, state.early = start, end, ts_ns, state.early, number
    elif start < 0 and s.nodes[state.early - 1].start <= start <= s.nodes[state.early - 1].end:
        s.nodes[state.early - 1].end = larger(s.nodes[state.early - 1].end, end)


cdef inline void count_size(Sequences* s, State* state, int64_t payload, int64_t options) noexcept nogil:
    """Count a record; those of a size that was there lately are found first."""
    payload = -(-payload >> state.size_shift) << state.size_shift
    add_size(s, state, payload, options, 1)
    while state.n_sizes > MOST_SIZES and state.size_shift < 32:
        state.size_shift += 1
        round_sizes(s, state)


cdef inline void add_size(Sequences* s, State* state, int64_t payload, int64_t options, int64_t records) noexcept nogil:
    """Count segments of a payload and a length of options, and put that size in front of its list."""
    cdef uint32_t number = state.sizes, before = 0
    cdef Node* node
    while number != 0:
        node = s.nodes + (number - 1)
        if node.start == payload and node.end == options:
            node.opened_ns += records
            if before != 0:
                s.nodes[before - 1].later = node.later
                node.later = state.sizes
                state.sizes = number
            return
        before = number
        number = node.later
    number = new_node(s)
    node = s.nodes + (number - 1)
    node.start, node.end, node.opened_ns, node.later = payload, options, records, state.sizes
    state.sizes = number
    state.n_sizes += 1


cdef inline void round_sizes(Sequences* s, State* state) noexcept nogil:
    """Put sizes that are the same by now together."""
    cdef uint32_t number = state.sizes, later
    cdef Node* node
    cdef int64_t payload, options, records
    state.sizes = 0
    state.n_sizes = 0
    while number != 0:
        node = s.nodes + (number - 1)
        payload, options, records, later = node.start, node.end, node.opened_ns, node.later
        release(s, number)  # and mostly taken again at once
        add_size(s, state, -(-payload >> state.size_shift) << state.size_shift, options, records)
        number = later


cdef inline void log_packet(
    Sequences* s, int64_t row, const Header* h, int64_t ts_ns, const uint8_t* frame, int64_t cap_len
) noexcept nogil:
    """Keep a packet in the log if it is in a window of its level; of a full log, packets of fewer windows stay."""
    cdef int64_t k, kept, stamp
    cdef Logged* out
    while s.n_log >= s.log_room and s.level < MOST_LEVEL:
        set_level(s, s.level + 1)
        kept = 0
        for k in range(s.n_log):
            if s.log[k].ts_ns & (s.period - 1) < s.width:
                s.log[kept] = s.log[k]
                kept += 1
        s.n_log = kept
    if s.n_log >= s.log_room or ts_ns & (s.period - 1) >= s.width:
        return
    stamp = timestamp_position(h, frame, cap_len)
    out = s.log + s.n_log
    out.ts_ns, out.row, out.seq, out.ack, out.payload = ts_ns, <uint32_t>row, h.seq, h.ack, h.payload
    out.tsval = <uint32_t>be32(frame, stamp) if stamp >= 0 else 0
    out.tsecr = <uint32_t>be32(frame, stamp + 4) if stamp >= 0 else 0
    out.window, out.flags, out.have = h.window, h.flags, h.have & (SEQUENCE | ACK | FLAGS)
    s.n_log += 1
