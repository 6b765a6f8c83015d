"""The meaning of decoding: one captured frame in, one `Header` out, with bytes and ints only.

The compiled twin in `kernels.py` must agree on any bytes whatever. Nothing is read past the captured bytes, nothing past
the length the IP header states; what is missing for lack of captured bytes is marked in `have`. The layers are in
`link.py`, `ip.py` and `tcp.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from flowmap.decode.ip import Packet, ipv4, ipv6
from flowmap.decode.link import link_layer, tags_and_llc
from flowmap.decode.numbers import ARP, GOES_ON, LLDP, NON_IP, SLOW_PROTOCOL, TCP
from flowmap.decode.tcp import NO_SEGMENT, tcp

__all__ = ["Header", "decode"]

_CLASS_OF_ETHERTYPE = {0x0806: ARP, 0x8035: ARP, 0x8809: SLOW_PROTOCOL, 0x88CC: LLDP}


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
    """Decode one frame of `link_type` (tcpdump.org number), captured as `frame`, `wire_len` bytes long on the wire."""
    link = link_layer(frame, link_type)
    position, ethertype, cls, vlan = tags_and_llc(frame, link)
    direction = epb_flags & 3 if epb_flags & 3 in (1, 2) else link.direction
    if cls != GOES_ON:
        packet = Packet(cls)
    elif ethertype == 0x0800:
        packet = ipv4(frame, position, max(0, wire_len - fcs_len - position))
    elif ethertype == 0x86DD:
        packet = ipv6(frame, position, max(0, wire_len - fcs_len - position))
    else:
        packet = Packet(_CLASS_OF_ETHERTYPE.get(ethertype, NON_IP))
    cls, version, src_hi, src_lo, dst_hi, dst_lo, ip_id, at, end, length = packet
    segment = tcp(frame, at, end, length) if cls == TCP else NO_SEGMENT
    if cls == TCP:
        cls = segment.cls
    _, at, sport, dport, seq, ack, flags, window, data_offset, payload, magic, have = segment
    return Header(
        src_hi, src_lo, dst_hi, dst_lo, vlan, link.smac, link.dmac, 0, link.ifindex, seq, ack, payload, magic, at,
        sport, dport, window, ip_id, cls, version, flags, direction, link.have | have, data_offset,
    )  # fmt: skip
