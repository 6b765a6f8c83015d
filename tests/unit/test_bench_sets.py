"""The captures that speed is measured on hold what is said of them; dpkt reads them here."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dpkt
import pytest

from bench.sets import SETS, make
from bench.speed import packet_count

SEGMENT = 1448


class Packet(NamedTuple):
    ts: float
    flow: tuple[bytes, int, bytes, int]
    sequence: int
    acknowledged: int
    flags: int
    payload: int


def read(path: Path) -> Iterator[Packet]:
    with path.open("rb") as file:
        reader = dpkt.pcapng.Reader(file) if path.suffix == ".pcapng" else dpkt.pcap.Reader(file)
        for ts, frame in reader:
            ip = dpkt.ethernet.Ethernet(frame).data
            total = ip.len if isinstance(ip, dpkt.ip.IP) else ip.plen + 20
            if isinstance(ip.data, dpkt.udp.UDP):
                ip = dpkt.ethernet.Ethernet(ip.data.data[8:]).data
                total = ip.len
            tcp = ip.data
            payload = total - 20 - 4 * tcp.off
            yield Packet(float(ts), (ip.src, tcp.sport, ip.dst, tcp.dport), tcp.seq, tcp.ack, tcp.flags, payload)


def made(name: str, folder: Path, scale: float = 0.0005) -> list[list[Packet]]:
    files = make(name, folder, scale)
    packets = [list(read(file)) for file in files]
    assert [len(found) for found in packets] == [packet_count(file) for file in files]
    for found in packets:
        assert [one.ts for one in found] == sorted(one.ts for one in found)
    return packets


def test_snap_is_bulk_with_numbers_as_tcp_has_them(tmp_path: Path) -> None:
    for found in made("snap", tmp_path):
        assert len(found) == 20_000_000 * 0.0005
        ahead: dict[tuple[bytes, int, bytes, int], int] = {}
        for one in found:
            back = (one.flow[2], one.flow[3], one.flow[0], one.flow[1])
            assert one.sequence == ahead.get(one.flow, one.sequence)
            assert one.flags == dpkt.tcp.TH_SYN or one.acknowledged == ahead[back]
            ahead[one.flow] = one.sequence + one.payload + bool(one.flags & dpkt.tcp.TH_SYN)
        assert len(ahead) == 2 * 4
        assert {one.payload for one in found} == {0, SEGMENT}
        assert sum(one.payload > 0 for one in found) / len(found) == pytest.approx(2 / 3, abs=0.01)


def test_holes_lack_one_in_500_and_repeat_one_in_1000(tmp_path: Path) -> None:
    whole, holed = made("snap", tmp_path, 0.002), made("holes", tmp_path, 0.002)
    for all_of_it, found in zip(whole, holed, strict=True):
        sent = {(one.flow, one.sequence) for one in all_of_it if one.payload}
        there = Counter((one.flow, one.sequence) for one in found if one.payload)
        assert set(there) <= sent
        data = sum(there.values())
        assert len(sent - set(there)) / len(sent) == pytest.approx(1 / 500, rel=0.35)
        assert sum(number - 1 for number in there.values()) / data == pytest.approx(1 / 1000, rel=0.5)


def test_spray_alternates_between_the_members(tmp_path: Path) -> None:
    first, second = made("spray", tmp_path)
    times = sorted([(one.ts, 0) for one in first] + [(one.ts, 1) for one in second])
    assert [member for _, member in times] == [n % 2 for n in range(len(times))]
    assert {one.flow for one in first} & {one.flow for one in second}


def test_judged_is_many_streams_of_four_packets(tmp_path: Path) -> None:
    streams: dict[frozenset[tuple[bytes, int]], list[tuple[int, int]]] = defaultdict(list)
    for found in made("judged", tmp_path, 0.01):
        for one in found:
            streams[frozenset({one.flow[:2], one.flow[2:]})].append((one.flags, one.payload))
    assert len(streams) == 2 * 20_000 * 0.01
    assert set(map(tuple, streams.values())) == {((2, 0), (18, 0), (24, SEGMENT), (16, 0))}


def test_many_has_its_connections_on_port_443(tmp_path: Path) -> None:
    for found in made("many", tmp_path, 0.005):
        connections = {frozenset({one.flow[:2], one.flow[2:]}) for one in found}
        assert len(connections) == pytest.approx(300_000 * 0.005, rel=0.01)
        assert all(443 in (one.flow[1], one.flow[3]) for one in found)


@pytest.mark.parametrize("name", ["full", "vxlan"])
def test_full_keeps_all_and_vxlan_is_snap_inside(name: str, tmp_path: Path) -> None:
    files = make(name, tmp_path, 0.0005)
    kept, wire = struct.unpack_from("<II", files[0].read_bytes(), 24 + 8)
    assert kept == wire == 66 + 50 * (name == "vxlan")
    longest = {"full": 66 + SEGMENT, "vxlan": 96 + 50}[name]
    with files[0].open("rb") as file:
        assert max(len(frame) for _, frame in dpkt.pcap.Reader(file)) == longest
    if name == "vxlan":
        assert [one._replace(ts=0) for one in read(files[0])] == [
            one._replace(ts=0) for one in read(make("snap", tmp_path, 0.0005)[0])
        ]


def test_one_pcapng_has_the_packets_of_both_members(tmp_path: Path) -> None:
    (together,), apart = made("pcapng", tmp_path), made("snap", tmp_path)
    assert Counter(one[1:] for one in together) == Counter(one[1:] for found in apart for one in found)


def test_mix6_is_tagged_bulk_of_both_families_of_which_half_is_missing(tmp_path: Path) -> None:
    (found,) = made("mix6", tmp_path, 0.002)
    (file,) = make("mix6", tmp_path, 0.002)
    with file.open("rb") as opened:
        assert all(frame[12:16] == b"\x81\x00\x00\x64" for _, frame in dpkt.pcap.Reader(opened))
    assert {len(one.flow[0]) for one in found} == {4, 16}
    spans: dict[tuple[bytes, int, bytes, int], list[tuple[int, int]]] = defaultdict(list)
    for one in found:
        if one.payload:
            spans[one.flow].append((one.sequence, one.payload))
    whole = sum(max(at + length for at, length in own) - own[0][0] for own in spans.values())
    assert sum(length for own in spans.values() for _, length in own) / whole == pytest.approx(0.5, abs=0.15)


def test_every_set_is_in_the_readme() -> None:
    text = (Path(__file__).parents[2] / "bench" / "README.md").read_text()
    assert all(f"| {name} |" in text for name in SETS)
