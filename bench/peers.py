"""The tools beside which flowmap is measured: what each is asked to do, and how it is known that it read every packet.

All get one file after the other, a process each; flowmap gets all files of a set in one process, as it is meant to be used.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ENVIRONMENT, Taken, run

__all__ = ["FASTEST_OF", "FLOWMAP", "PEERS", "Peer", "analysis", "analyze", "installed"]

FASTEST_OF = ("softflowd", "nfpcapd", "argus")
"""The flow tools that flowmap is held to: "the fastest" is the fastest of these."""
FLOWMAP = [sys.executable, "-m", "flowmap"]


@dataclass(frozen=True)
class Peer:
    """`command` of (file, scratch folder, flows to keep room for). `seen`: what its output says of packets read.

    `slow`: it takes microseconds to milliseconds a packet and reads a short piece of the set only. `needs` is a program,
    or a module where `python` is true.
    """

    name: str
    command: Callable[[str, str, int], Sequence[str]]
    seen: str | None = None
    slow: bool = False
    python: bool = False

    def read(self, files: Sequence[Path], packets: int | None = None, flows: int = 1 << 20) -> Taken:
        """All files in turn. Ends the benchmark where the tool says another number of packets than there are."""
        taken = Taken(0, 0)
        for file in files:
            with tempfile.TemporaryDirectory() as scratch:
                taken += run(self.command(str(file), scratch, flows))
        if self.seen is not None and packets is not None:
            found = sum(int(number) for match in re.findall(self.seen, taken.text) for number in _numbers(match))
            if found != packets:
                raise SystemExit(f"{self.name} read {found} packets of {packets}:\n{taken.text[-2000:]}")
        return taken


def _numbers(match: str | tuple[str, ...]) -> Sequence[str]:
    return (match,) if isinstance(match, str) else match


def _loop(name: str) -> Callable[[str, str, int], Sequence[str]]:
    return lambda file, scratch, flows: [sys.executable, "-m", "bench.loops", name, file]


PEERS = (
    Peer(
        "softflowd",
        lambda file, scratch, flows: [
            "softflowd",
            "-d",
            "-r",
            file,
            "-m",
            str(flows),
            "-p",
            f"{scratch}/pid",
            "-c",
            "none",
        ],
        seen=r"(?:Packets processed|Ignored packets): (\d+)",  # it counts no flows of frames with a VLAN tag
    ),
    Peer(
        "nfpcapd",
        lambda file, scratch, flows: ["nfpcapd", "-r", file, "-w", scratch],
        seen=r"Total: Processed: (\d+), skipped: (\d+)",
    ),
    Peer("argus", lambda file, scratch, flows: ["argus", "-r", file, "-w", f"{scratch}/out"]),
    Peer("tcpdump", lambda file, scratch, flows: ["tcpdump", "-r", file, "-w", "/dev/null"]),
    Peer("cat", lambda file, scratch, flows: ["sh", "-c", 'exec cat "$0" >/dev/null', file]),
    Peer("tshark", lambda file, scratch, flows: ["tshark", "-r", file, "-q", "-z", "conv,tcp"], slow=True),
    Peer("dpkt", _loop("dpkt"), seen=r"packets: (\d+)", slow=True, python=True),
    Peer("scapy", _loop("scapy"), seen=r"packets: (\d+)", slow=True, python=True),
    Peer("nfstream", _loop("nfstream"), seen=r"packets: (\d+)", slow=True, python=True),
)


def installed(names: Sequence[str] | None = None) -> list[Peer]:
    """Those that are here, of these names or of all."""

    def is_here(one: Peer) -> bool:
        if one.python:
            return importlib.util.find_spec(one.name) is not None
        return shutil.which(one.name, path=ENVIRONMENT["PATH"]) is not None

    return [one for one in PEERS if (names is None or one.name in names) and is_here(one)]


def analyze(files: Sequence[Path], packets: int | None = None) -> Taken:
    """flowmap on all files at once, with a report as JSON, whose count of packets is checked."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        taken = run([*analysis(files), "--json", str(report)])
        said = json.loads(report.read_bytes())["totals"]["packets"]
    if packets is not None and said != packets:
        raise SystemExit(f"flowmap counted {said} packets of {packets}")
    return taken


def analysis(files: Sequence[Path]) -> list[str]:
    """flowmap's command for these files, without any output."""
    return [*FLOWMAP, "analyze", "-q", "--exit-zero", *map(str, files)]
