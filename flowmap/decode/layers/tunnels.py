"""Tunnels of the twin: from an outer IP packet to the innermost one, with the chain of tunnels on the way.

Sources: RFC 7348 (VXLAN), RFC 8926 (GENEVE), RFC 2784 and 2890 (GRE), RFC 7637 (NVGRE), RFC 2003 and 4213 (IP in IP).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import NamedTuple

from flowmap.decode.layers.ip import Packet, ipv4, ipv6
from flowmap.decode.layers.link import Link, tags_and_llc
from flowmap.decode.numbers import (
    BRIDGED,
    DECLINED,
    FOREIGN_ETHERTYPES,
    FOREIGN_PORTS,
    FRAGMENT,
    GENEVE,
    GOES_ON,
    GRE,
    IP_OTHER,
    IP_SHORT,
    IPIP,
    LINK_SHORT,
    NVGRE,
    TUNNEL_DEEP,
    VXLAN,
)

__all__ = ["CARRIERS", "Inner", "tunnels", "within"]

_U16 = Struct("!H")
_TWO_U16 = Struct("!HH")
_MAX_TUNNELS = 8

CARRIERS = frozenset((4, 17, 41, 47, 97))
"""IP protocols that may be tunnels."""


class Inner(NamedTuple):
    """What a tunnel header says: the code of the tunnel (DECLINED: one for `unwrap.py`), the EtherType inside, and where."""

    code: int
    ethertype: int = 0
    position: int = 0
    cls: int = GOES_ON


Unwrap = Callable[[bytes, Packet, Inner], Inner]
"""Takes on what is declined: by the tunnel header, or by the EtherType inside."""


def tunnels(frame: bytes, packet: Packet, unwrap: Unwrap | None = None) -> tuple[Packet, int]:
    """Follow tunnels from the outermost `packet`. Returns the innermost one and the chain of tunnels.

    What is no TCP stays IP_OTHER, whatever is inside, or is TUNNEL_DEEP. Without `unwrap`, a packet of class DECLINED where
    it is needed.
    """
    chain = 0
    while (inner := _header(frame, packet)) is not None:
        if chain >> 4 * (_MAX_TUNNELS - 1):
            return packet._replace(cls=TUNNEL_DEEP), chain
        end = frame[: packet.end]
        if inner.code == DECLINED and unwrap is not None:
            inner = unwrap(end, packet, inner)
        if inner.code != DECLINED:
            chain = chain << 4 | inner.code
            if inner.ethertype == BRIDGED:
                inner = _bridged(end, inner)
        if inner.ethertype in FOREIGN_ETHERTYPES and unwrap is not None:
            inner = unwrap(end, packet, inner)
        if inner.code == DECLINED or inner.ethertype in FOREIGN_ETHERTYPES:
            return Packet(DECLINED), 0
        packet = within(end, packet, inner)
    return packet, chain


def within(frame: bytes, outer: Packet, inner: Inner) -> Packet:
    """Return the IP packet in a tunnel; where there is none, the outer one with the class that this makes it."""
    left = max(0, outer.length - (inner.position - outer.at))
    packet = Packet(inner.cls)
    if inner.cls == GOES_ON and inner.ethertype == 0x0800:
        packet = ipv4(frame, inner.position, left)
    elif inner.cls == GOES_ON and inner.ethertype == 0x86DD:
        packet = ipv6(frame, inner.position, left)
    cls = packet.cls
    if cls == LINK_SHORT:
        cls = IP_SHORT
    elif not 0 <= cls <= FRAGMENT and cls != IP_SHORT:
        cls = IP_OTHER
    return packet._replace(cls=cls) if packet.version else outer._replace(cls=cls, protocol=0)


def _header(frame: bytes, packet: Packet) -> Inner | None:
    """Return the tunnel that the packet's protocol is, if it is one."""
    if packet.protocol == 17:
        return _udp(frame, packet.at, packet.end)
    if packet.protocol == 47:
        return _gre(frame, packet.at, packet.end)
    if packet.protocol == 4:
        return Inner(IPIP, 0x0800, packet.at)
    if packet.protocol == 41:
        return Inner(IPIP, 0x86DD, packet.at)
    return Inner(DECLINED) if packet.protocol == 97 else None


def _udp(frame: bytes, at: int, end: int) -> Inner | None:
    """Return what is inside VXLAN or GENEVE, by the destination port: the source port is there to spread flows."""
    if at + 8 > end:
        return None
    sport, dport = _TWO_U16.unpack_from(frame, at)
    if dport in (4789, 8472):
        return Inner(VXLAN, BRIDGED, at + 16) if at + 16 <= end and frame[at + 8] & 8 else None
    if dport == 6081:
        if at + 16 > end or frame[at + 8] >> 6:
            return None
        return Inner(GENEVE, _U16.unpack_from(frame, at + 10)[0], at + 16 + (frame[at + 8] & 63) * 4)
    return Inner(DECLINED) if dport in FOREIGN_PORTS or sport in FOREIGN_PORTS else None


def _gre(frame: bytes, at: int, end: int) -> Inner | None:
    """Return what is inside GRE: checksum, key and sequence number are skipped.

    Routing, version 1 (PPTP) and ERSPAN are declined.
    """
    if at + 4 > end:
        return None
    flags, ethertype = _TWO_U16.unpack_from(frame, at)
    if flags & 0x4007 or ethertype in (0x88BE, 0x22EB):
        return Inner(DECLINED)
    size = 4 + 4 * ((flags >> 15) + (flags >> 13 & 1) + (flags >> 12 & 1))
    return Inner(NVGRE if ethertype == BRIDGED and flags & 0x2000 else GRE, ethertype, at + size)


def _bridged(frame: bytes, inner: Inner) -> Inner:
    """Return an Ethernet frame in a tunnel: its tags belong to no column."""
    position = inner.position + 14
    if position > len(frame):
        return inner._replace(ethertype=0, cls=LINK_SHORT)
    (ethertype,) = _U16.unpack_from(frame, position - 2)
    position, ethertype, cls, _ = tags_and_llc(frame, Link(position, ethertype))
    return Inner(inner.code, ethertype if cls == GOES_ON else 0, position, cls)
