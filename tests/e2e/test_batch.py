"""`flowmap batch` as cron runs it: what is new is analyzed once, one broken team spoils no other, signals end it cleanly."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import warm

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures"
FLOWMAP = [sys.executable, "-m", "flowmap"]
VERDICTS = {"different-sources": "pass", "lacp-down": "fail", "same-source": "by-design"}
"""As captures/MANIFEST.toml has them."""


def batch(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [*FLOWMAP, "batch", *map(str, arguments)]
    return warm.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120, **more)


def put(root: Path, names: Sequence[str]) -> Path:
    for name in names:
        shutil.copytree(CAPTURES / name, root / "site" / name)
    return root


def entries(out: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database:
        rows = database.execute("SELECT run, outcome FROM analysis ORDER BY id").fetchall()
    return [(run, json.loads(outcome)["verdict"]) for run, outcome in rows]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return put(tmp_path / "in", list(VERDICTS))


def test_what_is_new_is_analysed_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = batch(data, "--out", out, "--settle", "0")
    assert first.returncode == 1, first.stderr
    assert first.stdout.startswith("3 runs analyzed of 3;")
    assert [line.split(":")[:2] for line in first.stdout.splitlines()[1:]] == [
        ["site lacp-down", " fail"],
        ["site same-source", " by-design"],
        ["site different-sources", " pass"],
    ]
    for line in first.stdout.splitlines()[1:]:
        page = Path(line.rpartition(" ")[2])
        assert (
            str(json.loads(page.with_name("report.json").read_text())["answer"]["sentence"]).partition(". ")[0] in line
        )
    assert dict(entries(out)) == VERDICTS
    for name, verdict in VERDICTS.items():
        report = json.loads((out / "reports" / "site" / f"@{name}" / "report.json").read_text())
        assert report["verdict"] == verdict
    index = (out / "index.html").read_text()
    assert "1 team: 1 " in index
    assert {f"reports/site/@{name}/report.html" for name in VERDICTS} <= set(re.findall(r'href="([^"]+)"', index))
    assert all((out / link).is_file() for link in re.findall(r'href="(reports/[^"]+)"', index))
    before = (out / "index.html").stat().st_mtime_ns
    second = batch(data, "--out", out, "--settle", "0")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(entries(out)) == 3
    assert (out / "index.html").stat().st_mtime_ns == before

    shutil.copy(CAPTURES / "same-source" / "hvT_nic1.pcap", data / "site" / "different-sources" / "hvT_nic1.pcap")
    third = batch(data, "--out", out, "--settle", "0", "--fail-on", "fail", "--json-log", "-")
    line = json.loads(third.stdout)
    assert (line["run"], line["verdict_before"]) == ("different-sources", "pass")
    assert third.returncode in (0, 1)


def test_a_broken_team_spoils_no_other(data: Path, tmp_path: Path) -> None:
    (data / "site" / "broken").mkdir()
    (data / "site" / "broken" / "nic1.pcap").write_text("hello\n")
    (data / "site" / "odd").mkdir()
    shutil.copy(CAPTURES / "same-source" / "hvT_nic1.pcap", data / "site" / "odd" / "a.pcap")
    (data / "site" / "odd" / "flowmap.toml").write_text('mode = "no such mode"\n')
    description = data / "site" / "same-source" / "team.toml"
    description.write_text('name = "t"\nmode = "lacp"\n')
    (data / "site" / "same-source" / "flowmap.toml").write_text('team = ["team.toml"]\n')
    run = batch(data, "--out", tmp_path / "out", "--settle", "0", "--fail-on", "never")
    assert run.returncode == 0
    assert "2 errors (" in run.stdout
    assert "is text, not a capture" in run.stderr
    assert "no such mode" in run.stderr
    assert dict(entries(tmp_path / "out")).items() >= VERDICTS.items()
    description.write_text('name = "t"\nmode = "static"\n')
    again = batch(data, "--out", tmp_path / "out", "--settle", "0", "--fail-on", "never")
    assert again.stdout.startswith("1 run analyzed of 5; 1 by design")


def test_captures_still_being_written_wait(data: Path, tmp_path: Path) -> None:
    os.utime(data / "site" / "lacp-down" / "hvT_nic1.pcap", (1, 1))
    os.utime(data / "site" / "lacp-down" / "hvT_nic2.pcap", (1, 1))
    for name in ("different-sources", "same-source"):
        (data / "site" / name / "hvT_nic1.pcap").touch()
    run = batch(data, "--out", tmp_path / "out", "--settle", "3600", "-v")
    assert dict(entries(tmp_path / "out")) == {"lacp-down": "fail"}
    assert "2 still being written" in run.stdout
    assert "2 still being written: site different-sources and site same-source" in run.stderr
    refused = batch(data, "--out", tmp_path / "out", "--scheduler", "bogus")
    assert (refused.returncode, refused.stderr) == (2, "flowmap: --scheduler bogus: write it like tcp://HOST:8786\n")


def test_sigterm_finishes_the_team_at_hand(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [*FLOWMAP, "batch", str(data), "--out", str(out), "--settle", "0", "--jobs", "1", "-v"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        assert run.stderr is not None
        assert "different-sources" in run.stderr.readline()
        time.sleep(0.01)
        run.send_signal(signal.SIGTERM)
        rest = run.stderr.read()
    assert run.returncode == 128 + signal.SIGTERM
    assert "ending after the teams at hand" in rest
    done = entries(out)
    assert 1 <= len(done) < 3
    for name, _ in done:
        assert (out / "reports" / "site" / f"@{name}" / "report.json").exists()
    assert batch(data, "--out", out, "--settle", "0").returncode in (0, 1)
    assert dict(entries(out)) == VERDICTS


def test_history_and_prune(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(data, "--out", out, "--settle", "0", "--textfile", tmp_path / "flowmap.prom")
    shown = warm.run([*FLOWMAP, "history", "site", "--out", str(out), "--json", "-"], capture_output=True, check=True)
    assert {row["run"]: row["verdict"] for row in json.loads(shown.stdout)} == VERDICTS
    shutil.rmtree(data / "site" / "lacp-down")
    warm.run([*FLOWMAP, "prune", "--keep", "0min", "--out", str(out)], check=True, capture_output=True)
    assert sorted(name for name, _ in entries(out)) == ["different-sources", "same-source"]
    assert sorted(path.name for path in (out / "reports" / "site").iterdir()) == ["@different-sources", "@same-source"]
