"""Captures that somebody made to hurt: each function writes one of a size `n`, so that growth can be measured.

What a capture costs may grow with its bytes and its flows, not with their product.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import builders as b
import strategies as s

T0 = 1_700_000_000_000_000_000
SECTION, ONE = b.shb(), b.idb(resolution=9)
MASK61 = 2**61 - 1


def tcp(sport: int, dport: int = 6600, flags: int = s.SYN, seq: int = 1, payload: bytes = b"") -> bytes:
    return s.tcp_header(sport, dport, seq, 0, flags) + payload


def frame4(src: int, dst: int, segment: bytes, macs: tuple[int, int] = (1, 2)) -> bytes:
    return s.ethernet(*macs, 0x0800) + s.ipv4_header(src, dst, len(segment)) + segment


def frame6(src: int, dst: int, segment: bytes) -> bytes:
    return s.ethernet(1, 2, 0x86DD) + s.ipv6_header(src, dst, 6, len(segment)) + segment


def write_pcap(path: Path, frames: Iterator[bytes]) -> None:
    """A frame every microsecond, nanosecond clock."""
    with path.open("wb") as file:
        file.write(b.pcap_header(magic=b.PCAP_NS))
        for number, frame in enumerate(frames):
            seconds, rest = divmod(T0 + number * 1000, 10**9)
            file.write(struct.pack("<4I", seconds, rest, len(frame), len(frame)) + frame)


def write_blocks(path: Path, blocks: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)


def tiny_blocks(path: Path, n: int) -> None:
    """Blocks of the least size, of a kind that nobody reads."""
    path.write_bytes(SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3))) + b.block(99, b"") * n)


def tiny_packets(path: Path, n: int) -> None:
    """Packets without a byte."""
    path.write_bytes(SECTION + ONE + b.epb(T0, b"") * n)


def sections(path: Path, n: int) -> None:
    """A new section with an interface for each packet."""
    path.write_bytes((SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3)))) * n)


def interfaces(path: Path, n: int) -> None:
    """Interfaces with one packet each."""
    write_blocks(
        path, iter([SECTION, *[ONE] * n, *(b.epb(T0 + k, frame4(1, 2, tcp(3)), interface=k) for k in range(n))])
    )


def statistics(path: Path, n: int) -> None:
    path.write_bytes(SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3))) + b.isb(start=T0, end=T0, dropped=1) * n)


def options(path: Path, n: int) -> None:
    """Packets with thousands of empty options, and descriptions with as many."""
    many = [(1, b"")] * 4000
    path.write_bytes(SECTION + b.idb(resolution=9, items=many) + b.epb(T0, frame4(1, 2, tcp(3)), items=many) * n)


def extension_headers(path: Path, n: int) -> None:
    """Frames of 64 kB that are one chain of IPv6 extension headers, with TCP at its end."""
    chain = bytes([60, 0, 0, 0, 0, 0, 0, 0]) * 8000 + bytes([6]) + bytes(7)
    segment = tcp(3)
    frame = s.ethernet(1, 2, 0x86DD) + s.ipv6_header(1, 2, 60, len(chain) + len(segment)) + chain + segment
    write_pcap(path, (frame for _ in range(n)))


def vlans(path: Path, n: int) -> None:
    frame = s.ethernet(1, 2, 0x0800, [(0x8100, 1)] * 16000)
    write_pcap(path, (frame for _ in range(n)))


def labels(path: Path, n: int) -> None:
    """MPLS labels without a last one."""
    frame = s.ethernet(1, 2, 0x8847) + bytes(64000)
    write_pcap(path, (frame for _ in range(n)))


def tunnels(path: Path, n: int) -> None:
    """A thousand tunnels of three kinds in one another."""
    packet = s.ipv4_header(1, 2, 20) + tcp(3)
    for depth in range(1000):
        if depth % 3 == 0:
            packet = s.ipv4_header(1, 2, len(packet), protocol=4) + packet
        elif depth % 3 == 1:
            packet = s.ipv4_header(1, 2, len(packet) + 4, protocol=47) + s.gre_header(0x0800) + packet
        else:
            inner = b"\x08" + bytes(7) + s.ethernet(1, 2, 0x0800) + packet
            packet = s.ipv4_header(1, 2, len(inner) + 8, protocol=17) + s.udp_header(4789, len(inner)) + inner
    write_pcap(path, (s.ethernet(1, 2, 0x0800) + packet for _ in range(n)))


def shims(path: Path, n: int) -> None:
    """VN-tags in one another, which only the plain decoder reads."""
    frame = s.ethernet(1, 2, 0x8926) + (bytes(4) + b"\x89\x26") * 10000
    write_pcap(path, (frame for _ in range(n)))


def colliding(n: int) -> Iterator[tuple[int, int]]:
    """(source, destination) for which Python's hash of the tuple of their halves is the same: the hash takes one number after
    the other, so a second one can be found that undoes the first. They begin with a tuple's first number 0."""
    prime1, prime2, prime5 = 11400714785074694791, 14029467366897019727, 2870177450012600261
    whole = 2**64 - 1

    def lane(total: int, number: int) -> int:
        total = total + number * prime2 & whole
        return (total << 31 | total >> 33) * prime1 & whole

    undo, found, number = pow(prime2, -1, 2**64), 0, 0
    while found < n:
        number += 0x9E3779B97F4A7C15
        low = number % MASK61
        high = (0x123456789ABCDEF - lane(lane(prime5, 0), low)) * undo & whole
        if high < MASK61:
            found += 1
            yield low, high << 64


def one_bucket(path: Path, n: int) -> None:
    """Flows whose keys have one hash, each seen twice."""
    ends = list(colliding(n))
    write_pcap(path, (frame6(src, dst, tcp(3, flags=s.ACK)) for src, dst in ends * 2))


def hosts_in_one_bucket(path: Path, n: int) -> None:
    """Migrations from hosts whose addresses, as numbers, have one hash: Python's is the rest by 2**61 - 1."""
    write_pcap(path, (frame6((k + 1) * MASK61, 9, tcp(50000, flags=s.ACK, payload=bytes(9))) for k in range(n)))


def syn_flood(path: Path, n: int) -> None:
    write_pcap(path, (frame4(k * 2654435761 % 2**32, 0x0A000001, tcp(k % 60000 + 1)) for k in range(n)))


def reused(path: Path, n: int) -> None:
    """One 5-tuple, a new connection with a little payload each time."""
    frames = ((tcp(50000, seq=k * 7919), tcp(50000, flags=s.ACK, seq=k * 7919 + 1, payload=b"data")) for k in range(n))
    write_pcap(path, (frame4(1, 2, segment) for pair in frames for segment in pair))


def reused_on_members(path: Path, n: int) -> None:
    """As before, each connection on both of two interfaces."""

    def blocks() -> Iterator[bytes]:
        yield SECTION + ONE + ONE
        for k in range(n):
            for part, flags in enumerate((s.SYN, s.ACK, s.ACK, s.ACK)):
                segment = tcp(50000, flags=flags, seq=k * 7919 + part, payload=b"data" * (part > 0))
                yield b.epb(T0 + (4 * k + part) * 1000, frame4(1, 2, segment), interface=part % 2)

    write_blocks(path, blocks())


def mac_pairs(path: Path, n: int) -> None:
    write_pcap(path, (frame4(1, 2, tcp(3), (k, k * k)) for k in range(n)))


def migrations(path: Path, n: int) -> None:
    """Migrations of one packet each, from hosts of their own."""
    write_pcap(path, (frame4(k + 1, 0x0A000001, tcp(50000, flags=s.ACK, payload=b"data")) for k in range(n)))


def lacpdus(path: Path, n: int) -> None:
    """Each LACPDU of another system."""
    head = bytes.fromhex("0180c2000002 020000000001 8809 0101 0114 0001")
    write_pcap(path, (head + struct.pack("!IH", k, 1) + bytes(100) for k in range(n)))


def neighbors(path: Path, n: int) -> None:
    """ARP answers from and to anybody."""
    head = b"\xff" * 6 + b"\2" * 6 + bytes.fromhex("0806 0001 0800 0604 0002 020202020202")
    write_pcap(path, (head + struct.pack("!I6sI", k, bytes(6), k * 2654435761 % 2**32) for k in range(n)))


def times(path: Path, n: int) -> None:
    """Any times, forwards and backwards."""
    write_blocks(
        path, iter([SECTION, ONE, *(b.epb(k * 0x9E3779B97F4A7C15 % 2**64, frame4(1, 2, tcp(3))) for k in range(n))])
    )


def sll2_interfaces(path: Path, n: int) -> None:
    """tcpdump -i any, each packet of another interface."""
    frame = s.ipv4_header(1, 2, 20) + tcp(3)
    path.write_bytes(b.pcap(((T0 + k * 1000, s.sll2(0x0800, k) + frame) for k in range(n)), link_type=276))


def huge_lengths(path: Path, n: int) -> None:
    """Packets that say they have nearly 2**32 bytes, in a block that does not."""
    good = SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3)))
    path.write_bytes(good + b.block(b.EPB, struct.pack("<5I", 0, 0, 0, 2**32 - 1, 2**32 - 1) + bytes(40)) * n)


def huge_interface_ids(path: Path, n: int) -> None:
    good = SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3)))
    path.write_bytes(good + b.epb(T0, b"frame", interface=2**31) * n)


def no_lengths(path: Path, n: int) -> None:
    """Blocks that say they have no bytes."""
    good = SECTION + ONE + b.epb(T0, frame4(1, 2, tcp(3)))
    path.write_bytes(good + struct.pack("<III", b.EPB, 0, 0) * n)


ONCE: dict[Callable[[Path, int], None], tuple[int, int]] = {
    tiny_blocks: (500_000, 1),
    tiny_packets: (200_000, 200_000),
    statistics: (20_000, 1),
    options: (100, 100),
    extension_headers: (200, 200),
    vlans: (200, 200),
    labels: (200, 200),
    tunnels: (200, 200),
    shims: (200, 200),
    syn_flood: (50_000, 50_000),
    mac_pairs: (70_000, 70_000),
    neighbors: (25_000, 25_000),
    huge_lengths: (1000, 1),
    huge_interface_ids: (1000, 1),
    no_lengths: (1000, 1),
    hosts_in_one_bucket: (200, 200),
    sll2_interfaces: (5000, 5000),
    sections: (200, 200),
}
"""Of which size, and how many packets that are whole and of a known interface it has."""

GROWING: dict[Callable[[Path, int], None], int] = {
    one_bucket: 10_000,
    interfaces: 1000,
    reused: 400,
    reused_on_members: 300,
    migrations: 300,
    lacpdus: 1500,
    times: 40_000,
}
"""What was, or could easily be, of quadratic cost; each with a size that takes about half a second."""

FOR_THE_TWIN = (one_bucket,)
"""Read without the kernels: the kernels' tables have random keys that nobody can see, so nothing is to be tried."""
