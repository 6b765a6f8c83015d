"""Our decoder beside dpkt, scapy and tshark, packet by packet, on every capture at hand.

A packet counts as compared where the other decoder reads TCP right in the frame's first IP header; what it refuses, cuts
off or puts together again says nothing about ours.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tshark_rows import rows_of

from flowmap.capture.reader import CaptureReader
from flowmap.capture.source.layers import open_source
from flowmap.decode.reference import Header, decode
from flowmap.errors import FlowmapError
from flowmap.types import Have, PacketClass

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
FOLDERS = [ROOT / "captures", SHARED / "lab", SHARED / "corpus"]
SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar")
MOST_PACKETS = 5000
MOST_PACKETS_TSHARK = 500
SMALL_BYTES = 60_000
ETHERNET, SLL, SLL2, NULL, RAW = 1, 113, 276, 0, 101

Fields = tuple[int, ...]
"""Source, destination, ports, flags, sequence number, acknowledgment (0 without the flag), window, payload (-1: unknown)."""


def captures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


@cache
def records(path: Path) -> list[tuple[int, bytes, int]]:
    """(link type, captured bytes, wire length) of the first packets; none where nothing reads the file."""
    found = []
    try:
        source = open_source(str(path))
    except (FlowmapError, OSError):
        return []
    try:
        reader = CaptureReader(source, compiled=False)
        for block in reader.blocks():
            data = block.data.tobytes()
            for _, offset, cap_len, wire_len, interface, _ in block.index.tolist():
                found.append((int(reader.ifaces[interface]["link_type"]), data[offset : offset + cap_len], wire_len))
            if len(found) >= MOST_PACKETS:
                break
    except FlowmapError:
        pass
    finally:
        source.close()
    return found[:MOST_PACKETS]


def ours(h: Header, payload_known: bool) -> Fields:
    ack = h.ack if h.have & Have.ACK else 0
    ends = h.src_hi << 64 | h.src_lo, h.dst_hi << 64 | h.dst_lo
    return *ends, h.sport, h.dport, h.flags, h.seq, ack, h.window, h.payload if payload_known else -1


def compare(path: Path, read: Callable[[int, bytes, int], Fields | None]) -> int:
    """Number of packets that both read, and read alike."""
    compared = 0
    for number, (link_type, frame, wire_len) in enumerate(records(path), 1):
        theirs = read(link_type, frame, wire_len)
        if theirs is None:
            continue
        h = decode(frame, wire_len, link_type)
        assert h.cls == PacketClass.TCP, f"{path} packet {number}: {PacketClass(h.cls).name}"
        assert ours(h, theirs[-1] >= 0) == theirs, f"{path} packet {number}"
        compared += 1
    return compared


# -- dpkt


def by_dpkt(link_type: int, frame: bytes, wire_len: int) -> Fields | None:
    import dpkt

    classes = {ETHERNET: dpkt.ethernet.Ethernet, SLL: dpkt.sll.SLL, SLL2: dpkt.sll2.SLL2, NULL: dpkt.loopback.Loopback}
    try:
        if link_type == RAW and frame:
            ip = {4: dpkt.ip.IP, 6: dpkt.ip6.IP6}[frame[0] >> 4](frame)
        elif link_type in classes:
            outer = classes[link_type](frame)
            if getattr(outer, "mpls_labels", None):
                return None
            ip = outer.data
        else:
            return None
    except (dpkt.UnpackError, KeyError, IndexError, ValueError):
        return None
    if isinstance(ip, dpkt.ip.IP) and (ip.v != 4 or ip.hl < 5 or 0 < ip.len < 4 * ip.hl):
        return None  # no IPv4 header can be so
    if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP) and not ip.offset:
        length = ip.len - 4 * ip.hl if ip.len else -1
    elif isinstance(ip, dpkt.ip6.IP6) and isinstance(ip.data, dpkt.tcp.TCP):
        length = ip.plen - sum(header.length for header in ip.all_extension_headers) if ip.plen else -1
    else:
        return None
    tcp = ip.data
    ends = int.from_bytes(ip.src, "big"), int.from_bytes(ip.dst, "big")
    payload = length - 4 * tcp.off if length >= 4 * tcp.off >= 20 else -1
    if payload + 40 + (14 if link_type == ETHERNET else 0) > wire_len:
        payload = -1  # dpkt believes an IP length beyond the frame
    return *ends, tcp.sport, tcp.dport, tcp.flags & 0xFF, tcp.seq, tcp.ack if tcp.flags & 16 else 0, tcp.win, payload


# -- scapy


def by_scapy(link_type: int, frame: bytes, _: int) -> Fields | None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import CookedLinux, Ether

    if link_type not in (ETHERNET, SLL):
        return None
    packet = (Ether if link_type == ETHERNET else CookedLinux)(frame)
    ip = next((layer for layer in _layers(packet) if isinstance(layer, IP | IPv6)), None)
    if ip is None or any(layer.name == "MPLS" for layer in _layers(packet)):
        return None
    tcp = next(
        (layer for layer in _layers(ip.payload) if "ExtHdr" not in layer.name and "Ext Hdr" not in layer.name), None
    )
    if not isinstance(tcp, TCP) or (isinstance(ip, IP) and (ip.frag or not ip.len)) or tcp.dataofs is None:
        return None
    ends = int(ipaddress.ip_address(ip.src)), int(ipaddress.ip_address(ip.dst))
    payload = ip.len - 4 * ip.ihl - 4 * tcp.dataofs if isinstance(ip, IP) and tcp.dataofs >= 5 else -1
    flags = int(tcp.flags) & 0xFF
    return *ends, tcp.sport, tcp.dport, flags, tcp.seq, tcp.ack if flags & 16 else 0, tcp.window, payload


def _layers(packet: Any) -> Iterator[Any]:
    while packet:
        yield packet
        packet = packet.payload


# -- tshark

FIELDS = (
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.window_size_value",
    "tcp.len",
)
PREFERENCES = (
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
)
OTHER_RECORDS = {"suricata-tls_DER-incomplete-header.pcap"}
"""The length of a record is wrong, and the chain of those within it is found again: packets have other numbers then."""
BELOW_IP = {"eth", "ethertype", "vlan", "ieee8021ad", "sll", "null", "raw", "llc", "ip", "ipv6"}


def by_tshark(paths: list[Path]) -> dict[Path, dict[int, Fields]]:
    """Fields of TCP in the first IP header, by packet number."""
    options = [part for preference in PREFERENCES for part in ("-o", preference)]
    rows = rows_of(paths, options, FIELDS, MOST_PACKETS_TSHARK)
    return {path: dict(_tcp_of(rows[path])) for path in paths}


def _tcp_of(rows: list[list[str]]) -> Iterator[tuple[int, Fields]]:
    for packet_number, (protocols, *values) in enumerate(rows, 1):
        src4, dst4, src6, dst6, *numbers = values
        layers = [layer for layer in protocols.split(":") if not layer.startswith("ipv6.")]
        below = layers[: layers.index("tcp")] if "tcp" in layers else ["none"]
        if not set(below) <= BELOW_IP or below.count("ip") + below.count("ipv6") != 1 or "" in numbers[:-1]:
            continue
        sport, dport, flags, seq, ack, window = (int(value, 0) for value in numbers[:-1])
        ends = (int(ipaddress.ip_address(end)) for end in ((src4, dst4) if "ip" in below else (src6, dst6)))
        payload = int(numbers[-1]) if numbers[-1] else -1
        yield packet_number, (*ends, sport, dport, flags & 0xFF, seq, ack if flags & 16 else 0, window, payload)


# -- tests


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    if not request.param.is_dir():
        pytest.skip(f"no {request.param.name} captures beside the repository")
    path: Path = request.param
    return path


def test_dpkt_reads_the_same(folder: Path) -> None:
    compared = {path: compare(path, by_dpkt) for path in captures(folder)}
    assert sum(compared.values()) > 10_000, compared


def test_scapy_reads_the_same() -> None:
    small = [path for path in captures(FOLDERS[0]) if path.stat().st_size <= SMALL_BYTES]
    assert small
    assert sum(compare(path, by_scapy) for path in islice(small, 12)) > 500


def sample(folder: Path) -> list[Path]:
    """Return what a program is asked about that starts slowly: all captures with `FLOWMAP_EXHAUSTIVE`; else each fourth of the
    corpus, and of each team one member's, for the frames of the others are of the same kinds."""
    found = captures(folder)
    if os.environ.get("FLOWMAP_EXHAUSTIVE"):
        return found
    return found[::4] if folder.name == "corpus" else list({path.parent: path for path in reversed(found)}.values())


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_the_same(folder: Path) -> None:
    compared = 0
    asked = [path for path in sample(folder) if records(path) and path.name not in OTHER_RECORDS]
    for path, read in by_tshark(asked).items():
        known = records(path)
        for number, theirs in read.items():
            link_type, frame, wire_len = known[number - 1]
            if wire_len >= 2**31:
                continue  # lengths of tshark are signed
            h = decode(frame, wire_len, link_type)
            assert h.cls == PacketClass.TCP, f"{path} packet {number}: {PacketClass(h.cls).name}"
            assert ours(h, theirs[-1] >= 0) == theirs, f"{path} packet {number}"
            compared += 1
    assert compared > 2000
