"""The tree is the pipeline: what can be counted of it. Each list of exceptions only shrinks: what no longer needs to be in it
has to be taken out. Which way imports point between and inside folders stands in pyproject.toml (import-linter)."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "flowmap"
UNIT = ROOT / "tests" / "unit"
PROPERTY = ROOT / "tests" / "property"
NOT_MIRRORED = UNIT / "not_mirrored.txt"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MOST_SIBLINGS, LONGEST_FUNCTION, MOST_ARGUMENTS = 12, 60, 5
SIBLINGS = {".": 30}
"""Folders with more than 12 files and folders, and how many they have: the root has one for each stage, what all stages use,
and what Python asks for (`__main__.py`, `py.typed`, `version.py`, `locale`)."""
MANY_ARGUMENTS = Path(__file__).with_name("many_arguments.txt")
"""Functions with more than five arguments, `self` not counted, by the reason that they have them."""


def _folders() -> Iterator[tuple[str, int]]:
    for folder in [
        PACKAGE,
        *sorted(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__"),
    ]:
        own = [path for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__")]
        yield (
            folder.relative_to(PACKAGE).as_posix(),
            sum(path.suffix not in (".so", ".c", ".pyd", ".html") for path in own),
        )


def test_a_folder_has_few_siblings() -> None:
    assert {name: count for name, count in _folders() if count > MOST_SIBLINGS} == SIBLINGS


class Function(NamedTuple):
    """A function of the package: path in it and name, how long it is, and how many arguments it takes beside `self`."""

    name: str
    lines: int
    arguments: int


class Source(NamedTuple):
    """What is counted of a module; `imported` are whole names, those for types alone left out."""

    functions: list[Function]
    imported: list[tuple[str, str]]


@cache
def _source(path: Path) -> Source:
    """Read it once for all that is counted."""
    found = Source([], [])
    left: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            name = f"{path.relative_to(PACKAGE).as_posix()}:{node.name}"
            arguments = sum(one.arg not in ("self", "cls") for one in taken)
            found.functions.append(Function(name, (node.end_lineno or 0) - node.lineno + 1, arguments))
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imported.extend((node.module, one.name) for one in node.names)
        elif isinstance(node, ast.Import):
            found.imported.extend((one.name, "") for one in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [one for one in node.body if not isinstance(one, ast.Import | ast.ImportFrom)]
        left += ast.iter_child_nodes(node)
    return found


def _functions() -> list[Function]:
    return [function for path in SOURCES for function in _source(path).functions]


def test_a_function_fits_a_screen() -> None:
    assert {one.name: one.lines for one in _functions() if one.lines > LONGEST_FUNCTION} == {}


def test_a_function_takes_few_arguments_or_is_listed_with_its_reason() -> None:
    """A dataclass says what belongs together; the list only shrinks."""
    lines = MANY_ARGUMENTS.read_text(encoding="utf-8").splitlines()
    listed = Counter(line for line in lines if line and not line.startswith("#"))
    many = Counter(one.name for one in _functions() if one.arguments > MOST_ARGUMENTS)
    assert many - listed == Counter(), "give it a dataclass"
    assert listed - many == Counter(), "takes fewer now, or is no more: take it out of many_arguments.txt"


def _imports(path: Path, modules: set[str]) -> set[str]:
    """Modules of flowmap that a module imports, also inside functions; for types alone does not count."""
    imported = _source(path).imported
    return {full if (full := f"{module}.{name}") in modules else module for module, name in imported} & modules


def test_no_imports_go_round_in_a_circle() -> None:
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES}
    left = {name: _imports(path, {*names.values()}) - {name} for path, name in names.items()}
    while free := {name for name, wanted in left.items() if not wanted}:
        left = {name: wanted - free for name, wanted in left.items() if name not in free}
    assert left == {}


def _has_test(source: str) -> bool:
    folder, _, stem = source.removesuffix(".py").rpartition("/")
    return any((tests / folder / f"test_{stem.strip('_')}.py").exists() for tests in (UNIT, PROPERTY))


def test_each_source_has_its_test_beside_it_or_is_listed() -> None:
    """tests/unit mirrors flowmap/ file by file, and tests/property where laws say more than examples do. Listed is what other
    tests, mostly of whole commands, cover until now."""
    if not NOT_MIRRORED.exists():
        pytest.skip("tests of an installed flowmap")
    listed = set(NOT_MIRRORED.read_text(encoding="utf-8").split())
    sources = [path.relative_to(PACKAGE).as_posix() for path in SOURCES if path.name != "__init__.py"]
    lacking = {source for source in sources if not _has_test(source)}
    assert lacking - listed == set(), "write a test file for it"
    assert listed - lacking == set(), "has its test, or is no more: take it out of not_mirrored.txt"
