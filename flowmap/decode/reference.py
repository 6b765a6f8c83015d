"""The meaning of decoding: one captured frame in, one `Header` out, with bytes and ints only.

The compiled twin in `kernels.py` must agree on any bytes whatever. Nothing is read past the captured bytes, nothing past
the length the IP header states; what is missing for lack of captured bytes is marked in `have`.

Sources: IEEE 802.3, 802.1Q (tags), RFC 1042 (SNAP), RFC 791, RFC 8200 (extension headers), RFC 9293 (TCP), tcpdump.org
link-type descriptions (null, loop, raw, SLL, SLL2). Lengths follow Wireshark: an IP length beyond the frame is the frame's.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from flowmap.types import Have, PacketClass

__all__ = ["Header", "decode"]

_U16 = Struct("!H")
_U32 = Struct("!I")
_ETHERNET = Struct("!HIHIH")
_IPV4 = Struct("!BBHHHBBHII")
_IPV6 = Struct("!IHBBQQQQ")
_PORTS = Struct("!HH")
_TCP = Struct("!HHIIBBH")

_VLAN_TPIDS = (0x8100, 0x88A8, 0x9100)
_RAW_IP = (12, 14, 101)
_IPV6_FAMILIES = (10, 24, 28, 30)
_EXTENSION_HEADERS = (0, 43, 60, 135, 139, 140)


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


class _Link(NamedTuple):
    """What the link layer says: where the network header begins and what it is, or a class that ends the decoding."""

    position: int
    ethertype: int
    cls: int = -1
    smac: int = 0
    dmac: int = 0
    have: int = 0
    direction: int = 0
    ifindex: int = 0
    vlan: int = 0


def decode(frame: bytes, wire_len: int, link_type: int, epb_flags: int = 0, fcs_len: int = 0) -> Header:
    """Decode one frame of `link_type` (tcpdump.org number), captured as `frame`, `wire_len` bytes long on the wire."""
    link = _link_layer(frame, link_type)
    if link.cls < 0:
        link = _tags_and_llc(frame, link)
    if epb_flags & 3 in (1, 2):
        link = link._replace(direction=epb_flags & 3)
    base = Header(
        vlan=link.vlan, smac=link.smac, dmac=link.dmac, ifindex=link.ifindex, direction=link.direction, have=link.have
    )
    if link.cls >= 0:
        return base._replace(cls=link.cls)
    left = max(0, wire_len - fcs_len - link.position)
    if link.ethertype == 0x0800:
        return _ipv4(frame, link.position, left, base)
    if link.ethertype == 0x86DD:
        return _ipv6(frame, link.position, left, base)
    return base._replace(cls=_other_ethertype(link.ethertype))


def _other_ethertype(ethertype: int) -> int:
    if ethertype in (0x0806, 0x8035):
        return PacketClass.ARP
    if ethertype == 0x8809:
        return PacketClass.SLOW_PROTOCOL
    if ethertype == 0x88CC:
        return PacketClass.LLDP
    return PacketClass.NON_IP


def _link_layer(frame: bytes, link_type: int) -> _Link:
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
            return _Link(0, 0, PacketClass.IP_SHORT)
        ethertype = {4: 0x0800, 6: 0x86DD}.get(frame[0] >> 4)
        return _Link(0, 0, PacketClass.IP_MALFORMED) if ethertype is None else _Link(0, ethertype)
    if link_type == 228:
        return _Link(0, 0x0800)
    if link_type == 229:
        return _Link(0, 0x86DD)
    return _Link(0, 0, PacketClass.LINK_UNSUPPORTED)


def _ethernet(frame: bytes) -> _Link:
    if len(frame) < 14:
        return _Link(0, 0, PacketClass.LINK_SHORT)
    dst_high, dst_low, src_high, src_low, ethertype = _ETHERNET.unpack_from(frame)
    return _Link(14, ethertype, smac=src_high << 32 | src_low, dmac=dst_high << 32 | dst_low, have=Have.MACS)


def _sll(frame: bytes) -> _Link:
    if len(frame) < 16:
        return _Link(0, 0, PacketClass.LINK_SHORT)
    (protocol,) = _U16.unpack_from(frame, 14)
    return _cooked(_Link(16, protocol), int.from_bytes(frame[0:2], "big"), int.from_bytes(frame[2:4], "big"))


def _sll2(frame: bytes) -> _Link:
    if len(frame) < 20:
        return _Link(0, 0, PacketClass.LINK_SHORT)
    (protocol,) = _U16.unpack_from(frame, 0)
    (ifindex,) = _U32.unpack_from(frame, 4)
    return _cooked(_Link(20, protocol, ifindex=ifindex), frame[10], int.from_bytes(frame[8:10], "big"))


def _cooked(link: _Link, packet_type: int, hardware_type: int) -> _Link:
    """SLL packet type 4 was sent by this host, 0 to 2 came in; netlink, GRE and 802.11 devices carry something else."""
    link = link._replace(direction=2 if packet_type == 4 else 1 if packet_type <= 2 else 0)
    if hardware_type in (778, 801, 802, 803, 824):
        return link._replace(cls=PacketClass.LINK_UNSUPPORTED)
    if link.ethertype == 0x0004:
        return link._replace(ethertype=0)
    return link._replace(cls=PacketClass.NON_IP) if link.ethertype < 0x0600 else link


def _loopback(frame: bytes, link_type: int) -> _Link:
    """null: address family in the byte order of the capturing host; loop: in network order."""
    if len(frame) < 4:
        return _Link(0, 0, PacketClass.LINK_SHORT)
    family = int.from_bytes(frame[0:4], "big")
    if link_type == 0 and family > 0xFFFF:
        family = int.from_bytes(frame[0:4], "little")
    if family == 2:
        return _Link(4, 0x0800)
    return _Link(4, 0x86DD) if family in _IPV6_FAMILIES else _Link(4, 0, PacketClass.NON_IP)


def _tags_and_llc(frame: bytes, link: _Link) -> _Link:
    """Walk 802.1Q/802.1ad tags and 802.2 LLC/SNAP down to an EtherType."""
    position, ethertype, tags, vlan = link.position, link.ethertype, 0, 0
    cls = -1
    while cls < 0:
        if ethertype in _VLAN_TPIDS:
            if position + 4 > len(frame):
                cls = PacketClass.LINK_SHORT
            elif tags == 5:
                cls = PacketClass.VLAN_DEEP
            else:
                vlan = vlan << 12 | int.from_bytes(frame[position : position + 2], "big") & 0xFFF
                (ethertype,) = _U16.unpack_from(frame, position + 2)
                tags += 1
                position += 4
        elif ethertype <= 1500:
            position, ethertype, cls = _llc(frame, position)
        else:
            break
    return link._replace(position=position, ethertype=ethertype, cls=cls, vlan=tags << 60 | vlan)


def _llc(frame: bytes, position: int) -> tuple[int, int, int]:
    """802.2 LLC: SNAP names an EtherType, SAP 6 is IPv4. Returns position, EtherType, class or -1."""
    if position + 3 > len(frame):
        return position, 0, PacketClass.LINK_SHORT
    service = frame[position : position + 3]
    if service == b"\x06\x06\x03":
        return position + 3, 0x0800, -1
    if service != b"\xaa\xaa\x03":
        return position, 0, PacketClass.NON_IP
    if position + 8 > len(frame):
        return position, 0, PacketClass.LINK_SHORT
    organisation = int.from_bytes(frame[position + 3 : position + 6], "big")
    (protocol,) = _U16.unpack_from(frame, position + 6)
    if organisation == 0x00000C and protocol == 0x2000:
        return position + 8, 0, PacketClass.CDP
    if organisation not in (0x000000, 0x0000F8) or protocol <= 1500:
        return position + 8, 0, PacketClass.NON_IP
    return position + 8, protocol, -1


def _ipv4(frame: bytes, position: int, left: int, base: Header) -> Header:
    if position + 20 > len(frame):
        return base._replace(cls=PacketClass.IP_SHORT)
    first, _, total, ip_id, fragment, _, protocol, _, src, dst = _IPV4.unpack_from(frame, position)
    header_len = (first & 15) * 4
    if first >> 4 != 4 or header_len < 20 or 0 < total < header_len:
        return base._replace(cls=PacketClass.IP_MALFORMED)
    length = left if total == 0 else min(total, left)
    base = base._replace(src_lo=src, dst_lo=dst, version=4, ip_id=ip_id)
    if protocol != 6:
        return base._replace(cls=PacketClass.IP_OTHER)
    if fragment & 0x1FFF:
        return base._replace(cls=PacketClass.FRAGMENT)
    return _tcp(frame, position + header_len, min(len(frame), position + length), length - header_len, base)


def _ipv6(frame: bytes, position: int, left: int, base: Header) -> Header:
    if position + 40 > len(frame):
        return base._replace(cls=PacketClass.IP_SHORT)
    first, stated, following, _, src_hi, src_lo, dst_hi, dst_lo = _IPV6.unpack_from(frame, position)
    if first >> 28 != 6:
        return base._replace(cls=PacketClass.IP_MALFORMED)
    length = left if stated == 0 else min(stated + 40, left)
    base = base._replace(src_hi=src_hi, src_lo=src_lo, dst_hi=dst_hi, dst_lo=dst_lo, version=6)
    end = min(len(frame), position + length)
    at = position + 40
    while following in _EXTENSION_HEADERS or following in (44, 51):
        if at + 8 > end:
            return base._replace(cls=PacketClass.IP_SHORT)
        fragment_offset = _U16.unpack_from(frame, at + 2)[0] >> 3 if following == 44 else 0
        header_len = 8 if following == 44 else (frame[at + 1] + 2) * 4 if following == 51 else (frame[at + 1] + 1) * 8
        following = frame[at]
        at += header_len
        if fragment_offset:
            return base._replace(cls=PacketClass.FRAGMENT if following == 6 else PacketClass.IP_OTHER)
    if following == 6:
        return _tcp(frame, at, end, position + length - at, base)
    neighbor = following == 58 and at < end and frame[at] in (135, 136)
    return base._replace(cls=PacketClass.NEIGHBOR if neighbor else PacketClass.IP_OTHER)


def _tcp(frame: bytes, at: int, end: int, segment_len: int, base: Header) -> Header:
    """`end` bounds what may be read, `segment_len` is the TCP header and payload by the IP length."""
    if at + 4 > end:
        return base._replace(cls=PacketClass.TCP_SHORT)
    if at + 16 <= end:
        sport, dport, seq, ack, offset_byte, flags, window = _TCP.unpack_from(frame, at)
        return _segment(frame, at, end, segment_len, base, (sport, dport, seq, ack, offset_byte, flags, window))
    sport, dport = _PORTS.unpack_from(frame, at)
    have, seq, ack, flags, data_offset = base.have, 0, 0, 0, 20
    if at + 8 <= end:
        (seq,) = _U32.unpack_from(frame, at + 4)
        have |= Have.SEQUENCE
    if at + 13 <= end:
        data_offset = (frame[at + 12] >> 4) * 4
    if at + 14 <= end:
        flags = frame[at + 13]
        have |= Have.FLAGS
        if flags & 0x10:
            (ack,) = _U32.unpack_from(frame, at + 8)
            have |= Have.ACK
    payload = max(0, segment_len - data_offset) if data_offset >= 20 else 0
    return base._replace(
        cls=PacketClass.TCP, sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, have=have, l4_offset=at,
        data_offset=data_offset, payload=payload,
    )  # fmt: skip


def _segment(
    frame: bytes, at: int, end: int, segment_len: int, base: Header, fields: tuple[int, int, int, int, int, int, int]
) -> Header:
    """A segment whose header is captured at least to the window."""
    sport, dport, seq, ack, offset_byte, flags, window = fields
    have = base.have | Have.SEQUENCE | Have.FLAGS
    data_offset = (offset_byte >> 4) * 4
    payload = max(0, segment_len - data_offset) if data_offset >= 20 else 0
    magic = 0
    if flags & 0x10:
        have |= Have.ACK
    else:
        ack = 0
    data = at + data_offset
    if payload >= 4 and data + 4 <= end:
        (magic,) = _U32.unpack_from(frame, data)
        have |= Have.MAGIC
    return base._replace(
        cls=PacketClass.TCP, sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, window=window, have=have,
        l4_offset=at, data_offset=data_offset, payload=payload, magic=magic,
    )  # fmt: skip
