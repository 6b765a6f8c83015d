"""IP headers of the twin: where the TCP header begins and how long the segment is, or what the packet is instead.

Sources: RFC 791, RFC 8200 (extension headers), RFC 4302 section 2.2 (length of the authentication header), RFC 4861
(neighbour discovery). A stated length of 0 (segmentation offload) or beyond the frame is the frame's, as Wireshark has it.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from flowmap.decode.numbers import FRAGMENT, IP_MALFORMED, IP_OTHER, IP_SHORT, NEIGHBOR, TCP

__all__ = ["Packet", "ipv4", "ipv6"]

_U16 = Struct("!H")
_IPV4 = Struct("!BBHHHBBHII")
_IPV6 = Struct("!IHBBQQQQ")
_FRAGMENT_HEADER, _AUTHENTICATION_HEADER = 44, 51
_EXTENSION_HEADERS = frozenset((0, 43, 60, 135, 139, 140, _FRAGMENT_HEADER, _AUTHENTICATION_HEADER))


class Packet(NamedTuple):
    """What the IP header says.

    TCP begins at `at`; `end` bounds what may be read of it, `length` is its header and payload by the IP length.
    `protocol` is what else is carried, 0 in later fragments.
    """

    cls: int
    version: int = 0
    src_hi: int = 0
    src_lo: int = 0
    dst_hi: int = 0
    dst_lo: int = 0
    ip_id: int = 0
    at: int = 0
    end: int = 0
    length: int = 0
    protocol: int = 0


def ipv4(frame: bytes, position: int, left: int) -> Packet:
    """Return what an IPv4 header states; `left` is the frame's length on the wire from it on."""
    if position + 20 > len(frame):
        return Packet(IP_SHORT)
    first, _, total, ip_id, fragment, _, protocol, _, src, dst = _IPV4.unpack_from(frame, position)
    header_len = (first & 15) * 4
    if first >> 4 != 4 or header_len < 20 or 0 < total < header_len:
        return Packet(IP_MALFORMED)
    length = left if total == 0 or total > left else total
    cls = IP_OTHER if protocol != 6 else FRAGMENT if fragment & 0x1FFF else TCP
    if fragment & 0x1FFF:
        protocol = 0
    end, at = min(len(frame), position + length), position + header_len
    if protocol == _AUTHENTICATION_HEADER:
        cls, at, protocol = _behind_authentication(frame, at, end)
    return Packet(cls, 4, 0, src, 0, dst, ip_id, at, end, position + length - at, protocol)


def ipv6(frame: bytes, position: int, left: int) -> Packet:
    """Return what an IPv6 header states; `left` is the frame's length on the wire from it on."""
    if position + 40 > len(frame):
        return Packet(IP_SHORT)
    first, stated, following, _, src_hi, src_lo, dst_hi, dst_lo = _IPV6.unpack_from(frame, position)
    if first >> 28 != 6:
        return Packet(IP_MALFORMED)
    length = left if stated == 0 else min(stated + 40, left)
    end = min(len(frame), position + length)
    cls, at, protocol = _extension_headers(frame, position + 40, end, following)
    return Packet(cls, 6, src_hi, src_lo, dst_hi, dst_lo, 0, at, end, position + length - at, protocol)


def _behind_authentication(frame: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return what is behind IPv4's one authentication header, as `_extension_headers` does."""
    if at + 8 > end:
        return IP_SHORT, at, 0
    protocol, length_byte = frame[at : at + 2]
    return TCP if protocol == 6 else IP_OTHER, at + (length_byte + 2) * 4, protocol


def _extension_headers(frame: bytes, at: int, end: int, following: int) -> tuple[int, int, int]:
    """Walk the chain that begins at `at` with header type `following`.

    Returns the class, where the next layer begins, and its protocol (0: not there to read).
    """
    while following in _EXTENSION_HEADERS:
        if at + 8 > end:
            return IP_SHORT, at, 0
        kind, (following, length_byte) = following, frame[at : at + 2]
        if kind == _FRAGMENT_HEADER:
            if _U16.unpack_from(frame, at + 2)[0] >> 3:
                return FRAGMENT if following == 6 else IP_OTHER, at, 0
            at += 8
        elif kind == _AUTHENTICATION_HEADER:
            at += (length_byte + 2) * 4
        else:
            at += (length_byte + 1) * 8
    if following == 58 and at < end and frame[at] in (135, 136):
        return NEIGHBOR, at, following
    return TCP if following == 6 else IP_OTHER, at, following
