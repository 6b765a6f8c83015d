"""One command run once: how long it took, what it used, and how much anonymous memory it had at its peak."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["ENVIRONMENT", "Taken", "counters", "peak_anonymous", "run", "warm", "watch_memory"]

ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin", "LC_ALL": "C"}
COUNTED = ("cycles", "instructions", "cache-misses", "branch-misses")
_MIB = 1 << 20


@dataclass(frozen=True)
class Taken:
    """Seconds that passed, seconds of the processors (which a busy machine spoils least), and what was printed."""

    wall: float
    processor: float
    text: str = field(repr=False, default="")

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.wall + other.wall, self.processor + other.processor, self.text + other.text)


def run(command: Sequence[str], codes: Sequence[int] = (0,)) -> Taken:
    """Run it. Ends the benchmark where it ends with another code than these."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, text)


def peak_anonymous(command: Sequence[str]) -> int:
    """The most anonymous memory in bytes that the command had, looked at every 2 ms. Linux."""
    return watch_memory(
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    )


def watch_memory(process: subprocess.Popen[bytes], every_s: float = 0.002) -> int:
    """Return the most anonymous memory in bytes that a process had, looked at so often until it ended. Linux."""
    status, most = Path(f"/proc/{process.pid}/status"), 0
    ended = threading.Event()
    waiter = threading.Thread(target=lambda: (process.wait(), ended.set()))
    waiter.start()
    while not ended.wait(every_s):
        try:
            lines = status.read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            break
        most = max([most, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))])
    waiter.join()
    return most


@cache
def _can_count() -> bool:
    if shutil.which("perf", path=ENVIRONMENT["PATH"]) is None:
        return False
    return "cycles" in counters(["true"], trying=True)


def counters(command: Sequence[str], *, trying: bool = False) -> dict[str, int]:
    """What the processor counted in user mode; empty where `perf` is missing or may not (virtual machines have no counters)."""
    if not trying and not _can_count():
        return {}
    with tempfile.NamedTemporaryFile("r") as report:
        events = ",".join(f"{event}:u" for event in COUNTED)
        subprocess.run(
            ["perf", "stat", "-x", ",", "-o", report.name, "-e", events, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            check=False,
        )
        fields = [line.split(",") for line in report.read().splitlines() if "," in line]
    return {row[2].partition(":")[0]: int(row[0]) for row in fields if row[0].isdigit()}


def warm(paths: Sequence[Path]) -> None:
    """Read the files once, so that every tool finds them in the page cache."""
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(_MIB):
                pass
