"""The short way through `follow.pxd`, for the next segment of a row, or an acknowledgment that is no copy.

The segment begins where its row had come to, or after that. It is not late, so that of its row only how far that has come changes, what is missing, and what the next packet is compared
with. What `follow` does with it is the meaning. The row's numbers are meanwhile in its entry of the known flows.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from flowmap.decode.layers.segment cimport Segment
from flowmap.flow.sequence.follow cimport (
    BASE, BEGUN, LARGE_PAYLOAD, LOW_SHIFT, OPENED, SMALL_PAYLOAD, TIMED, Begin, Sequences, State, add_hole, count_size, remember,
)
from flowmap.flow.sequence.identity cimport digest_of, timestamp_at
from flowmap.flow.table cimport Known


cdef inline bint handshake_over(const Begin* begin) noexcept nogil:
    """Return whether the row's handshake, if it was seen, is over, and its latest packet has a time."""
    return begin.have & (OPENED | BEGUN) != OPENED and begin.have & TIMED != 0


cdef inline bint knows_next(const Begin* begin, uint32_t seq_next) noexcept nogil:
    """Return whether the row has come to where `seq_next` says."""
    return begin.have & BASE != 0 and seq_next == begin.base + <uint32_t>begin.sent


cdef inline bint is_next(const Known* known, const Segment* g) noexcept nogil:
    """Return whether the packet is such a one, of an open flow."""
    cdef int32_t acked
    if g.payload > 0:
        return known.sends and g.seq == known.seq_next and (g.payload <= LARGE_PAYLOAD or known.state != NULL)
    acked = <int32_t>(g.ack - known.last_ack)
    return acked > 0 or g.ip_id == 0 or (acked == 0 and g.ip_id != known.last_id and known.state == NULL)


cdef inline bint is_ahead(const Known* known, const Segment* g) noexcept nogil:
    """Return whether the packet is a segment that leaves a hole before it, of an open flow.

    Holes of that flow are kept already or not at all. Where packets of a connection take turns on two members every other one
    is, and a packet takes 409 instructions for 886.
    """
    return g.payload > 0 and known.sends and <int32_t>(g.seq - known.seq_next) > 0 and (
        known.state != NULL or (not known.wanted and g.payload <= LARGE_PAYLOAD)
    )


cdef inline void leave_hole(Sequences* s, Known* known, const Segment* g, int64_t ts_ns) noexcept nogil:
    """Count the hole before a segment, and expect what comes after."""
    cdef int64_t sent = known.begin.sent + <int64_t>known.payload_bytes + known.missed, gap = g.seq - known.seq_next
    if known.state != NULL:
        add_hole(s, known.state, sent, sent + gap, ts_ns, g.ip_id)
    known.missed += gap
    known.holes += 1
    known.seq_next = g.seq


cdef inline void follow_next(
    Sequences* s, State* state, Segment g, int64_t ts_ns, const uint8_t* frame, int64_t cap_len
) noexcept nogil:
    """Take it into the state of its row; there is room as for `follow`."""
    cdef uint32_t rest = <uint32_t>g.data_offset << 26 | <uint32_t>g.flags << 16 | g.window
    cdef uint32_t stamp = timestamp_at(g.at, g.data_offset, frame, cap_len)
    remember(s, state, digest_of(g.ip_id, g.payload, g.seq, g.ack, rest, stamp), <uint32_t>(ts_ns >> LOW_SHIFT))
    if g.payload > SMALL_PAYLOAD:
        count_size(s, state, g.payload, <int64_t>g.data_offset - 20)
