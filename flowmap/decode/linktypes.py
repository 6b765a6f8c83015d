"""Link types: number, name, and what reads it, one row each.

The numbers and names are those of tcpdump.org's list (https://www.tcpdump.org/linktypes.html; without the LINKTYPE_ or
DLT_ in front).

What has a row is read. A new one needs its row here and a function in `rare/links.py`; the kernels take the numbers that they
leave alone from `layers/link.pxd`, which a test holds equal to this table.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["LINK_NAMES", "LINK_TYPES", "LinkType", "link_name"]


class LinkType(NamedTuple):
    """`reader`: "kernel" decodes it in line, "rare" frame by frame; "none": frames of it hold no IP, and are counted only."""

    number: int
    name: str
    reader: Literal["kernel", "rare", "none"]


LINK_TYPES = (
    LinkType(0, "NULL", "kernel"),
    LinkType(1, "EN10MB", "kernel"),
    LinkType(6, "IEEE802_5", "rare"),
    LinkType(7, "ARCNET_BSD", "rare"),
    LinkType(8, "SLIP", "rare"),
    LinkType(9, "PPP", "rare"),
    LinkType(10, "FDDI", "rare"),
    LinkType(12, "RAW", "kernel"),
    LinkType(14, "RAW", "kernel"),
    LinkType(50, "PPP_SERIAL", "rare"),
    LinkType(51, "PPP_ETHER", "rare"),
    LinkType(100, "ATM_RFC1483", "rare"),
    LinkType(101, "RAW", "kernel"),
    LinkType(104, "C_HDLC", "rare"),
    LinkType(105, "IEEE802_11", "rare"),
    LinkType(107, "FRELAY", "rare"),
    LinkType(108, "LOOP", "kernel"),
    LinkType(109, "ENC", "rare"),
    LinkType(113, "LINUX_SLL", "kernel"),
    LinkType(117, "PFLOG", "rare"),
    LinkType(119, "IEEE802_11_PRISM", "rare"),
    LinkType(123, "SUNATM", "rare"),
    LinkType(127, "IEEE802_11_RADIOTAP", "rare"),
    LinkType(129, "ARCNET_LINUX", "rare"),
    LinkType(138, "APPLE_IP_OVER_IEEE1394", "rare"),
    LinkType(163, "IEEE802_11_AVS", "rare"),
    LinkType(166, "PPP_PPPD", "rare"),
    LinkType(192, "PPI", "rare"),
    LinkType(204, "PPP_WITH_DIR", "rare"),
    LinkType(205, "C_HDLC_WITH_DIR", "rare"),
    LinkType(206, "FRELAY_WITH_DIR", "rare"),
    LinkType(219, "MPLS", "rare"),
    LinkType(228, "IPV4", "kernel"),
    LinkType(229, "IPV6", "kernel"),
    LinkType(239, "NFLOG", "rare"),
    LinkType(240, "NETANALYZER", "rare"),
    LinkType(242, "INFINIBAND", "rare"),
    LinkType(249, "USBPCAP", "none"),
    LinkType(253, "NETLINK", "none"),
    LinkType(258, "PKTAP", "rare"),
    LinkType(274, "ETHERNET_MPACKET", "rare"),
    LinkType(276, "LINUX_SLL2", "kernel"),
    LinkType(281, "DSA_TAG_BRCM", "rare"),
    LinkType(282, "DSA_TAG_BRCM_PREPEND", "rare"),
    LinkType(284, "DSA_TAG_DSA", "rare"),
    LinkType(285, "DSA_TAG_EDSA", "rare"),
)
LINK_NAMES = {one.number: one.name for one in LINK_TYPES}
"""Names by number."""


def link_name(number: int) -> str:
    """Return the name that tcpdump.org has for a link type, or its number where it has no row.

    >>> link_name(219), link_name(4000)
    ('MPLS', 'LINKTYPE 4000')
    """
    return LINK_NAMES.get(number, f"LINKTYPE {number}")
