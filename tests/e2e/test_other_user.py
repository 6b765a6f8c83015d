"""Run as a user who is not root, whose home cannot be read, in a folder that is not theirs: nothing of that is needed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[2] / "captures"
NOBODY = 65534
PACKAGES = [str(CAPTURES.parent), *(path for path in sys.path if "site-packages" in path)]
ENVIRON = {"HOME": "/nowhere", "PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(PACKAGES)}

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else"
)


@cache
def python() -> str | None:
    """A Python of this version that others may run, too: this one, else the system's with the same packages."""
    for program in (sys.executable, "/usr/bin/python3"):
        code = f"import sys, flowmap.analysis; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        with contextlib.suppress(OSError):
            done = subprocess.run(
                [program, "-c", code], user=NOBODY, group=NOBODY, cwd="/", check=False, capture_output=True, env=ENVIRON
            )
            if not done.returncode:
                return program
    return None


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, with captures of root's that everybody may read, and a place for outputs.

    It is not one of pytest's: these are closed again to others whenever another run begins.
    """
    if python() is None:
        pytest.skip("others may not run this Python, nor one of the system")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for team in ("open", "closed"):
            shutil.copytree(CAPTURES / "13a-bundle-proven", folder / "in" / team)
        for path in (folder / "in" / "closed").iterdir():
            path.chmod(0o600)
        (folder / "home").mkdir(mode=0o000)
        (folder / "out").mkdir()
        os.chown(folder / "out", NOBODY, NOBODY)
        yield folder


def flowmap(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python()), "-m", "flowmap", *arguments],
        user=NOBODY,
        group=NOBODY,
        extra_groups=(),
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**ENVIRON, "HOME": str(place / "home")},
    )


def test_batch_reads_what_it_may_and_tells_of_what_it_may_not(place: Path) -> None:
    batch = ("batch", "in", "--out", "out", "--settle", "0")
    done = flowmap(place, *batch)
    assert done.returncode == 3
    assert done.stdout.splitlines()[0].startswith("2 teams analyzed of 2; 1 pass")
    assert "no permission to read" in done.stderr
    assert "home" not in done.stderr
    for path in (place / "in" / "closed").iterdir():
        path.chmod(0o644)
    after = flowmap(place, *batch)
    assert (after.returncode, after.stderr) == (0, "")
    assert after.stdout.splitlines()[0] == "1 team analyzed of 2; 1 pass"


def test_analyze_needs_no_home_and_no_folder_of_its_own(place: Path) -> None:
    done = flowmap(place, "analyze", "in/open", "--json", "-", "--html", "out/r.html")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "pass"
    refused = flowmap(place, "analyze", "in/open", "--json", "r.json", "-q")
    assert (refused.returncode, refused.stdout) == (74, "")
    assert "r.json: cannot be written" in refused.stderr
