"""Frames without what tells whose they are: addresses mapped, everything cut or blanked that is not understood.

Layers are walked from outside in; of each only what is known to hold no address is kept. Where a layer comes that is not
known here, the frame ends before it, and always behind the TCP header: payload may hold anything. IP options become
no-operations, extension headers are blanked, TCP options stay where they are of RFC 9293, 7323 or 2018. The checksum of an
IPv4 header is right again; those of TCP, UDP and GRE are zero: they would tell about the payload that is cut off.
"""

from __future__ import annotations

from collections.abc import Callable

from flowmap.privacy.addresses import AddressMap

__all__ = ["anonymized_frame"]

_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200, 0x9300})
_IPV4, _IPV6, _BRIDGED, _MPLS, _PPPOE = 0x0800, 0x86DD, 0x6558, (0x8847, 0x8848), 0x8864
_PPP = {0x0021: _IPV4, 0x0057: _IPV6}
_SNAP = b"\xaa\xaa\x03"
_LEAST_ETHERTYPE = 0x600
_VXLAN_PORTS, _GENEVE_PORT = (4789, 8472), 6081
_KEPT_TCP_OPTIONS = frozenset({2, 3, 4, 5, 8})
_NO_OPERATION = 1


def anonymized_frame(frame: bytes, link_type: int, addresses: AddressMap) -> bytes:
    """Return the frame as far as it can be shared; empty for a link type that is not known here."""
    walk = _Walk(bytearray(frame), addresses)
    layer = _LINKS.get(link_type)
    step: _Step = None if layer is None else (layer, 0)
    end = 0
    while step is not None:
        layer, end = step
        step = layer(walk, end)
    return bytes(walk.data[: walk.end or end])


class _Walk:
    """A frame being rewritten; `end` is set where it is to end before its last bytes."""

    def __init__(self, data: bytearray, addresses: AddressMap) -> None:
        self.data = data
        self.addresses = addresses
        self.end = 0

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.data[at : at + size], "big")

    def has(self, end: int) -> bool:
        return len(self.data) >= end

    def mac(self, at: int) -> None:
        self.data[at : at + 6] = self.addresses.mac(self.number(at, 6)).to_bytes(6, "big")

    def ip(self, at: int, size: int) -> None:
        mapped = self.addresses.ip(4 if size == 4 else 6, self.number(at, size))
        self.data[at : at + size] = mapped.to_bytes(size, "big")

    def blank(self, start: int, end: int, value: int = 0) -> None:
        self.data[start:end] = bytes([value]) * (end - start)


_Layer = Callable[[_Walk, int], "_Step"]
_Step = tuple[_Layer, int] | None
"""The next layer and where it begins; None: the frame ends before the layer just asked, or at `end`."""


def _ethernet(walk: _Walk, at: int) -> _Step:
    if not walk.has(at + 14):
        return None
    walk.mac(at)
    walk.mac(at + 6)
    return _typed(walk, at + 12)


def _typed(walk: _Walk, at: int) -> _Step:
    """Return what an EtherType at `at` says; tags and SNAP on the way."""
    ethertype = walk.number(at, 2)
    while ethertype in _TAGS and walk.has(at + 6):
        at += 4
        ethertype = walk.number(at, 2)
    at += 2
    if ethertype < _LEAST_ETHERTYPE and walk.has(at + 8) and walk.data[at : at + 3] == _SNAP:
        ethertype, at = walk.number(at + 6, 2), at + 8
    return _of_type(walk, ethertype, at)


def _of_type(walk: _Walk, ethertype: int, at: int) -> _Step:
    if ethertype in _MPLS:
        return _mpls, at
    if ethertype == _PPPOE and walk.has(at + 8):
        return _of_type(walk, _PPP.get(walk.number(at + 6, 2), 0), at + 8)
    layer = {_IPV4: _ipv4, _IPV6: _ipv6, _BRIDGED: _ethernet}.get(ethertype)
    return (layer or _unknown), at


def _unknown(_walk: _Walk, _at: int) -> _Step:
    return None


def _mpls(walk: _Walk, at: int) -> _Step:
    while walk.has(at + 5):
        at += 4
        if walk.data[at - 2] & 1:
            return _by_nibble, at
    return None


def _by_nibble(walk: _Walk, at: int) -> _Step:
    version = walk.data[at] >> 4 if walk.has(at + 1) else 0
    return {4: _ipv4, 6: _ipv6}.get(version, _unknown), at


def _null(walk: _Walk, at: int) -> _Step:
    return (_by_nibble, at + 4) if walk.has(at + 5) else None


def _cooked(walk: _Walk, at: int) -> _Step:
    """Return the step over SLL: a two-byte length and eight bytes of address at 4, the EtherType at 14."""
    if not walk.has(at + 16):
        return None
    _cooked_address(walk, at + 6, walk.number(at + 4, 2))
    return (
        _of_type(walk, walk.number(at + 14, 2), at + 16)
        if walk.number(at + 14, 2) not in _TAGS
        else _typed(walk, at + 14)
    )


def _cooked2(walk: _Walk, at: int) -> _Step:
    """Return the step over SLL2: the EtherType at 0, a one-byte length at 11, eight bytes of address at 12."""
    if not walk.has(at + 20):
        return None
    _cooked_address(walk, at + 12, walk.data[at + 11])
    ethertype = walk.number(at, 2)
    if ethertype in _TAGS and walk.has(at + 24):
        return _typed(walk, at + 22)
    return _of_type(walk, ethertype, at + 20)


def _cooked_address(walk: _Walk, at: int, length: int) -> None:
    if length == 6:
        walk.mac(at)
        walk.blank(at + 6, at + 8)
    else:
        walk.blank(at, at + 8)


def _ipv4(walk: _Walk, at: int) -> _Step:
    size = (walk.data[at] & 15) * 4 if walk.has(at + 20) else 0
    if size < 20 or not walk.has(at + size) or walk.data[at] >> 4 != 4:
        return None
    walk.ip(at + 12, 4)
    walk.ip(at + 16, 4)
    walk.blank(at + 20, at + size, _NO_OPERATION)
    walk.blank(at + 10, at + 12)
    total = sum(walk.number(at + place, 2) for place in range(0, size, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    walk.data[at + 10 : at + 12] = (total ^ 0xFFFF).to_bytes(2, "big")
    if walk.number(at + 6, 2) & 0x1FFF:
        return _unknown, at + size
    return _transport(walk.data[at + 9]), at + size


def _ipv6(walk: _Walk, at: int) -> _Step:
    if not walk.has(at + 40) or walk.data[at] >> 4 != 6:
        return None
    walk.ip(at + 8, 16)
    walk.ip(at + 24, 16)
    header, at = walk.data[at + 6], at + 40
    while header in (0, 43, 44, 51, 60):
        if not walk.has(at + 8):
            return _unknown, at
        size = 8 if header == 44 else (walk.data[at + 1] + 2) * 4 if header == 51 else (walk.data[at + 1] + 1) * 8
        if not walk.has(at + size):
            return _unknown, at
        if header == 44 and walk.number(at + 2, 2) >> 3:
            return _unknown, at + 8
        if header in (0, 60):
            _pad(walk, at + 2, at + size)
        elif header != 44:
            walk.blank(at + 4, at + size)
        header, at = walk.data[at], at + size
    return _transport(header), at


def _pad(walk: _Walk, start: int, end: int) -> None:
    """Put PadN options (RFC 8200 section 4.2) in the place of others, at most 255 bytes each."""
    while start < end:
        size = min(end - start, 257)
        size -= end - start - size == 1  # a single byte would be left, which PadN cannot fill
        walk.blank(start, start + size)
        walk.data[start : start + 2] = bytes([1, size - 2])
        start += size


def _transport(protocol: int) -> _Layer:
    return {4: _ipv4, 6: _tcp, 17: _udp, 41: _ipv6, 47: _gre}.get(protocol, _unknown)


def _gre(walk: _Walk, at: int) -> _Step:
    """Return the step over GRE (RFC 2784 and 2890); others, and those with routing, end here."""
    flags = walk.number(at, 2) if walk.has(at + 4) else 0xFFFF
    size = 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
    if flags & 0x4007 or not walk.has(at + size):
        return None
    if flags & 0x8000:
        walk.blank(at + 4, at + 8)
    return _of_type(walk, walk.number(at + 2, 2), at + size)


def _udp(walk: _Walk, at: int) -> _Step:
    if not walk.has(at + 8):
        return None
    walk.blank(at + 6, at + 8)
    port = walk.number(at + 2, 2)
    layer = _vxlan if port in _VXLAN_PORTS else _geneve if port == _GENEVE_PORT else _unknown
    return layer, at + 8


def _vxlan(walk: _Walk, at: int) -> _Step:
    """Return the step over VXLAN (RFC 7348); a group policy or a next protocol in the reserved bytes is blanked."""
    if not walk.has(at + 8):
        return None
    walk.data[at] &= 8
    walk.blank(at + 1, at + 4)
    walk.blank(at + 7, at + 8)
    return _ethernet, at + 8


def _geneve(walk: _Walk, at: int) -> _Step:
    size = 8 + (walk.data[at] & 63) * 4 if walk.has(at + 8) else 0
    if not size or not walk.has(at + size):
        return None
    walk.blank(at + 8, at + size)
    return _of_type(walk, walk.number(at + 2, 2), at + size)


def _tcp(walk: _Walk, at: int) -> _Step:
    size = (walk.data[at + 12] >> 4) * 4 if walk.has(at + 13) else 20
    walk.end = min(len(walk.data), at + max(size, 20))
    if walk.has(at + 18):
        walk.blank(at + 16, at + 18)
    elif walk.has(at + 17):
        walk.end = at + 16
    place = at + 20
    while place < walk.end:
        kind = walk.data[place]
        if kind == 0:
            walk.blank(place, walk.end)
            break
        length = 1 if kind == _NO_OPERATION else walk.data[place + 1] if place + 1 < walk.end else 0
        if length == 0 or (kind != _NO_OPERATION and length < 2):
            walk.blank(place, walk.end)
            break
        if kind != _NO_OPERATION and kind not in _KEPT_TCP_OPTIONS:
            walk.blank(place, min(place + length, walk.end), _NO_OPERATION)
        place += length
    return None


_LINKS: dict[int, _Layer] = {
    0: _null,
    1: _ethernet,
    12: _by_nibble,
    14: _by_nibble,
    101: _by_nibble,
    108: _null,
    113: _cooked,
    228: _by_nibble,
    229: _by_nibble,
    276: _cooked2,
}
