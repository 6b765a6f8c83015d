"""Link layers of the twin: a captured frame in, where its network header begins and what that is out.

Sources: IEEE 802.3, 802.1Q (tags), 802.2, RFC 1042 (SNAP), tcpdump.org link-type descriptions (null, loop, raw, SLL, SLL2).
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from flowmap.decode.numbers import (
    CDP,
    DECLINED,
    FOREIGN_LINKS,
    GOES_ON,
    IP_MALFORMED,
    IP_SHORT,
    LINK_SHORT,
    LINK_UNSUPPORTED,
    MACS,
    NON_IP,
    VLAN_DEEP,
)

__all__ = ["Link", "link_layer", "tags_and_llc"]

_U16 = Struct("!H")
_TWO_U16 = Struct("!HH")
_ETHERNET = Struct("!HIHIH")
_SLL = Struct("!HH10xH")
_SLL2 = Struct("!H2xIHB")
_FAMILY_BIG, _FAMILY_LITTLE = Struct(">I"), Struct("<I")

_VLAN_TPIDS = (0x8100, 0x88A8, 0x9100)
_MAX_TAGS = 5
_RAW_IP = (12, 14, 101)
_IPV6_FAMILIES = (10, 24, 28, 30)


class Link(NamedTuple):
    """What the link header states: where the next one begins and its EtherType, or why decoding ends.

    An EtherType up to 1500 is a length: LLC follows. The class ends the decoding.
    """

    position: int
    ethertype: int
    cls: int = GOES_ON
    smac: int = 0
    dmac: int = 0
    have: int = 0
    direction: int = 0
    ifindex: int = 0


def link_layer(frame: bytes, link_type: int) -> Link:
    """Return what the link header of a frame states, for the link types that the kernel reads itself."""
    if link_type == 1:
        return _ethernet(frame)
    if link_type == 113:
        return _sll(frame)
    if link_type == 276:
        return _sll2(frame)
    if link_type in (0, 108):
        return _loopback(frame, link_type)
    if link_type in _RAW_IP:
        if not frame:
            return Link(0, 0, IP_SHORT)
        ethertype = {4: 0x0800, 6: 0x86DD}.get(frame[0] >> 4)
        return Link(0, 0, IP_MALFORMED) if ethertype is None else Link(0, ethertype)
    if link_type == 228:
        return Link(0, 0x0800)
    if link_type == 229:
        return Link(0, 0x86DD)
    return Link(0, 0, DECLINED if link_type in FOREIGN_LINKS else LINK_UNSUPPORTED)


def _ethernet(frame: bytes) -> Link:
    if len(frame) < 14:
        return Link(0, 0, LINK_SHORT)
    dst_high, dst_low, src_high, src_low, ethertype = _ETHERNET.unpack_from(frame)
    return Link(14, ethertype, GOES_ON, src_high << 32 | src_low, dst_high << 32 | dst_low, MACS)


def _sll(frame: bytes) -> Link:
    if len(frame) < 16:
        return Link(0, 0, LINK_SHORT)
    packet_type, hardware_type, protocol = _SLL.unpack_from(frame)
    return _cooked(16, protocol, packet_type, hardware_type, 0)


def _sll2(frame: bytes) -> Link:
    if len(frame) < 20:
        return Link(0, 0, LINK_SHORT)
    protocol, ifindex, hardware_type, packet_type = _SLL2.unpack_from(frame)
    return _cooked(20, protocol, packet_type, hardware_type, ifindex)


def _cooked(position: int, protocol: int, packet_type: int, hardware_type: int, ifindex: int) -> Link:
    """Return the link of an SLL or SLL2 header: packet type 4 was sent by this host, 0 to 2 came in.

    Netlink carries no packets; GRE and 802.11 devices carry something else than Ethernet does.
    """
    cls = GOES_ON
    if hardware_type == 824:
        cls = LINK_UNSUPPORTED
    elif hardware_type in (778, 801, 802, 803):
        cls = DECLINED
    elif protocol == 4:
        protocol = 0
    elif protocol < 0x0600:
        cls = NON_IP
    direction = 2 if packet_type == 4 else 1 if packet_type <= 2 else 0
    return Link(position, protocol, cls, direction=direction, ifindex=ifindex)


def _loopback(frame: bytes, link_type: int) -> Link:
    """Return the link of null (address family in the capturing host's byte order) or loop (network order)."""
    if len(frame) < 4:
        return Link(0, 0, LINK_SHORT)
    (family,) = _FAMILY_BIG.unpack_from(frame)
    if link_type == 0 and family > 0xFFFF:
        (family,) = _FAMILY_LITTLE.unpack_from(frame)
    if family == 2:
        return Link(4, 0x0800)
    return Link(4, 0x86DD) if family in _IPV6_FAMILIES else Link(4, 0, NON_IP)


def tags_and_llc(frame: bytes, link: Link) -> tuple[int, int, int, int]:
    """Walk 802.1Q/802.1ad tags and 802.2 LLC/SNAP down to an EtherType. Returns position, EtherType, class, tag stack."""
    position, ethertype, cls = link[:3]
    tags = vlan = 0
    while cls == GOES_ON:
        if ethertype in _VLAN_TPIDS:
            if position + 4 > len(frame):
                cls = LINK_SHORT
            elif tags == _MAX_TAGS:
                cls = VLAN_DEEP
            else:
                control, ethertype = _TWO_U16.unpack_from(frame, position)
                vlan = vlan << 12 | control & 0xFFF
                tags += 1
                position += 4
        elif ethertype <= 1500:
            position, ethertype, cls = _llc(frame, position)
        else:
            break
    return position, ethertype, cls, tags << 60 | vlan


def _llc(frame: bytes, position: int) -> tuple[int, int, int]:
    """Return position, EtherType and class behind 802.2 LLC: SNAP names an EtherType, SAP 6 is IPv4."""
    if position + 3 > len(frame):
        return position, 0, LINK_SHORT
    service = frame[position : position + 3]
    if service == b"\x06\x06\x03":
        return position + 3, 0x0800, GOES_ON
    if service != b"\xaa\xaa\x03":
        return position, 0, NON_IP
    if position + 8 > len(frame):
        return position, 0, LINK_SHORT
    organisation = int.from_bytes(frame[position + 3 : position + 6], "big")
    (protocol,) = _U16.unpack_from(frame, position + 6)
    if organisation == 0x00000C and protocol == 0x2000:
        return position + 8, 0, CDP
    if organisation not in (0x000000, 0x0000F8) or protocol <= 1500:
        return position + 8, 0, NON_IP
    return position + 8, protocol, GOES_ON
