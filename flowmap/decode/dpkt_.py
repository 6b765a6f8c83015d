"""The second decoder: what dpkt makes of a frame, in the twin's terms.

dpkt takes apart the layers that it knows and says where TCP is, between which addresses and how long. Of what it does not
read (segments cut by the snap length, tunnels, link types it does not have) the twin's reading stands.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any

from flowmap.decode.numbers import ACK, FLAGS, SEQUENCE, TCP
from flowmap.decode.reference import Header
from flowmap.decode.reference import decode as twin

__all__ = ["decode"]

_MAX_LAYERS = 16
_LOW = (1 << 64) - 1


def decode(frame: bytes, wire_len: int, link_type: int, epb_flags: int = 0, fcs_len: int = 0) -> Header:
    """Decode a frame as `reference.decode` does."""
    header = twin(frame, wire_len, link_type, epb_flags, fcs_len)
    ip = None if header.encap else _ip(frame, link_type)
    if ip is None:
        return header
    segment = ip.data
    src, dst = int.from_bytes(ip.src, "big"), int.from_bytes(ip.dst, "big")
    acknowledges = segment.flags & 0x10
    return header._replace(
        src_hi=src >> 64,
        src_lo=src & _LOW,
        dst_hi=dst >> 64,
        dst_lo=dst & _LOW,
        ip_id=ip.id if ip.v == 4 else 0,
        cls=TCP,
        version=ip.v,
        sport=segment.sport,
        dport=segment.dport,
        seq=segment.seq,
        flags=segment.flags & 0xFF,
        ack=segment.ack if acknowledges else 0,
        window=segment.win,
        data_offset=segment.off * 4,
        payload=_payload(ip, segment, header, max(wire_len, len(frame)) - fcs_len),
        have=header.have | SEQUENCE | FLAGS | (ACK if acknowledges else 0),
    )


def _payload(ip: Any, segment: Any, header: Header, wire_len: int) -> int:
    """Return the payload by the IP length; the twin's where that is 0 (segmentation offload) or more than the frame has."""
    stated = ip.len - ip.hl * 4 if ip.v == 4 else ip.plen - sum(part.length for part in ip.all_extension_headers)
    if not (ip.len if ip.v == 4 else ip.plen) or header.l4_offset + stated > wire_len:
        return header.payload
    return max(0, int(stated - segment.off * 4))


def _ip(frame: bytes, link_type: int) -> Any:
    """Return the frame's first IP packet, if dpkt finds a whole TCP header right in it.

    dpkt itself does not look at the version.
    """
    first, versions, tcp_class, refusals = _library()
    begin = first.get(link_type)
    if begin is None:
        return None
    try:
        layer: Any = begin(frame)
    except refusals:
        return None
    for _ in range(_MAX_LAYERS):
        if version := versions.get(type(layer)):
            return layer if layer.v == version and isinstance(getattr(layer, "data", None), tcp_class) else None
        layer = getattr(layer, "data", None)
    return None


@cache
def _library() -> tuple[dict[int, Callable[[bytes], Any]], dict[type, int], type, tuple[type[Exception], ...]]:
    """Return the parts of dpkt that are used, loaded now.

    These are what it begins with for each link type, its classes of IP with their versions, that of TCP, and what it
    raises where it cannot go on.
    """
    import dpkt

    def raw(frame: bytes) -> Any:
        return dpkt.ip6.IP6(frame) if frame[0] >> 4 == 6 else dpkt.ip.IP(frame)

    first: dict[int, Callable[[bytes], Any]] = {
        0: dpkt.loopback.Loopback,
        1: dpkt.ethernet.Ethernet,
        9: dpkt.ppp.PPP,
        12: raw,
        14: raw,
        101: raw,
        113: dpkt.sll.SLL,
        228: dpkt.ip.IP,
        229: dpkt.ip6.IP6,
        276: dpkt.sll2.SLL2,
    }
    refusals = (dpkt.Error, struct.error, IndexError, KeyError, ValueError, TypeError, AttributeError)
    return first, {dpkt.ip.IP: 4, dpkt.ip6.IP6: 6}, dpkt.tcp.TCP, refusals
