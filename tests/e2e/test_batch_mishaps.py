"""`flowmap batch` when things go wrong under it: kills, full disks, hanging programs, teams beyond a limit."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import warm
from builders import pcap_header
from strategies import ethernet, ipv4_header, tcp_header

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
GOOD = "13a-bundle-proven"
"""Passes, as captures/MANIFEST.toml has it."""

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "flowmap", "batch", str(folder), "--out", str(out), "--settle", "0", *more]


def batch(folder: Path, out: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return warm.run(command(folder, out, *more), capture_output=True, text=True, check=False, timeout=120, **options)


def outcomes(out: Path) -> dict[str, str]:
    """The error of each current entry, empty where there is none."""
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database:
        rows = database.execute("SELECT team, outcome FROM analysis WHERE current").fetchall()
    return {team: json.loads(outcome)["error"] or "" for team, outcome in rows}


def wait_until(true: Callable[[], bool], every_s: float = 0.1) -> None:
    for _ in range(round(60 / every_s)):
        if true():
            return
        time.sleep(every_s)
    raise AssertionError("it never came")


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(CAPTURES / GOOD, tmp_path / "in" / "good")
    return tmp_path / "in"


@pytest.fixture
def hanging(data: Path, tmp_path: Path) -> tuple[dict[str, str], Path]:
    """A team whose capture only tshark reads, and a tshark that never ends: the environment, and where it says who it is."""
    (data / "hangs").mkdir()
    (data / "hangs" / "nic1.pcap").write_bytes(b"snoop\0\0\0" + struct.pack(">II", 2, 4))
    program, said = tmp_path / "bin" / "tshark", tmp_path / "said"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho $$ $PPID > "{said}.new"; mv "{said}.new" "{said}"; exec sleep 600\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}, said


def test_killed_at_any_moment(data: Path) -> None:
    shutil.copytree(data / "good", data / "second")
    script = [sys.executable, str(ROOT / "bench" / "kill_batch.py"), str(data), "--kills", "4"]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 teams, each entered once" in done.stdout


@pytest.mark.parametrize(
    ("room", "complaint"), [(20_000, "ledger.sqlite: the ledger cannot"), (80_000, "report.html: cannot be written")]
)
def test_a_full_disk_is_74_and_the_next_run_finishes(data: Path, tmp_path: Path, room: int, complaint: str) -> None:
    out = tmp_path / "out"
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, room))
    full = batch(data, out, preexec_fn=limit)
    assert full.returncode == 74
    assert complaint in full.stderr
    assert {path.name for path in (out / "reports").rglob("*") if path.is_file()} <= {"report.json"}
    after = batch(data, out)
    assert (after.returncode, after.stderr) == (0, "")
    assert outcomes(out) == {"good": ""}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_no_room_for_log_and_summary_costs_no_analysis(data: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command(data, tmp_path / "out"), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (74, 1)
    assert "standard output: cannot be written" in done.stderr
    shutil.copytree(data / "good", data / "second")
    logged = batch(data, tmp_path / "out", "--json-log", "/dev/full")
    assert (logged.returncode, logged.stderr) == (
        74,
        "flowmap: /dev/full: cannot be written: No space left on device\n",
    )
    assert outcomes(tmp_path / "out") == {"good": "", "second": ""}
    told = batch(data, tmp_path / "out")  # what nobody heard of is said by the next run that can speak
    assert told.stdout.startswith("2 teams analyzed of 2")
    assert batch(data, tmp_path / "out").stdout == ""


def test_a_team_beyond_the_time_limit_and_its_program_are_ended(
    data: Path, tmp_path: Path, hanging: tuple[dict[str, str], Path]
) -> None:
    environ, said = hanging
    out = tmp_path / "out"
    first = batch(data, out, "--time-limit", "8", "--fail-on", "fail", env=environ)
    assert first.returncode == 0
    assert outcomes(out) == {"good": "", "hangs": "took longer than 8 seconds (--time-limit)"}
    assert not is_alive(int(said.read_text().split()[0]))
    again = batch(data, out, "--time-limit", "8", env=environ)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    said.unlink()
    with subprocess.Popen(command(data, out, "--time-limit", "9"), env=environ) as run:  # worth another try
        wait_until(said.exists)
        run.kill()


def test_a_worker_that_is_killed_costs_its_team_only(
    data: Path, tmp_path: Path, hanging: tuple[dict[str, str], Path]
) -> None:
    environ, said = hanging
    out = tmp_path / "out"
    with subprocess.Popen(
        command(data, out), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        wait_until(said.exists)
        program, worker = map(int, said.read_text().split())
        os.kill(worker, signal.SIGKILL)
        told = run.communicate()
    assert run.returncode == 3, told
    assert outcomes(out) == {"good": "", "hangs": "the process that read it was ended by signal 9"}
    wait_until(lambda: not is_alive(program))
    said.unlink()
    with subprocess.Popen(command(data, out), env=environ) as run:  # nobody knows who killed it: it is tried again
        wait_until(said.exists)
        program, worker = map(int, said.read_text().split())
        run.kill()
    wait_until(lambda: not is_alive(worker) and not is_alive(program))


@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.4, 0.7])
def test_an_interrupt_from_the_terminal_at_any_moment_is_no_bug(data: Path, tmp_path: Path, after: float) -> None:
    """A terminal sends it to all of its processes: here, so long after the run began to start others."""
    out = tmp_path / "out"
    with subprocess.Popen(command(data, out), stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        wait_until(lambda: run.poll() is not None or children.read_text() != "", every_s=0.005)
        time.sleep(after)
        os.killpg(run.pid, signal.SIGINT)
        told = run.communicate(timeout=60)[1]
    assert (run.returncode, told) in (
        (128 + signal.SIGINT, "flowmap: ending after the teams at hand (signal 2)\n"),
        (0, ""),
    )
    assert set(outcomes(out).values()) <= {""}


def many_flows(count: int) -> bytes:
    """A capture of so many SYNs, each from another host."""
    frame = ethernet(2, 4, 0x800) + ipv4_header(0, 0x0A000064, 20) + tcp_header(1, 6600, 1, 0, 2)
    record = struct.pack("<4I", 1_700_000_000, 0, len(frame), len(frame)) + frame
    rows = np.tile(np.frombuffer(record, np.uint8), (count, 1))
    rows[:, 42:46] = (0x0B000000 + np.arange(count, dtype=np.uint32)).astype(">u4").view(np.uint8).reshape(-1, 4)
    return pcap_header() + rows.tobytes()


def test_a_team_beyond_the_memory_limit_is_ended(data: Path, tmp_path: Path) -> None:
    (data / "big").mkdir()
    (data / "big" / "nic1.pcap").write_bytes(many_flows(1_500_000))
    done = batch(data, tmp_path / "out", "--memory-limit", "200M", "--jobs", "1")
    assert done.returncode == 3
    assert outcomes(tmp_path / "out") == {
        "good": "",
        "big": "needs more memory than it may have (--memory-limit)",
    }


def test_an_empty_folder_and_an_output_folder_of_captures_are_told(data: Path, tmp_path: Path) -> None:
    refused = batch(data, data / "good")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{data / 'good' / 'nic1.pcap'}: is left out, for reports go into that folder" in refused.stderr
    assert sorted(path.name for path in (data / "good").iterdir()) == ["nic1.pcap", "nic2.pcap"]
    empty, out, metrics = tmp_path / "empty", tmp_path / "out", tmp_path / "m.prom"
    empty.mkdir()
    codes = []
    for _ in range(2):
        done = batch(empty, out, "--textfile", str(metrics))
        codes.append(done.returncode)
        assert done.stdout == ""
        assert ("holds no captures" in done.stderr) == (done.returncode == 3)
        assert "flowmap_folders_empty 1.0" in metrics.read_text()
    assert codes == [3, 0]


@pytest.mark.parametrize(
    ("folder", "out"), [("{data}", "{data}"), (".", "{data}"), ("{data}", "."), (".", "../{name}/")]
)
def test_reports_do_not_go_into_the_folder_of_the_captures_itself(
    data: Path, monkeypatch: pytest.MonkeyPatch, folder: str, out: str
) -> None:
    """Everything in it would be left out as output, and a night without a line would look healthy."""
    monkeypatch.chdir(data)
    before = sorted(data.rglob("*"))
    done = batch(*(Path(one.format(data=data, name=data.name)) for one in (folder, out)))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is the folder of the captures itself" in done.stderr
    assert sorted(data.rglob("*")) == before
