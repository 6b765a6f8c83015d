"""`PacketClass` and `Have` as plain integers for the twin: members of an enumeration cost several times as much to reach."""

from __future__ import annotations

from flowmap.types import Have, PacketClass

(
    TCP, TCP_SHORT, FRAGMENT, IP_OTHER, NEIGHBOR, ARP, SLOW_PROTOCOL, LLDP, CDP, NON_IP,
    LINK_SHORT, IP_SHORT, IP_MALFORMED, VLAN_DEEP, LINK_UNSUPPORTED, OUTSIDE,
) = map(int, PacketClass)  # fmt: skip
MACS, SEQUENCE, ACK, FLAGS, MAGIC, ISN, SYN_ONLY, SYN_ACK = map(int, Have)

GOES_ON = -1
"""In place of a class: the next layer decides."""
