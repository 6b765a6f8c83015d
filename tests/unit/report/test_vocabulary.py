"""Whatever a finding rests on has a label for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowmap
from flowmap.report.html.vocabulary import EVIDENCE, SUBJECTS
from flowmap.verdict.limit_findings import _KEPT

PACKAGE = Path(flowmap.__file__).parent
SOURCES = [*sorted(PACKAGE.glob("verdict/*.py")), *sorted(PACKAGE.glob("team/lacp_*.py"))]


def _written(path: Path, field: str) -> set[str]:
    """Keys that the source puts into the mapping called `field`: directly, through a variable, a function or keywords."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    values = {name.id: [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign)
                        and any(isinstance(t, ast.Name) and t.id == name.id for t in _targets(node))]
              for name in ast.walk(tree) if isinstance(name, ast.Name)}  # fmt: skip
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == field:
                    found |= set(_keys(value, values, functions))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and field == "evidence":
            if node.func.id in ("LacpFinding", "Finding"):
                for part in [*node.args, *(word.value for word in node.keywords)]:
                    named = isinstance(part, ast.Name) and part.id in ("evidence", "named")
                    if named or (isinstance(part, ast.Dict) and node.func.id == "LacpFinding"):
                        found |= set(_keys(part, values, functions))
            elif node.func.id == "_contradiction":
                found |= {word.arg for word in node.keywords if word.arg}
    return found


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _keys(value: ast.AST | None, values: dict[str, list[ast.expr | None]], functions: dict[str, ast.FunctionDef],
          depth: int = 0) -> Iterator[str]:  # fmt: skip
    if depth > 5:
        return
    if isinstance(value, ast.Dict):
        for key, part in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from _keys(part, values, functions, depth + 1)
            elif isinstance(key, ast.Constant):
                yield str(key.value)
    elif isinstance(value, ast.Name):
        for assigned in values.get(value.id, []):
            yield from _keys(assigned, values, functions, depth + 1)
    elif isinstance(value, ast.BinOp):
        yield from _keys(value.left, values, functions, depth + 1)
        yield from _keys(value.right, values, functions, depth + 1)
    elif isinstance(value, ast.IfExp):
        yield from _keys(value.body, values, functions, depth + 1)
        yield from _keys(value.orelse, values, functions, depth + 1)
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in functions:
        for node in ast.walk(functions[value.func.id]):
            if isinstance(node, ast.Return):
                yield from _keys(node.value, values, functions, depth + 1)


@pytest.mark.parametrize(("field", "labels", "known"), [
    ("evidence", EVIDENCE, {"commands", "p_value", "source_macs", "peer_gap_ns", "moves", "odds", "zero_windows"}),
    ("subject", SUBJECTS, {"stream", "direction", "members"}),
])  # fmt: skip
def test_what_findings_are_about_and_rest_on_has_a_label(field: str, labels: dict[str, str], known: set[str]) -> None:
    written = set().union(*(_written(path, field) for path in SOURCES), {*_KEPT, "idle_bps"} if field == "evidence" else ())
    assert known <= written, "the search finds no longer what it should"
    assert written - {"commands"} <= labels.keys()
