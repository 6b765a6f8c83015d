"""Files of settings that are no files, or no settings: one team's trouble, and never for ever."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import warm

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


def batch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowmap", "batch", "--settle", "0", *map(str, arguments)]
    return warm.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    for name in ("good", "odd"):
        shutil.copytree(ROOT / "captures" / "different-sources", tmp_path / "in" / name)
    return tmp_path / "in"


@pytest.mark.parametrize("what", ["pipe", "device", "huge", "team pipe"])
def test_settings_that_are_no_file_cost_their_team_alone(teams: Path, tmp_path: Path, what: str) -> None:
    settings = teams / "odd" / "flowmap.toml"
    if what == "pipe":
        os.mkfifo(settings)
    elif what == "device":
        settings.symlink_to("/dev/zero")
    elif what == "huge":
        settings.write_bytes(b"#" * (2 << 20))
    else:
        os.mkfifo(teams / "odd" / "team.toml")
        settings.write_text('team = ["team.toml"]\n')
    done = batch(teams, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "1 error (odd)" in done.stdout
    assert ("is a pipe or a device" if what != "huge" else "is larger than") in done.stderr


def test_a_layout_that_is_a_pipe_is_refused(teams: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "layout")
    done = batch(teams, "--out", tmp_path / "out", "--layout", tmp_path / "layout")
    assert (done.returncode, "is a pipe or a device" in done.stderr) == (2, True)


@pytest.mark.parametrize("address", ["http://", "https:///x", "http://host:none/", "http://ho st/", "http://[::1"])
def test_where_nothing_can_be_posted_is_known_before_the_work(teams: Path, tmp_path: Path, address: str) -> None:
    done = batch(teams, "--out", tmp_path / "out", "--webhook", address)
    assert (done.returncode, "--webhook" in done.stderr, (tmp_path / "out").exists()) == (2, True, False)


def test_a_time_that_no_ledger_can_hold_and_a_damaged_entry(teams: Path, tmp_path: Path) -> None:
    shutil.rmtree(teams / "odd")
    out, capture = tmp_path / "out", teams / "good" / "hvT_nic1.pcap"
    try:
        os.utime(capture, (2**38, 2**38))  # the year 10680
    except OSError:
        pytest.skip("this file system has no such year")
    assert batch(teams, "--out", out).returncode == 0
    with closing(sqlite3.connect(out / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE analysis SET outcome = '[1', finished_ns = 'x'")
    again = batch(teams, "--out", out)
    assert (again.returncode, again.stdout.startswith("1 team analyzed of 1"), again.stderr) == (0, True, "")


def test_a_line_of_the_log_is_never_glued_to_half_of_one(teams: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"team": "ha')
    assert batch(teams, "--out", tmp_path / "out", "--json-log", log).returncode == 0
    assert [line[:1] + line[-1:] for line in log.read_text().splitlines()] == ["{a", "{}", "{}"]


def test_a_ledger_is_shown_where_nothing_can_be_written(teams: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("needs a user for whom a folder can be read-only")
    out = tmp_path / "out"
    batch(teams, "--out", out)
    others = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    for path in (tmp_path, out):
        path.chmod(0o555)
    for path in tmp_path.parents:
        if os.geteuid() == 0 and not path.stat().st_mode & 0o001:
            pytest.skip("the folder above is closed to others")
    code = "from flowmap.cli import main; main()"
    try:
        done = subprocess.run(
            [*others, sys.executable, "-c", code, "history", "--out", str(out)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for path in (tmp_path, out):
            path.chmod(0o755)
    assert (done.returncode, done.stdout.count("pass")) == (0, 2 * 3), done.stderr
