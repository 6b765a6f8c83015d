"""The tables of docs/questions.md: each capture leads to its finding, each look-alike does not, and each code has its page."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import flowmap
from flowmap.document.model import Report
from flowmap.document.pages.pages import is_page, pages

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "captures"
TEXT = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")


class Row(NamedTuple):
    name: str
    code: str
    leads: str
    alike: str


def rows() -> Iterator[Row]:
    """Of all tables; the first cell is the number of a question, or words that name a sign."""
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= 5 and cells[-1].startswith("`"):
            at = next(at for at, cell in enumerate(cells) if re.fullmatch(r"FM[0-9]{3}|[a-z]+_[a-z_]+", cell))
            yield Row(cells[0] if at > 1 else cells[0][:40], cells[at], cells[-2].strip("`"), cells[-1].strip("`"))


ROWS = list(rows())
TSHARK = shutil.which("tshark")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edited")


@cache
def recipes() -> tuple[Any, Any]:
    """captures/recipes and the writer, which are scripts' modules beside the captures."""
    sys.path.insert(0, str(CAPTURES))
    try:
        return importlib.import_module("recipes").RECIPES, importlib.import_module("kit.recordings").write
    finally:
        sys.path.remove(str(CAPTURES))


@cache
def folder_of(name: str, made: Path) -> Path:
    if not name.startswith("edited/"):
        return CAPTURES / name
    known, write = recipes()
    path = made / name
    write(path, known[path.name]())
    return path


@cache
def report_on(arguments: str, made: Path) -> Report:
    """Of `flowmap analyze captures/ARGUMENTS`."""
    folder, *options = shlex.split(arguments)
    settings = {option.removeprefix("--"): value for option, value in zip(options[::2], options[1::2], strict=True)}
    return flowmap.analyze(folder_of(folder, made), **settings).report


def codes(arguments: str, made: Path) -> set[str]:
    """Findings and notices."""
    report = report_on(arguments, made)
    return {*(finding.code for finding in report.findings), *(notice.code for notice in report.notices)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{row.code}")
def test_the_capture_leads_to_the_finding_and_the_look_alike_does_not(row: Row, made: Path) -> None:
    assert row.code in codes(row.leads, made)
    assert row.code not in codes(row.alike, made)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{row.code}")
def test_every_code_has_a_page(row: Row) -> None:
    assert is_page(row.code)


def test_the_tables_are_there() -> None:
    assert {row.name for row in ROWS if row.name.isdigit()} == {str(number) for number in range(1, 22)}
    assert [row.name for row in ROWS if row.name.isdigit()] == sorted(
        {row.name for row in ROWS if row.name.isdigit()}, key=int
    )
    assert all(pages()[row.code].kind in ("finding", "notice") for row in ROWS)


def test_every_recipe_is_used() -> None:
    used = {name.split()[0] for row in ROWS for name in (row.leads, row.alike) if name.startswith("edited/")}
    assert used == {f"edited/{name}" for name in recipes()[0]}


def _with_a_filter() -> dict[str, Row]:
    """The first row of each code whose finding has one; those of single streams are tested with `extract`."""
    return {row.code: row for row in reversed(ROWS) if row.code.startswith("FM3")}


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.parametrize("code", sorted(_with_a_filter()))
def test_the_filter_shows_frames_of_the_members_it_names(code: str, made: Path) -> None:
    row = _with_a_filter()[code]
    found = [finding for finding in report_on(row.leads, made).findings if finding.code == code]
    folder = folder_of(row.leads.split()[0], made)
    for finding in found:
        if finding.wireshark_filter is None:
            continue
        names = finding.subject.get("members") or [path.stem for path in folder.glob("*.pcap*")]
        frames = [_frames(path, finding.wireshark_filter) for path in folder.glob("*.pcap*") if path.stem in names]
        assert len(frames) == len(names) > 0
        assert sum(frames) > 0, finding.wireshark_filter


def _frames(path: Path, shown: str) -> int:
    assert TSHARK is not None
    command = [TSHARK, "-n", "-r", str(path), "-Y", shown]
    return len(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
