"""pcap and pcapng files, byte by byte, so that byte order, time unit and snaplen are the scenario's choice."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Interface", "Packet", "pcap", "pcapng"]

_ETHERNET = 1


@dataclass(frozen=True)
class Packet:
    """A captured frame: nanoseconds UTC, bytes on the wire, whether the captured host sent it, original length."""

    ts_ns: int
    frame: bytes
    outbound: bool
    wire_len: int

    def order(self) -> int:
        """The key to sort by; equal times keep the order they were made in."""
        return self.ts_ns


def pcap(
    packets: Iterable[Packet], *, snaplen: int = 128, big_endian: bool = False, nano: bool = False, link_type: int = 1
) -> bytes:
    """A pcap file (draft-ietf-opsawg-pcap)."""
    order = ">" if big_endian else "<"
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link_type)]
    record = struct.Struct(order + "IIII")
    for packet in sorted(packets, key=Packet.order):
        seconds, rest = divmod(packet.ts_ns, 10**9)
        captured = packet.frame[:snaplen]
        out += (record.pack(seconds, rest if nano else rest // 1000, len(captured), packet.wire_len), captured)
    return b"".join(out)


@dataclass(frozen=True)
class Interface:
    """One interface of a pcapng file. `resolution`: if_tsresol, decimal below 128, else a power of two.

    `window`: begin and end of the capture in nanoseconds, put into an interface statistics block.
    """

    packets: Sequence[Packet]
    name: str = ""
    mac: str = ""
    speed_bps: int = 0
    resolution: int = 9
    flags: bool = True
    window: tuple[int, int] | None = None


def pcapng(interfaces: Sequence[Interface], *, snaplen: int = 128, big_endian: bool = False) -> bytes:
    """A pcapng file of one section (draft-ietf-opsawg-pcapng)."""
    order = ">" if big_endian else "<"
    out = [_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for interface in interfaces:
        options = [(9, bytes([interface.resolution]))]
        if interface.name:
            options.insert(0, (2, interface.name.encode()))
        if interface.mac:
            options.append((6, bytes.fromhex(interface.mac.replace(":", ""))))
        if interface.speed_bps:
            options.append((8, struct.pack(order + "Q", interface.speed_bps)))
        fixed = struct.pack(order + "HHI", _ETHERNET, 0, snaplen)
        out.append(_block(order, 1, fixed + _options(order, options)))
    records = [(p, number) for number, interface in enumerate(interfaces) for p in interface.packets]
    records.sort(key=lambda record: record[0].ts_ns)
    out += [_enhanced_packet(order, p, number, interfaces[number], snaplen) for p, number in records]
    out += [_statistics(order, i, number) for number, i in enumerate(interfaces) if i.window]
    return b"".join(out)


def _ticks(interface: Interface, ts_ns: int) -> int:
    if interface.resolution & 0x80:
        return (ts_ns << (interface.resolution & 0x7F)) // 10**9
    return ts_ns // int(10 ** (9 - interface.resolution))


def _enhanced_packet(order: str, packet: Packet, number: int, interface: Interface, snaplen: int) -> bytes:
    captured = packet.frame[:snaplen]
    ticks = _ticks(interface, packet.ts_ns)
    fixed = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(captured), packet.wire_len)
    flags = [(2, struct.pack(order + "I", 2 if packet.outbound else 1))] if interface.flags else []
    return _block(order, 6, fixed + captured + bytes(-len(captured) % 4) + _options(order, flags))


def _statistics(order: str, interface: Interface, number: int) -> bytes:
    assert interface.window is not None
    begin, end = (_ticks(interface, ts_ns) for ts_ns in interface.window)
    times = [(code, struct.pack(order + "II", t >> 32, t & 0xFFFFFFFF)) for code, t in ((2, begin), (3, end))]
    counts = [(4, struct.pack(order + "Q", len(interface.packets))), (5, bytes(8))]
    fixed = struct.pack(order + "III", number, end >> 32, end & 0xFFFFFFFF)
    return _block(order, 5, fixed + _options(order, [*times, *counts]))


def _options(order: str, options: Sequence[tuple[int, bytes]]) -> bytes:
    if not options:
        return b""
    parts = [struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in options]
    return b"".join(parts) + bytes(4)


def _block(order: str, kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)
