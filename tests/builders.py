"""Captures as bytes, field by field, for tests.

Everything is written as the pcap and pcapng drafts lay it out, with none of flowmap's code, so that what a test expects
follows from what it wrote. Times are integer nanoseconds unless a parameter says ticks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

PCAP_US = 0xA1B2C3D4
PCAP_NS = 0xA1B23C4D
PCAP_MODIFIED = 0xA1B2CD34
SHB, IDB, PB, SPB, NRB, ISB, EPB, DSB, CUSTOM = 0x0A0D0D0A, 1, 2, 3, 4, 5, 6, 10, 0x0BAD

Packet = tuple[int, bytes] | tuple[int, bytes, int]
"""(ts_ns, captured bytes) or (ts_ns, captured bytes, original length)."""
Option = tuple[int, bytes]


def _order(big: bool) -> str:
    return ">" if big else "<"


def wire_length(packet: Packet) -> int:
    """Original length of a packet: stated, or that of its bytes."""
    return packet[2] if len(packet) == 3 else len(packet[1])


def pcap_header(
    *,
    magic: int = PCAP_US,
    big: bool = False,
    version: tuple[int, int] = (2, 4),
    snaplen: int = 262144,
    link_type: int = 1,
) -> bytes:
    """A global header; `link_type` is the whole last word, FCS bits included."""
    return struct.pack(_order(big) + "IHHiIII", magic, *version, 0, 0, snaplen, link_type)


def pcap_record(
    packet: Packet, *, magic: int = PCAP_US, big: bool = False, swapped: bool = False, extra: int | None = None
) -> bytes:
    """A record; `swapped` writes the original length first, `extra` counts header bytes after the usual 16."""
    seconds, fraction = divmod(packet[0], 10**9)
    if magic != PCAP_NS:
        fraction //= 1000
    lengths = (len(packet[1]), wire_length(packet))
    if swapped:
        lengths = lengths[::-1]
    if extra is None:
        extra = 8 if magic == PCAP_MODIFIED else 0
    return struct.pack(_order(big) + "4I", seconds, fraction, *lengths) + bytes(extra) + packet[1]


def pcap(
    packets: Iterable[Packet],
    *,
    magic: int = PCAP_US,
    big: bool = False,
    version: tuple[int, int] = (2, 4),
    snaplen: int = 262144,
    link_type: int = 1,
    swapped: bool = False,
    extra: int | None = None,
) -> bytes:
    """A pcap file."""
    header = pcap_header(magic=magic, big=big, version=version, snaplen=snaplen, link_type=link_type)
    records = (pcap_record(packet, magic=magic, big=big, swapped=swapped, extra=extra) for packet in packets)
    return header + b"".join(records)


def padded(data: bytes) -> bytes:
    """Data with zeros up to a multiple of four bytes."""
    return data + bytes(-len(data) % 4)


def options(items: Sequence[Option], big: bool = False, *, end: bool = True) -> bytes:
    """Options with their padding; `end` adds opt_endofopt."""
    if not items:
        return b""
    body = b"".join(struct.pack(_order(big) + "HH", code, len(value)) + padded(value) for code, value in items)
    return body + (bytes(4) if end else b"")


def block(kind: int, body: bytes, big: bool = False, *, trailer: int | None = None) -> bytes:
    """Any pcapng block; `trailer` forges the length at its end."""
    length = 12 + len(padded(body))
    last = length if trailer is None else trailer
    return struct.pack(_order(big) + "II", kind, length) + padded(body) + struct.pack(_order(big) + "I", last)


def shb(big: bool = False, *, length: int = -1, items: Sequence[Option] = ()) -> bytes:
    """A section header block."""
    body = struct.pack(_order(big) + "IHHq", 0x1A2B3C4D, 1, 0, length)
    return block(SHB, body + options(items, big), big)


def idb(
    big: bool = False,
    *,
    link_type: int = 1,
    snaplen: int = 262144,
    name: str | None = None,
    description: str | None = None,
    mac: bytes | None = None,
    speed: int | None = None,
    resolution: int | None = None,
    zone: int | None = None,
    fcs_len: int | None = None,
    filter_text: str | None = None,
    items: Sequence[Option] = (),
) -> bytes:
    """An interface description block; `resolution` is the if_tsresol byte, `zone` if_tsoffset in seconds."""
    order = _order(big)
    given: list[tuple[int, bytes | None]] = [
        (2, None if name is None else name.encode()),
        (3, None if description is None else description.encode()),
        (6, mac),
        (8, None if speed is None else struct.pack(order + "Q", speed)),
        (9, None if resolution is None else bytes([resolution])),
        (11, None if filter_text is None else b"\0" + filter_text.encode()),
        (13, None if fcs_len is None else bytes([fcs_len])),
        (14, None if zone is None else struct.pack(order + "q", zone)),
    ]
    listed = [(code, value) for code, value in given if value is not None]
    body = struct.pack(order + "HHI", link_type, 0, snaplen)
    return block(IDB, body + options([*listed, *items], big), big)


def epb(
    ticks: int,
    data: bytes,
    big: bool = False,
    *,
    interface: int = 0,
    wire: int | None = None,
    flags: int | None = None,
    drops: int | None = None,
    items: Sequence[Option] = (),
) -> bytes:
    """An enhanced packet block."""
    order = _order(big)
    wire = len(data) if wire is None else wire
    listed = list(items)
    if flags is not None:
        listed.append((2, struct.pack(order + "I", flags)))
    if drops is not None:
        listed.append((4, struct.pack(order + "Q", drops)))
    body = struct.pack(order + "5I", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire)
    return block(EPB, body + padded(data) + options(listed, big), big)


def spb(data: bytes, big: bool = False, *, wire: int | None = None) -> bytes:
    """A simple packet block."""
    return block(SPB, struct.pack(_order(big) + "I", len(data) if wire is None else wire) + data, big)


def pb(
    ticks: int, data: bytes, big: bool = False, *, interface: int = 0, drops: int = 0xFFFF, flags: int | None = None
) -> bytes:
    """An obsolete packet block."""
    order = _order(big)
    listed = [] if flags is None else [(2, struct.pack(order + "I", flags))]
    body = struct.pack(order + "HH4I", interface, drops, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(PB, body + padded(data) + options(listed, big), big)


def isb(
    big: bool = False,
    *,
    interface: int = 0,
    start: int | None = None,
    end: int | None = None,
    received: int | None = None,
    dropped: int | None = None,
    dropped_os: int | None = None,
) -> bytes:
    """An interface statistics block; `start` and `end` are ticks."""
    order = _order(big)
    listed: list[Option] = []
    for code, ticks in ((2, start), (3, end)):
        if ticks is not None:
            listed.append((code, struct.pack(order + "II", ticks >> 32, ticks & 0xFFFFFFFF)))
    for code, count in ((4, received), (5, dropped), (7, dropped_os)):
        if count is not None:
            listed.append((code, struct.pack(order + "Q", count)))
    return block(ISB, struct.pack(order + "III", interface, 0, 0) + options(listed, big), big)


def pcapng(
    packets: Iterable[Packet] = (),
    *,
    big: bool = False,
    names: Sequence[str | None] = (None,),
    interfaces: Sequence[int] | None = None,
    link_type: int = 1,
    snaplen: int = 262144,
) -> bytes:
    """One section with nanosecond clocks and interfaces `names`; packet i is of interfaces[i] (else of 0)."""
    parts = [shb(big)]
    parts += [idb(big, name=name, resolution=9, link_type=link_type, snaplen=snaplen) for name in names]
    for number, packet in enumerate(packets):
        interface = 0 if interfaces is None else interfaces[number]
        parts.append(epb(packet[0], packet[1], big, interface=interface, wire=wire_length(packet)))
    return b"".join(parts)
