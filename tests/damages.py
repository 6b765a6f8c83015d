"""Captures, and damage done to them of which it is known what it left whole.

Everything follows from how it was made: a `Capture` knows where each packet's record lies, a `Damaged` where each of its
bytes came from. So it is known which packets a reader can still find, and whether one that it reports ever was there.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from builders import (
    CUSTOM,
    NRB,
    PCAP_MODIFIED,
    PCAP_NS,
    PCAP_US,
    block,
    epb,
    idb,
    isb,
    pb,
    pcap,
    pcap_header,
    pcap_record,
    shb,
    spb,
)

TS_NONE = -(2**63)
T0 = 1_700_000_000_000_000_000
Seen = tuple[int, bytes, int, str | None]
"""Time, captured bytes, original length, name of the interface."""


@dataclass
class Capture:
    """`records`: (start, end, packet) of each packet's record; `vital`: ranges that others cannot be read without."""

    name: str
    data: bytes = b""
    big: bool = False
    records: list[tuple[int, int, Seen]] = field(default_factory=list)
    vital: list[tuple[int, int]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    """Where the length fields are."""

    def add(
        self, piece: bytes, seen: Seen | None = None, *, vital: bool = False, lengths: tuple[int, ...] = ()
    ) -> None:
        start, end = len(self.data), len(self.data) + len(piece)
        self.data += piece
        if seen is not None:
            self.records.append((start, end, seen))
        if vital:
            self.vital.append((start, end))
        self.lengths += [start + (at if at >= 0 else len(piece) + at) for at in lengths]


def frame(rng: random.Random, payload: bytes) -> bytes:
    """Ethernet, IPv4, TCP around a payload."""
    tcp = struct.pack(">HHIIBBHHH", 49152, 6600, rng.getrandbits(32), rng.getrandbits(32), 0x50, 0x18, 512, 0, 0)
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), rng.getrandbits(16), 0, 64, 6, 0, b"\n\0\0\1", b"\n\0\0\2"
    )
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp + payload


def traffic(rng: random.Random, count: int, *, snaplen: int = 0, largest: int = 1460) -> list[tuple[int, bytes, int]]:
    """Packets as (ts_ns, captured bytes, original length): small and full ones, of noise, zeros or text."""
    packets, now = [], T0 + rng.randrange(10**9)
    for _ in range(count):
        now += rng.choice([1000, 50_000, 1_000_000, 300_000_000]) * rng.randrange(1, 10)
        size = rng.choice([0, 6, 32, rng.randrange(largest), largest])
        payload = rng.choice([rng.randbytes, bytes, lambda n: (b"All work and no play. " * (n // 22 + 1))[:n]])(size)
        whole = frame(rng, payload)
        packets.append((now // 1000 * 1000, whole[:snaplen] if snaplen else whole, len(whole)))
    return packets


def carried(rng: random.Random, inner: bytes, segment: int) -> list[tuple[int, bytes, int]]:
    """A file on its way over TCP, a day after it was captured."""
    packets = []
    for n, at in enumerate(range(0, len(inner), segment)):
        whole = frame(rng, inner[at : at + segment])
        packets.append((T0 + 86_400 * 10**9 + n * 12_000, whole, len(whole)))
    return packets


def pcap_capture(
    name: str, packets: list[tuple[int, bytes, int]], magic: int, big: bool, snaplen: int = 262144
) -> Capture:
    capture = Capture(name, big=big)
    capture.add(pcap_header(magic=magic, big=big, snaplen=snaplen))
    for packet in packets:
        capture.add(pcap_record(packet, magic=magic, big=big), (*packet, None), lengths=(8, 12))
    return capture


def pcapng_capture(
    rng: random.Random,
    name: str,
    packets: list[tuple[int, bytes, int]],
    big: bool,
    sections: int = 1,
    kinds: str = "epb",
) -> Capture:
    """Packets in blocks of the given kinds over two interfaces, with other blocks between."""
    capture = Capture(name, big=big)
    for section in range(sections):
        capture.add(shb(big), vital=True)
        names = [f"nic{2 * section + n}" for n in range(2)]
        for interface in names:
            capture.add(idb(big, name=interface, resolution=9), vital=True)
        for packet in packets[section::sections]:
            kind, which = rng.choice(kinds.split()), rng.randrange(2)
            ts_ns, data, wire = packet
            if kind == "spb":
                capture.add(spb(data, big), (TS_NONE, data, len(data), names[0]), lengths=(4, 8, -4))
            elif kind == "pb":
                piece = pb(ts_ns, data, big, interface=which)
                capture.add(piece, (ts_ns, data, len(data), names[which]), lengths=(4, 20, -4))
            else:
                items = [(1, b"comment")] if rng.random() < 0.2 else []
                flags = 1 if rng.random() < 0.5 else None
                piece = epb(ts_ns, data, big, interface=which, wire=wire, flags=flags, items=items)
                capture.add(piece, (ts_ns, data, wire, names[which]), lengths=(4, 20, 24, -4))
            if rng.random() < 0.03:
                capture.add(rng.choice([isb(big, dropped=1), block(NRB, bytes(8), big), block(CUSTOM, bytes(20), big)]))
    return capture


def captures(rng: random.Random, packets: int) -> list[Capture]:
    """One capture of every kind, each with about so many packets."""
    made = []
    for magic, label in ((PCAP_US, "us"), (PCAP_NS, "ns"), (PCAP_MODIFIED, "modified")):
        for big in (False, True):
            for snaplen in (0, 96):
                name = f"pcap {label} {'big' if big else 'little'} {snaplen}"
                made.append(pcap_capture(name, traffic(rng, packets, snaplen=snaplen), magic, big, snaplen or 262144))
    for big in (False, True):
        for snaplen in (0, 96):
            for kinds in ("epb", "epb pb", "spb", "epb pb spb"):
                name = f"pcapng {kinds} {'big' if big else 'little'} {snaplen}"
                made.append(pcapng_capture(rng, name, traffic(rng, packets, snaplen=snaplen), big, 1, kinds))
        made.append(pcapng_capture(rng, f"pcapng sections {big}", traffic(rng, packets), big, 2))
    inner = pcap([(t, d, w) for t, d, w in traffic(rng, 12 * packets, largest=200)])
    made.append(pcap_capture("pcap in pcap", carried(rng, inner, 1460)[:packets], PCAP_US, False))
    made.append(pcap_capture("pcap in large frames", carried(rng, inner, 20_000)[:packets], PCAP_US, False))
    inner = pcapng_capture(rng, "", traffic(rng, 12 * packets, largest=200), False).data
    made.append(pcapng_capture(rng, "pcapng in pcapng", carried(rng, inner, 1460)[:packets], False))
    return made


class Damaged:
    """A capture's bytes with damage; `origin[i]` is where byte i came from, -1 where it is new."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.data = bytearray(capture.data)
        self.origin = np.arange(len(capture.data))
        self.did: list[str] = []

    def replace(self, start: int, end: int, new: bytes, origin: np.ndarray | None = None) -> None:
        self.data[start:end] = new
        came = np.full(len(new), -1) if origin is None else origin
        self.origin = np.concatenate((self.origin[:start], came, self.origin[end:]))

    def judge(self, reported: list[tuple[int, Seen]]) -> tuple[int, int, list[tuple[int, Seen]]]:
        """(whole packets, those of them that were reported, what was invented) of (offset of the record, packet)."""
        clean = self._clean_runs()
        whole = Counter(seen for start, end, seen in self.capture.records if _covered(clean, start, end))
        lost_names = any(not _covered(clean, start, end) for start, end in self.capture.vital)
        originals = {seen for _, _, seen in self.capture.records}
        begins = {start for start, _, _ in self.capture.records}
        got = Counter(seen for _, seen in reported)
        invented = []
        for place, seen in reported:
            if seen in originals or (lost_names and any(seen[:3] == other[:3] for other in originals)):
                continue
            if not self._is_damaged_record(place, begins):
                invented.append((place, seen))
        if lost_names:
            whole = Counter(dict.fromkeys(whole & got, 1))  # without its interface a packet cannot be read
        return whole.total(), (whole & got).total(), invented

    def _is_damaged_record(self, place: int, begins: set[int]) -> bool:
        """Whether a record of the original began there: then the damage is in it."""
        here = range(place, min(place + 24, len(self.data)))
        return any(self.origin[at] >= 0 and self.origin[at] - (at - place) in begins for at in here)

    def _clean_runs(self) -> list[tuple[int, int]]:
        ends_before = (np.diff(self.origin) != 1) | (self.origin[1:] < 0)
        starts = np.concatenate(([0], np.flatnonzero(ends_before) + 1))
        lasts = np.concatenate((starts[1:], [len(self.origin)])) - 1
        there = self.origin[starts] >= 0
        return list(zip(self.origin[starts][there].tolist(), (self.origin[lasts][there] + 1).tolist(), strict=True))


def _covered(runs: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(low <= start and end <= high for low, high in runs)


def _flip(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    for _ in range(rng.randrange(1, 5)):
        place = min(at + rng.randrange(8), len(damaged.data) - 1)
        damaged.replace(place, place + 1, bytes([damaged.data[place] ^ rng.randrange(1, 256)]))


def _header_flip(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    start = rng.choice(damaged.capture.records)[0]
    _flip(rng, damaged, max(start + rng.randrange(20), low), low)


def _zero(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    end = min(at + rng.choice([4, 16, 100, 512, 4096]), len(damaged.data))
    damaged.replace(at, end, bytes(end - at))


def _delete(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    size = rng.choice([1, 3, 16, 100, 1000, 4096])
    damaged.replace(at, min(at + size, len(damaged.data) - 1), b"")


def _insert(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    size = rng.choice([1, 4, 17, 300, 5000])
    numbers = struct.pack(f"<{size // 4 + 1}I", *(rng.randrange(1, 200) for _ in range(size // 4 + 1)))[:size]
    damaged.replace(
        at, at, rng.choice([rng.randbytes(size), bytes(size), b"\xff" * size, (b"abc " * size)[:size], numbers])
    )


def _duplicate(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    end = min(at + rng.choice([5, 60, 700, 3000]), len(damaged.data))
    to = rng.choice([at, end, rng.randrange(low, len(damaged.data))])
    damaged.replace(to, to, bytes(damaged.data[at:end]), damaged.origin[at:end])


def _wrong_length(rng: random.Random, damaged: Damaged, at: int, low: int) -> None:
    field_at = rng.choice(damaged.capture.lengths)
    if field_at + 4 > len(damaged.data):
        return
    order = ">I" if damaged.capture.big else "<I"
    (old,) = struct.unpack_from(order, damaged.data, field_at)
    choices = [
        0,
        1,
        12,
        0xFFFF,
        262144,
        262145,
        1 << 24,
        2**31,
        2**32 - 1,
        old + rng.randrange(1, 90),
        old // 2,
        old * 3,
    ]
    damaged.replace(field_at, field_at + 4, struct.pack(order, rng.choice(choices) & 0xFFFFFFFF))


KINDS: dict[str, Callable[[random.Random, Damaged, int, int], None]] = {
    "flip": _flip,
    "flip in a header": _header_flip,
    "zero": _zero,
    "delete": _delete,
    "insert": _insert,
    "duplicate": _duplicate,
    "wrong length": _wrong_length,
}


def damage(rng: random.Random, capture: Capture, *, edge: int = 0) -> Damaged:
    """One to three damages behind the file header; `edge`: near multiples of so many bytes."""
    low = 28 if capture.vital else 24
    damaged = Damaged(capture)
    for kind in rng.choices(list(KINDS), k=rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(low, len(damaged.data))
        if edge and len(damaged.data) > edge:
            at = min(
                edge * rng.randrange(1, len(damaged.data) // edge + 1) + rng.randrange(-40, 40), len(damaged.data) - 1
            )
        damaged.did.append(f"{kind} at {at}")
        KINDS[kind](rng, damaged, at, low)
    return damaged
