"""The sets of captures that figures of speed speak of: any size, the same bytes each time.

Each set but `mix6` is a team of two members, one file each, of TCP as it is: a handshake opens each connection (but not in
`many`), sequence numbers and acknowledgements go on as they do in a transfer, and times go up by 3 microseconds a packet.
numpy only.

    snap      bulk to port 6600, 4 connections a member, 96 bytes kept: two segments of 1448 bytes to an ACK
    holes     the same, 1 data packet in 500 missing from the capture and 1 in 1000 there a second time
    spray     the bulk of one member, packet by packet on both
    full      bulk with all its payload
    many      300 000 connections a member to port 443, of about ten packets in both directions
    judged    20 000 connections a member to port 6600, of four packets: SYN, SYN and ACK, data, ACK
    pcapng    snap as one pcapng with two interfaces, as dumpcap writes it
    vxlan     snap in VXLAN
    mix6      one file, VLAN tags, IPv4 and IPv6 by turns: 2 000 connections of bulk, each of which lacks every second packet
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.frames import FILE_HEADER, Columns, classic_records, enhanced_blocks, pcapng_header

__all__ = ["SETS", "Set", "make"]

Numbers = np.ndarray[Any, np.dtype[np.int64]]

SEGMENT = 1448
STEP_US = 3
BACK = 30
"""How many segments before the newest one a repeated one begins."""
CHUNK_BYTES = 32 << 20
FIN, SYN, PUSH, ACK = 1, 2, 8, 16
SIZES = (0, 0, 134, 524, SEGMENT)
"""Payload of packets that are no bulk."""


@dataclass(frozen=True)
class Set:
    """One set; packets and connections are those of one member as it is before holes are made. `snaplen` 0: whole frames."""

    packets: int
    connections: int = 4
    snaplen: int = 96
    port: int = 6600
    kind: str = "bulk"
    holes: bool = False
    spray: bool = False
    pcapng: bool = False
    vxlan: bool = False
    mixed: bool = False
    members: int = 2

    def scaled(self, scale: float) -> Set:
        """The same at another size; connections of bulk are always those few."""
        connections = self.connections if self.kind == "bulk" else max(10, round(self.connections * scale))
        packets = 4 * connections if self.kind == "short" else max(100, round(self.packets * scale))
        return replace(self, packets=packets, connections=connections)


SETS = {
    "snap": Set(20_000_000),
    "holes": Set(20_000_000, holes=True),
    "spray": Set(20_000_000, spray=True),
    "full": Set(1_500_000, snaplen=0),
    "many": Set(3_000_000, connections=300_000, port=443, kind="mixed"),
    "judged": Set(80_000, connections=20_000, kind="short"),
    "pcapng": Set(20_000_000, pcapng=True),
    "vxlan": Set(20_000_000, vxlan=True),
    "mix6": Set(8_000_000, connections=1000, mixed=True, members=1),
}


class Member:
    """The packets of one member, a chunk at a time; `sent` is what each connection has sent so far, by direction."""

    def __init__(self, one: Set, member: int, seed: int = 1) -> None:
        self.set, self.member = one, member
        self.random = np.random.default_rng([seed, 0 if one.spray else member])
        self.sent = np.zeros((2, one.connections), np.int64)

    def chunks(self) -> Iterator[Columns]:
        """Columns of the packets that are in the capture."""
        width = 1600 if not self.set.snaplen else self.set.snaplen + 80
        size = max(1, CHUNK_BYTES // width)
        for first in range(0, self.set.packets, size):
            yield self._chunk(np.arange(first, min(first + size, self.set.packets)))

    def _chunk(self, index: Numbers) -> Columns:
        connection, back, flags, payload = getattr(self, f"_{self.set.kind}")(index)
        amount = payload + ((flags & SYN) > 0)
        own, other = (self._running(connection, np.where(back == way, amount, 0), way) for way in (0, 1))
        own, other = np.where(back, other, own), np.where(back, own, other)
        keep = np.ones(len(index), bool)
        if self.set.holes:
            lost = (payload > 0) & (self.random.random(len(index)) < 1 / 500)
            again = (payload > 0) & (own > BACK * SEGMENT + 1) & (self.random.random(len(index)) < 1 / 1000)
            copies = 1 + again
            which = np.repeat(np.arange(len(index)), copies)
            repeated = np.r_[False, which[1:] == which[:-1]]
            keep = ~lost[which] | repeated
            columns = (index, connection, back, flags, payload, own, other)
            index, connection, back, flags, payload, own, other = (column[which] for column in columns)
            own = np.where(repeated, own - BACK * SEGMENT, own)
        if self.set.spray:
            keep &= index % 2 == self.member
        start = np.stack([connection * 7919 + 1000, connection * 104_729 + 5000])
        return Columns(
            time_us=index * STEP_US + self.member * (not self.set.spray),
            connection=connection,
            back=back,
            flags=flags,
            payload=payload,
            sequence=np.where(back, start[1], start[0]) + own,
            acknowledged=np.where(flags == SYN, 0, np.where(back, start[0], start[1]) + other),
            identification=index,
        ).chosen(keep)

    def _running(self, connection: Numbers, amount: Numbers, way: int) -> Numbers:
        """(n,) what its connection had sent this way before each packet."""
        order = np.argsort(connection, kind="stable")
        keys, amounts = connection[order], amount[order]
        total = np.cumsum(amounts) - amounts
        first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        lengths = np.diff(np.r_[first, len(keys)])
        before = np.empty(len(keys), np.int64)
        before[order] = total - np.repeat(total[first], lengths) + self.sent[way][keys]
        np.add.at(self.sent[way], connection, amount)
        return before

    def _bulk(self, index: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """(connection, whether from the server, flags, payload): after the handshakes, two segments to an ACK."""
        step, opening = index % 3, index < 3 * self.set.connections
        drawn = self.random.integers(0, self.set.connections, len(index))
        connection = np.where(opening, index // 3, drawn)
        back = np.where(opening, step == 1, step == 2).astype(np.int64)
        flags = np.where(opening, np.array([SYN, SYN | ACK, ACK])[step], ACK)
        return connection, back, flags, np.where(opening | (back > 0), 0, SEGMENT)

    def _mixed(self, index: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Packets of any connection, either way, of sizes as they come."""
        connection = self.random.integers(0, self.set.connections, len(index))
        back = self.random.integers(0, 2, len(index))
        return (
            connection,
            back,
            np.full(len(index), ACK),
            np.array(SIZES)[self.random.integers(0, len(SIZES), len(index))],
        )

    def _short(self, index: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """One connection after the other, of four packets each."""
        step = index % 4
        flags = np.array([SYN, SYN | ACK, PUSH | ACK, ACK])[step]
        return index // 4, step % 2, flags, np.where(step == 2, SEGMENT, 0)


def make(name: str, folder: Path, scale: float = 1, one: Set | None = None) -> list[Path]:
    """Write a set's files into the folder and return them; those that are there already stay."""
    chosen = one or SETS[name].scaled(scale)
    members = [Member(chosen, number) for number in range(chosen.members)]
    folder.mkdir(parents=True, exist_ok=True)
    if chosen.pcapng:
        return [_written(folder / f"{name}.pcapng", pcapng_header(), _interleaved(members))]
    return [
        _written(
            folder / f"{name}{'AB'[member.member] if chosen.members > 1 else ''}.pcap",
            FILE_HEADER,
            (classic_records(c, chosen, member.member) for c in member.chunks()),
        )
        for member in members
    ]


def _interleaved(members: list[Member]) -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
    for both in zip(*(member.chunks() for member in members), strict=True):
        yield enhanced_blocks(both, members[0].set)


def _written(path: Path, header: bytes, chunks: Iterator[np.ndarray[Any, np.dtype[np.uint8]]]) -> Path:
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(header)
            for chunk in chunks:
                chunk.tofile(file)
        part.rename(path)
    return path
