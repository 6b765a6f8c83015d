"""Reordered packets (RFC 4737): at the receiver alone, without what was sent again; beside the lab's own count and tshark's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import flowmap

LAB = Path(__file__).resolve().parents[3] / "shared" / "lab" / "bonding-rr-2"
FLOW = "10.78.0.10:44899>10.78.0.100:6600"
pytestmark = pytest.mark.skipif(not LAB.is_dir(), reason="the real captures are not there")


def data_of(guest: str, host: str | None) -> dict[str, Any]:
    """The direction of the data; `host` is the captured one, where it is told."""
    paths = [LAB / f"{guest}_nic{n}.pcap" for n in (1, 2)]
    report = flowmap.analyze(paths, **({} if host is None else {"local": [host]})).report
    (found,) = (d for s in report.streams if s.judged for d in s.directions if d.src.port == 44899)
    return found.model_dump()


@pytest.mark.parametrize("host", ["10.78.0.100", None])
def test_a_sprayed_stream_at_its_receiver(host: str | None) -> None:
    """truth.json: of the data packets of both members in order of time, those below the highest number seen before, and how
    many of these had been seen already. What fills a hole late is reordered, what was there before was sent again."""
    truth = json.loads((LAB / "truth.json").read_text(encoding="utf-8"))["merged_order"][FLOW]
    found = data_of("guestB", host)
    assert found["retransmitted"] == truth["exact_repeats"]
    assert found["reordered"] == truth["below_highest_seen"] - truth["exact_repeats"]


def test_at_its_sender_nothing_is_said() -> None:
    found = data_of("guestA", "10.78.0.10")
    assert (found["direction"], found["placement"], found["reordered"]) == ("tx", "sprayed", None)


@pytest.mark.skipif(
    shutil.which("tshark") is None or shutil.which("mergecap") is None, reason="needs tshark and mergecap"
)
def test_tshark_sees_as_many_below_the_highest_but_tells_a_few_apart_otherwise(tmp_path: Path) -> None:
    """tshark takes a repeat for out-of-order if it comes within 3 ms of the highest number: some of what was sent again."""
    merged = tmp_path / "guestB.pcapng"
    subprocess.run(["mergecap", "-w", merged, *(LAB / f"guestB_nic{n}.pcap" for n in (1, 2))], check=True)
    fields = ["tcp.analysis.out_of_order", "tcp.analysis.retransmission"]
    command = [
        "tshark",
        "-n",
        "-r",
        merged,
        "-Y",
        "tcp.srcport == 44899 && tcp.len > 0",
        "-T",
        "fields",
        "-E",
        "separator=,",
    ]
    done = subprocess.run([*command, "-e", fields[0], "-e", fields[1]], capture_output=True, text=True, check=True)
    marks = [line.split(",") for line in done.stdout.splitlines()]
    early, again = (sum(mark[column] == "1" for mark in marks) for column in (0, 1))
    found = data_of("guestB", None)
    assert early + again == found["reordered"] + found["retransmitted"]
    assert 0 <= early - found["reordered"] <= found["retransmitted"]
