"""One set at a time: every tool in turn, medians, start-up apart. What comes out are rows; `tables` makes text of them."""

from __future__ import annotations

import json
import mmap
import shutil
import statistics
import struct
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import ENVIRONMENT, Taken, counters, peak_anonymous, run, warm
from bench.peers import FASTEST_OF, FLOWMAP, Peer, analysis, analyze
from bench.sets import make

__all__ = ["Measured", "Row", "head_of", "installed_size", "measure", "packet_count", "startup"]

SLOW_PACKETS = 20_000
SLOW_SETS = ("snap", "many")
"""Packets of a file, and the sets, that tools read which take from microseconds to milliseconds for each."""
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Row:
    """A tool on one set: medians of whole processes, and of the same on captures of one packet. Seconds."""

    tool: str
    packets: int
    wall: float
    processor: float
    start_wall: float
    start_processor: float

    @property
    def net(self) -> float:
        """Without start-up; at least a thousandth of the whole, because a difference of noise is no speed."""
        return max(self.wall - self.start_wall, self.wall / 1000)

    @property
    def net_processor(self) -> float:
        return max(self.processor - self.start_processor, self.processor / 1000)


@dataclass(frozen=True)
class Measured:
    """All tools on one set; flowmap is the first row. Memory in bytes."""

    name: str
    files: int
    packets: int
    size: int
    flows: int
    streams: int
    rows: Sequence[Row]
    anonymous: int
    start_anonymous: int
    counters: dict[str, int] = field(default_factory=dict)

    def fastest(self) -> Row | None:
        """Of the flow tools that are here, the one that takes the least time."""
        return min((row for row in self.rows if row.tool in FASTEST_OF), key=lambda row: row.wall, default=None)


def measure(
    name: str, data: Path, scale: float, peers: Sequence[Peer], runs: int, say: Callable[[str], None] = print
) -> Measured:
    """Make the set where it is missing, and run every tool on it in turn, `runs` times."""
    files = make(name, data, scale)
    warm(files)
    with tempfile.TemporaryDirectory() as scratch:
        tiny = [head_of(file, Path(scratch) / f"tiny{n}{file.suffix}", 1) for n, file in enumerate(files)]
        short = [head_of(file, Path(scratch) / f"short{n}{file.suffix}", SLOW_PACKETS) for n, file in enumerate(files)]
        facts = _facts(files)
        packets = {"all": facts["packets"], "short": sum(packet_count(file) for file in short)}
        taken: dict[str, list[tuple[Taken, Taken]]] = {}
        for _round in range(runs):
            taken.setdefault("flowmap", []).append((analyze(files, packets["all"]), analyze(tiny)))
            for peer in peers:
                if peer.slow and name not in SLOW_SETS:
                    continue
                chosen, count = (short, packets["short"]) if peer.slow else (files, packets["all"])
                pair = (peer.read(chosen, count, max(1 << 16, 2 * facts["flows"])), peer.read(tiny))
                taken.setdefault(peer.name, []).append(pair)
        rows = [_row(tool, pairs, packets, [p.name for p in peers if p.slow]) for tool, pairs in taken.items()]
        memory = [peak_anonymous(analysis(paths)) for paths in (files, tiny)]
    measured = Measured(
        name,
        len(files),
        packets["all"],
        sum(file.stat().st_size for file in files),
        facts["flows"],
        facts["streams"],
        rows,
        *memory,
        counters(analysis(files)),
    )
    say(f"{name}: measured, {len(rows)} tools, {runs} runs")
    return measured


def _row(tool: str, pairs: Sequence[tuple[Taken, Taken]], packets: dict[str, int], slow: Sequence[str]) -> Row:
    medians = [
        statistics.median(getattr(pair[which], what) for pair in pairs)
        for which in (0, 1)
        for what in ("wall", "processor")
    ]
    return Row(tool, packets["short" if tool in slow else "all"], *medians)


def _facts(files: Sequence[Path]) -> dict[str, int]:
    """What there is to be read, counted by walking the records, and flows and streams as flowmap finds them."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        run([*analysis(files), "--json", str(report)])
        totals = json.loads(report.read_bytes())["totals"]
    return {"packets": sum(map(packet_count, files)), "flows": totals["flows"], "streams": totals["streams_judged"]}


def packet_count(path: Path) -> int:
    """Packets in a file of `sets`."""
    return _walk(path, None)[0]


def _walk(path: Path, most: int | None) -> tuple[int, int]:
    """(packets, at most so many; where the last of them ends)."""
    packets = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        position, size, enhanced = (0 if path.suffix == ".pcapng" else 24), len(buffer), path.suffix == ".pcapng"
        unpack = struct.Struct("<II").unpack_from
        while position < size and packets != most:
            if enhanced:
                kind, length = unpack(buffer, position)
                position, packets = position + length, packets + (kind == 6)
            else:
                position, packets = position + 16 + unpack(buffer, position + 4)[1], packets + 1
    return packets, position


def head_of(source: Path, target: Path, packets: int) -> Path:
    """The first packets of a file as a file."""
    with source.open("rb") as file:
        target.write_bytes(file.read(_walk(source, packets)[1]))
    return target


def startup(runs: int) -> dict[str, float]:
    """Start-up by the ratios that it is held to, medians of processor time; the smallest analysis there is."""
    small = ROOT / "captures" / "18a-idle-member"
    with tempfile.TemporaryDirectory() as scratch:
        analysis_of = [*FLOWMAP, "analyze", str(small), "--exit-zero"]
        commands = {
            "bare": [sys.executable, "-c", "pass"],
            "numpy": [sys.executable, "-c", "import numpy"],
            "help": [*FLOWMAP, "--help"],
            "analyze": analysis_of,
            "page": [*analysis_of, "--html", f"{scratch}/page.html"],
        }
        taken: dict[str, list[Taken]] = {name: [] for name in commands}
        for _round in range(runs + 1):
            for name, command in commands.items():
                taken[name].append(run(command))
    medians = {name: statistics.median(one.processor for one in found[1:]) for name, found in taken.items()}
    return {
        "help": medians["help"] / medians["bare"],
        "analyze": medians["analyze"] / medians["numpy"],
        "page": medians["page"] / medians["numpy"],
    }


def installed_size() -> int | None:
    """Bytes of a fresh environment with flowmap in it; None where there is no pip or nothing to install from."""
    if shutil.which("pip", path=ENVIRONMENT["PATH"]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "venv", folder])
        before = _size(Path(folder))
        run([f"{folder}/bin/pip", "install", "-q", str(ROOT)])
        return _size(Path(folder)) - before


def _size(folder: Path) -> int:
    """What its files take on the disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
