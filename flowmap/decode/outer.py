"""The outermost IP header of a frame, and the UDP ports behind it: what a team sees, and hashes, of a tunnelled packet."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from flowmap.decode.layers.ip import Packet, ipv4, ipv6
from flowmap.decode.layers.link import link_layer, tags_and_llc
from flowmap.decode.numbers import DECLINED, FOREIGN_ETHERTYPES

__all__ = ["OuterHeader", "outer_header"]

_PORTS = Struct("!HH")
_UDP = 17


class OuterHeader(NamedTuple):
    """The fields of `flowmap.types.OUTER`, in its order; ports are 0 where the tunnel has none."""

    src_hi: int
    src_lo: int
    dst_hi: int
    dst_lo: int
    sport: int
    dport: int
    version: int
    protocol: int


def outer_header(frame: bytes, wire_len: int, link_type: int, fcs_len: int = 0) -> OuterHeader:
    """Return the outer header of a frame that carries a tunnel; the parameters are those of `reference.decode`."""
    from flowmap.decode.rare.unwrap import unwrap_link

    link = link_layer(frame, link_type)
    position, ethertype, cls, _ = tags_and_llc(frame, link)
    if cls == DECLINED or ethertype in FOREIGN_ETHERTYPES:
        position, ethertype = unwrap_link(frame, link_type)[0][:2]
    left = max(0, max(wire_len, len(frame)) - fcs_len - position)
    packet = Packet(cls)
    if ethertype == 0x0800:
        packet = ipv4(frame, position, left)
    elif ethertype == 0x86DD:
        packet = ipv6(frame, position, left)
    has_ports = packet.protocol == _UDP and packet.at + 4 <= packet.end
    sport, dport = _PORTS.unpack_from(frame, packet.at) if has_ports else (0, 0)
    return OuterHeader(
        packet.src_hi, packet.src_lo, packet.dst_hi, packet.dst_lo, sport, dport, packet.version, packet.protocol
    )
