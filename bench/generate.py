"""Make captures of a team to measure with: any number of packets and flows, the same bytes each time.

    python bench/generate.py bench/data/headers --packets 10M --flows 1000 --snaplen 96
    python bench/generate.py bench/data/full --packets 1400k --flows 1000 --snaplen 0

Writes one pcap file (microseconds, Ethernet, IPv4, TCP with timestamps) per member. Each connection stays on one member:
a SYN, then segments of 1448 bytes towards the teamed host, an ACK back for every two on the average. `--migrations`
connections go to port 6600 and carry `--share` of the packets, all others go to port 5201. Which connection comes next is
drawn for each train of `--train` packets; 1, a new one for each packet, is the hardest for caches.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CHUNK_BYTES = 64 << 20
HEADERS = 14 + 20 + 32
SEGMENT = 1448
TUNNEL = 14 + 20 + 8 + 8
RECORD = 16
START_S = 1_772_442_000
PACKET_US = 2
FILE_HEADER = np.array([0xA1B2C3D4, 2 | 4 << 16, 0, 0, 262144, 1], "<u4").tobytes()

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Plan:
    """What a set consists of; packets and connections are those of one member."""

    packets: int
    connections: int
    migrations: int
    share: float
    train: int
    snaplen: int
    hosts: int
    vxlan: bool


def count(text: str) -> int:
    """A number such as 600000, 600k or 10M."""
    factor = {"k": 10**3, "M": 10**6}.get(text[-1:], 1)
    return round(float(text.rstrip("kM")) * factor)


def draw(plan: Plan, random: np.random.Generator, n: int) -> tuple[Numbers, np.ndarray[Any, np.dtype[np.bool_]]]:
    """For the next n packets: their connections, and whether each is data (else it is an ACK)."""
    trains = -(-n // plan.train)
    among_all = random.integers(0, plan.connections, trains)
    among_migrations = random.integers(0, max(plan.migrations, 1), trains)
    special = (random.random(trains) < plan.share) & (plan.migrations > 0)
    connections = np.repeat(np.where(special, among_migrations, among_all), plan.train)[:n]
    return connections.astype(np.int64), random.random(n) < 2 / 3


def running(keys: Numbers, flags: np.ndarray[Any, Any], before: Numbers) -> Numbers:
    """(n,) how many flagged packets of its key came before each packet; `before` (by key) is carried on."""
    order = np.argsort(keys, kind="stable")
    sorted_keys, sorted_flags = keys[order], flags[order].astype(np.int64)
    total = np.cumsum(sorted_flags) - sorted_flags
    first = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    lengths = np.diff(np.r_[first, len(keys)])
    counts = np.empty(len(keys), np.int64)
    counts[order] = total - np.repeat(total[first], lengths) + before[sorted_keys]
    np.add.at(before, keys[flags], 1)
    return counts


def put(rows: Bytes, column: int, values: Any, width: int, order: str = ">") -> None:
    """Write integers of 1, 2 or 4 bytes into a column of the rows."""
    numbers = np.broadcast_to(np.asarray(values, np.int64), len(rows)).astype(f"{order}u{width}")
    rows[:, column : column + width] = np.frombuffer(numbers.tobytes(), np.uint8).reshape(len(rows), width)


def build(plan: Plan, random: np.random.Generator, member: int, first: int, n: int, sent: Numbers) -> Bytes:
    """Records of packets first .. first + n as one run of bytes; `sent` is the data packets of each connection so far."""
    connection, is_data = draw(plan, random, n)
    before = running(connection, is_data, sent)
    is_syn = is_data & (before == 0)
    wire = np.where(is_data & ~is_syn, HEADERS + SEGMENT, HEADERS)
    kept = np.minimum(wire, plan.snaplen or wire)
    rows = np.zeros((n, RECORD + int(kept.max())), np.uint8)
    rows[:, RECORD + HEADERS :] = random.integers(0, 256, rows.shape[1] - RECORD - HEADERS, np.uint8)
    frame_headers(plan, rows, member, first, kept, wire)
    local, remote = (10 << 24) + (66 << 16) + 100, (10 << 24) + (67 << 16) + 256
    host = remote + member * plan.hosts + connection % plan.hosts
    ip = RECORD + 14
    put(rows, ip, 0x4500, 2)
    put(rows, ip + 2, wire - 14, 2)
    put(rows, ip + 4, (first + np.arange(n)) & 0xFFFF, 2)
    put(rows, ip + 6, 0x4000, 2)
    put(rows, ip + 8, 0x4006, 2)
    put(rows, ip + 12, np.where(is_data, host, local), 4)
    put(rows, ip + 16, np.where(is_data, local, host), 4)
    tcp = ip + 20
    client = 10_000 + connection // plan.hosts
    server = np.where(connection < plan.migrations, 6600, 5201)
    begin = connection * 7919 & 0xFFFFFFFF
    reached = (begin + np.where(before > 0, 1 + (before - 1) * SEGMENT, 0)) & 0xFFFFFFFF
    put(rows, tcp, np.where(is_data, client, server), 2)
    put(rows, tcp + 2, np.where(is_data, server, client), 2)
    put(rows, tcp + 4, np.where(is_data, reached, begin + 1), 4)
    put(rows, tcp + 8, np.where(is_syn, 0, np.where(is_data, begin + 1, reached)), 4)
    put(rows, tcp + 12, np.where(is_syn, 0x8002, 0x8010), 2)
    put(rows, tcp + 14, 0xFFFF, 2)
    put(rows, tcp + 20, 0x0101080A, 4)
    put(rows, tcp + 24, first + np.arange(n), 4)
    if plan.vxlan:
        rows, kept = in_vxlan(rows, wire), kept + TUNNEL
    return rows[np.arange(rows.shape[1]) < (RECORD + kept)[:, None]]


def in_vxlan(rows: Bytes, wire: Numbers) -> Bytes:
    """The records' frames in VXLAN (RFC 7348): behind an Ethernet, an IPv4, a UDP and a VXLAN header."""
    lengths = rows[:, 8:16].copy().view("<u4").astype(np.int64) + TUNNEL
    outer = np.zeros((len(rows), TUNNEL), np.uint8)
    outer[:, :14] = rows[:, RECORD : RECORD + 14]
    put(outer, 14, 0x4500, 2)
    put(outer, 16, wire + TUNNEL - 14, 2)
    put(outer, 22, 0x4011, 2)
    outer[:, 26:34] = rows[:, RECORD + 26 : RECORD + 34]
    put(outer, 34, 50_000, 2)
    put(outer, 36, 4789, 2)
    put(outer, 38, wire + TUNNEL - 34, 2)
    outer[:, 42] = 8
    put(outer, 46, 7 << 8, 4)
    tunnelled = np.concatenate([rows[:, :RECORD], outer, rows[:, RECORD:]], axis=1)
    put(tunnelled, 8, lengths[:, 0], 4, "<")
    put(tunnelled, 12, lengths[:, 1], 4, "<")
    return tunnelled


def frame_headers(plan: Plan, rows: Bytes, member: int, first: int, kept: Numbers, wire: Numbers) -> None:
    """Record headers and Ethernet. Both directions carry the same two MACs: nobody here looks at them."""
    micros = (first + np.arange(len(rows))) * PACKET_US + member
    put(rows, 0, START_S + micros // 1_000_000, 4, "<")
    put(rows, 4, micros % 1_000_000, 4, "<")
    put(rows, 8, kept, 4, "<")
    put(rows, 12, wire, 4, "<")
    macs = np.frombuffer(bytes.fromhex("00155d4200640015 5d42000b 0800"), np.uint8)
    rows[:, RECORD : RECORD + 14] = macs


def write(plan: Plan, path: Path, member: int, seed: int) -> None:
    """One member's capture."""
    random = np.random.default_rng([seed, member])
    sent = np.zeros(plan.connections, np.int64)
    chunk = max(1, CHUNK_BYTES // (RECORD + (plan.snaplen or HEADERS + SEGMENT)))
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        for first in range(0, plan.packets, chunk):
            build(plan, random, member, first, min(chunk, plan.packets - first), sent).tofile(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--packets", type=count, default=count("10M"), help="of each member")
    parser.add_argument("--flows", type=count, default=1000, help="of all members; two to a connection")
    parser.add_argument("--migrations", type=count, default=8, help="connections of all members to port 6600")
    parser.add_argument("--share", type=float, default=0.5, help="of the packets that migrations carry")
    parser.add_argument("--train", type=int, default=1, help="packets of one connection in a row")
    parser.add_argument("--snaplen", type=int, default=96, help="0: whole frames")
    parser.add_argument("--hosts", type=int, default=200, help="remote hosts of each member")
    parser.add_argument(
        "--vxlan", action="store_true", help="frames in VXLAN; --snaplen is then that of the frame inside"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.snaplen and given.snaplen < HEADERS:
        parser.error(f"--snaplen: at least {HEADERS}, the headers")
    connections = max(1, given.flows // 2 // given.members)
    migrations = min(connections, -(-given.migrations // given.members))
    plan = Plan(
        given.packets, connections, migrations, given.share, given.train, given.snaplen, given.hosts, given.vxlan
    )
    given.folder.mkdir(parents=True, exist_ok=True)
    for member in range(given.members):
        write(plan, given.folder / f"nic{member + 1}.pcap", member, given.seed)


if __name__ == "__main__":
    main()
