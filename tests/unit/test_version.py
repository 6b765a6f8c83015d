"""The version is one: what `--version`, the installed package and the citation say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from flowmap.version import __version__

ROOT = Path(__file__).parents[2]


def test_the_citation_has_it() -> None:
    (cited,) = re.findall(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited == __version__


def test_the_package_takes_it_from_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "flowmap.version.__version__"}


def test_it_is_one_that_pip_can_order() -> None:
    """PEP 440."""
    assert re.fullmatch(r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?", __version__)


def test_the_command_and_the_module_tell_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "flowmap", "--version"], capture_output=True, text=True, check=True, timeout=120
    )
    assert __version__ in ran.stdout
