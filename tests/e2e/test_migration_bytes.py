"""Bytes of a migration: each byte of its streams once, and beside it what was sent again; counted anew by another decoder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dpkt
import pytest

import flowmap

LAB = Path(__file__).resolve().parents[3] / "shared" / "lab"
CASES = Path(__file__).parents[1] / "cases"
RESENT, LOST, SEGMENT = (5, 6, 40), 17, 1400
MADE = f"""
from pkt import MS, OUT, by_time, folder, stream
made = stream(0, "nic1", n=100, seg={SEGMENT})
data = [p for p in made if not p.out and p.wire > 1000]
for n in {RESENT}:
    made.append(data[n].but(t=data[n].t + 5000 * MS, data=data[n].data[:18] + bytes([9, n]) + data[n].data[20:]))
made.remove(data[{LOST}])
folder(f"{{OUT}}/cap", by_time(made + [p.but(m="nic2") for p in stream(1, "nic2", n=100, seg={SEGMENT})]))
"""


def counted(paths: list[Path]) -> dict[tuple[bytes, int], tuple[int, int]]:
    """By (source, port): payload, and how many bytes of it there are with each sequence number once (sequences do not wrap)."""
    parts: dict[tuple[bytes, int], list[tuple[int, int]]] = {}
    for path in paths:
        with path.open("rb") as file:
            for _, frame in dpkt.pcap.Reader(file):
                ip = dpkt.ethernet.Ethernet(frame).data
                if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP):
                    tcp, length = ip.data, ip.len - 4 * ip.hl - 4 * ip.data.off
                    begin = tcp.seq + (tcp.flags >> 1 & 1)
                    parts.setdefault((ip.src, tcp.sport), []).append((begin, begin + length))
    found = {}
    for key, own in parts.items():
        once, end = 0, 0
        for start, stop in sorted(own):
            once, end = once + max(0, stop - max(start, end)), max(end, stop)
        found[key] = sum(stop - start for start, stop in own), once
    return found


@pytest.mark.skipif(not LAB.is_dir(), reason="the real captures are not there")
@pytest.mark.parametrize("run", ["failover", "flapping", "bonding-rr-2/guestB", "same-source", "large-frames"])
def test_real_runs(run: str) -> None:
    folder, _, prefix = run.partition("/")
    paths = sorted((LAB / folder).glob(f"{prefix}*.pcap"))
    report, truth = flowmap.analyze(paths).report, counted(paths)
    streams = {one.id: one for one in report.streams}
    for migration in report.migrations:
        bulk = [
            max(streams[number].directions, key=lambda d: sum(m.payload_bytes for m in d.members))
            for number in migration.streams
        ]
        payload, once = zip(*(truth[bytes(map(int, d.src.ip.split("."))), d.src.port] for d in bulk), strict=True)
        assert migration.bytes == sum(once)
        assert migration.resent_bytes == sum(payload) - sum(once)


def test_a_made_capture(tmp_path: Path) -> None:
    """A hundred segments, three of them sent again with an IP ID of their own, one captured nowhere."""
    env = os.environ | {"PYTHONPATH": str(CASES)}
    subprocess.run([sys.executable, "-B", "-c", MADE, str(tmp_path)], check=True, env=env)
    report = flowmap.analyze([tmp_path / "cap"]).report
    found = {tuple(m.streams): (m.bytes, m.resent_bytes) for m in report.migrations}
    assert sorted(found.values()) == [(99 * SEGMENT, 3 * SEGMENT), (100 * SEGMENT, 0)]
