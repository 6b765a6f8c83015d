"""docs/operating.md against the program: its commands run as they stand there, its metrics are those that are written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import warm
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    lines = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    return [words for line in lines if (words := shlex.split(line))]


def test_its_commands_run_and_its_metrics_are_told(tmp_path: Path) -> None:
    """Beside a folder of two teams. Those of the cluster run in test_cluster.py, with ports of their own."""
    for name in ("lacp-down", "13a-bundle-proven"):
        shutil.copytree(ROOT / "captures" / name, tmp_path / "captures" / name)
    said = {}
    for words in commands():
        if words[0] != "flowmap" or "--scheduler" in words:
            continue
        more = (
            ["--textfile", "flowmap.prom"] if words[1] == "batch" and "--out" in words and words[2] != "accept" else []
        )
        command = [sys.executable, "-m", *words, *more]
        done = warm.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "TZ": "UTC"},
        )
        assert done.returncode == 0, done.stderr
        said[" ".join(words[:3])] = done.stdout + done.stderr
    assert said["flowmap batch captures"].startswith("2 teams analyzed of 2; 1 pass; 1 fail (lacp-down)")
    assert said["flowmap history --out"].split()[:3] == ["captured", "team", "verdict"]
    shown = [line.split() for line in said["flowmap history --out"].splitlines()]
    sample = [line.split() for line in PAGE.splitlines() if re.match(r"  20\d\d-", line)]
    assert sample == [row for row in shown if row[2:3] in (["lacp-down"], ["13a-bundle-proven"])]
    assert "lacp-down: FM201 is accepted" in said["flowmap batch accept"]
    assert "0 analyses deleted" in said["flowmap prune --keep"]
    written = {family.name for family in text_string_to_metric_families((tmp_path / "flowmap.prom").read_text())}
    rows = re.findall(r"^\| (`flowmap_.*?) \|", PAGE, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(flowmap_\w+)`", row)} == written


@pytest.mark.parametrize("keep", ["90", "0", "90x", "-5d"])
def test_what_to_keep_has_a_unit(tmp_path: Path, keep: str) -> None:
    command = [sys.executable, "-m", "flowmap", "prune", f"--keep={keep}", "--out", str(tmp_path)]
    done = warm.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "such as 90d, 12h, 30min or 6mo" in done.stderr
