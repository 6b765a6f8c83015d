"""Link headers other than Ethernet's: frame and position in; a `Link` out, or where a frame of which link type begins.

Sources: tcpdump.org link-layer header types; RFC 1051 and 1201 (ARCNET), RFC 2427 (frame relay), RFC 1390 (FDDI), IEEE 802.5,
802.11, radiotap.org, RFC 4391 (IPoIB), Linux' Documentation/networking/dsa, BSD's enc(4) and pflog(4). A cut header raises
IndexError.
"""

from __future__ import annotations

from collections.abc import Callable

from flowmap.decode.layers.link import Link
from flowmap.decode.numbers import BRIDGED, GOES_ON, MACS, NON_IP
from flowmap.decode.rare.shims import by_version, ppp, u16, u32
from flowmap.decode.rare.wireless import avs, ieee80211, ppi, prism, radiotap

__all__ = ["LINKS"]

Wrapped = tuple[int, int]
"""Position and link type of a frame within."""

_LLC = 0
_ARCNET = {0xF0: 0x0800, 0xF1: 0x0806, 0xD4: 0x0800, 0xD5: 0x0806, 0xC4: 0x86DD}


def _link(position: int, ethertype: int, direction: int = 0) -> Link:
    return Link(position, max(0, ethertype), GOES_ON if ethertype >= 0 else NON_IP, direction=direction)


def _with_macs(frame: bytes, at: int, position: int, ethertype: int) -> Link:
    """Return the link of a header whose destination MAC stands at `at`, the source MAC behind it."""
    macs = [int.from_bytes(frame[place : place + 6], "big") for place in (at + 6, at)]
    if at + 12 > len(frame):
        raise IndexError
    return Link(position, max(0, ethertype), GOES_ON if ethertype >= 0 else NON_IP, macs[0], macs[1], MACS)


def _ppp(frame: bytes, at: int, direction: int = 0) -> Link:
    if frame[at] in (0x0F, 0x8F) and frame[at + 1] == 0:
        return _hdlc(frame, at, direction)
    return _link(*ppp(frame, at), direction)


def _hdlc(frame: bytes, at: int, direction: int = 0) -> Link:
    """Return the link behind Cisco HDLC: address, control, EtherType."""
    return _link(at + 4, u16(frame, at + 2), direction)


def _frame_relay(frame: bytes, at: int, direction: int = 0) -> Link:
    """Return the link behind an address of two to four bytes, and RFC 2427's control and NLPID or Cisco's EtherType."""
    while not frame[at] & 1:
        at += 1
    at += 1
    if frame[at] != 3:
        return _link(at + 2, u16(frame, at), direction)
    at += 1
    if frame[at] == 0:
        at += 1
    nlpid, at = frame[at], at + 1
    if nlpid != 0x80:
        return _link(at, {0xCC: 0x0800, 0x8E: 0x86DD}.get(nlpid, -1), direction)
    organisation, protocol = frame[at] << 16 | u16(frame, at + 1), u16(frame, at + 3)
    if organisation == 0:
        return _link(at + 5, protocol, direction)
    return _link(at + 5, BRIDGED if organisation == 0x0080C2 and protocol in (1, 7) else -1, direction)


def _directed(take: Callable[[bytes, int, int], Link]) -> Callable[[bytes, int], Link]:
    """Return the link behind a byte that states the direction: 0 received, anything else sent."""
    return lambda frame, at: take(frame, at + 1, 2 if frame[at] else 1)


def _pppoe(frame: bytes, at: int) -> Link:
    return _link(at, 0x8864)


def _mpls(frame: bytes, at: int) -> Link:
    return _link(at, 0x8847)


def _bridged_atm(frame: bytes, at: int) -> Link:
    return _link(at, _LLC)


def _slip(frame: bytes, at: int) -> Link:
    """Return the link behind BSD's 16 bytes: direction (0 in), compressed header or not."""
    return _link(at + 16, by_version(frame, at + 16), 2 if frame[at] else 1)


def _token_ring(frame: bytes, at: int) -> Link:
    if frame[at + 1] & 0xC0 != 0x40:
        return _with_macs(frame, at + 2, at + 14, -1)
    route = frame[at + 14] & 31 if frame[at + 8] & 0x80 else 0
    link = _with_macs(frame, at + 2, at + 14 + route, _LLC)
    return link._replace(smac=link.smac & ~(1 << 47))


def _fddi(frame: bytes, at: int) -> Link:
    return _with_macs(frame, at + 1, at + 13, _LLC if frame[at] & 0xF0 == 0x50 else -1)


def _arcnet(frame: bytes, at: int) -> Link:
    """Return the link behind source, destination and type; RFC 1201 adds a split flag and a sequence number.

    RFC 1051 adds nothing.
    """
    return _arcnet_type(frame, at + 2)


def _arcnet_linux(frame: bytes, at: int) -> Link:
    return _arcnet_type(frame, at + 4)


def _arcnet_type(frame: bytes, at: int) -> Link:
    kind, at = frame[at], at + 1
    if kind not in (0xF0, 0xF1):
        if frame[at] == 0xFF:
            at += 4
        if frame[at] and not frame[at] & 1:
            return _link(at, -1)  # a later part of a split packet
        at += 3
    return _link(at, _ARCNET.get(kind, -1))


def _ipoib(frame: bytes, at: int) -> Link:
    """Return a pseudo header of 40 bytes, EtherType, reserved."""
    return _link(at + 44, u16(frame, at + 40))


def _firewire(frame: bytes, at: int) -> Link:
    return _link(at + 18, u16(frame, at + 16))


def _nflog(frame: bytes, at: int) -> Link:
    """Return the link in attribute 9, in the capturing host's byte order (tcpdump.org, LINKTYPE_NFLOG)."""
    ethertype = {2: 0x0800, 10: 0x86DD}.get(frame[at], -1)
    at += 4
    order = (
        "little" if int.from_bytes(frame[at : at + 2], "little") <= int.from_bytes(frame[at : at + 2], "big") else "big"
    )
    while at + 4 <= len(frame):
        size = int.from_bytes(frame[at : at + 2], order)  # type: ignore[arg-type]
        kind = int.from_bytes(frame[at + 2 : at + 4], order) & 0x7FFF  # type: ignore[arg-type]
        if size < 4:
            return _link(at, -1)
        if kind == 9:
            return _link(at + 4, ethertype if ethertype >= 0 else by_version(frame, at + 4))
        at += size + -size % 4
    return _link(at, -1)


def _preamble(frame: bytes, at: int) -> Wrapped:
    """Return the frame behind 802.3br's eight bytes of preamble and delimiter."""
    return at + 8, 1


def _broadcom(frame: bytes, at: int) -> Link:
    return _with_macs(frame, at, at + 18, u16(frame, at + 16))


def _broadcom_in_front(frame: bytes, at: int) -> Wrapped:
    return at + 4, 1


def _dsa(frame: bytes, at: int) -> Link:
    """Return the link with Marvell's tag between the addresses and the EtherType."""
    return _with_macs(frame, at, at + 18, u16(frame, at + 16))


def _edsa(frame: bytes, at: int) -> Link:
    """Return the link of DSA behind an EtherType of its own and two zero bytes."""
    return _with_macs(frame, at, at + 22, u16(frame, at + 20))


def _by_family(family: int, frame: bytes, at: int) -> Link:
    """Return what BSD's address families say: 2 is IPv4, 24, 28 and 30 are IPv6."""
    frame[at - 1]
    return _link(at, 0x0800 if family == 2 else 0x86DD if family in (24, 28, 30) else -1)


def _enc(frame: bytes, at: int) -> Link:
    """Return the link of OpenBSD's IPsec interface: address family in the capturing host's byte order, SPI, flags."""
    family = u32(frame, at)
    return _by_family(family if family < 0x10000 else frame[at] | frame[at + 1] << 8, frame, at + 12)


def _pflog(frame: bytes, at: int) -> Link:
    """Return the link of BSD's packet filter, whose header states its length, rounded up to four bytes, and the family."""
    return _by_family(frame[at + 1], frame, at + (frame[at] + 3 & ~3))


def _sun_atm(frame: bytes, at: int) -> Link:
    """Return the link behind flags (kind of traffic; 2 is LLC), VPI and VCI."""
    return _link(at + 4, _LLC if frame[at] & 15 == 2 else -1)


def _netanalyzer(frame: bytes, at: int) -> Wrapped:
    """Return the frame, with its check sequence, behind Hilscher netANALYZER's four bytes."""
    return at + 4, 1


def _pktap(frame: bytes, at: int) -> Link | Wrapped:
    """Return what is behind Apple's header: header length, record type (1: a packet), link type, all little endian."""
    size, kind, link_type = (int.from_bytes(frame[at + n : at + n + 4], "little") for n in (0, 4, 8))
    frame[at + max(size, 12) - 1]
    return (at + size, link_type) if kind == 1 and size >= 12 else _link(at, -1)


LINKS: dict[int, Callable[[bytes, int], Link | Wrapped]] = {
    6: _token_ring,
    7: _arcnet,
    8: _slip,
    9: _ppp,
    10: _fddi,
    50: _ppp,
    51: _pppoe,
    100: _bridged_atm,
    104: _hdlc,
    105: ieee80211,
    107: _frame_relay,
    109: _enc,
    117: _pflog,
    119: prism,
    123: _sun_atm,
    127: radiotap,
    129: _arcnet_linux,
    138: _firewire,
    163: avs,
    166: _directed(_ppp),
    192: ppi,
    204: _directed(_ppp),
    205: _directed(_hdlc),
    206: _directed(_frame_relay),
    219: _mpls,
    239: _nflog,
    240: _netanalyzer,
    242: _ipoib,
    258: _pktap,
    274: _preamble,
    281: _broadcom,
    282: _broadcom_in_front,
    284: _dsa,
    285: _edsa,
}
"""By link type (tcpdump.org number)."""
