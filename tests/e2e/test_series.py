"""Throughput over time of recorded captures, against a plain reading of their files."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import numpy as np

from flowmap.analysis import analyze
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[2] / "captures"


def by_time_and_source(path: Path, start_ns: int, width_ns: int) -> Counter[tuple[int, bytes]]:
    """Wire bytes by bin and source MAC of a pcap file (little endian, microseconds or nanoseconds)."""
    data = path.read_bytes()
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    found: Counter[tuple[int, bytes]] = Counter()
    position = 24
    while position < len(data):
        seconds, fraction, captured, wire = struct.unpack_from("<4I", data, position)
        ts_ns = seconds * 10**9 + fraction * unit
        found[(ts_ns - start_ns) // width_ns, data[position + 22 : position + 28]] += wire
        position += 16 + captured
    return found


def test_members_send_and_receive_what_their_files_hold() -> None:
    """hvT (10.77.0.100) alone has its MACs in every unicast frame of these captures."""
    folder = CAPTURES / "different-sources"
    analysis = analyze([str(folder)], Settings())
    series = analysis.series
    host = {bytes.fromhex(mac.replace(":", "")) for mac in analysis.report.team.macs}
    assert host
    assert list(series.members) == ["hvT_nic1", "hvT_nic2"]
    assert 512 <= series.n_bins <= 1024
    for name, sides in series.members.items():
        expected = by_time_and_source(folder / f"{name}.pcap", series.start_ns, series.width_ns)
        sent, total = np.zeros(series.n_bins, np.uint64), np.zeros(series.n_bins, np.uint64)
        for (number, source), wire in expected.items():
            total[number] += wire
            sent[number] += wire if source in host else 0
        assert sides["tx"].tolist() == sent.tolist()
        assert sum(sides.values()).tolist() == total.tolist()
        assert sides["rx"].sum() > sides["unknown"].sum()
