"""A short fuzz run of all targets, with fixed random numbers. Long ones: see docs/fuzzing.md."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
SECONDS = 26


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_nothing_is_found(tmp_path: Path) -> None:
    command = [sys.executable, str(RUN), "--seconds", str(SECONDS), "--folder", str(tmp_path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-6000:]
    assert b"nothing found" in done.stdout


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_a_find_fails_the_run(tmp_path: Path) -> None:
    """With a seed for a target that does not exist, which raises."""
    command = [sys.executable, str(RUN), "--seconds", "1", "--folder", str(tmp_path), "nothing"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
