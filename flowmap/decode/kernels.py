"""Compiled twin of `reference.py`: frames of a block in, HEADER rows out.

Helpers take the HEADER array `h` and its row `i`, the block's bytes `data`, the position `p` of the next unread byte and
`end`, the first byte that may not be read. Nothing allocates, nothing raises, every read is checked before it happens.
All arithmetic is on int64, addresses and MACs on uint64 (mixing the two would become float64).
"""

from __future__ import annotations

import numpy as np

from flowmap.decode.layers.kernels import be16, be32, be64, clear, link_layer, tags_and_llc, u8
from flowmap.jit import inlined, njit

__all__ = ["decode_block"]

# PacketClass and Have, as plain globals: numba freezes them, the cache folder's digest covers types.py.
TCP, TCP_SHORT, FRAGMENT, IP_OTHER, NEIGHBOR, ARP, SLOW, LLDP, CDP, NON_IP = range(10)
LINK_SHORT, IP_SHORT, IP_MALFORMED = range(10, 13)
TUNNEL_DEEP = 16
SEQUENCE, ACK, FLAGS, MAGIC = 2, 4, 8, 16
DECLINED = 32
MACS = 1
MAX_TUNNELS = 8
PENDING = 255  # class of a row whose network layer is still to be read

VXLAN, GENEVE, GRE, NVGRE, IPIP = 1, 2, 3, 4, 5  # HEADER.encap, 4 bits each, outermost highest
BRIDGED = 0x6558  # EtherType of an Ethernet frame inside
# What `unwrap.py` takes apart; the twin's lists are in numbers.py.
FOREIGN_ETHERTYPES = (0x6558, 0x880B, 0x8847, 0x8848, 0x8864, 0x88E7, 0x8903, 0x8909, 0x8926, 0x893F, 0xDADA)


@njit
def foreign_port(port):
    """UDP ports of tunnels that `unwrap.py` takes apart: GTP-U, CAPWAP, Teredo, L2TP, VXLAN-GPE, MPLS, LISP."""
    return (
        port == 2152 or port == 5247 or port == 3544 or port == 1701 or port == 4790 or port == 6635 or port == 4341
    )


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
    if p + 14 <= end and data_offset >= 20:
        flags = u8(data, p + 13)
        h[i]["flags"] = flags
        have |= FLAGS
        if flags & 0x10:
            h[i]["ack"] = be32(data, p + 8)
            have |= ACK
    payload = max(np.int64(0), segment_len - data_offset)
    if p + 16 <= end and data_offset >= 20:
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
def behind_ipv4(h, i, data, frame, p, end, left):
    """Of the IPv4 packet at `p`, just read: the protocol above (0 where there is nothing to follow), where it begins, the
    end of its captured bytes, and its length."""
    if h[i]["cls"] != IP_OTHER or be16(data, p + 6) & 0x1FFF:
        return np.int64(0), p, end, left
    header_len = (u8(data, p) & 15) * 4
    total = be16(data, p + 2)
    length = left if total == 0 else min(total, left)
    following, at, stop, left = u8(data, p + 9), p + header_len, min(end, p + length), length - header_len
    if following != 51:
        return following, at, stop, left
    if at + 8 > stop:  # an authentication header, cut
        h[i]["cls"] = IP_SHORT
        return np.int64(0), at, stop, left
    size = (u8(data, at + 1) + 2) * 4
    following = u8(data, at)
    if following == 6:
        tcp(h, i, data, frame, at + size, stop, left - size)
        following = np.int64(0)
    return following, at + size, stop, left - size


@njit
def ipv6(h, i, data, frame, p, end, left):
    """Returns as `behind_ipv4` does."""
    nothing = np.int64(0)
    if p + 40 > end:
        h[i]["cls"] = IP_SHORT
        return nothing, p, end, left
    if u8(data, p) >> 4 != 6:
        h[i]["cls"] = IP_MALFORMED
        return nothing, p, end, left
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
            return nothing, at, stop, left
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
            return nothing, at, stop, left
    left = p + length - at
    if following == 6:
        tcp(h, i, data, frame, at, stop, left)
        return nothing, at, stop, left
    if following == 58 and at < stop and (u8(data, at) == 135 or u8(data, at) == 136):
        h[i]["cls"] = NEIGHBOR
        return nothing, at, stop, left
    h[i]["cls"] = IP_OTHER
    return following, at, stop, left


@njit
def gre_header(data, p, end):
    """RFC 2784, 2890, 7637. Returns tunnel code (0: none), EtherType inside, header length."""
    if p + 4 > end:
        return np.int64(0), np.int64(0), np.int64(0)
    flags = be16(data, p)
    ethertype = be16(data, p + 2)
    if flags & 0x4007 or ethertype == 0x88BE or ethertype == 0x22EB:
        return np.int64(DECLINED), np.int64(0), np.int64(0)
    size = np.int64(4) + (flags >> 15 & 1) * 4 + (flags >> 13 & 1) * 4 + (flags >> 12 & 1) * 4
    code = np.int64(NVGRE) if ethertype == BRIDGED and flags & 0x2000 else np.int64(GRE)
    return code, ethertype, size


@njit
def udp_tunnel(data, p, end):
    """VXLAN (RFC 7348) and GENEVE (RFC 8926) by their destination ports. Returns as `gre_header` does."""
    nothing = np.int64(0)
    if p + 8 > end:
        return nothing, nothing, nothing
    sport = be16(data, p)
    dport = be16(data, p + 2)
    if dport == 4789 or dport == 8472:
        if p + 16 <= end and u8(data, p + 8) & 8:
            return np.int64(VXLAN), np.int64(BRIDGED), np.int64(16)
    elif dport == 6081:
        if p + 16 <= end and u8(data, p + 8) >> 6 == 0:
            return np.int64(GENEVE), be16(data, p + 10), np.int64(16) + (u8(data, p + 8) & 63) * 4
    elif foreign_port(dport) or foreign_port(sport):
        return np.int64(DECLINED), nothing, nothing
    return nothing, nothing, nothing


@njit
def tunnel_header(data, p, end, protocol):
    """What IP protocol `protocol` carries, if it is a tunnel. Returns as `gre_header` does."""
    if protocol == 17:
        return udp_tunnel(data, p, end)
    if protocol == 47:
        return gre_header(data, p, end)
    if protocol == 4:
        return np.int64(IPIP), np.int64(0x0800), np.int64(0)
    if protocol == 41:
        return np.int64(IPIP), np.int64(0x86DD), np.int64(0)
    if protocol == 97:
        return np.int64(DECLINED), np.int64(0), np.int64(0)
    return np.int64(0), np.int64(0), np.int64(0)


@njit
def bridged(h, i, data, p, end):
    """An Ethernet frame in a tunnel: its tags belong to no column. Returns position and EtherType, 0 where there is none."""
    if p + 14 > end:
        h[i]["cls"] = LINK_SHORT
        return p, np.int64(0)
    vlan = h[i]["vlan"]
    h[i]["cls"] = PENDING
    p, ethertype = tags_and_llc(h, i, data, p + 14, end, be16(data, p + 12))
    h[i]["vlan"] = vlan
    return p, ethertype if h[i]["cls"] == PENDING else np.int64(0)


@njit
def tunnels(h, i, data, frame, p, end, left, ethertype):
    """Follow tunnels from the outermost IP packet, at `p`, to the innermost TCP. What is no TCP stays IP_OTHER.

    The outermost header has been read already, for its class: reading it again here costs less than keeping what it said for
    every packet that is in no tunnel.
    """
    chain = np.int64(0)
    for _ in range(MAX_TUNNELS + 1):
        protocol = np.int64(0)
        if ethertype == 0x0800:
            ipv4(h, i, data, frame, p, end, left)
            protocol, p, end, left = behind_ipv4(h, i, data, frame, p, end, left)
        elif ethertype == 0x86DD:
            protocol, p, end, left = ipv6(h, i, data, frame, p, end, left)
        if h[i]["cls"] == LINK_SHORT:
            h[i]["cls"] = IP_SHORT
        elif h[i]["cls"] > FRAGMENT and h[i]["cls"] != IP_SHORT:
            h[i]["cls"] = IP_OTHER
        code, ethertype, size = tunnel_header(data, p, end, protocol)
        if code == 0:
            break
        if chain >> 28:
            h[i]["cls"] = TUNNEL_DEEP
            break
        start = p
        p += size
        if code != DECLINED:
            chain = chain << 4 | code
            if ethertype == BRIDGED:
                p, ethertype = bridged(h, i, data, p, end)
        if code == DECLINED or ethertype in FOREIGN_ETHERTYPES:
            h[i]["cls"] = DECLINED
            break
        left = max(np.int64(0), left - (p - start))
    h[i]["encap"] = chain
    if h[i]["version"] == 4:
        h[i]["src_hi"] = 0
        h[i]["dst_hi"] = 0
    else:
        h[i]["ip_id"] = 0


@njit
def second_look(h, i, data, index, k, ifaces):
    """At a packet whose IP header is not TCP's, or that was declined: of the latter only the class stays.

    Apart from `decode_frame`, and from the beginning, because what that keeps in mind for it costs every packet time.
    """
    if h[i]["cls"] == IP_OTHER:
        frame = np.int64(index[k]["offset"])
        end = frame + np.int64(index[k]["cap_len"])
        interface = np.int64(index[k]["interface"])
        h[i]["cls"] = PENDING
        p, ethertype = link_layer(h, i, data, frame, end, np.int64(ifaces[interface]["link_type"]))
        p, ethertype = tags_and_llc(h, i, data, p, end, ethertype)
        wire_len = max(np.int64(index[k]["wire_len"]), end - frame)
        left = max(np.int64(0), wire_len - np.int64(ifaces[interface]["fcs_len"]) - (p - frame))
        side = np.int64(index[k]["flags"]) & 3
        if side == 1 or side == 2:
            h[i]["direction"] = side
        h[i]["cls"] = IP_OTHER
        protocol = u8(data, p + 9) if ethertype == 0x0800 else u8(data, p + 6)
        tunnel = protocol == 17 or protocol == 47 or protocol == 4 or protocol == 41 or protocol == 97 or protocol == 51
        if tunnel or (ethertype == 0x86DD and protocol != 58):
            tunnels(h, i, data, frame, p, end, left, ethertype)
    if h[i]["cls"] == DECLINED:
        clear(h, i)
        h[i]["cls"] = DECLINED


@njit
def no_ip(h, i, ethertype):
    if ethertype == 0x0806 or ethertype == 0x8035:
        h[i]["cls"] = ARP
    elif ethertype == 0x8809:
        h[i]["cls"] = SLOW
    elif ethertype == 0x88CC:
        h[i]["cls"] = LLDP
    elif ethertype in FOREIGN_ETHERTYPES:
        h[i]["cls"] = DECLINED
    else:
        h[i]["cls"] = NON_IP


@inlined
def decode_frame(h, i, data, index, k, ifaces):
    """Decode record `k` of `index` into row `i` of `h`. Of a frame that is declined only the class is set."""
    clear(h, i)
    frame = np.int64(index[k]["offset"])
    end = frame + np.int64(index[k]["cap_len"])
    interface = np.int64(index[k]["interface"])
    p, ethertype = link_layer(h, i, data, frame, end, np.int64(ifaces[interface]["link_type"]))
    p, ethertype = tags_and_llc(h, i, data, p, end, ethertype)
    side = np.int64(index[k]["flags"]) & 3
    if side == 1 or side == 2:
        h[i]["direction"] = side
    wire_len = max(np.int64(index[k]["wire_len"]), end - frame)
    left = max(np.int64(0), wire_len - np.int64(ifaces[interface]["fcs_len"]) - (p - frame))
    if h[i]["cls"] == PENDING:
        if ethertype == 0x0800:
            ipv4(h, i, data, frame, p, end, left)
        elif ethertype == 0x86DD:
            ipv6(h, i, data, frame, p, end, left)
        else:
            no_ip(h, i, ethertype)


@inlined
def common_tcp(h, i, data, frame, p, stop, left):
    """A TCP header that states at least 20 bytes, those captured: `stop` bounds the reads, `left` is its length with the
    payload. Returns the bits of `have` that it gives."""
    data_offset = (u8(data, p + 12) >> 4) * 4
    flags = u8(data, p + 13)
    acknowledges = (flags >> 4) & 1
    payload = max(np.int64(0), left - data_offset)
    has_magic = payload >= 4 and p + data_offset + 4 <= stop
    h[i]["sport"] = be16(data, p)
    h[i]["dport"] = be16(data, p + 2)
    h[i]["l4_offset"] = p - frame
    h[i]["seq"] = be32(data, p + 4)
    h[i]["ack"] = be32(data, p + 8) * acknowledges
    h[i]["flags"] = flags
    h[i]["window"] = be16(data, p + 14)
    h[i]["magic"] = be32(data, p + data_offset) if has_magic else 0
    h[i]["payload"] = payload
    h[i]["data_offset"] = data_offset
    return np.int64(SEQUENCE | FLAGS) + acknowledges * ACK + has_magic * MAGIC


@inlined
def common_ip(h, i, data, frame, p, end, left, ethertype):
    """IPv4 without options or IPv6 without extension headers, no later fragment, with TCP. Returns as `common_tcp` does, 0 for
    anything else."""
    if ethertype == 0x0800 and end - p >= 40 and u8(data, p) == 0x45 and u8(data, p + 9) == 6:
        total = be16(data, p + 2)
        length = min(total, left) if total > 0 else left
        if length < 40 or be16(data, p + 6) & 0x1FFF or u8(data, p + 32) < 0x50:
            return np.int64(0)
        h[i]["src_hi"] = 0
        h[i]["src_lo"] = be32(data, p + 12)
        h[i]["dst_hi"] = 0
        h[i]["dst_lo"] = be32(data, p + 16)
        h[i]["version"] = 4
        h[i]["ip_id"] = be16(data, p + 4)
        return common_tcp(h, i, data, frame, p + 20, min(end, p + length), length - 20)
    if ethertype == 0x86DD and end - p >= 60 and u8(data, p) >> 4 == 6 and u8(data, p + 6) == 6:
        stated = be16(data, p + 4)
        length = min(stated + 40, left) if stated > 0 else left
        if length < 60 or u8(data, p + 52) < 0x50:
            return np.int64(0)
        h[i]["src_hi"] = be64(data, p + 8)
        h[i]["src_lo"] = be64(data, p + 16)
        h[i]["dst_hi"] = be64(data, p + 24)
        h[i]["dst_lo"] = be64(data, p + 32)
        h[i]["version"] = 6
        h[i]["ip_id"] = 0
        return common_tcp(h, i, data, frame, p + 40, min(end, p + length), length - 40)
    return np.int64(0)


@inlined
def common_vxlan(data, p, end, ethertype):
    """Whether IPv4 without options carries VXLAN and an Ethernet header (RFC 7348)."""
    if ethertype != 0x0800 or end - p < 50 or u8(data, p) != 0x45 or u8(data, p + 9) != 17:
        return False
    port = be16(data, p + 22)
    return (port == 4789 or port == 8472) and u8(data, p + 28) & 8 != 0 and be16(data, p + 6) & 0x1FFF == 0


@inlined
def common_frame(h, i, data, index, k, ifaces):
    """Decode the frame that most captures are full of: Ethernet with at most one tag and `common_ip`, in VXLAN or not. Returns
    False, with the row spoiled, for any other.

    It says what `decode_frame` says, whose many cases cost several times as long.
    """
    frame = np.int64(index[k]["offset"])
    end = frame + np.int64(index[k]["cap_len"])
    interface = np.int64(index[k]["interface"])
    if ifaces[interface]["link_type"] != 1 or end - frame < 54:
        return False
    p = frame + 14
    ethertype = be16(data, p - 2)
    vlan = np.uint64(0)
    if ethertype == 0x8100:
        vlan = np.uint64(1 << 60 | be16(data, p) & 0xFFF)
        ethertype = be16(data, p + 2)
        p += 4
    left = max(np.int64(index[k]["wire_len"]), end - frame) - np.int64(ifaces[interface]["fcs_len"]) - (p - frame)
    h[i]["encap"] = 0
    if common_vxlan(data, p, end, ethertype):
        total = be16(data, p + 2)
        length = min(total, left) if total > 0 else left
        ethertype = be16(data, p + 48)
        end = min(end, p + length)
        left = length - 50
        p += 50
        h[i]["encap"] = VXLAN
    have = common_ip(h, i, data, frame, p, end, left, ethertype)
    h[i]["vlan"] = vlan
    h[i]["dmac"] = be64(data, frame) >> np.uint64(16)
    h[i]["smac"] = be64(data, frame + 6) >> np.uint64(16)
    h[i]["ifindex"] = 0
    h[i]["cls"] = TCP
    side = np.int64(index[k]["flags"]) & 3
    h[i]["direction"] = side if side < 3 else 0
    h[i]["have"] = have | MACS
    return have != 0


@njit
def decode_block(h, data, index, ifaces, start, stop):
    """Decode records start..stop-1 into rows 0.. of `h`. Returns the number of rows written."""
    others = False
    for k in range(start, stop):
        if not common_frame(h, k - start, data, index, k, ifaces):
            decode_frame(h, k - start, data, index, k, ifaces)
            others = True
    if others:
        for k in range(start, stop):
            cls = h[k - start]["cls"]
            if cls in (IP_OTHER, DECLINED):
                second_look(h, k - start, data, index, k, ifaces)
    return stop - start
