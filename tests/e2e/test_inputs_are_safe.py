"""Inputs survive whatever output is asked for, and captures without any usable time still get an answer."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import warm

CAPTURES = Path(__file__).parents[2] / "captures" / "different-sources"


def flowmap(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowmap", *arguments]
    return warm.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    team = tmp_path / "team"
    team.mkdir()
    for name in ("hvT_nic1.pcap", "hvT_nic2.pcap"):
        (team / name).write_bytes((CAPTURES / name).read_bytes())
    (team / "nic3.csv").write_bytes((CAPTURES / "hvT_nic1.pcap").read_bytes())
    return tmp_path


@pytest.mark.parametrize("inputs", ["team", "team/*", "N=team", "N=team/*"])
@pytest.mark.parametrize("command", ["analyze", "inspect"])
def test_no_report_takes_the_place_of_an_input(folder: Path, command: str, inputs: str) -> None:
    before = (folder / "team" / "hvT_nic1.pcap").read_bytes()
    done = flowmap(command, inputs, "--json", "team/hvT_nic1.pcap", cwd=folder)
    assert done.returncode == 2
    assert "would overwrite an input" in done.stderr
    assert (folder / "team" / "hvT_nic1.pcap").read_bytes() == before


def test_no_flow_table_takes_the_place_of_an_input(folder: Path) -> None:
    before = (folder / "team" / "nic3.csv").read_bytes()
    assert flowmap("analyze", "team", "-q", "--flows", "team/nic3.csv", cwd=folder).returncode == 2
    assert (folder / "team" / "nic3.csv").read_bytes() == before


def test_a_report_among_the_captures_can_be_written_again(folder: Path) -> None:
    for _ in range(2):
        done = flowmap("analyze", "team/hvT_nic1.pcap", "team/hvT_nic2.pcap", "-q", "--json", "team/r.json", cwd=folder)
        assert done.returncode == 0, done.stderr


def block(kind: int, body: bytes) -> bytes:
    padded = body + bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(padded) + 12) + padded + struct.pack("<I", len(padded) + 12)


def test_a_migration_in_packets_without_times_is_reported(tmp_path: Path) -> None:
    tcp = struct.pack("!HHIIBBHHH", 50000, 6600, 1, 1, 0x50, 0x18, 512, 0, 0) + b"x" * 40
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, 0x0A000001, 0x0A000002)
    frame = bytes(12) + b"\x08\x00" + ip + tcp
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    capture = section + block(1, struct.pack("<HHI", 1, 0, 0)) + 3 * block(3, struct.pack("<I", len(frame)) + frame)
    (tmp_path / "untimed.pcapng").write_bytes(capture)
    done = flowmap("analyze", "untimed.pcapng", "-q", "--json", "r.json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["members"][0]["packets"] == 3
    assert "time_missing" in {notice["code"] for notice in report["notices"]}
