"""Kills `flowmap batch` with SIGKILL at random moments, many times, and checks after each what others would see.

    python bench/kill_batch.py FOLDER [--teams 20] [--kills 200] [--seed 1]

FOLDER holds teams of captures, of which the first are taken. A kill comes after a random time, or a few milliseconds after
a report is begun or the ledger is written, in turn. After each one every file that can be seen must be whole, each ledger
entry must have its report, and no team may have two. At the end, after one run that is left alone, every team must have
been entered exactly once, with the reports that a run gives which nobody disturbed, byte for byte.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

MOMENTS = ("time", "write", "commit")
STEP_S = 0.001


def batch(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flowmap", "batch", str(folder), "--out", str(out), "--settle", "0", "-q"]
    command += ["--textfile", str(out / "flowmap.prom")]
    return subprocess.Popen(command, env={**os.environ, "SOURCE_DATE_EPOCH": "1800000000"}, stderr=subprocess.DEVNULL)


def reports(out: Path) -> dict[str, bytes]:
    """Every file that others read, by its place; raises where one is not whole."""
    found = {}
    for path in sorted([*out.glob("reports/**/*"), out / "index.html", out / "flowmap.prom"]):
        if path.name.startswith(".") or not path.is_file():
            continue
        data = found[str(path.relative_to(out))] = path.read_bytes()
        if path.suffix == ".json":
            json.loads(data)
        elif path.suffix == ".html":
            assert data.rstrip().endswith(b"</html>"), path
        else:
            assert path.suffix == ".prom", path
            assert data.endswith(b"\n"), path
    return found


def entries(out: Path) -> list[tuple[str, str, str]]:
    """Team, run and folder of each entry; raises where the ledger is broken."""
    if not (out / "ledger.sqlite").exists():
        return []
    with sqlite3.connect(out / "ledger.sqlite", timeout=30) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'analysis'").fetchone():
            return []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        without = "SELECT COUNT(*) FROM analysis WHERE id NOT IN (SELECT analysis FROM input)"
        assert database.execute(without).fetchone() == (0,), "an entry without its inputs"
        return database.execute("SELECT team, run, folder FROM analysis").fetchall()


def check(out: Path) -> tuple[int, int]:
    seen, entered = reports(out), entries(out)
    missing = [folder for _, _, folder in entered if {f"{folder}/report.json", f"{folder}/report.html"} - set(seen)]
    assert not missing, f"entries without a report: {missing}"
    assert len(set(entered)) == len(entered), "a team was entered twice"
    return sum(name.endswith(".json") for name in seen), len(entered)


def has_begun(moment: str, out: Path) -> Callable[[], bool]:
    """Tells whether a report is being written, or the ledger's log has grown."""
    log = out / "ledger.sqlite-wal"
    size = log.stat().st_size if log.exists() else 0

    def written() -> bool:
        return any(out.glob("reports/**/.*.tmp"))

    def committed() -> bool:
        return log.exists() and log.stat().st_size not in (0, size)

    return written if moment == "write" else committed


def kill(process: subprocess.Popen[bytes], moment: str, out: Path, whole: float, rng: random.Random) -> str:
    """Kill it at such a moment, unless it ends before."""
    least = 0 if moment == "time" else rng.uniform(0, whole * 0.8)
    end = time.monotonic() + (rng.uniform(0, whole) if moment == "time" else least)
    begun = has_begun(moment, out)
    while process.poll() is None and time.monotonic() < end:
        time.sleep(STEP_S)
    while process.poll() is None and moment != "time" and not begun():
        time.sleep(STEP_S)
    time.sleep(rng.uniform(0, 0.005))
    if process.poll() is not None:
        return "ended by itself"
    process.send_signal(signal.SIGKILL)
    process.wait()
    return f"killed by {moment}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--teams", type=int, default=20)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        alone, disturbed, teams = (Path(scratch, name) for name in ("alone", "disturbed", "teams"))
        teams.mkdir()
        for folder in sorted(path for path in options.folder.resolve().iterdir() if path.is_dir())[: options.teams]:
            (teams / folder.name).symlink_to(folder)
        begun = time.monotonic()
        batch(teams, alone).wait()
        whole = time.monotonic() - begun
        assert entries(alone), f"no team in {options.folder}"
        counted: Counter[str] = Counter()
        runs = 0
        while sum(counted[f"killed by {moment}"] for moment in MOMENTS) < options.kills:
            begun = time.monotonic()
            ended = kill(batch(teams, disturbed), MOMENTS[runs % 3], disturbed, whole, rng)
            if ended == "ended by itself":
                whole = time.monotonic() - begun
            counted[ended] += 1
            runs += 1
            seen, entered = check(disturbed)
            print(f"{runs:4} {ended}: {seen} reports, {entered} entries, all whole", flush=True)
            if entered == len(entries(alone)):  # all done: begin anew, with half of the teams forgotten
                counted["all done, half forgotten"] += 1
                forget(disturbed)
        batch(teams, disturbed).wait()
        check(disturbed)
        assert sorted(entries(disturbed)) == sorted(entries(alone))
        mine, theirs = (
            {k: v for k, v in reports(out).items() if k.startswith("reports/")} for out in (disturbed, alone)
        )
        assert mine == theirs, "reports differ from those of a run that nobody disturbed"
        left = [str(path) for path in disturbed.rglob(".*.tmp")]
        assert not left, f"unfinished files were left behind: {left}"
    print(f"{len(mine) // 2} teams, each entered once, their reports as if undisturbed")
    print(", ".join(f"{number} {what}" for what, number in sorted(counted.items())))


def forget(out: Path) -> None:
    """Remove half of the entries, so that there is work again, over reports that are already there."""
    with sqlite3.connect(out / "ledger.sqlite") as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM analysis WHERE id % 2")


if __name__ == "__main__":
    main()
