"""Captures of two hosts in one run: the commands that the report gives work as they stand, and keep what the user said."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import builders
import dpkt
import pytest
import warm

import flowmap
from flowmap.report.formats.canvas import Canvas

BOTH = Path(__file__).parents[2] / "captures" / "05b-both-ends"
Frame = tuple[int, bytes]


def frames(path: Path) -> list[Frame]:
    with path.open("rb") as file:
        return [(round(float(time) * 1e9), data) for time, data in dpkt.pcap.Reader(file)]


def commands(path: Path, **settings: Any) -> list[list[str]]:
    (finding,) = [one for one in flowmap.analyze(path, **settings).report.findings if one.code == "FM307"]
    return [shlex.split(str(command)) for command in finding.evidence["commands"]]


def test_each_host_has_a_command_with_its_captures_its_address_and_what_was_said() -> None:
    """captures/MANIFEST.toml: T (10.66.0.100) migrates to R1 (10.66.0.11), one capture at each end."""
    limits = {"limit_full": 0.9}
    told = commands(BOTH, speed=["10G", "source=2500M"], mode="balance-rr", migration_port="6600", thresholds=limits)
    common = ["--speed", "10G"], ["--mode", "balance-rr", "--migration-port", "6600", "--threshold", "limit_full=0.9"]
    ends = {
        "destination": ["--local", "10.66.0.11", *common[0], *common[1]],
        "source": ["--local", "10.66.0.100", *common[0], "--speed", "source=2500M", *common[1]],
    }
    assert told == [["flowmap", "analyze", str(BOTH / f"{name}.pcap"), *rest] for name, rest in ends.items()]


def test_bytes_of_the_other_hosts_member_are_not_said_to_be_none() -> None:
    """Both captures hold hundreds of kB of T -> R1, which is neither sent nor received by one host with both members."""
    members = flowmap.analyze(BOTH).report.members
    assert [(one.tx_bytes, one.rx_bytes) for one in members] == [(None, None)] * 2


@pytest.mark.parametrize("sections", [1, 2])
def test_a_file_of_both_hosts_is_parted_first(tmp_path: Path, sections: int) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    own = {name: frames(BOTH / f"{name}.pcap") for name in ("destination", "source")}
    path = tmp_path / "it's both.pcapng"
    if sections == 1:
        both = sorted((*frame, n) for n, name in enumerate(own) for frame in own[name])
        packets = [(time, data) for time, data, _ in both]
        path.write_bytes(builders.pcapng(packets, names=tuple(own), interfaces=[n for *_, n in both]))
    else:
        path.write_bytes(b"".join(builders.pcapng(own[name], names=(name,)) for name in own))
    told = commands(path)
    assert [words[0] for words in told] == ["tshark", "flowmap"] * 2
    found = {}
    for part, analyze in (told[:2], told[2:]):
        subprocess.run(part, cwd=tmp_path, check=True, capture_output=True)
        run = [sys.executable, "-m", *analyze, "--json", "report.json", "-q"]
        assert warm.run(run, cwd=tmp_path, check=False).returncode in (0, 3)
        report = json.loads((tmp_path / "report.json").read_text())
        found |= {one["name"]: (one["packets"], report["team"]["host"]) for one in report["members"]}
        assert "FM307" not in {one["code"] for one in report["findings"]}
    hosts = {"destination": "10.66.0.11", "source": "10.66.0.100"}
    assert found == {name: (len(own[name]), host) for name, host in hosts.items()}


def test_a_command_is_parted_so_that_it_can_be_copied() -> None:
    words = [
        "flowmap",
        "analyze",
        "/a b/it's.pcap",
        "x" * 90,
        "--local",
        "10.0.0.1",
        "-Y",
        "a == 1 && b == 2",
        "--strict",
    ]
    page = Canvas(40, color=False)
    page.command(shlex.join(words), indent=4)
    lines = page.text().splitlines()
    assert len(lines) > 3
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert all(len(line) <= 40 for line in lines if "xxx" not in line)
    assert shlex.split(page.text().replace("\\\n", "")) == words
