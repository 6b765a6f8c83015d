"""What the compiled observers know of a direction, and how a packet adds to it. Lists are nodes of `flowmap.flow.sequence.follow`."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from flowmap.kernels.columns cimport SEQUENCE, Trace
from flowmap.flow.sequence.follow cimport (
    WITH_ID_NS, WITHOUT_ID_NS, Node, Sequences, State, add_hole, late_segment, new_node,
)

cdef enum:
    DUPLICATE_WITHIN_NS = 1_000_000_000
    BIN_NS = 100_000_000
    KEPT_SWITCHES = 64
    KEPT_OFFSETS = 4096
    LONG_RUN = 10_000
    BLOCK = 4096  # packets
    MOST_BACK = 16  # records of one packet that are looked at for one on the same member
    NODES = 8  # that a packet may take
    REPEATED = 1
    EXTRA = 2

ctypedef struct Course:
    int64_t total
    int64_t switches
    int64_t steps
    int64_t changes
    int64_t first_ns
    int64_t last_ns
    int64_t run
    uint32_t members  # nodes: member, packets
    uint32_t runs  # nodes: length, how many
    uint32_t runs_in_order
    uint32_t last_member
    uint32_t kept
    uint32_t started

ctypedef struct Observed:
    Course[2] courses  # of all packets, of those with payload
    int64_t sent
    uint64_t seen
    uint64_t duplicates
    int64_t bin
    uint64_t bin_bytes
    uint64_t peak_bytes
    uint32_t base
    uint32_t repeated  # nodes: member, records
    uint32_t n_offsets
    uint32_t dominant
    uint16_t mss
    uint8_t has_payload
    uint8_t based

ctypedef struct Change:
    int64_t ts_ns
    int64_t before_ns
    int64_t earlier
    uint32_t observer
    uint32_t course
    uint32_t old
    uint32_t new

ctypedef struct Offset:
    int64_t delta_ns
    uint32_t observer
    uint32_t earlier
    uint32_t later
    uint32_t unused


cdef inline bint is_copy(const Trace* one, const Trace* other) noexcept nogil:
    """Return whether the later packet, with the same digest and on the same member, is another record of the earlier."""
    cdef int64_t apart = other.ts_ns - one.ts_ns
    return (other.ip_id != 0 and apart <= WITH_ID_NS) or (
        (other.payload > 0 or other.flags & 3) and apart <= WITHOUT_ID_NS
    )


cdef inline void count_node(Sequences* s, uint32_t* head, int64_t key, int64_t count) noexcept nogil:
    """Count in a list, the node of the key being in front then."""
    cdef uint32_t number = head[0], before = 0
    cdef Node* node
    while number != 0:
        node = s.nodes + (number - 1)
        if node.start == key:
            node.end += count
            if before != 0:
                s.nodes[before - 1].later = node.later
                node.later = head[0]
                head[0] = number
            return
        before = number
        number = node.later
    number = new_node(s)
    node = s.nodes + (number - 1)
    node.start, node.end, node.opened_ns, node.later = key, count, 0, head[0]
    head[0] = number


cdef inline void count_peak(Observed* o, const Trace* packet) noexcept nogil:
    """Count the wire bytes of the current 100 ms."""
    cdef int64_t number = packet.ts_ns // BIN_NS - (packet.ts_ns % BIN_NS < 0)
    if number != o.bin or o.bin_bytes == 0:
        o.bin = number
        o.bin_bytes = 0
    o.bin_bytes += packet.wire_len
    if o.bin_bytes > o.peak_bytes:
        o.peak_bytes = o.bin_bytes


cdef inline int64_t place_of(const Observed* o, const Trace* packet) noexcept nogil:
    """Return where in the sequence space a packet begins."""
    return o.sent + <int32_t>(packet.seq - o.base - <uint32_t>o.sent) if o.based else 0


cdef inline void cover(Sequences* s, Observed* o, State* state, const Trace* packet) noexcept nogil:
    """Note which bytes of the sequence space were seen, see `flowmap.flow.sequence`."""
    cdef int64_t consumed = <int64_t>packet.payload + (packet.flags >> 1 & 1) + (packet.flags & 1), start
    if not packet.have & SEQUENCE or packet.flags & 4 or consumed == 0:
        return
    if not o.based:
        o.based = 1
        o.base = packet.seq
    start = o.sent + <int32_t>(packet.seq - o.base - <uint32_t>o.sent)
    if start > o.sent:
        add_hole(s, state, o.sent, start, packet.ts_ns, packet.ip_id)
    elif start < o.sent:
        late_segment(s, state, start, start + consumed, packet.ts_ns, packet.ip_id)
    if start + consumed > o.sent:
        o.sent = start + consumed
