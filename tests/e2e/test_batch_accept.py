"""Accepted findings through the installed command: who wakes, what is shown, and when it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import warm

CAPTURES = Path(__file__).parents[2] / "captures"
BEFORE, AFTER = "1800000000", "1830000000"
"""2027-01-15 and 2027-12-28."""


def flowmap(*arguments: str | Path, now: str = BEFORE, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowmap", *map(str, arguments)]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": now}
    return warm.run(command, capture_output=True, text=True, check=False, timeout=120, env=environ, cwd=cwd)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copytree(CAPTURES / "lacp-down", tmp_path / "in" / "down")
    return tmp_path


def batch(place: Path, *more: str, now: str = BEFORE) -> subprocess.CompletedProcess[str]:
    return flowmap("batch", place / "in", "--out", place / "out", "--settle", "0", *more, now=now)


def report(place: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((place / "out" / "reports" / "down" / "-" / "report.json").read_text())
    return loaded


def accept(place: Path, code: str, *more: str) -> subprocess.CompletedProcess[str]:
    return flowmap(
        "batch", "accept", "down", code, "--reason", "switch is replaced", "--by", "anna", "--out", place / "out", *more
    )


def test_an_accepted_fail_wakes_nobody_is_shown_everywhere_and_ends_on_its_day(place: Path) -> None:
    assert batch(place).returncode == 1
    for code in ("FM201", "FM301"):
        done = accept(place, code, "--until", "2027-05-31")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    after = batch(place)
    assert after.returncode == 0
    first, line = after.stdout.splitlines()
    assert first == "1 team analyzed of 1; 1 accepted (down)"
    assert line.startswith("down: accepted: ")
    assert "Before: fail." in line
    assert "Accepted: FM201, FM301." in line
    assert line.endswith(str(place / "out" / "reports" / "down" / "-" / "report.html"))
    found = report(place)
    assert (found["verdict"], found["exit_code"]) == ("fail", 1)  # what is so stays so
    told = {one["code"]: one for one in found["accepted"]}
    why = ("used", "anna", "2027-05-31", "switch is replaced")
    for code in ("FM201", "FM301"):
        assert tuple(told[code][name] for name in ("state", "by", "until", "reason")) == why
    assert told["FM301"]["subject"] == {"members": ["hvT_nic2"]}
    page = (place / "out" / "reports" / "down" / "-" / "report.html").read_text()
    index = (place / "out" / "index.html").read_text()
    assert page.count("switch is replaced") >= 2
    assert "Accepted: FM201, FM301." in index
    assert batch(place).stdout == ""

    ended = batch(place, now=AFTER)
    assert ended.returncode == 1
    assert "No longer accepted: FM201, FM301." in ended.stdout
    assert {one["state"] for one in report(place)["accepted"]} == {"ended"}
    assert batch(place, "--again", "down", "--fail-on", "new", now=AFTER).returncode == 0


def test_the_same_about_another_member_wakes(place: Path) -> None:
    batch(place)
    for code in ("FM201", "FM301"):
        accept(place, code)
    file = place / "out" / "accepted.toml"
    file.write_text(file.read_text().replace("hvT_nic2", "hvT_nic9"))
    again = batch(place)
    assert again.returncode == 1
    assert {one["code"]: one["state"] for one in report(place)["accepted"]} == {"FM201": "used", "FM301": "unused"}


def test_changed_evidence_is_told(place: Path) -> None:
    batch(place)
    for code in ("FM201", "FM301"):
        accept(place, code)
    file = place / "out" / "accepted.toml"
    text = file.read_text()
    assert r"\"hosts\": 3" in text
    file.write_text(text.replace(r"\"hosts\": 3", r"\"hosts\": 2"))
    after = batch(place, "--fail-on", "new")
    assert after.returncode == 0
    assert "What is accepted changed: FM201: hosts: 2 when accepted, now 3" in after.stdout
    assert "hosts: 2 when accepted, now 3" in (place / "out" / "index.html").read_text()
    assert (
        accept(place, "FM201", "--until", "2027-12-31").returncode == 0
    )  # known, too: what was accepted first is over
    again = batch(place)
    assert again.stdout.startswith("1 team analyzed of 1; 1 accepted (down)")
    assert "What is accepted changed" not in again.stdout
    told = {one["code"]: (one["state"], one["until"], one["changed"]) for one in report(place)["accepted"]}
    assert told == {"FM201": ("used", "2027-12-31", []), "FM301": ("used", None, [])}


def test_a_table_in_the_folders_flowmap_toml_holds_for_analyze_too(place: Path) -> None:
    table = '[[accept]]\ncode = "FM301"\nreason = "port is <dark>"\n[[accept]]\ncode = "FM101"\nreason = "never seen"\n'
    (place / "in" / "down" / "flowmap.toml").write_text(table)
    shown = flowmap(
        "analyze", place / "in" / "down", "--markdown", "r.md", "--html", "r.html", cwd=place / "in" / "down"
    )
    assert shown.returncode == 1
    assert "ACCEPTED" in shown.stdout
    assert "FM301: 1 accepted. Reason: port is <dark>" in shown.stdout
    assert "FM101: accepted, not found this time. Reason: never seen" in shown.stdout
    assert "FM301 error, accepted:" in shown.stdout
    assert "## Accepted" in (place / "in" / "down" / "r.md").read_text()
    assert "port is &lt;dark&gt;" in (place / "in" / "down" / "r.html").read_text()
    hidden = flowmap("analyze", place / "in" / "down", "--anonymize", "--json", "-", cwd=place / "in" / "down")
    assert "dark" not in hidden.stdout


def test_what_cannot_be_accepted_is_refused(place: Path) -> None:
    batch(place)
    cases = [
        (("down", "FM999", "--reason", "r"), "has no FM999; it has FM201, FM301"),
        (("dwn", "FM301", "--reason", "r"), "did you mean down?"),
        (("down", "FM301", "--reason", " "), "say why"),
        (("down", "FM301", "--reason", "r", "--until", "2026-01-01"), "that day is over"),
        (("down", "FM301", "--reason", "r", "--until", "soon"), "write a day like"),
    ]
    for arguments, told in cases:
        done = flowmap("batch", "accept", *arguments, "--out", place / "out")
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
    assert not (place / "out" / "accepted.toml").exists()
    assert flowmap("batch", "accept", "down", "FM301", "--out", place / "out").returncode == 2  # without a reason


def test_a_folder_called_accept_is_still_a_folder(place: Path) -> None:
    (place / "in").rename(place / "accept")
    done = flowmap("batch", "accept", "--out", "out", "--settle", "0", cwd=place)
    assert done.stdout.startswith("1 team analyzed of 1"), done.stderr
