"""The frame that captures of bulk are full of, read at once.

It is Ethernet with at most one tag, IPv4 without options or IPv6 without extension headers, no fragment, TCP with an
acknowledgment and neither SYN, FIN nor RST. It gives what `decode_record` gives, for half the instructions: addresses stay as
they stand in the frame.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from flowmap.kernels.columns cimport smaller
from flowmap.decode.layers.bytes cimport be16, be64

cdef enum:
    SYN_FIN_RST_ACK = 0x17
    ONLY_ACK = 0x10

ctypedef struct Segment:
    uint64_t macs  # bytes 0 to 7 of the frame; what is written here as bytes is in whatever order the machine reads them
    uint64_t type  # bytes 6 to 13
    uint64_t[4] addresses  # bytes; of IPv4 both are in the first
    uint32_t ports  # bytes
    uint32_t tag  # VLAN ID and EtherType behind it; 0 without
    uint32_t seq
    uint32_t ack
    uint32_t payload
    uint32_t at  # of the TCP header in the frame
    uint16_t window
    uint16_t ip_id
    uint8_t flags
    uint8_t data_offset
    uint8_t six

ctypedef struct Kind:
    int64_t at
    bint six


cdef inline uint64_t eight(const uint8_t* place) noexcept nogil:
    """Return eight bytes as they stand."""
    cdef uint64_t value
    memcpy(&value, place, 8)
    return value


cdef inline uint32_t four(const uint8_t* place) noexcept nogil:
    """Return four bytes as they stand."""
    cdef uint32_t value
    memcpy(&value, place, 4)
    return value


cdef inline Kind kind_of(const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return where the IP header of a frame is that has all that a flow is found by; `at` is 0 for another.

    Whether it is Ethernet is not known here.
    """
    cdef int64_t p = 14, ethertype
    if cap_len < 54:
        return Kind(0, False)
    ethertype = be16(frame, 12)
    if ethertype == 0x8100:
        ethertype = be16(frame, 16)
        p = 18
    if ethertype == 0x0800 and cap_len >= p + 40:
        return Kind(p, False)
    if ethertype == 0x86DD and cap_len >= p + 60:
        return Kind(p, True)
    return Kind(0, False)


cdef inline bint is_plain(const uint8_t* frame, int64_t cap_len) noexcept nogil:
    """Return whether `kind_of` is IPv4 without a tag, as of nearly all frames."""
    return cap_len >= 54 and be16(frame, 12) == 0x0800


cdef inline void read_key(Segment* g, const uint8_t* frame, int64_t p, bint six) noexcept nogil:
    """Read what the flow of a frame of this kind is found by."""
    g.macs, g.type, g.tag, g.six = eight(frame), eight(frame + 6), 0, six
    if p == 18:
        g.tag = <uint32_t>(be16(frame, 14) & 0xFFF) << 16 | <uint32_t>be16(frame, 16)
    if six:
        g.addresses[0], g.addresses[1] = eight(frame + p + 8), eight(frame + p + 16)
        g.addresses[2], g.addresses[3] = eight(frame + p + 24), eight(frame + p + 32)
        g.ports, g.at = four(frame + p + 40), <uint32_t>(p + 40)
    else:
        g.addresses[0], g.ports, g.at = eight(frame + p + 12), four(frame + p + 20), <uint32_t>(p + 20)


cdef inline bint read_segment(Segment* g, const uint8_t* frame, int64_t p, int64_t length) noexcept nogil:
    """Read the rest of a frame that has a key and its IP header at `p`; return whether it is such a one, else `g` is spoiled.

    From `p` on it has `length` bytes without a check sequence.
    """
    return read_ipv6(g, frame, p, length) if g.six else read_ipv4(g, frame, p, length)


cdef inline bint read_ipv4(Segment* g, const uint8_t* frame, int64_t p, int64_t length) noexcept nogil:
    """As `read_segment`, of IPv4."""
    cdef uint64_t first = be64(frame, p)
    cdef int64_t stated = <int64_t>(first >> 32 & 0xFFFF)
    if first & 0xFF00000000001FFFU != 0x4500000000000000U or frame[p + 9] != 6:
        return False
    g.ip_id = <uint16_t>(first >> 16)
    return read_tcp(g, frame, p + 20, (length if stated == 0 else smaller(stated, length)) - 20)


cdef inline bint read_ipv6(Segment* g, const uint8_t* frame, int64_t p, int64_t length) noexcept nogil:
    """As `read_segment`, of IPv6."""
    cdef uint64_t first = be64(frame, p)
    cdef int64_t stated = <int64_t>(first >> 16 & 0xFFFF)
    if first >> 60 != 6 or first >> 8 & 0xFF != 6:
        return False
    g.ip_id = 0
    return read_tcp(g, frame, p + 40, (length if stated == 0 else smaller(stated + 40, length)) - 40)


cdef inline bint read_tcp(Segment* g, const uint8_t* frame, int64_t p, int64_t left) noexcept nogil:
    """Read the header at `p`, of which 20 bytes are captured; `left` is its length with the payload."""
    cdef uint64_t first = be64(frame, p), second = be64(frame, p + 8)
    cdef int64_t payload
    g.data_offset = <uint8_t>(second >> 26 & 60)
    g.flags = <uint8_t>(second >> 16)
    payload = left - g.data_offset
    g.payload = <uint32_t>(payload if payload > 0 else 0)
    g.seq, g.ack, g.window = <uint32_t>first, <uint32_t>(second >> 32), <uint16_t>second
    return left >= 20 and g.data_offset >= 20 and g.flags & SYN_FIN_RST_ACK == ONLY_ACK
