"""Compiled twin of `link.py`: the link header, VLAN tags and LLC of a frame.

`data` are the block's bytes, `p` the position of the next unread byte, `end` the first byte that may not be read.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t

from flowmap.kernels.columns cimport (
    CDP, DECLINED, IP_MALFORMED, IP_SHORT, LINK_SHORT, LINK_UNSUPPORTED, MACS, NON_IP, PENDING, VLAN_DEEP, Header,
)
from flowmap.decode.layers.bytes cimport be16, be32, be48, u8

cdef enum:
    MAX_TAGS = 5

ctypedef struct Place:
    int64_t at
    int64_t ethertype  # <= 1500: LLC follows


cdef inline bint foreign_link(int64_t link_type) noexcept nogil:
    """Return whether `rare/links.py` takes this link type apart; `linktypes.py` has the same list."""
    return link_type in (
        6, 7, 8, 9, 10, 50, 51, 100, 104, 105, 107, 109, 117, 119, 123, 127, 129, 138, 163, 166, 192, 204, 205, 206, 219,
        239, 240, 242, 258, 274, 281, 282, 284, 285,
    )


cdef inline int64_t cooked(Header* h, int64_t packet_type, int64_t hardware_type, int64_t protocol) noexcept nogil:
    """Read what SLL and SLL2 agree on: all but where the fields stand. Return the EtherType, 0 for LLC."""
    if packet_type == 4:
        h.direction = 2
    elif packet_type <= 2:
        h.direction = 1
    if hardware_type == 824:
        h.cls = LINK_UNSUPPORTED
        return 0
    if hardware_type == 778 or 801 <= hardware_type <= 803:
        h.cls = DECLINED
        return 0
    if protocol == 4:
        return 0
    if protocol < 0x0600:
        h.cls = NON_IP
    return protocol


cdef inline int64_t loopback(Header* h, const uint8_t* data, int64_t p, int64_t end, int64_t link_type) noexcept nogil:
    """Return the EtherType by the address family of BSD's loopback (NULL, LOOP), in either byte order."""
    cdef int64_t family
    if p + 4 > end:
        h.cls = LINK_SHORT
        return 0
    family = be32(data, p)
    if link_type == 0 and family > 0xFFFF:
        family = u8(data, p + 3) << 24 | u8(data, p + 2) << 16 | u8(data, p + 1) << 8 | u8(data, p)
    if family == 2:
        return 0x0800
    if family == 10 or family == 24 or family == 28 or family == 30:
        return 0x86DD
    h.cls = NON_IP
    return 0


cdef inline int64_t raw_ip(Header* h, const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return the EtherType by the version of a packet without a link header."""
    if p >= end:
        h.cls = IP_SHORT
        return 0
    if u8(data, p) >> 4 == 4:
        return 0x0800
    if u8(data, p) >> 4 == 6:
        return 0x86DD
    h.cls = IP_MALFORMED
    return 0


cdef inline Place link_layer(
    Header* h, const uint8_t* data, int64_t p, int64_t end, int64_t link_type
) noexcept nogil:
    """Return the position after the link header and the EtherType. Where `h.cls` is no longer PENDING nothing follows."""
    cdef Place place = Place(p, 0)
    cdef int64_t size = 0
    if link_type == 1:
        size = 14
    elif link_type == 113:
        size = 16
    elif link_type == 276:
        size = 20
    if p + size > end:
        h.cls = LINK_SHORT
        return place
    place.at = p + size
    if link_type == 1:
        h.dmac = be48(data, p)
        h.smac = be48(data, p + 6)
        h.have = MACS
        place.ethertype = be16(data, p + 12)
    elif link_type == 113:
        place.ethertype = cooked(h, be16(data, p), be16(data, p + 2), be16(data, p + 14))
    elif link_type == 276:
        h.ifindex = be32(data, p + 4)
        place.ethertype = cooked(h, u8(data, p + 10), be16(data, p + 8), be16(data, p))
    elif link_type == 0 or link_type == 108:
        place.at = p + 4
        place.ethertype = loopback(h, data, p, end, link_type)
    elif link_type == 101 or link_type == 12 or link_type == 14:
        place.ethertype = raw_ip(h, data, p, end)
    elif link_type == 228:
        place.ethertype = 0x0800
    elif link_type == 229:
        place.ethertype = 0x86DD
    else:
        h.cls = DECLINED if foreign_link(link_type) else LINK_UNSUPPORTED
    return place


cdef inline Place llc(Header* h, const uint8_t* data, int64_t p, int64_t end) noexcept nogil:
    """Return the position after 802.2 LLC and SNAP, and the EtherType."""
    cdef Place place = Place(p, 0)
    cdef int64_t service, organisation
    if p + 3 > end:
        h.cls = LINK_SHORT
        return place
    service = be16(data, p) << 8 | u8(data, p + 2)
    if service == 0x060603:
        return Place(p + 3, 0x0800)
    if service != 0xAAAA03:
        h.cls = NON_IP
        return place
    if p + 8 > end:
        h.cls = LINK_SHORT
        return place
    organisation = be16(data, p + 3) << 8 | u8(data, p + 5)
    place = Place(p + 8, be16(data, p + 6))
    if organisation == 0x00000C and place.ethertype == 0x2000:
        h.cls = CDP
    elif (organisation != 0 and organisation != 0x0000F8) or place.ethertype <= 1500:
        h.cls = NON_IP
    return place


cdef inline Place tags_and_llc(Header* h, const uint8_t* data, Place place, int64_t end) noexcept nogil:
    """Walk 802.1Q/802.1ad tags and LLC/SNAP down to an EtherType; return it with the position behind them."""
    cdef uint64_t tags = 0
    cdef uint64_t vlan = 0
    while h.cls == PENDING:
        if place.ethertype == 0x8100 or place.ethertype == 0x88A8 or place.ethertype == 0x9100:
            if place.at + 4 > end:
                h.cls = LINK_SHORT
            elif tags == MAX_TAGS:
                h.cls = VLAN_DEEP
            else:
                vlan = vlan << 12 | <uint64_t>(be16(data, place.at) & 0xFFF)
                place.ethertype = be16(data, place.at + 2)
                tags += 1
                place.at += 4
        elif place.ethertype <= 1500:
            place = llc(h, data, place.at, end)
        else:
            break
    h.vlan = tags << 60 | vlan
    return place
