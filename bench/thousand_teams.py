"""Many teams in one `flowmap batch`, beside a shell loop of `flowmap analyze`.

    python bench/thousand_teams.py FOLDER [--teams 1000] [--loop 60] [--jobs N]

FOLDER holds folders with two pcaps of a team each (those whose names begin alike). Each team made of them has its times
moved by another number of seconds and some of its last packets cut off, so that no two are the same. Measured are the time
that passes and that of the processors, of all processes together; the loop is timed over `--loop` teams, spread over all,
and reckoned up. Needs Linux, and room for the captures below TMPDIR.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

PR_SET_CHILD_SUBREAPER = 36
HEADER, RECORD = 24, 16


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds that passed, and seconds of the processors with those of every process that it left behind."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    passed = time.monotonic() - begun
    assert code in (0, 1, 3), f"{command}: {code}"
    try:
        while True:
            os.wait()  # the pool's, which are ours now
    except ChildProcessError:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Two captures of each team."""
    found = []
    for team in sorted(path for path in folder.iterdir() if path.is_dir()):
        captures = sorted(team.glob("*.pcap"))
        if len(captures) >= 2 and captures[0].stem.split("_")[0] == captures[1].stem.split("_")[0]:
            found.append((captures[0], captures[1]))
    return found


class Source:
    """A pcap of microseconds in little-endian order, and where its records begin."""

    def __init__(self, path: Path) -> None:
        self.data = np.frombuffer(path.read_bytes(), np.uint8)
        assert bytes(self.data[:4]) == struct.pack("<I", 0xA1B2C3D4), path
        places, at = [], HEADER
        while at + RECORD <= len(self.data):
            places.append(at)
            at += RECORD + int.from_bytes(self.data[at + 8 : at + 12].tobytes(), "little")
        self.places = np.array([*places, at])

    def variant(self, number: int) -> bytes:
        """Times `number` seconds later, `number` packets fewer, but no less than nine tenths of them."""
        kept = len(self.places) - 1 - min(number, (len(self.places) - 1) // 10)
        data = self.data[: self.places[kept]].copy()
        seconds = self.places[:kept, None] + np.arange(4)
        data[seconds] = (data[seconds].view("<u4") + np.uint32(number)).view(np.uint8)
        return data.tobytes()


def make(folder: Path, teams: Path, count: int) -> None:
    sources = [(team[0].parent.name, [(path.name, Source(path)) for path in team]) for team in pairs(folder)]
    assert sources, f"no team of two pcaps in {folder}"
    for number in range(count):
        name, captures = sources[number % len(sources)]
        place = teams / f"{name}-{number:04}"
        place.mkdir(parents=True)
        for capture, source in captures:
            (place / capture).write_bytes(source.variant(number // len(sources)))


def row(name: str, passed: float, cpu: float, base: tuple[float, float]) -> None:
    print(f"| {name} | {passed:.1f} | {cpu:.1f} | {base[0] / passed:.1f} | {base[1] / cpu:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--teams", type=int, default=1000)
    parser.add_argument("--loop", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    flowmap = [sys.executable, "-m", "flowmap"]
    with tempfile.TemporaryDirectory() as scratch:
        teams, out, alone = (Path(scratch, name) for name in ("teams", "out", "alone"))
        make(options.folder, teams, options.teams)
        alone.mkdir()
        size = sum(path.stat().st_size for path in teams.rglob("*.pcap"))
        print(f"{options.teams} teams, {size / 1e9:.2f} GB, --jobs {options.jobs}\n")
        chosen = sorted(teams.iterdir())[:: max(1, options.teams // options.loop)][: options.loop]
        loop = [0.0, 0.0]
        for team in chosen:
            command = [
                *flowmap,
                "analyze",
                str(team),
                "--json",
                str(alone / "r.json"),
                "--html",
                str(alone / "r.html"),
                "-q",
            ]
            for index, seconds in enumerate(timed(command)):
                loop[index] += seconds * options.teams / len(chosen)
        print(
            "| | seconds | of processors | times as fast as the loop | ... by processors |\n| --- | --- | --- | --- | --- |"
        )
        base = loop[0], loop[1]
        row(f"loop of `flowmap analyze`, from {len(chosen)} teams", *base, base)
        batch = [*flowmap, "batch", str(teams), "--out", str(out), "--settle", "0", "--jobs", str(options.jobs)]
        row("`flowmap batch`", *timed(batch), base)
        assert len(list(out.rglob("report.json"))) == options.teams
        row("again, nothing new", *timed(batch), base)
        (team,) = sorted(teams.iterdir())[:1]
        shutil.copy(team / sorted(team.iterdir())[0].name, team / "again.pcap")
        row("again, one team changed", *timed(batch), base)


if __name__ == "__main__":
    main()
