"""A short fuzz run of all targets, with fixed random numbers. Long ones: see docs/fuzzing.md."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.targets import TARGETS

RUN = Path(__file__).with_name("run.py")
SECONDS = 4 if os.environ.get("FLOWMAP_EXHAUSTIVE") else 1
"""Of each target."""
MISSING = "nothing"
"""No target: the child that is given it raises, as one does that finds something."""


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_nothing_is_found_but_where_a_target_raises(tmp_path: Path) -> None:
    """One run, for the package is loaded anew for each: of all targets, and of one that does not exist."""
    names = [*TARGETS, MISSING]
    command = [sys.executable, str(RUN), "--seconds", str(SECONDS * len(names)), "--folder", str(tmp_path), *names]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    told = done.stdout.decode(errors="replace")
    assert told.rstrip().endswith(f"found something: {MISSING}; the inputs are in {tmp_path}"), told[-6000:]
    assert done.returncode == 1
