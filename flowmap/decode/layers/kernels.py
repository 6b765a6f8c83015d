"""Compiled twin of `../link.py`, and how bytes are read: see `../kernels.py` for the arguments."""

from __future__ import annotations

import numpy as np

from flowmap.jit import inlined, njit

__all__ = ["be16", "be32", "be48", "be64", "clear", "link_layer", "tags_and_llc", "u8"]

CDP, NON_IP, LINK_SHORT, IP_SHORT, IP_MALFORMED, VLAN_DEEP, LINK_UNSUPPORTED = range(8, 15)
DECLINED = 32
MACS = 1
MAX_TAGS = 5
PENDING = 255  # class of a row whose network layer is still to be read

# What `unwrap.py` takes apart; the twin's lists are in numbers.py.
FOREIGN_LINKS = (
    6, 7, 8, 9, 10, 50, 51, 100, 104, 105, 107, 109, 117, 119, 123, 127, 129, 138, 163, 166, 192, 204, 205, 206, 219,
    239, 240, 242, 258, 274, 281, 282, 284, 285,
)  # fmt: skip


@njit
def u8(data, p):
    """The byte at `p`, which is never negative: an unsigned index spares the test for one, and loads combine."""
    return np.int64(data[np.uint64(p)])


@njit
def be16(data, p):
    return u8(data, p) << 8 | u8(data, p + 1)


@njit
def be32(data, p):
    return u8(data, p) << 24 | u8(data, p + 1) << 16 | u8(data, p + 2) << 8 | u8(data, p + 3)


@njit
def be48(data, p):
    return np.uint64(be16(data, p) << 32 | be32(data, p + 2))


@njit
def be64(data, p):
    return np.uint64(be32(data, p)) << np.uint64(32) | np.uint64(be32(data, p + 4))


@inlined
def clear(h, i):
    h[i]["src_hi"] = 0
    h[i]["src_lo"] = 0
    h[i]["dst_hi"] = 0
    h[i]["dst_lo"] = 0
    h[i]["vlan"] = 0
    h[i]["smac"] = 0
    h[i]["dmac"] = 0
    h[i]["encap"] = 0
    h[i]["ifindex"] = 0
    h[i]["seq"] = 0
    h[i]["ack"] = 0
    h[i]["payload"] = 0
    h[i]["magic"] = 0
    h[i]["l4_offset"] = 0
    h[i]["sport"] = 0
    h[i]["dport"] = 0
    h[i]["window"] = 0
    h[i]["ip_id"] = 0
    h[i]["cls"] = PENDING
    h[i]["version"] = 0
    h[i]["flags"] = 0
    h[i]["direction"] = 0
    h[i]["have"] = 0
    h[i]["data_offset"] = 0


@njit
def cooked(h, i, packet_type, hardware_type, protocol):
    """SLL and SLL2 agree on all but where the fields stand. Returns the EtherType, 0 for LLC."""
    if packet_type == 4:
        h[i]["direction"] = 2
    elif packet_type <= 2:
        h[i]["direction"] = 1
    if hardware_type == 824:
        h[i]["cls"] = LINK_UNSUPPORTED
        return 0
    if hardware_type == 778 or 801 <= hardware_type <= 803:
        h[i]["cls"] = DECLINED
        return 0
    if protocol == 4:
        return 0
    if protocol < 0x0600:
        h[i]["cls"] = NON_IP
    return protocol


@njit
def loopback(h, i, data, p, end, link_type):
    if p + 4 > end:
        h[i]["cls"] = LINK_SHORT
        return 0
    family = be32(data, p)
    if link_type == 0 and family > 0xFFFF:
        family = u8(data, p + 3) << 24 | u8(data, p + 2) << 16 | u8(data, p + 1) << 8
        family |= u8(data, p)
    if family == 2:
        return 0x0800
    if family == 10 or family == 24 or family == 28 or family == 30:
        return 0x86DD
    h[i]["cls"] = NON_IP
    return 0


@njit
def raw_ip(h, i, data, p, end):
    if p >= end:
        h[i]["cls"] = IP_SHORT
        return 0
    version = u8(data, p) >> 4
    if version == 4:
        return 0x0800
    if version == 6:
        return 0x86DD
    h[i]["cls"] = IP_MALFORMED
    return 0


@njit
def no_link(h, i, link_type):
    h[i]["cls"] = DECLINED if link_type in FOREIGN_LINKS else LINK_UNSUPPORTED


@inlined
def link_layer(h, i, data, p, end, link_type):
    """Returns the position after the link header and the EtherType (<= 1500: LLC follows)."""
    if link_type == 1:
        if p + 14 > end:
            h[i]["cls"] = LINK_SHORT
            return p, np.int64(0)
        h[i]["dmac"] = be48(data, p)
        h[i]["smac"] = be48(data, p + 6)
        h[i]["have"] = MACS
        return p + 14, be16(data, p + 12)
    if link_type == 113:
        if p + 16 > end:
            h[i]["cls"] = LINK_SHORT
            return p, np.int64(0)
        return p + 16, np.int64(cooked(h, i, be16(data, p), be16(data, p + 2), be16(data, p + 14)))
    if link_type == 276:
        if p + 20 > end:
            h[i]["cls"] = LINK_SHORT
            return p, np.int64(0)
        h[i]["ifindex"] = be32(data, p + 4)
        return p + 20, np.int64(cooked(h, i, u8(data, p + 10), be16(data, p + 8), be16(data, p)))
    if link_type == 0 or link_type == 108:
        return p + 4, np.int64(loopback(h, i, data, p, end, link_type))
    if link_type == 101 or link_type == 12 or link_type == 14:
        return p, np.int64(raw_ip(h, i, data, p, end))
    if link_type == 228:
        return p, np.int64(0x0800)
    if link_type == 229:
        return p, np.int64(0x86DD)
    no_link(h, i, link_type)
    return p, np.int64(0)


@njit
def llc(h, i, data, p, end):
    """802.2 LLC and SNAP. Returns position and EtherType."""
    if p + 3 > end:
        h[i]["cls"] = LINK_SHORT
        return p, np.int64(0)
    service = be16(data, p) << 8 | u8(data, p + 2)
    if service == 0x060603:
        return p + 3, np.int64(0x0800)
    if service != 0xAAAA03:
        h[i]["cls"] = NON_IP
        return p, np.int64(0)
    if p + 8 > end:
        h[i]["cls"] = LINK_SHORT
        return p, np.int64(0)
    organisation = be16(data, p + 3) << 8 | u8(data, p + 5)
    protocol = be16(data, p + 6)
    if organisation == 0x00000C and protocol == 0x2000:
        h[i]["cls"] = CDP
    elif (organisation != 0 and organisation != 0x0000F8) or protocol <= 1500:
        h[i]["cls"] = NON_IP
    return p + 8, protocol


@inlined
def tags_and_llc(h, i, data, p, end, ethertype):
    """Walks 802.1Q/802.1ad tags and LLC/SNAP down to an EtherType. Returns position and EtherType."""
    tags = np.int64(0)
    vlan = np.uint64(0)
    while h[i]["cls"] == PENDING:
        if ethertype == 0x8100 or ethertype == 0x88A8 or ethertype == 0x9100:
            if p + 4 > end:
                h[i]["cls"] = LINK_SHORT
            elif tags == MAX_TAGS:
                h[i]["cls"] = VLAN_DEEP
            else:
                vlan = vlan << np.uint64(12) | np.uint64(be16(data, p) & 0xFFF)
                ethertype = be16(data, p + 2)
                tags += 1
                p += 4
        elif ethertype <= 1500:
            p, ethertype = llc(h, i, data, p, end)
        else:
            break
    h[i]["vlan"] = np.uint64(tags) << np.uint64(60) | vlan
    return p, ethertype
