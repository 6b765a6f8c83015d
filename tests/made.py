"""Captures of migrations made packet by packet, with none of flowmap's code, and what flowmap says of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from builders import epb, idb, shb
from strategies import ethernet, ipv4_header, ipv6_header, tcp_header

from flowmap.analysis import analyze
from flowmap.settings.config import Settings

SECOND = 10**9
BEGIN = 1_767_323_045 * SECOND
HOST = 0x0A000064
SEGMENTS = 60
SNAP = 160
SWITCH, SYSTEM = 0x0211, 0x0222
ETHERTYPE_SLOW = b"\x88\x09"


class Record(NamedTuple):
    ts_ns: int
    frame: bytes
    wire: int
    flags: int


def network(peer: int, inbound: bool, version: int, body: bytes, length: int, number: int) -> bytes:
    src, dst = (0x0A000000 + peer, HOST) if inbound else (HOST, 0x0A000000 + peer)
    if version == 6:
        return ipv6_header(src, dst, 6, length) + body
    return ipv4_header(src, dst, length, ip_id=number) + body


def stream(
    peer: int,
    version: int = 4,
    again: Sequence[int] = (),
    wrap: Callable[[bytes, bool], bytes] = lambda frame, _: frame,
) -> list[Record]:
    """A migration from host `peer` to port 6600 of the teamed host; segments `again` are sent twice, 400 ms apart. `wrap` puts
    a frame (inbound or not) into a tunnel."""
    found = []

    def put(at_ns: int, inbound: bool, seq: int, ack: int, flags: int, payload: int, number: int) -> None:
        ports = (50000 + peer, 6600) if inbound else (6600, 50000 + peer)
        body = tcp_header(*ports, seq, ack, flags) + bytes([peer]) * payload
        macs = (0x30 + peer, 0x99) if inbound else (0x99, 0x30 + peer)
        ip = network(peer, inbound, version, body, len(body), number)
        frame = wrap(ethernet(*macs, 0x0800 if version == 4 else 0x86DD) + ip, inbound)
        found.append(Record(BEGIN + at_ns, frame[:SNAP], len(frame), 1 if inbound else 2))

    put(0, True, 100, 0, 2, 0, 1)
    put(200_000, False, 900, 101, 0x12, 0, 1)
    for k in range(SEGMENTS):
        at, number = 1_000_000 + k * 1_000_000 + peer * 10_000, 1000 + k
        put(at, True, 101 + 1400 * k, 901, 0x10, 1400, number)
        put(at + 100_000, False, 901, 101 + 1400 * (k + 1), 0x10, 0, number)
    for k in again:
        put(400_000_000 + k * 1_000_000, True, 101 + 1400 * k, 901, 0x10, 1400, 2000 + k)
    return found


def lacpdus(port: int) -> list[Record]:
    """Both sides of a healthy link, once in 20 ms."""

    def pdu(actor: tuple[int, int], partner: tuple[int, int], source: int) -> bytes:
        sides = b"".join(
            struct.pack("!BBH6sHHHB3x", kind, 20, 1, system.to_bytes(6, "big"), 1, 1, number, 0x3D)
            for kind, (system, number) in ((1, actor), (2, partner))
        )
        return bytes.fromhex("0180c2000002") + source.to_bytes(6, "big") + ETHERTYPE_SLOW + b"\1\1" + sides + bytes(68)

    here, there = (SYSTEM, port), (SWITCH, 100 + port)
    found = []
    for k in range(5):
        for late, flags, frame in ((0, 2, pdu(here, there, 0x71 + port)), (1, 1, pdu(there, here, 0xF0 + port))):
            found.append(Record(BEGIN + k * 20_000_000 + port * 3_000_000 + late * 1_000_000, frame, 124, flags))
    return found


def later(records: Iterable[Record], delay_ns: int) -> list[Record]:
    """The same packets at another layer, which sees no LACP."""
    return [r._replace(ts_ns=r.ts_ns + delay_ns) for r in records if r.frame[12:14] != ETHERTYPE_SLOW]


class Interface(NamedTuple):
    records: list[Record]
    name: str | None = None
    description: str | None = None
    mac: int | None = None


def write(path: Path, *interfaces: Interface) -> str:
    parts = [shb()]
    for one in interfaces:
        mac = None if one.mac is None else one.mac.to_bytes(6, "big")
        parts.append(idb(name=one.name, description=one.description, mac=mac, resolution=9))
    records = [(r, number) for number, one in enumerate(interfaces) for r in one.records]
    for r, number in sorted(records, key=lambda pair: pair[0].ts_ns):
        parts.append(epb(r.ts_ns, r.frame, interface=number, wire=r.wire, flags=r.flags))
    path.write_bytes(b"".join(parts))
    return str(path)


def report(*paths: str) -> dict[str, Any]:
    document: dict[str, Any] = analyze(paths, Settings()).report.model_dump(by_alias=True)
    return document
