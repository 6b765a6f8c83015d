"""Compiled twin of `reference.py`: frames of a block in, HEADER rows out.

Helpers take the HEADER array `h` and its row `i`, the block's bytes `data`, the position `p` of the next unread byte and
`end`, the first byte that may not be read. Nothing allocates, nothing raises, every read is checked before it happens.
All arithmetic is on int64, addresses and MACs on uint64 (mixing the two would become float64).
"""

from __future__ import annotations

import numpy as np

from flowmap.jit import inlined, njit

__all__ = ["decode_block"]

# PacketClass and Have, as plain globals: numba freezes them, the cache folder's digest covers types.py.
TCP, TCP_SHORT, FRAGMENT, IP_OTHER, NEIGHBOR, ARP, SLOW, LLDP, CDP, NON_IP = range(10)
LINK_SHORT, IP_SHORT, IP_MALFORMED, VLAN_DEEP, LINK_UNSUPPORTED = range(10, 15)
MACS, SEQUENCE, ACK, FLAGS, MAGIC = 1, 2, 4, 8, 16
MAX_TAGS = 5
PENDING = 255  # class of a row whose network layer is still to be read


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
    if hardware_type == 778 or 801 <= hardware_type <= 803 or hardware_type == 824:
        h[i]["cls"] = LINK_UNSUPPORTED
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
    h[i]["cls"] = LINK_UNSUPPORTED
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


@inlined
def tcp(h, i, data, frame, p, end, segment_len):
    """`frame` is the frame's first byte; `end` bounds the reads, `segment_len` is TCP header and payload by the IP length."""
    if p + 4 > end:
        h[i]["cls"] = TCP_SHORT
        return
    h[i]["cls"] = TCP
    h[i]["sport"] = be16(data, p)
    h[i]["dport"] = be16(data, p + 2)
    h[i]["l4_offset"] = p - frame
    have = np.int64(h[i]["have"])
    data_offset = np.int64(20)
    if p + 8 <= end:
        h[i]["seq"] = be32(data, p + 4)
        have |= SEQUENCE
    if p + 13 <= end:
        data_offset = (u8(data, p + 12) >> 4) * 4
    if p + 14 <= end:
        flags = u8(data, p + 13)
        h[i]["flags"] = flags
        have |= FLAGS
        if flags & 0x10:
            h[i]["ack"] = be32(data, p + 8)
            have |= ACK
    payload = np.int64(0)
    if data_offset >= 20:
        payload = max(np.int64(0), segment_len - data_offset)
    if p + 16 <= end:
        h[i]["window"] = be16(data, p + 14)
        if payload >= 4 and p + data_offset + 4 <= end:
            h[i]["magic"] = be32(data, p + data_offset)
            have |= MAGIC
    h[i]["payload"] = payload
    h[i]["data_offset"] = data_offset
    h[i]["have"] = have


@inlined
def ipv4(h, i, data, frame, p, end, left):
    if p + 20 > end:
        h[i]["cls"] = IP_SHORT
        return
    header_len = (u8(data, p) & 15) * 4
    total = be16(data, p + 2)
    if u8(data, p) >> 4 != 4 or header_len < 20 or 0 < total < header_len:
        h[i]["cls"] = IP_MALFORMED
        return
    length = left if total == 0 else min(total, left)
    h[i]["src_lo"] = be32(data, p + 12)
    h[i]["dst_lo"] = be32(data, p + 16)
    h[i]["version"] = 4
    h[i]["ip_id"] = be16(data, p + 4)
    if u8(data, p + 9) != 6:
        h[i]["cls"] = IP_OTHER
    elif be16(data, p + 6) & 0x1FFF:
        h[i]["cls"] = FRAGMENT
    else:
        tcp(h, i, data, frame, p + header_len, min(end, p + length), length - header_len)


@njit
def ipv6(h, i, data, frame, p, end, left):
    if p + 40 > end:
        h[i]["cls"] = IP_SHORT
        return
    if u8(data, p) >> 4 != 6:
        h[i]["cls"] = IP_MALFORMED
        return
    stated = be16(data, p + 4)
    length = left if stated == 0 else min(stated + 40, left)
    h[i]["src_hi"] = be64(data, p + 8)
    h[i]["src_lo"] = be64(data, p + 16)
    h[i]["dst_hi"] = be64(data, p + 24)
    h[i]["dst_lo"] = be64(data, p + 32)
    h[i]["version"] = 6
    stop = min(end, p + length)
    following = u8(data, p + 6)
    at = p + 40
    while following == 0 or following == 43 or following == 44 or following == 51 or following == 60 or following == 135 \
            or following == 139 or following == 140:  # fmt: skip
        if at + 8 > stop:
            h[i]["cls"] = IP_SHORT
            return
        fragment_offset = np.int64(0)
        header_len = np.int64(8)
        if following == 44:
            fragment_offset = be16(data, at + 2) >> 3
        elif following == 51:
            header_len = (u8(data, at + 1) + 2) * 4
        else:
            header_len = (u8(data, at + 1) + 1) * 8
        following = u8(data, at)
        at += header_len
        if fragment_offset:
            h[i]["cls"] = FRAGMENT if following == 6 else IP_OTHER
            return
    if following == 6:
        tcp(h, i, data, frame, at, stop, p + length - at)
    elif following == 58 and at < stop and (u8(data, at) == 135 or u8(data, at) == 136):
        h[i]["cls"] = NEIGHBOR
    else:
        h[i]["cls"] = IP_OTHER


@inlined
def decode_frame(h, i, data, index, k, ifaces):
    """Decode record `k` of `index` into row `i` of `h`."""
    clear(h, i)
    frame = np.int64(index[k]["offset"])
    end = frame + np.int64(index[k]["cap_len"])
    interface = np.int64(index[k]["interface"])
    p, ethertype = link_layer(h, i, data, frame, end, np.int64(ifaces[interface]["link_type"]))
    p, ethertype = tags_and_llc(h, i, data, p, end, ethertype)
    side = np.int64(index[k]["flags"]) & 3
    if side == 1 or side == 2:
        h[i]["direction"] = side
    if h[i]["cls"] != PENDING:
        return
    wire_len = np.int64(index[k]["wire_len"])
    left = max(np.int64(0), wire_len - np.int64(ifaces[interface]["fcs_len"]) - (p - frame))
    if ethertype == 0x0800:
        ipv4(h, i, data, frame, p, end, left)
    elif ethertype == 0x86DD:
        ipv6(h, i, data, frame, p, end, left)
    elif ethertype == 0x0806 or ethertype == 0x8035:
        h[i]["cls"] = ARP
    elif ethertype == 0x8809:
        h[i]["cls"] = SLOW
    elif ethertype == 0x88CC:
        h[i]["cls"] = LLDP
    else:
        h[i]["cls"] = NON_IP


@njit
def decode_block(h, data, index, ifaces, start, stop):
    """Decode records start..stop-1 into rows 0.. of `h`. Returns the number of rows written."""
    for k in range(start, stop):
        decode_frame(h, k - start, data, index, k, ifaces)
    return stop - start
