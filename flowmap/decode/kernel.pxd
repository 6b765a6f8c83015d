"""Compiled twin of `reference.py`: a record of a block in, a HEADER row out.

Nothing allocates, nothing raises, every read is checked before it happens.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from flowmap.kernels.columns cimport (
    ACK, ARP, DECLINED, FLAGS, IP_OTHER, LLDP, MACS, MAGIC, NON_IP, PENDING, SEQUENCE, SLOW, TCP, Header, Iface, Index, larger,
    smaller,
)
from flowmap.decode.layers.bytes cimport be16, be32, be64
from flowmap.decode.layers.ip cimport Inner, ipv4, ipv6
from flowmap.decode.layers.link cimport Place, link_layer, tags_and_llc
from flowmap.decode.layers.tunnels cimport VXLAN, carrier, foreign_ethertype, tunnels

cdef extern from *:
    """
    #ifdef FLOWMAP_CHECKED  /* a frame stands in memory of just its size: the address sanitizer sees each byte too far */
    #define CHECKED 1
    #else
    #define CHECKED 0
    #endif
    """
    const bint CHECKED


cdef inline void no_ip(Header* h, int64_t ethertype) noexcept nogil:
    """Set the class of a frame that is not IP, by its EtherType."""
    if ethertype == 0x0806 or ethertype == 0x8035:
        h.cls = ARP
    elif ethertype == 0x8809:
        h.cls = SLOW
    elif ethertype == 0x88CC:
        h.cls = LLDP
    elif foreign_ethertype(ethertype):
        h.cls = DECLINED
    else:
        h.cls = NON_IP


cdef inline void decode_frame(Header* h, const uint8_t* data, const Index* record, const Iface* iface) noexcept nogil:
    """Decode any record. Of a frame that is declined only the class is set."""
    cdef int64_t frame = record.offset
    cdef int64_t end = frame + record.cap_len
    cdef int64_t left
    cdef Place place
    cdef Inner inner = Inner(0, 0, 0, 0)
    memset(h, 0, sizeof(Header))
    h.cls = PENDING
    place = tags_and_llc(h, data, link_layer(h, data, frame, end, iface.link_type), end)
    if record.flags & 3 == 1 or record.flags & 3 == 2:
        h.direction = record.flags & 3
    left = larger(0, larger(record.wire_len, record.cap_len) - iface.fcs_len - (place.at - frame))
    if h.cls == PENDING:
        if place.ethertype == 0x0800:
            inner = ipv4(h, data, frame, place.at, end, left)
        elif place.ethertype == 0x86DD:
            inner = ipv6(h, data, frame, place.at, end, left)
        else:
            no_ip(h, place.ethertype)
        if h.cls == IP_OTHER and carrier(inner.protocol):
            tunnels(h, data, frame, inner)
    if h.cls == DECLINED:
        memset(h, 0, sizeof(Header))
        h.cls = DECLINED


cdef inline int64_t common_tcp(
    Header* h, const uint8_t* data, int64_t frame, int64_t p, int64_t stop, int64_t left
) noexcept nogil:
    """Read a TCP header that states at least 20 bytes, those captured; return the bits of `have` that it gives.

    `stop` bounds the reads, `left` is its length with the payload. Two words tell it all: a load a field takes 25 instructions
    more.
    """
    cdef uint64_t first = be64(data, p), second = be64(data, p + 8)
    cdef int64_t data_offset = <int64_t>(second >> 28 & 15) * 4
    cdef int64_t payload = left - data_offset, have
    h.sport = first >> 48
    h.dport = first >> 32 & 0xFFFF
    h.seq = <uint32_t>first
    h.flags = second >> 16 & 0xFF
    have = SEQUENCE | FLAGS
    if second & 0x100000:
        h.ack = second >> 32
        have |= ACK
    else:
        h.ack = 0
    h.window = second & 0xFFFF
    h.l4_offset = p - frame
    h.payload = payload if payload > 0 else 0
    h.data_offset = data_offset
    h.magic = 0
    if payload >= 4 and p + data_offset + 4 <= stop:
        h.magic = be32(data, p + data_offset)
        have |= MAGIC
    return have


cdef inline int64_t common_ip(
    Header* h, const uint8_t* data, int64_t frame, int64_t p, int64_t end, int64_t left, int64_t ethertype
) noexcept nogil:
    """Read IPv4 without options or IPv6 without extension headers, no later fragment, with TCP.

    Returns as `common_tcp` does, 0 for anything else.
    """
    cdef uint64_t first
    cdef int64_t length
    if end - p < 40:
        return 0
    first = be64(data, p)
    if ethertype == 0x0800 and first >> 56 == 0x45 and data[p + 9] == 6:
        length = <int64_t>(first >> 32 & 0xFFFF)
        length = left if length == 0 else smaller(length, left)
        if length < 40 or first & 0x1FFF or data[p + 32] < 0x50:
            return 0
        h.ip_id = first >> 16 & 0xFFFF
        first = be64(data, p + 12)
        h.src_hi = 0
        h.src_lo = first >> 32
        h.dst_hi = 0
        h.dst_lo = <uint32_t>first
        h.version = 4
        return common_tcp(h, data, frame, p + 20, smaller(end, p + length), length - 20)
    if ethertype == 0x86DD and end - p >= 60 and first >> 60 == 6 and first >> 8 & 0xFF == 6:
        length = <int64_t>(first >> 16 & 0xFFFF)
        length = left if length == 0 else smaller(length + 40, left)
        if length < 60 or data[p + 52] < 0x50:
            return 0
        h.src_hi = be64(data, p + 8)
        h.src_lo = be64(data, p + 16)
        h.dst_hi = be64(data, p + 24)
        h.dst_lo = be64(data, p + 32)
        h.version = 6
        h.ip_id = 0
        return common_tcp(h, data, frame, p + 40, smaller(end, p + length), length - 40)
    return 0


cdef inline bint common_vxlan(const uint8_t* data, int64_t p, int64_t end, int64_t ethertype) noexcept nogil:
    """Return whether IPv4 without options carries VXLAN and an Ethernet header (RFC 7348)."""
    cdef int64_t port
    if ethertype != 0x0800 or end - p < 50 or data[p + 9] != 17 or data[p] != 0x45:
        return False
    port = be16(data, p + 22)
    return (port == 4789 or port == 8472) and data[p + 28] & 8 != 0 and be16(data, p + 6) & 0x1FFF == 0


cdef inline bint common_frame(Header* h, const uint8_t* data, const Index* record, const Iface* iface) noexcept nogil:
    """Decode the frame that most captures are full of: Ethernet with at most one tag and `common_ip`, in VXLAN or not.

    Returns False, with the row spoiled, for any other. It gives what `decode_frame` gives, whose many cases cost several times
    as long.
    """
    cdef int64_t frame = record.offset
    cdef int64_t end = frame + record.cap_len
    cdef int64_t p = frame + 14
    cdef int64_t ethertype, left, length, have
    cdef uint64_t second
    if iface.link_type != 1 or record.cap_len < 54:
        return False
    second = be64(data, frame + 6)
    h.dmac = be64(data, frame) >> 16
    h.smac = second >> 16
    ethertype = <int64_t>(second & 0xFFFF)
    h.vlan = 0
    if ethertype == 0x8100:
        h.vlan = <uint64_t>1 << 60 | <uint64_t>(be16(data, p) & 0xFFF)
        ethertype = be16(data, p + 2)
        p += 4
    left = larger(record.wire_len, record.cap_len) - iface.fcs_len - (p - frame)
    h.encap = 0
    if common_vxlan(data, p, end, ethertype):
        length = be16(data, p + 2)
        length = left if length == 0 else smaller(length, left)
        ethertype = be16(data, p + 48)
        end = smaller(end, p + length)
        left = length - 50
        p += 50
        h.encap = VXLAN
    have = common_ip(h, data, frame, p, end, left, ethertype)
    h.ifindex = 0
    h.cls = TCP
    h.direction = record.flags & 3 if record.flags & 3 < 3 else 0
    h.have = have | MACS
    return have != 0


cdef inline void decode_record(Header* h, const uint8_t* data, const Index* record, const Iface* ifaces) noexcept nogil:
    """Decode one record into the row `h`."""
    cdef Index alone
    cdef uint8_t* copy
    if CHECKED:
        alone = record[0]
        alone.offset = 0
        copy = <uint8_t*>malloc(record.cap_len)
        memcpy(copy, data + record.offset, record.cap_len)
        decode_anywhere(h, copy, &alone, ifaces)
        free(copy)
    else:
        decode_anywhere(h, data, record, ifaces)


cdef inline void decode_anywhere(Header* h, const uint8_t* data, const Index* record, const Iface* ifaces) noexcept nogil:
    """Decode one record, wherever its bytes lie: the short way if it is a common frame."""
    if not common_frame(h, data, record, ifaces + record.interface):
        decode_frame(h, data, record, ifaces + record.interface)
