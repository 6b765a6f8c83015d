"""Layers between Ethernet and IP: position and EtherType of one in, position and EtherType of what is in it out.

An EtherType of -1 means: no packet inside that is read. A header cut by the snap length raises IndexError, which the caller
turns into a class. Sources: RFC 3032 and 4385 (MPLS), RFC 2516 (PPPoE), RFC 1661 and 1332 (PPP), IEEE 802.1ah (PBB),
802.1BR (E-tag), Cisco's VN-tag, TrustSec and FabricPath headers, Linux' Documentation/networking/dsa (EDSA).
"""

from __future__ import annotations

from flowmap.decode.numbers import BRIDGED

__all__ = ["by_version", "ppp", "shim", "u16", "u32"]

_PPP_PROTOCOLS = {0x21: 0x0800, 0x57: 0x86DD, 0x281: 0x8847, 0x283: 0x8848}
_FIXED = {
    0x8903: (2, BRIDGED),  # FabricPath: forwarding tag, then a whole frame
    0x88E7: (4, BRIDGED),  # PBB: I-TAG, then the customer's frame
}
_ETHERTYPE_AT = {0x8926: 4, 0x893F: 6, 0x8909: 6, 0xDADA: 6, 0x892F: 4, 0x9200: 2}
"""VN-tag, E-tag, TrustSec, EDSA, HSR, an old tag: how far behind the header's beginning the next EtherType stands."""
_ARISTA_TIMES = {0x10: 8, 0x20: 6}
"""By the low byte of the version: bytes of the time."""


def u16(frame: bytes, at: int) -> int:
    """Return two bytes of the frame in network order; a byte that is not there raises IndexError."""
    return frame[at] << 8 | frame[at + 1]


def u32(frame: bytes, at: int) -> int:
    """Return four bytes of the frame in network order."""
    return u16(frame, at) << 16 | u16(frame, at + 2)


def by_version(frame: bytes, at: int) -> int:
    """Return the EtherType of an IP packet, by its version; -1 for anything else."""
    return {4: 0x0800, 6: 0x86DD}.get(frame[at] >> 4, -1)


def shim(frame: bytes, at: int, ethertype: int) -> tuple[int, int]:
    """Strip the layer named by `ethertype`."""
    if ethertype in (0x8847, 0x8848):
        return _mpls(frame, at)
    if ethertype == 0x8864:
        return ppp(frame, at + 6) if frame[at + 1] == 0 else (at, -1)
    if ethertype == 0x880B:
        return ppp(frame, at)
    if ethertype == 0xD28B:
        return _arista(frame, at)
    if ethertype == 0x88E5:
        return _macsec(frame, at)
    if ethertype in _ETHERTYPE_AT:
        behind = at + _ETHERTYPE_AT[ethertype]
        return behind + 2, u16(frame, behind)
    size, inner = _FIXED.get(ethertype, (0, -1))
    return at + size, inner


def ppp(frame: bytes, at: int) -> tuple[int, int]:
    """Return what follows PPP: address, control and the protocol's first byte may be left out (RFC 1661 section 6)."""
    if frame[at] == 0xFF and frame[at + 1] == 3:
        at += 2
    if frame[at] & 1:
        protocol, at = frame[at], at + 1
    else:
        protocol, at = u16(frame, at), at + 2
    if protocol == 0x31:  # RFC 3518: flags, MAC type 1 is an Ethernet frame
        return at + 2, BRIDGED if frame[at + 1] == 1 else -1
    return at, _PPP_PROTOCOLS.get(protocol, -1)


def _arista(frame: bytes, at: int) -> tuple[int, int]:
    """Return the time that a switch puts before the EtherType: subtype 1, a version that says its form and length, the time."""
    behind = at + 4 + _ARISTA_TIMES.get(frame[at + 3], -1)
    if u16(frame, at) != 1 or behind < at + 4:
        return at, -1
    return behind + 2, u16(frame, behind)


def _macsec(frame: bytes, at: int) -> tuple[int, int]:
    """Return the security tag of 802.1AE, 9.3: with an identifier or without; what is encrypted or changed stays unread."""
    flags = frame[at]
    if flags & 0x8C:  # another version, encrypted, changed text
        return at, -1
    behind = at + (14 if flags & 0x20 else 6)
    return behind + 2, u16(frame, behind)


def _mpls(frame: bytes, at: int) -> tuple[int, int]:
    """Return what follows the labels, down to the last one: IP by its version, else a pseudowire's Ethernet frame.

    That one may have a control word (RFC 4448 section 4.6: the word's first nibble is 0).
    """
    while not frame[at + 2] & 1:
        at += 4
    at += 4
    ethertype = by_version(frame, at)
    if ethertype >= 0:
        return at, ethertype
    plain = u16(frame, at + 12) if at + 14 <= len(frame) else 0
    if frame[at] >> 4 == 0 and plain not in (0x0800, 0x86DD, 0x8100, 0x0806):
        at += 4
    return at, BRIDGED
