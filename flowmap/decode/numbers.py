"""`PacketClass` and `Have` as plain integers for the twin: members of an enumeration cost several times as much to reach."""

from __future__ import annotations

from flowmap.decode.linktypes import LINK_TYPES
from flowmap.types import Have, PacketClass

(
    TCP,
    TCP_SHORT,
    FRAGMENT,
    IP_OTHER,
    NEIGHBOR,
    ARP,
    SLOW_PROTOCOL,
    LLDP,
    CDP,
    NON_IP,
    LINK_SHORT,
    IP_SHORT,
    IP_MALFORMED,
    VLAN_DEEP,
    LINK_UNSUPPORTED,
    OUTSIDE,
    TUNNEL_DEEP,
) = map(int, PacketClass)
MACS, SEQUENCE, ACK, FLAGS, MAGIC, ISN, SYN_ONLY, SYN_ACK = map(int, Have)

GOES_ON = -1
"""In place of a class: the next layer decides."""

DECLINED = 32
"""Not a class: the kernels leave the frame to `unwrap.py`, which finds its class."""

VXLAN, GENEVE, GRE, NVGRE, IPIP, ERSPAN, GTP, CAPWAP, TEREDO, L2TP, VXLAN_GPE, MPLS, LISP, ETHERIP = range(1, 15)
"""Tunnels, as HEADER.encap numbers them: 4 bits each, the outermost highest."""

BRIDGED = 0x6558
"""EtherType of an Ethernet frame inside (transparent Ethernet bridging)."""

FOREIGN_LINKS = frozenset(one.number for one in LINK_TYPES if one.reader == "rare")
FOREIGN_ETHERTYPES = frozenset(
    (
        BRIDGED,
        0x880B,
        0x8847,
        0x8848,
        0x8864,
        0x88E5,
        0x88E7,
        0x8903,
        0x8909,
        0x8926,
        0x892F,
        0x893F,
        0x9200,
        0xD28B,
        0xDADA,
    )
)
FOREIGN_PORTS = frozenset((2152, 5247, 3544, 1701, 4790, 6635, 4341))
"""UDP ports of GTP-U, CAPWAP, Teredo, L2TP, VXLAN-GPE, MPLS in UDP, LISP."""
