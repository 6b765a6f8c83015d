"""The tables of docs/questions.md: each capture leads to its finding, each look-alike does not, and each code has its page."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import flowmap
from flowmap.report.explain import is_page, pages

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
def codes(arguments: str, made: Path) -> frozenset[str]:
    """Findings and notices of `flowmap analyze captures/ARGUMENTS`."""
    folder, *options = shlex.split(arguments)
    path = CAPTURES / folder
    if folder.startswith("edited/"):
        known, write = recipes()
        path = made / folder
        write(path, known[path.name]())
    settings = {option.removeprefix("--"): value for option, value in zip(options[::2], options[1::2], strict=True)}
    report = flowmap.analyze(path, **settings).report
    return frozenset([*(finding.code for finding in report.findings), *(notice.code for notice in report.notices)])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{row.code}")
def test_the_capture_leads_to_the_finding_and_the_look_alike_does_not(row: Row, made: Path) -> None:
    assert row.code in codes(row.leads, made)
    assert row.code not in codes(row.alike, made)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{row.code}")
def test_every_code_has_a_page(row: Row) -> None:
    assert is_page(row.code)


def test_the_tables_are_there() -> None:
    assert [row.name for row in ROWS if row.name.isdigit()] == sorted(
        {row.name for row in ROWS if row.name.isdigit()}, key=int
    )
    assert all(pages()[row.code].kind in ("finding", "notice") for row in ROWS)


def test_every_recipe_is_used() -> None:
    used = {name.split()[0] for row in ROWS for name in (row.leads, row.alike) if name.startswith("edited/")}
    assert used == {f"edited/{name}" for name in recipes()[0]}
