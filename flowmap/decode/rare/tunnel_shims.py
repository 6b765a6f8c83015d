"""Tunnels that the common decoder declines: from behind an outer IP header to what is inside.

Sources: ERSPAN (draft-foschiano-erspan), RFC 2637 (PPTP's GRE), 3GPP TS 29.281 (GTP-U), RFC 5415 (CAPWAP), RFC 4380 (Teredo),
RFC 2661 (L2TP), draft-ietf-nvo3-vxlan-gpe, RFC 7510 (MPLS in UDP), RFC 9300 (LISP), RFC 3378 (EtherIP).
A header cut by the snap length raises IndexError.
"""

from __future__ import annotations

from flowmap.decode.layers.tunnels import Inner
from flowmap.decode.numbers import BRIDGED, CAPWAP, ERSPAN, ETHERIP, GRE, GTP, L2TP, LISP, MPLS, TEREDO, VXLAN_GPE
from flowmap.decode.rare.shims import by_version, ppp, u16, u32

__all__ = ["ether_shim", "gre_shim", "udp_shim"]


def gre_shim(frame: bytes, at: int) -> Inner | None:
    """Return what is inside GRE with ERSPAN, or of version 1. Source routes are not followed."""
    flags, ethertype = u16(frame, at), u16(frame, at + 2)
    if flags & 0x4000 or flags & 7 > 1:
        return None
    if flags & 7 == 1:
        behind = at + 8 + 4 * ((flags >> 12 & 1) + (flags >> 7 & 1))
        position, inner = ppp(frame, behind) if ethertype == 0x880B else (behind, -1)
        return Inner(GRE, inner, position) if inner >= 0 else None
    behind = at + 4 + 4 * ((flags >> 15) + (flags >> 13 & 1) + (flags >> 12 & 1))
    if ethertype == 0x88BE:  # type I has no header of its own, type II is told by the sequence number
        return Inner(ERSPAN, BRIDGED, behind + 8 if flags & 0x1000 else behind)
    if ethertype == 0x22EB:
        return Inner(ERSPAN, BRIDGED, behind + (20 if frame[behind + 11] & 1 else 12))
    return None


def udp_shim(frame: bytes, at: int) -> Inner | None:
    """Return what is inside UDP, by either port, as both ends of these tunnels often use the same one.

    It is by one where the source port spreads flows.
    """
    ports = (u16(frame, at), u16(frame, at + 2))
    if (take := {4790: _vxlan_gpe, 6635: _mpls, 4341: _lisp}.get(ports[1])) is not None:
        return take(frame, at + 8)
    for port, take in ((2152, _gtp), (5247, _capwap), (3544, _teredo), (1701, _l2tp)):
        if port in ports:
            return take(frame, at + 8)
    return None


def _gtp(frame: bytes, at: int) -> Inner | None:
    flags, kind = frame[at], frame[at + 1]
    if flags >> 4 != 3 or kind != 255:
        return None
    position = at + 8
    if flags & 7:
        position += 4
        following = frame[position - 1] if flags & 4 else 0
        while following:
            size = frame[position] * 4
            if not size:
                return None
            following, position = frame[position + size - 1], position + size
    ethertype = by_version(frame, position)
    return Inner(GTP, ethertype, position) if ethertype >= 0 else None


def _capwap(frame: bytes, at: int) -> Inner | None:
    """Return unencrypted 802.3 payload; of fragments only the first."""
    head = u32(frame, at)
    if head >> 24 or head & 0x100 or (head & 0x80 and u16(frame, at + 6) >> 3):
        return None
    return Inner(CAPWAP, BRIDGED, at + (head >> 19 & 31) * 4)


def _teredo(frame: bytes, at: int) -> Inner | None:
    if u16(frame, at) == 1:
        at += 13 + frame[at + 2] + frame[at + 3]
    if u16(frame, at) == 0:
        at += 8
    return Inner(TEREDO, 0x86DD, at) if frame[at] >> 4 == 6 else None


def _vxlan_gpe(frame: bytes, at: int) -> Inner | None:
    """Return what is inside: with the bit that says so, the last byte of the first word names it."""
    inner = {1: 0x0800, 2: 0x86DD, 3: BRIDGED}.get(frame[at + 3]) if frame[at] & 4 else BRIDGED
    return None if inner is None else Inner(VXLAN_GPE, inner, at + 8)


def _mpls(frame: bytes, at: int) -> Inner | None:
    return Inner(MPLS, 0x8847, at)


def _lisp(frame: bytes, at: int) -> Inner | None:
    ethertype = by_version(frame, at + 8)
    return Inner(LISP, ethertype, at + 8) if ethertype >= 0 else None


def ether_shim(frame: bytes, at: int) -> Inner | None:
    """Return what is inside EtherIP, version 3."""
    return Inner(ETHERIP, BRIDGED, at + 2) if frame[at] >> 4 == 3 else None


def _l2tp(frame: bytes, at: int) -> Inner | None:
    """Return what is inside data messages of version 2."""
    flags = u16(frame, at)
    if flags & 0x8000 or flags & 15 != 2:
        return None
    position = at + 2 + (2 if flags & 0x4000 else 0) + 4 + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        position += 2 + u16(frame, position)
    position, inner = ppp(frame, position)
    return Inner(L2TP, inner, position) if inner >= 0 else None
