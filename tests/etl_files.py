"""Writes Windows event trace logs for tests, from the public layouts; shares nothing with the reader.

A log is made of `Buf`s, each a list of events (bytes); `log` writes the log's header into a buffer of its own before them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

NDIS = UUID("2ed6006e-4729-4609-b423-3ee7bcd678ef")
PKTMON = UUID("4d4f80d9-c8bd-4d73-bb5b-19c90402c5ac")
TCPIP = UUID("2f07e2ee-15db-40f1-90ef-9d7ba282188a")
FILETIME_1970 = 116_444_736_000_000_000
START_NS = 1_700_000_000_000_000_000
"""When the logs begin."""
T0 = 5_000_000_000
"""The tick of that."""
FREQUENCY = 10_000_000
ETHERNET, WIFI, RAW = 0x1, 0x10000, 0x200
SENT, RECEIVED = 0x1_0000_0000, 0x2_0000_0000
START, END = 0x40000000, 0x80000000


def manifest(
    provider: UUID,
    number: int,
    stamp: int,
    payload: bytes,
    *,
    keyword: int = 0,
    process: int = 0,
    thread: int = 0,
    extended: Sequence[bytes] = (),
    bits: int = 64,
    version: int = 0,
) -> bytes:
    """An event with a manifest. `extended`: data of extended items, which stand before the payload."""
    items = b""
    for place, data in enumerate(extended):
        data += bytes(-len(data) % 8)
        items += struct.pack("<HHHH", 8 + len(data), 11, place + 1 < len(extended), len(data)) + data
    head = struct.pack(
        "<HBBHHIIq",
        80 + len(items) + len(payload),
        0x13 if bits == 64 else 0x12,
        0xC0,
        bool(items),
        0,
        thread,
        process,
        stamp,
    )
    head += provider.bytes_le + struct.pack("<HBBBBHQQ", number, version, 16, 4, 0, 0, keyword, 0) + bytes(16)
    return head + items + payload


def frame(
    data: bytes,
    stamp: int,
    miniport: int = 12,
    lower: int | None = None,
    *,
    keyword: int = ETHERNET | RECEIVED | START | END,
    gft: bool = False,
    process: int = 0,
    thread: int = 0,
    extended: Sequence[bytes] = (),
    bits: int = 64,
    size: int | None = None,
) -> bytes:
    """NDIS-PacketCapture's event 1001, with or without the two fields of newer Windows. `size`: what it states."""
    payload = (
        struct.pack("<III", miniport, miniport if lower is None else lower, len(data) if size is None else size) + data
    )
    payload += bytes(16) if gft else b""
    return manifest(
        NDIS, 1001, stamp, payload, keyword=keyword, process=process, thread=thread, extended=extended, bits=bits
    )


def parts(data: bytes, stamps: Sequence[int], miniport: int = 12, **more: int) -> list[bytes]:
    """A frame in as many events as there are stamps."""
    step = -(-len(data) // len(stamps))
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert len(pieces) == len(stamps)
    keyword = more.pop("keyword", ETHERNET | RECEIVED)
    bits = [(START if n == 0 else 0) | (END if n == len(stamps) - 1 else 0) for n in range(len(stamps))]
    rows = zip(pieces, stamps, bits, strict=True)
    return [frame(piece, stamp, miniport, keyword=keyword | bit, **more) for piece, stamp, bit in rows]


def switched(
    data: bytes,
    stamp: int,
    lower: int = 31,
    port: int = 5,
    vlan: int = 0,
    *,
    names: tuple[str, str, str] = ("P1", "vm-1", "Internal"),
    keyword: int = ETHERNET | SENT | START | END,
) -> bytes:
    """NDIS-PacketCapture's event 1003, to one destination; the VLAN is in the out-of-band data."""
    payload = struct.pack("<III", lower, lower, port) + b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)
    payload += struct.pack("<IQ", 1, 2) + struct.pack("<I", len(data)) + data
    band = [0] * 10
    band[4] = vlan << 4
    payload += struct.pack("<I", 80) + struct.pack("<10Q", *band)
    return manifest(NDIS, 1003, stamp, payload, keyword=keyword)


def pktmon(
    data: bytes,
    stamp: int,
    component: int,
    *,
    direction: int = 1,
    kind: int = 1,
    original: int | None = None,
    number: int = 160,
    reason: int = 0,
    size: int | None = None,
) -> bytes:
    """PktMon's event 160 (a frame) or 170 (a dropped one)."""
    original, size = len(data) if original is None else original, len(data) if size is None else size
    payload = struct.pack("<QHHHHHHHIIHH", 1, 1, 1, direction, kind, component, 0, 0, reason, 0, original, size) + data
    return manifest(PKTMON, number, stamp, payload, keyword=0x10)


def component(ident: int, kind: int, name: str, description: str, stamp: int = T0) -> bytes:
    """PktMon's event 20: a component's name."""
    text = name.encode("utf-16-le") + b"\0\0" + description.encode("utf-16-le") + b"\0\0"
    return manifest(PKTMON, 20, stamp, struct.pack("<HH", ident, kind) + text, keyword=2)


def number(ident: int, kind: int, value: int, stamp: int = T0) -> bytes:
    """PktMon's event 30: a number of a component (1: interface index, 2: that of the miniport)."""
    return manifest(PKTMON, 30, stamp, struct.pack("<HHI", ident, kind, value), keyword=2)


def address(ident: int, mac: bytes, stamp: int = T0) -> bytes:
    """PktMon's event 70: a component's MAC."""
    return manifest(PKTMON, 70, stamp, struct.pack("<HHI", ident, 6, len(mac)) + mac, keyword=2)


def other_events(stamp: int) -> list[bytes]:
    """One of every kind that is stepped over."""
    system = struct.pack("<HBBHHIIqII", 1, 2, 0xC0, 36, 0x50, 0, 0, stamp, 0, 0) + b"abcd"
    compact = struct.pack("<HBBHHIIq", 1, 4, 0xC0, 25, 5, 0, 0, stamp) + b"x"
    performance = struct.pack("<HBBHHq", 1, 0x11, 0xC0, 19, 7, stamp) + b"xyz"
    classic = struct.pack("<HBBIIIq", 48, 0x14, 0xC0, 0, 0, 0, stamp) + bytes(24)
    instance = struct.pack("<HBBIIIq", 72, 0x15, 0xC0, 0, 0, 0, stamp) + bytes(48)
    wpp = struct.pack("<HBBI", 13, 0, 0x90, 0) + b"hello"
    unknown = struct.pack("<HBBI", 24, 0x77, 0xC0, 0) + bytes(16)
    return [
        system,
        compact,
        performance,
        classic,
        instance,
        wpp,
        unknown,
        manifest(TCPIP, 1001, stamp, b"tcp", keyword=2),
    ]


@dataclass
class Buf:
    """A buffer: events of one processor."""

    events: list[bytes] = field(default_factory=list)
    processor: int = 0
    sequence: int | None = None
    """None: by its place."""
    flags: int = 0x20

    def to_bytes(self, size: int, sequence: int, kind: int = 0) -> bytes:
        body = b"".join(event + b"\xee" * (-len(event) % 8) for event in self.events)
        used = 72 + len(body)
        assert used <= size, f"{used} bytes in a buffer of {size}"
        own = sequence if self.sequence is None else self.sequence
        head = struct.pack(
            "<IIIiqqQHHIIHH", size, used, used + 9999, 0, 0, own, 0, self.processor, 3, 3, used, self.flags, kind
        )
        return (head + b"\x5a" * 16 + body).ljust(size, b"\xff")


def header(
    size: int,
    *,
    clock: int = 1,
    frequency: int = FREQUENCY,
    t0: int = T0,
    start_ns: int = START_NS,
    end_ns: int | None = None,
    mode: int = 1,
    events_lost: int = 0,
    buffers_lost: int = 0,
    bits: int = 64,
    session: str = "NetTrace-Session",
    processors: int = 4,
    megahertz: int = 2400,
    buffers: int = 1,
) -> bytes:
    """The event with the log's header."""
    end = 0 if end_ns is None else end_ns // 100 + FILETIME_1970
    body = struct.pack("<IBBBBIIq", size, 10, 0, 1, 5, 17763, processors, end)
    body += struct.pack("<8I", 156_250, 64, mode, buffers, 1, bits // 8, events_lost, megahertz)
    body += struct.pack("<QQ" if bits == 64 else "<II", 1, 2) + struct.pack("<i", -60) + bytes(172)
    start = start_ns // 100 + FILETIME_1970
    body += struct.pack("<qqqII", start - 1000, frequency, start, clock, buffers_lost)
    body += b"".join(text.encode("utf-16-le") + b"\0\0" for text in (session, "C:\\team.etl"))
    return struct.pack("<HBBHHIIqII", 2, 2 if bits == 64 else 1, 0xC0, 32 + len(body), 0, 0, 0, t0, 0, 0) + body


def log(buffers: Sequence[Buf], size: int = 4096, *, first: Sequence[bytes] = (), **more: object) -> bytes:
    """A whole log. `first`: events behind the log's header; `more` goes to `header`."""
    more.setdefault("buffers", len(buffers) + 1)
    more.setdefault("end_ns", START_NS + 60_000_000_000)
    begin = Buf([header(size, **more), *first]).to_bytes(size, 0, 4)  # type: ignore[arg-type]
    return begin + b"".join(one.to_bytes(size, place + 1) for place, one in enumerate(buffers))


def at(ms: float) -> int:
    """The tick of a moment, in ms since the log's begin."""
    return T0 + round(ms * FREQUENCY / 1000)


def ns(ms: float) -> int:
    """Its time."""
    return START_NS + round(ms * 10_000) * 100


def ethernet(number: int, length: int = 100) -> bytes:
    """A frame that is like no other."""
    return struct.pack("!6s6sHI", b"\2\0\0\0\0\1", b"\2\0\0\0\0\2", 0x88B5, number) + bytes(length - 18)
