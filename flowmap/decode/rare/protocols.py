"""Names of EtherTypes and IP protocols that are not decoded, and which of them cannot hold TCP streams.

Sources: IANA's IEEE 802 numbers and protocol numbers; IEEE's public EtherType list; IEC 62439-3 (HSR, PRP).
"""

from __future__ import annotations

__all__ = ["ETHERTYPES", "HARMLESS_ETHERTYPES", "HARMLESS_PROTOCOLS", "PROTOCOLS"]

ETHERTYPES = {
    0x0842: "Wake-on-LAN",
    0x22F0: "AVTP",
    0x22F3: "TRILL",
    0x6003: "DECnet",
    0x809B: "AppleTalk",
    0x80F3: "AppleTalk ARP",
    0x8137: "IPX",
    0x8863: "PPPoE discovery",
    0x886D: "Intel ANS probe",
    0x8870: "jumbo LLC",
    0x887B: "HomePlug",
    0x888E: "EAPOL",
    0x8892: "PROFINET",
    0x8899: "Realtek loop detection",
    0x88A2: "ATA over Ethernet",
    0x88A4: "EtherCAT",
    0x88B5: "local use 1",
    0x88B6: "local use 2",
    0x88B7: "OUI extended",
    0x88B8: "GOOSE",
    0x88BA: "sampled values",
    0x88CA: "TIPC",
    0x88CD: "SERCOS",
    0x88D9: "LLTD",
    0x88E1: "HomePlug AV",
    0x88E3: "MRP",
    0x88E5: "MACsec",
    0x88F5: "MVRP",
    0x88F7: "PTP",
    0x88FB: "PRP supervision",
    0x8902: "CFM",
    0x8906: "FCoE",
    0x8914: "FCoE initialization",
    0x8915: "RoCE",
    0x891D: "TTE",
    0x892F: "HSR",
    0x893A: "IEEE 1905",
    0x894F: "NSH",
    0x9000: "loopback test",
    0xD28B: "Arista timestamp",
}
HARMLESS_ETHERTYPES = frozenset(ETHERTYPES) - {0x22F3, 0x8870, 0x88B5, 0x88B6, 0x88B7, 0x88E5, 0x892F, 0x894F, 0xD28B}
"""None of these holds TCP."""

PROTOCOLS = {
    8: "EGP",
    46: "RSVP",
    50: "ESP",
    59: "no next header",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    108: "IPComp",
    112: "VRRP",
    115: "L2TPv3",
    124: "IS-IS",
    132: "SCTP",
    136: "UDP-Lite",
    137: "MPLS in IP",
    143: "Ethernet in IP",
}
HARMLESS_PROTOCOLS = frozenset(PROTOCOLS) - {50, 108, 115, 137, 143}
