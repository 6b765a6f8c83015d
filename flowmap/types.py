"""The columns that the stages exchange: numpy structured dtypes and closed enumerations.

Every dtype is native byte order and aligned, so that compiled kernels read fields without copying. Units are in the
names: `ts_ns` is integer nanoseconds UTC since the epoch, `*_len` and `*_bytes` are bytes, `wire_*` means original
length, never the captured one.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

__all__ = [
    "BIN",
    "FLOW",
    "GAP",
    "HEADER",
    "IFACE",
    "INDEX",
    "LINK",
    "MACPAIR",
    "OUTER",
    "TRACE",
    "TS_NONE",
    "Have",
    "PacketClass",
    "TimeUnit",
]

TS_NONE = -(2**63)
"""A timestamp that the record does not carry, or that does not fit int64 nanoseconds."""

INDEX = np.dtype(
    [
        ("ts_ns", "i8"),
        ("offset", "i8"),  # of the frame's first byte in the block's buffer
        ("cap_len", "u4"),
        ("wire_len", "u4"),
        ("interface", "u4"),  # ordinal over the whole file, sections counted through
        ("flags", "u4"),  # epb_flags, 0 where the record has none
    ],
    align=True,
)
"""One record of a capture (capture stage)."""


class TimeUnit(IntEnum):
    """How an interface's ticks become nanoseconds (pcapng if_tsresol)."""

    MULTIPLY = 0  # ns = ticks * factor
    DIVIDE = 1  # ns = ticks // factor
    SHIFT = 2  # ns = ticks * 10^9 >> factor


IFACE = np.dtype(
    [
        ("factor", "u8"),
        ("offset_s", "i8"),  # if_tsoffset
        ("snaplen", "u4"),  # 0 = no limit
        ("link_type", "u2"),
        ("unit", "u1"),  # TimeUnit
        ("fcs_len", "u1"),  # bytes of frame check sequence at the end of each frame
    ],
    align=True,
)
"""One interface of a capture as the kernels need it; a pcap file has exactly one."""


class PacketClass(IntEnum):
    """What became of a packet. Every packet read has exactly one, so that the counts add up."""

    TCP = 0  # counted in a flow row
    TCP_SHORT = 1  # TCP, but cut before both ports
    FRAGMENT = 2  # a later fragment: carries no ports
    IP_OTHER = 3  # IP, not TCP
    NEIGHBOR = 4  # ICMPv6 neighbour solicitation or advertisement
    ARP = 5  # ARP and RARP
    SLOW_PROTOCOL = 6  # EtherType 0x8809: LACP, marker
    LLDP = 7
    CDP = 8
    NON_IP = 9  # some other EtherType or LLC
    LINK_SHORT = 10  # cut inside the link header
    IP_SHORT = 11  # cut inside the IP header or its extension headers
    IP_MALFORMED = 12  # version, header length or extension chain that cannot be
    VLAN_DEEP = 13  # more tags than are followed
    LINK_UNSUPPORTED = 14  # a link type that is not decoded
    OUTSIDE = 15  # outside the time window asked for
    TUNNEL_DEEP = 16  # more tunnels in each other than are followed


class Have(IntEnum):
    """Bits of HEADER.have and FLOW.have."""

    MACS = 1
    SEQUENCE = 2  # HEADER: sequence number captured. FLOW: seq_base is set
    ACK = 4  # HEADER: ACK flag and number captured. FLOW: ack_base is set
    FLAGS = 8  # HEADER: flags captured. FLOW: seq_next is set
    MAGIC = 16  # first four payload bytes captured
    ISN = 32  # FLOW: a SYN was seen, isn is set
    SYN_ONLY = 64  # FLOW: a SYN without ACK was seen (this side connects)
    SYN_ACK = 128  # FLOW: a SYN with ACK was seen (this side listens)


HEADER = np.dtype(
    [
        ("src_hi", "u8"),  # IPv4: hi = 0, lo = the 32-bit address
        ("src_lo", "u8"),
        ("dst_hi", "u8"),
        ("dst_lo", "u8"),
        ("vlan", "u8"),  # tag stack: number of tags << 60 | VLAN ids, 12 bits each, outermost highest
        ("smac", "u8"),
        ("dmac", "u8"),
        ("encap", "u4"),  # tunnel chain, 4 bits each; 0 = none
        ("ifindex", "u4"),  # SLL2 interface index, else 0
        ("seq", "u4"),
        ("ack", "u4"),
        ("payload", "u4"),
        ("magic", "u4"),  # first four payload bytes, big endian
        ("l4_offset", "u4"),  # of the TCP header in the frame
        ("sport", "u2"),
        ("dport", "u2"),
        ("window", "u2"),
        ("ip_id", "u2"),
        ("cls", "u1"),  # PacketClass
        ("version", "u1"),  # 4 or 6
        ("flags", "u1"),  # TCP flags, low byte
        ("direction", "u1"),  # 0 unknown, 1 inbound, 2 outbound (epb_flags, SLL packet type)
        ("have", "u1"),  # Have
        ("data_offset", "u1"),  # TCP header length in bytes
    ],
    align=True,
)
"""One decoded packet (decode stage)."""

LINK = np.dtype(
    [
        ("packets", "u8"),
        ("wire_bytes", "u8"),
        ("captured_bytes", "u8"),
        ("first_ns", "i8"),  # minimum; TS_NONE while there is none
        ("last_ns", "i8"),  # maximum
        ("unicast", "u8"),  # frames whose destination MAC is an individual address
        ("backwards", "u8"),  # packets older than the one before them
        ("previous_ns", "i8"),
        ("classes", "u8", (len(PacketClass),)),  # packets by PacketClass
        ("interface", "u4"),
        ("ifindex", "u4"),
        ("max_wire_len", "u4"),
        ("max_cap_len", "u4"),
        ("snapped", "u8"),  # packets with cap_len < wire_len
        ("in_packets", "u8"),
        ("out_packets", "u8"),
        ("bin_ns", "i8"),  # start of the latest 100 ms; TS_NONE while there is none
        ("recent", "u8", (16,)),  # wire bytes of these 100 ms and the 15 before, in a ring
        ("peak_bytes", "u8"),  # most wire bytes in 100 ms
        ("tcp_short", "u8"),  # TCP packets cut before the byte with the length of the TCP header
        ("bins", "u4", (3,)),  # row of BIN by direction (see HEADER) for packets whose MAC pair has none; 0 = none
    ],
    align=True,
)
"""Counters of one (interface, SLL2 ifindex) of a capture: what a member is made of."""

MACPAIR = np.dtype(
    [
        ("smac", "u8"),
        ("dmac", "u8"),
        ("frames", "u8"),
        ("wire_bytes", "u8"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("link", "u4"),
        ("bins", "u4"),  # row of BIN; 0 = none of its own
    ],
    align=True,
)
"""Frames by (link, source MAC, destination MAC)."""

BIN = np.dtype([("bin", "i8"), ("wire_bytes", "u8"), ("row", "u4"), ("shift", "u4")], align=True)
"""Wire bytes of one row of bins from (bin << shift) nanoseconds on, 1 << shift long; see `flow/bins`."""

GAP = np.dtype([("start_ns", "i8"), ("end_ns", "i8"), ("link", "u4")], align=True)
"""A silence of a link: its last packet before and the next one after."""

FLOW = np.dtype(
    [
        ("src_lo", "u8"),
        ("dst_lo", "u8"),
        ("vlan", "u8"),
        ("encap", "u4"),
        ("link", "u4"),
        ("sport", "u2"),
        ("dport", "u2"),
        ("version", "u1"),
        ("have", "u1"),
        ("directions", "u1"),  # bit 0 inbound seen, bit 1 outbound seen
        ("smac_changed", "u1"),
        ("packets", "u8"),
        ("wire_bytes", "u8"),
        ("payload_bytes", "u8"),
        ("data_packets", "u8"),
        ("last_ns", "i8"),
        ("bin_ns", "i8"),  # start of the 100 ms being counted; TS_NONE while there is none
        ("bin_bytes", "u8"),
        ("peak_bytes", "u8"),  # most wire bytes in 100 ms
        ("acked", "i8"),  # how far its acknowledgments went on from the first one, ack_base
        ("ack_base", "u4"),
        ("seq_next", "u4"),  # highest end of a segment so far
        ("max_payload", "u4"),
        ("pair", "u4"),  # of the last packet: row of MACPAIR + 1, 0 for none
        ("src_hi", "u8"),
        ("dst_hi", "u8"),
        ("first_ns", "i8"),
        ("ahead", "u4"),  # segments that began after seq_next: something before them had not been seen
        ("late", "u4"),  # segments that began before it: seen already, or filling what was missing
        ("smac", "u8"),
        ("dmac", "u8"),
        ("seq_base", "u4"),  # the first sequence number seen
        ("isn", "u4"),
        ("magic", "u4"),
        ("syn", "u8"),
        ("fin", "u8"),
        ("rst", "u8"),
    ],
    align=True,
)
"""One direction of a TCP connection on one link: a row of the flow table.

The first 128 bytes are what nearly every packet touches: of a million flows two or three cache lines for four, 9 % of the
processor time of the whole run. Addresses, ports, version, vlan, encap and link are its key; a SYN with a new initial
sequence number begins a new row of the same key."""

TRACE = np.dtype(
    [
        ("ts_ns", "i8"),
        ("digest", "u8"),  # of the frame from its IP header on, TTL and checksums left out
        ("direction_id", "u4"),  # which stream-direction of interest
        ("member", "u4"),
        ("ifindex", "u4"),  # SLL2 interface index, else 0
        ("seq", "u4"),
        ("ack", "u4"),
        ("payload", "u4"),
        ("wire_len", "u4"),
        ("tsval", "u4"),  # RFC 7323 timestamps, 0 where there are none
        ("tsecr", "u4"),
        ("window", "u2"),
        ("ip_id", "u2"),
        ("outer", "u2"),  # number of its outer header, 0: no tunnel
        ("mss", "u2"),  # of a SYN's option, else 0
        ("flags", "u1"),
        ("have", "u1"),
        ("options", "u1"),  # bytes of TCP options
        ("scale", "u1"),  # of a SYN: one more than the shift of its window scale option, else 0
    ],
    align=True,
)
"""One packet of a stream-direction of interest (second pass)."""

OUTER = np.dtype(
    [
        ("src_hi", "u8"),
        ("src_lo", "u8"),
        ("dst_hi", "u8"),
        ("dst_lo", "u8"),
        ("sport", "u2"),  # UDP, else 0
        ("dport", "u2"),
        ("version", "u1"),
        ("protocol", "u1"),
    ],
    align=True,
)
"""The outermost IP header of a tunnelled packet."""
