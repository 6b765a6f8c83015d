"""Kills `flowmap batch` with SIGKILL at random moments, many times, and checks after each what others would see.

    python bench/kill_batch.py FOLDER --kills 200 [--seed 1]

FOLDER holds teams of captures. After every kill each visible report must be whole and each ledger entry must have its
report; at the end, after one run that is left alone, the ledger must have every team once and the reports must be byte
for byte those of a run that nobody disturbed. Needs no more than the installed program.
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
from pathlib import Path


def batch(folder: str, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flowmap", "batch", folder, "--out", str(out), "--settle", "0", "-q"]
    return subprocess.Popen(command, env={**os.environ, "SOURCE_DATE_EPOCH": "1800000000"}, stderr=subprocess.DEVNULL)


def reports(out: Path) -> dict[str, bytes]:
    """Every report that can be seen, by its place; raises where one is not whole."""
    found = {}
    for path in sorted(out.glob("reports/**/*.json")):
        found[str(path.relative_to(out))] = path.read_bytes()
        json.loads(found[str(path.relative_to(out))])
    return found


def entries(out: Path) -> list[tuple[str, str, str]]:
    """Team, run and folder of each current entry; raises where the ledger is broken."""
    if not (out / "ledger.sqlite").exists():
        return []
    with sqlite3.connect(out / "ledger.sqlite", timeout=30) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'analysis'").fetchone():
            return []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("SELECT team, run, folder FROM analysis WHERE current").fetchall()


def check(out: Path) -> tuple[int, int]:
    seen, entered = reports(out), entries(out)
    missing = [folder for _, _, folder in entered if f"{folder}/report.json" not in seen]
    assert not missing, f"entries without a report: {missing}"
    assert len(set(entered)) == len(entered)
    return len(seen), len(entered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        alone, disturbed = Path(scratch, "alone"), Path(scratch, "disturbed")
        begun = time.monotonic()
        batch(options.folder, alone).wait()
        whole = time.monotonic() - begun
        restarts = 0
        for number in range(1, options.kills + 1):
            process = batch(options.folder, disturbed)
            after = rng.uniform(0, whole)
            try:
                process.wait(after)
                ended = "ended by itself"
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                ended = "killed"
            seen, entered = check(disturbed)
            print(f"{number:4} {ended} after {after:6.2f} s: {seen} reports, {entered} entries, all whole", flush=True)
            if entered == len(entries(alone)):  # all done: begin anew, with half of the teams forgotten
                restarts += 1
                forget(disturbed)
        batch(options.folder, disturbed).wait()
        check(disturbed)
        assert sorted(entries(disturbed)) == sorted(entries(alone))
        assert reports(disturbed) == reports(alone)
    print(f"{options.kills} kills, {restarts} times all was done in between; reports are those of an undisturbed run")


def forget(out: Path) -> None:
    """Remove half of the entries, so that there is work again, over reports that are already there."""
    with sqlite3.connect(out / "ledger.sqlite") as database:
        database.execute("DELETE FROM analysis WHERE id % 2")


if __name__ == "__main__":
    main()
