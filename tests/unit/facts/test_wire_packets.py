"""Large frames of segmentation offload, counted as the packets that were on the wire."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from made import BEGIN, HOST, Interface, Record, later, report, write
from strategies import ethernet, ipv4_header, tcp_header

STAMPS = bytes.fromhex("0101080a0000004d00000063")
PEER = 0x0A00000B


def mss(size: int) -> bytes:
    return b"\2\4" + struct.pack("!H", size)


def frame(
    outbound: bool, seq: int, flags: int, payload: int, options: bytes = b"", *, total: int | None = None
) -> bytes:
    """Of a connection from the teamed host to a peer's port 6600."""
    ports = (50000, 6600) if outbound else (6600, 50000)
    body = tcp_header(*ports, seq, 1, flags, options=options) + bytes(payload)
    ends, macs = ((HOST, PEER), (0x99, 0x3B)) if outbound else ((PEER, HOST), (0x3B, 0x99))
    return ethernet(*macs, 0x0800) + ipv4_header(*ends, len(body), ip_id=seq % 60000 + 1, total=total) + body


def capture(*frames: bytes) -> list[Record]:
    """A millisecond apart, 128 bytes kept, as pktmon does."""
    ours = bytes(5) + b"\x99"
    return [Record(BEGIN + k * 1_000_000, f[:128], len(f), 2 if f[6:12] == ours else 1) for k, f in enumerate(frames)]


def shake(own: int, peers: int) -> list[bytes]:
    return [frame(True, 0, 2, 0, mss(own)), frame(False, 0, 0x12, 0, mss(peers))]


def told(tmp_path: Path, records: list[Record]) -> tuple[dict[str, int | None], int | None, dict[str, Any]]:
    """wire_packets by direction, of the member, and the notices by code."""
    document = report(write(tmp_path / "nic1.pcapng", Interface(records)))
    directions = {d["direction"]: d["wire_packets"] for s in document["streams"] for d in s["directions"]}
    notices = {notice["code"]: notice["count"] for notice in document["notices"]}
    return directions, document["members"][0]["wire_packets"], notices


@pytest.mark.parametrize(
    ("own", "peers", "options", "segments"),
    [
        (1460, 1460, b"", 45),
        (1460, 1460, STAMPS, 45),
        (8960, 1000, b"", 65),
        (1000, 8960, STAMPS, 66),
        (8960, 8960, b"", 8),
    ],
)
def test_a_frame_counts_as_its_segments(tmp_path: Path, own: int, peers: int, options: bytes, segments: int) -> None:
    """65,000 bytes by the smaller MSS less the options (RFC 6691): 44.5, 44.9, 65, 65.8 and 7.3 segments."""
    large = [frame(True, 1 + k * 65_000, 16, 65_000, options, total=0) for k in range(4)]
    small = frame(True, 1 + 4 * 65_000, 16, 10, options)
    ways, member, notices = told(tmp_path, capture(*shake(own, peers), *large, small, frame(False, 1, 16, 0)))
    assert ways == {"tx": 1 + 4 * segments + 1, "rx": 2}
    assert member == 4 * segments + 4
    assert notices["large_frames"] == 4


def test_jumbo_frames_are_packets(tmp_path: Path) -> None:
    jumbo = [frame(True, 1 + k * 8960, 16, 8960) for k in range(4)]
    ways, member, notices = told(tmp_path, capture(*shake(8960, 8960), *jumbo))
    assert (ways, member) == ({"tx": 5, "rx": 1}, 6)
    assert "large_frames" not in notices


def test_without_a_syn_the_largest_received_segment_is_taken(tmp_path: Path) -> None:
    large = frame(True, 1, 16, 14_000)
    ways, _, _ = told(tmp_path, capture(frame(False, 1, 16, 1400), large))
    assert ways == {"tx": 10, "rx": 1}


def test_without_anything_to_go_by_the_number_is_unknown(tmp_path: Path) -> None:
    ways, member, notices = told(tmp_path, capture(frame(True, 1, 16, 14_000), frame(False, 1, 16, 0)))
    assert (ways, member) == ({"tx": None, "rx": 1}, None)
    assert notices["large_frames"] == 1


def test_copies_at_several_layers_are_on_the_wire_once(tmp_path: Path) -> None:
    records = capture(*shake(1460, 1460), frame(True, 1, 16, 14_600), frame(False, 1, 16, 0))
    ways, member, _ = told(tmp_path, records + later(records, 3_000))
    assert (ways, member) == ({"tx": 11, "rx": 2}, 13)
