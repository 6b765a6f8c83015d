"""Columns of packets as records of pcap and pcapng: Ethernet, IPv4, TCP with room for timestamps, written column by column."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from bench.sets import Set

__all__ = ["FILE_HEADER", "Columns", "classic_records", "enhanced_blocks", "pcapng_header"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

HEADERS = 14 + 20 + 32
TUNNEL = 14 + 20 + 8 + 8
TAG, LONGER = 4, 20
"""Bytes of a VLAN tag, and by how much an IPv6 header is longer than one of IPv4."""
RECORD, BLOCK = 16, 28
START_S = 1_790_000_000
SERVER = (10 << 24) + (100 << 16) + 5
FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
HOST_MAC, OTHER_MAC = bytes.fromhex("00155d420064"), bytes.fromhex("00155d420001")
MOST_HOSTS = 60_000
MEMBER_HOSTS = 1 << 20


@dataclass(frozen=True)
class Columns:
    """(n,) of each packet. `back`: from the server, which is the teamed host; `identification` is that of IPv4."""

    time_us: Numbers
    connection: Numbers
    back: Numbers
    flags: Numbers
    payload: Numbers
    sequence: Numbers
    acknowledged: Numbers
    identification: Numbers

    def chosen(self, keep: Any) -> Columns:
        """Only these packets."""
        return Columns(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})


def put(rows: Bytes, column: int, values: Any, width: int, order: str = ">") -> None:
    """Write integers of 1, 2 or 4 bytes into a column of the rows."""
    numbers = np.broadcast_to(np.asarray(values, np.int64), len(rows)).astype(f"{order}u{width}")
    rows[:, column : column + width] = np.frombuffer(numbers.tobytes(), np.uint8).reshape(len(rows), width)


def frames(packets: Columns, one: Set, member: int) -> tuple[Bytes, Numbers, Numbers]:
    """(rows of frames, how much of each is kept, how long each was)."""
    wire = HEADERS + packets.payload
    rows = np.zeros((len(wire), min(one.snaplen or 1 << 18, int(wire.max(initial=HEADERS)))), np.uint8)
    rows[:, HEADERS:] = np.arange(rows.shape[1] - HEADERS, dtype=np.uint8) * 37
    hosts = min(one.connections, MOST_HOSTS)
    client = (10 << 24) + 256 + (0 if one.spray else member) * MEMBER_HOSTS + packets.connection % hosts
    port = 10_000 + packets.connection // hosts
    back = packets.back > 0
    macs = np.frombuffer(HOST_MAC + OTHER_MAC + HOST_MAC, np.uint8)
    rows[:, :12] = np.where(back[:, None], macs[6:], macs[:12])
    put(rows, 12, 0x0800, 2)
    put(rows, 14, 0x4500, 2)
    put(rows, 16, wire - 14, 2)
    put(rows, 18, packets.identification & 0xFFFF, 2)
    put(rows, 20, 0x4000, 2)
    put(rows, 22, 0x4006, 2)
    put(rows, 26, np.where(back, SERVER, client), 4)
    put(rows, 30, np.where(back, client, SERVER), 4)
    put(rows, 34, np.where(back, one.port, port), 2)
    put(rows, 36, np.where(back, port, one.port), 2)
    put(rows, 38, packets.sequence & 0xFFFFFFFF, 4)
    put(rows, 42, packets.acknowledged & 0xFFFFFFFF, 4)
    put(rows, 46, 0x80, 1)
    put(rows, 47, packets.flags, 1)
    put(rows, 48, 0xFFFF, 2)
    put(rows, 54, 0x0101080A, 4)
    put(rows, 58, packets.time_us // 1000, 4)
    kept = one.snaplen or 1 << 18
    if one.vxlan:
        rows, wire, kept = in_vxlan(rows, wire), wire + TUNNEL, kept + TUNNEL
    if one.mixed:
        rows, wire, kept = *tagged_by_turns(rows, wire, packets.identification % 2 == 1), kept + TAG + LONGER
    return rows, np.minimum(wire, kept), wire


def tagged_by_turns(rows: Bytes, wire: Numbers, six: Any) -> tuple[Bytes, Numbers]:
    """The frames in VLAN 100 (802.1Q), and those of `six` with an IPv6 header (RFC 8200) and addresses of 2001:db8::/32."""
    wire = wire + TAG + LONGER * six
    tagged = np.zeros((len(rows), rows.shape[1] + TAG + LONGER), np.uint8)
    tagged[:, :12] = rows[:, :12]
    put(tagged, 12, 0x8100_0064, 4)
    tagged[:, 16 : TAG + rows.shape[1]] = rows[:, 12:]
    longer = np.zeros((int(six.sum()), tagged.shape[1]), np.uint8)
    longer[:, :16] = tagged[six, :16]
    put(longer, 16, 0x86DD, 2)
    put(longer, 18, 6 << 28, 4)
    put(longer, 22, wire[six] - 58, 2)
    put(longer, 24, 0x0640, 2)
    for column, of in ((26, 26), (42, 30)):
        put(longer, column, 0x2001_0DB8, 4)
        longer[:, column + 12 : column + 16] = rows[six, of : of + 4]
    longer[:, 58:] = rows[six, 34:]
    tagged[six] = longer
    return tagged, wire


def in_vxlan(rows: Bytes, wire: Numbers) -> Bytes:
    """The frames in VXLAN (RFC 7348): behind an Ethernet, an IPv4, a UDP and a VXLAN header."""
    outer = np.zeros((len(rows), TUNNEL), np.uint8)
    outer[:, :14] = rows[:, :14]
    put(outer, 14, 0x4500, 2)
    put(outer, 16, wire + TUNNEL - 14, 2)
    put(outer, 22, 0x4011, 2)
    outer[:, 26:34] = rows[:, 26:34]
    put(outer, 34, 50_000, 2)
    put(outer, 36, 4789, 2)
    put(outer, 38, wire + TUNNEL - 34, 2)
    outer[:, 42] = 8
    put(outer, 46, 7 << 8, 4)
    return np.concatenate([outer, rows], axis=1)


def classic_records(packets: Columns, one: Set, member: int) -> Bytes:
    """Records of a little-endian pcap with microseconds, as one run of bytes."""
    rows, kept, wire = frames(packets, one, member)
    head = np.zeros((len(rows), RECORD), np.uint8)
    put(head, 0, START_S + packets.time_us // 1_000_000, 4, "<")
    put(head, 4, packets.time_us % 1_000_000, 4, "<")
    put(head, 8, kept, 4, "<")
    put(head, 12, wire, 4, "<")
    return _cut(np.concatenate([head, rows], axis=1), RECORD + kept)


def enhanced_blocks(members: Sequence[Columns], one: Set) -> Bytes:
    """Enhanced packet blocks of pcapng, the members' packets one after the other by their times."""
    parts = [_blocks(packets, one, number) for number, packets in enumerate(members)]
    rows, lengths = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    order = np.argsort(np.concatenate([packets.time_us for packets in members]), kind="stable")
    rows, lengths = rows[order], lengths[order]
    flat, ends = _cut(rows, lengths), np.cumsum(lengths)
    for byte in range(4):
        flat[ends - 4 + byte] = lengths >> 8 * byte & 255
    return flat


def _blocks(packets: Columns, one: Set, interface: int) -> tuple[Bytes, Numbers]:
    rows, kept, wire = frames(packets, one, interface)
    lengths = BLOCK + (kept + 3) // 4 * 4 + 4
    rows[np.arange(rows.shape[1]) >= kept[:, None]] = 0  # what pads a block to four bytes is zero
    width = BLOCK + rows.shape[1] + 7
    blocks = np.zeros((len(rows), width), np.uint8)
    time_us = START_S * 1_000_000 + packets.time_us
    for column, value in (
        (0, 6),
        (4, lengths),
        (8, interface),
        (12, time_us >> 32),
        (16, time_us),
        (20, kept),
        (24, wire),
    ):
        put(blocks, column, np.asarray(value) & 0xFFFFFFFF, 4, "<")
    blocks[:, BLOCK : BLOCK + rows.shape[1]] = rows
    return blocks, lengths


def _cut(rows: Bytes, lengths: Numbers) -> Bytes:
    """Rows of one width as one run of rows of these lengths."""
    return rows[np.arange(rows.shape[1]) < lengths[:, None]]


def pcapng_header() -> bytes:
    """A section and two interfaces, nic1 and nic2, in microseconds."""
    blocks = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
    for name in (b"nic1", b"nic2"):
        options = struct.pack("<HH", 2, len(name)) + name + bytes(4)
        length = 20 + len(options)
        blocks.append(struct.pack("<IIHHI", 1, length, 1, 0, 262144) + options + struct.pack("<I", length))
    return b"".join(blocks)
