"""The meaning of decoding: one captured frame in, one `Header` out, with bytes and ints only.

The compiled twin of `decode_common` in `kernel.pyx` must agree on any bytes whatever; what it declines (rare link types and
layers) `decode` takes apart with `unwrap.py`. Nothing is read past the captured bytes, nothing past the length the IP
header states; what is missing for lack of captured bytes is marked in `have`. The layers are in `link.py`, `ip.py`,
`tunnels.py` and `tcp.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from flowmap.decode.layers.ip import Packet, ipv4, ipv6
from flowmap.decode.layers.link import Link, link_layer, tags_and_llc
from flowmap.decode.layers.tcp import NO_SEGMENT, tcp
from flowmap.decode.layers.tunnels import CARRIERS, Unwrap, tunnels
from flowmap.decode.numbers import (
    ARP,
    DECLINED,
    FOREIGN_ETHERTYPES,
    GOES_ON,
    IP_OTHER,
    LLDP,
    NON_IP,
    SLOW_PROTOCOL,
    TCP,
)

__all__ = ["Header", "decode", "decode_common", "decode_foreign"]

_CLASS_OF_ETHERTYPE = {0x0806: ARP, 0x8035: ARP, 0x8809: SLOW_PROTOCOL, 0x88CC: LLDP}
_CLASS_OF_ETHERTYPE |= dict.fromkeys(FOREIGN_ETHERTYPES, DECLINED)


class Header(NamedTuple):
    """The fields of `flowmap.types.HEADER`, in its order."""

    src_hi: int = 0
    src_lo: int = 0
    dst_hi: int = 0
    dst_lo: int = 0
    vlan: int = 0
    smac: int = 0
    dmac: int = 0
    encap: int = 0
    ifindex: int = 0
    seq: int = 0
    ack: int = 0
    payload: int = 0
    magic: int = 0
    l4_offset: int = 0
    sport: int = 0
    dport: int = 0
    window: int = 0
    ip_id: int = 0
    cls: int = 0
    version: int = 0
    flags: int = 0
    direction: int = 0
    have: int = 0
    data_offset: int = 0


def decode(frame: bytes, wire_len: int, link_type: int, epb_flags: int = 0, fcs_len: int = 0) -> Header:
    """Decode one frame of `link_type` (tcpdump.org number), captured as `frame`, `wire_len` bytes long on the wire.

    Where more was captured than the record says was on the wire (formats that leave out the FCS there), the frame is that long.
    """
    header = decode_common(frame, wire_len, link_type, epb_flags, fcs_len)
    return header if header.cls != DECLINED else decode_foreign(frame, wire_len, link_type, epb_flags, fcs_len)


def decode_common(frame: bytes, wire_len: int, link_type: int, epb_flags: int = 0, fcs_len: int = 0) -> Header:
    """Decode without the layers in `unwrap.py`: a frame that needs them is all zeros, its class DECLINED."""
    link = link_layer(frame, link_type)
    position, ethertype, cls, vlan = tags_and_llc(frame, link)
    link = link._replace(position=position, ethertype=ethertype, cls=cls)
    return _network(frame, max(wire_len, len(frame)) - fcs_len, link, vlan, epb_flags, None)


def decode_foreign(frame: bytes, wire_len: int, link_type: int, epb_flags: int = 0, fcs_len: int = 0) -> Header:
    """Decode a frame that `decode_common` declines."""
    from flowmap.decode.rare.unwrap import unwrap_link, unwrap_tunnel

    link, vlan = unwrap_link(frame, link_type)
    return _network(frame, max(wire_len, len(frame)) - fcs_len, link, vlan, epb_flags, unwrap_tunnel)


def _network(frame: bytes, wire_len: int, link: Link, vlan: int, epb_flags: int, unwrap: Unwrap | None) -> Header:
    position, ethertype, cls = link[:3]
    encap = 0
    direction = epb_flags & 3 if epb_flags & 3 in (1, 2) else link.direction
    if cls != GOES_ON:
        packet = Packet(cls)
    elif ethertype == 0x0800:
        packet = ipv4(frame, position, max(0, wire_len - position))
    elif ethertype == 0x86DD:
        packet = ipv6(frame, position, max(0, wire_len - position))
    else:
        packet = Packet(_CLASS_OF_ETHERTYPE.get(ethertype, NON_IP))
    if packet.cls == IP_OTHER and packet.protocol in CARRIERS:
        packet, encap = tunnels(frame, packet, unwrap)
    cls, version, src_hi, src_lo, dst_hi, dst_lo, ip_id, at, end, length, _ = packet
    if cls == DECLINED:
        return _DECLINED
    segment = tcp(frame, at, end, length) if cls == TCP else NO_SEGMENT
    if cls == TCP:
        cls = segment.cls
    _, at, sport, dport, seq, ack, flags, window, data_offset, payload, magic, have = segment
    return Header(
        src_hi,
        src_lo,
        dst_hi,
        dst_lo,
        vlan,
        link.smac,
        link.dmac,
        encap,
        link.ifindex,
        seq,
        ack,
        payload,
        magic,
        at,
        sport,
        dport,
        window,
        ip_id,
        cls,
        version,
        flags,
        direction,
        link.have | have,
        data_offset,
    )


_DECLINED = Header(cls=DECLINED)
