"""Compiled twin of `tunnels.py`: from the outermost IP packet to the innermost."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from flowmap.kernels.columns cimport (
    DECLINED, FRAGMENT, IP_OTHER, IP_SHORT, LINK_SHORT, PENDING, TUNNEL_DEEP, Header, larger,
)
from flowmap.decode.layers.bytes cimport be16, u8
from flowmap.decode.layers.ip cimport Inner, ipv4, ipv6
from flowmap.decode.layers.link cimport Place, tags_and_llc

cdef enum:
    MAX_TUNNELS = 8
    # HEADER.encap, 4 bits each, outermost highest
    VXLAN = 1
    GENEVE = 2
    GRE = 3
    NVGRE = 4
    IPIP = 5
    BRIDGED = 0x6558  # EtherType of an Ethernet frame inside

ctypedef struct Tunnel:
    int64_t code  # 0: none
    int64_t ethertype  # inside
    int64_t size  # of its header


cdef inline bint foreign_ethertype(int64_t ethertype) noexcept nogil:
    """Return whether `unwrap.py` takes this EtherType apart; `numbers.py` has the same list."""
    return ethertype in (
        0x6558, 0x880B, 0x8847, 0x8848, 0x8864, 0x88E5, 0x88E7, 0x8903, 0x8909, 0x8926, 0x892F, 0x893F, 0x9200, 0xD28B, 0xDADA,
    )


cdef inline bint foreign_port(int64_t port) noexcept nogil:
    """Return whether `unwrap.py` takes apart what this UDP port is of: GTP-U, CAPWAP, Teredo, L2TP, VXLAN-GPE, MPLS, LISP."""
    return port in (2152, 5247, 3544, 1701, 4790, 6635, 4341)


cdef inline bint carrier(int64_t protocol) noexcept nogil:
    """Return whether an IP protocol may carry another IP packet."""
    return protocol in (17, 47, 4, 41, 97)


cdef inline Tunnel gre_header(const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return the tunnel of a GRE header (RFC 2784, 2890, 7637)."""
    cdef int64_t flags, ethertype, size
    if p + 4 > end:
        return Tunnel(0, 0, 0)
    flags = be16(data, p)
    ethertype = be16(data, p + 2)
    if flags & 0x4007 or ethertype == 0x88BE or ethertype == 0x22EB:
        return Tunnel(DECLINED, 0, 0)
    size = 4 + (flags >> 15 & 1) * 4 + (flags >> 13 & 1) * 4 + (flags >> 12 & 1) * 4
    return Tunnel(NVGRE if ethertype == BRIDGED and flags & 0x2000 else GRE, ethertype, size)


cdef inline Tunnel udp_tunnel(const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return VXLAN (RFC 7348) or GENEVE (RFC 8926) by the destination port."""
    cdef int64_t sport, dport
    if p + 8 > end:
        return Tunnel(0, 0, 0)
    sport = be16(data, p)
    dport = be16(data, p + 2)
    if dport == 4789 or dport == 8472:
        if p + 16 <= end and u8(data, p + 8) & 8:
            return Tunnel(VXLAN, BRIDGED, 16)
    elif dport == 6081:
        if p + 16 <= end and u8(data, p + 8) >> 6 == 0:
            return Tunnel(GENEVE, be16(data, p + 10), 16 + (u8(data, p + 8) & 63) * 4)
    elif foreign_port(dport) or foreign_port(sport):
        return Tunnel(DECLINED, 0, 0)
    return Tunnel(0, 0, 0)


cdef inline Tunnel tunnel_header(const uint8_t* data, Inner inner) noexcept nogil:
    """Return what the IP packet carries, if that is a tunnel."""
    if inner.protocol == 17:
        return udp_tunnel(data, inner.at, inner.end)
    if inner.protocol == 47:
        return gre_header(data, inner.at, inner.end)
    if inner.protocol == 4:
        return Tunnel(IPIP, 0x0800, 0)
    if inner.protocol == 41:
        return Tunnel(IPIP, 0x86DD, 0)
    return Tunnel(DECLINED if inner.protocol == 97 else 0, 0, 0)


cdef inline Place bridged(Header* h, const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return where the packet in an Ethernet frame in a tunnel begins, and its EtherType, 0 where there is none.

    Its tags belong to no column.
    """
    cdef Place place = Place(p, 0)
    cdef uint64_t vlan = h.vlan
    if p + 14 > end:
        h.cls = LINK_SHORT
        return place
    h.cls = PENDING
    place = tags_and_llc(h, data, Place(p + 14, be16(data, p + 12)), end)
    h.vlan = vlan
    if h.cls != PENDING:
        place.ethertype = 0
    return place


cdef inline void tunnels(Header* h, const uint8_t* data, int64_t frame, Inner inner) noexcept nogil:
    """Follow tunnels from the outermost IP packet, just read, to the innermost TCP. What is no TCP stays IP_OTHER."""
    cdef uint64_t chain = 0
    cdef int64_t start, _
    cdef Tunnel tunnel
    cdef Place place
    for _ in range(MAX_TUNNELS + 1):
        if h.cls == LINK_SHORT:
            h.cls = IP_SHORT
        elif h.cls > FRAGMENT and h.cls != IP_SHORT:
            h.cls = IP_OTHER
        tunnel = tunnel_header(data, inner)
        if tunnel.code == 0:
            break
        if chain >> 28:
            h.cls = TUNNEL_DEEP
            break
        start = inner.at
        place = Place(start + tunnel.size, tunnel.ethertype)
        if tunnel.code != DECLINED:
            chain = chain << 4 | <uint64_t>tunnel.code
            if place.ethertype == BRIDGED:
                place = bridged(h, data, place.at, inner.end)
        if tunnel.code == DECLINED or foreign_ethertype(place.ethertype):
            h.cls = DECLINED
            break
        inner = Inner(0, place.at, inner.end, larger(0, inner.left - (place.at - start)))
        if place.ethertype == 0x0800:
            inner = ipv4(h, data, frame, inner.at, inner.end, inner.left)
        elif place.ethertype == 0x86DD:
            inner = ipv6(h, data, frame, inner.at, inner.end, inner.left)
    h.encap = chain
    if h.version == 4:
        h.src_hi = 0
        h.dst_hi = 0
    else:
        h.ip_id = 0
