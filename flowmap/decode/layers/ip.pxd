"""Compiled twin of `ip.py` and `tcp.py`: the IP header of a packet and the TCP header behind it.

`frame` is the position of the frame's first byte, `left` the packet's length by the frame that it is in.
"""

from libc.stdint cimport int64_t, uint8_t

from flowmap.kernels.columns cimport (
    ACK, FLAGS, FRAGMENT, IP_MALFORMED, IP_OTHER, IP_SHORT, MAGIC, NEIGHBOR, SEQUENCE, TCP, TCP_SHORT, Header, larger, smaller,
)
from flowmap.decode.layers.bytes cimport be16, be32, be64, u8

ctypedef struct Inner:
    int64_t protocol  # 0 where there is nothing to follow
    int64_t at
    int64_t end  # of its captured bytes
    int64_t left


cdef inline void tcp(
    Header* h, const uint8_t* data, int64_t frame, int64_t p, int64_t end, int64_t segment_len
) noexcept nogil:
    """Read the TCP header at `p` (RFC 9293, 3.1).

    `end` bounds the reads, `segment_len` is the TCP header and payload by the IP length.
    """
    cdef int64_t data_offset = 0, payload = 0, have = h.have
    if p + 4 > end:
        h.cls = TCP_SHORT
        return
    h.cls = TCP
    h.sport = be16(data, p)
    h.dport = be16(data, p + 2)
    h.l4_offset = p - frame
    if p + 8 <= end:
        h.seq = be32(data, p + 4)
        have |= SEQUENCE
    if p + 13 <= end:
        data_offset = (u8(data, p + 12) >> 4) * 4
        payload = larger(0, segment_len - data_offset)
    if p + 14 <= end and data_offset >= 20:
        h.flags = u8(data, p + 13)
        have |= FLAGS
        if h.flags & 0x10:
            h.ack = be32(data, p + 8)
            have |= ACK
    if p + 16 <= end and data_offset >= 20:
        h.window = be16(data, p + 14)
        if payload >= 4 and p + data_offset + 4 <= end:
            h.magic = be32(data, p + data_offset)
            have |= MAGIC
    h.payload = payload
    h.data_offset = data_offset
    h.have = have


cdef inline Inner ipv4(Header* h, const uint8_t* data, int64_t frame, int64_t p, int64_t end, int64_t left) noexcept nogil:
    """Read the IPv4 header at `p` (RFC 791) and TCP behind it; return what it carries, protocol 0 where that is unknown."""
    cdef Inner inner = Inner(0, p, end, left)
    cdef int64_t header_len, total
    if p + 20 > end:
        h.cls = IP_SHORT
        return inner
    header_len = (u8(data, p) & 15) * 4
    total = be16(data, p + 2)
    if u8(data, p) >> 4 != 4 or header_len < 20 or 0 < total < header_len:
        h.cls = IP_MALFORMED
        return inner
    if total > 0:
        left = smaller(total, left)
    h.src_lo = be32(data, p + 12)
    h.dst_lo = be32(data, p + 16)
    h.version = 4
    h.ip_id = be16(data, p + 4)
    inner = Inner(u8(data, p + 9), p + header_len, smaller(end, p + left), left - header_len)
    if inner.protocol != 6:
        h.cls = IP_OTHER
        if be16(data, p + 6) & 0x1FFF:
            inner.protocol = 0
        elif inner.protocol == 51:
            inner = authenticated(h, data, frame, inner)
    elif be16(data, p + 6) & 0x1FFF:
        h.cls = FRAGMENT
    else:
        tcp(h, data, frame, inner.at, inner.end, inner.left)
    return inner


cdef inline Inner authenticated(Header* h, const uint8_t* data, int64_t frame, Inner inner) noexcept nogil:
    """Return what follows an authentication header (RFC 4302)."""
    cdef int64_t size
    if inner.at + 8 > inner.end:
        h.cls = IP_SHORT
        inner.protocol = 0
        return inner
    size = (u8(data, inner.at + 1) + 2) * 4
    inner = Inner(u8(data, inner.at), inner.at + size, inner.end, inner.left - size)
    if inner.protocol == 6:
        tcp(h, data, frame, inner.at, inner.end, inner.left)
    return inner


cdef inline bint extension(int64_t following) noexcept nogil:
    """Return whether this is an IPv6 extension header (IANA's list of protocol numbers)."""
    return following in (0, 43, 44, 51, 60, 135, 139, 140)


cdef inline Inner ipv6(Header* h, const uint8_t* data, int64_t frame, int64_t p, int64_t end, int64_t left) noexcept nogil:
    """Read the IPv6 header at `p` (RFC 8200) and TCP behind it; return what it carries, as `ipv4` does."""
    cdef Inner inner = Inner(0, p, end, left)
    cdef int64_t stated, length, following, at, fragment_offset, header_len
    if p + 40 > end:
        h.cls = IP_SHORT
        return inner
    if u8(data, p) >> 4 != 6:
        h.cls = IP_MALFORMED
        return inner
    stated = be16(data, p + 4)
    length = left if stated == 0 else smaller(stated + 40, left)
    h.src_hi = be64(data, p + 8)
    h.src_lo = be64(data, p + 16)
    h.dst_hi = be64(data, p + 24)
    h.dst_lo = be64(data, p + 32)
    h.version = 6
    inner.end = smaller(end, p + length)
    following = u8(data, p + 6)
    at = p + 40
    while extension(following):
        inner.at = at
        if at + 8 > inner.end:
            h.cls = IP_SHORT
            return inner
        fragment_offset = 0
        header_len = 8
        if following == 44:
            fragment_offset = be16(data, at + 2) >> 3
        elif following == 51:
            header_len = (u8(data, at + 1) + 2) * 4
        else:
            header_len = (u8(data, at + 1) + 1) * 8
        following = u8(data, at)
        at += header_len
        if fragment_offset:
            h.cls = FRAGMENT if following == 6 else IP_OTHER
            return inner
    inner = Inner(0, at, inner.end, p + length - at)
    if following == 6:
        tcp(h, data, frame, at, inner.end, inner.left)
    elif following == 58 and at < inner.end and (u8(data, at) == 135 or u8(data, at) == 136):
        h.cls = NEIGHBOR
    else:
        h.cls = IP_OTHER
        inner.protocol = following
    return inner
