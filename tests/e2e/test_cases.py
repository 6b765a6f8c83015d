"""The cases in tests/cases: captures as people have them, made by a script each, and what flowmap has to say of them.

A case is a folder with make.py, which writes its inputs into the folder given to it, and case.toml: `about`, and a [[run]] for
each command line: `args` ({dir} is the made folder), `exit` the exit codes that are right, `expect` and `forbid` Python
expressions about the report and the text. Names in them: see `_names`. Many are of public bug reports; those called right-*
look like a fault and are none.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flowmap.cli.app import app

CASES = Path(__file__).parents[1] / "cases"


class Doc(dict[str, Any]):
    """A table of the report whose keys are attributes too."""

    __getattr__ = dict.__getitem__


def _doc(value: Any) -> Any:
    if isinstance(value, dict):
        return Doc((key, _doc(one)) for key, one in value.items())
    return [_doc(one) for one in value] if isinstance(value, list) else value


def _names(report: Any, code: int, text: str) -> dict[str, Any]:
    """`r` the report, `code`, `text` all that was printed, `says(pattern)`; sets `codes`, `notices`, `placements`, `causes`,
    `limits`, `used`; `members`; `judged`; `hosts_on` {member: count} of the claim spread."""
    names = {
        "re": re,
        "r": report,
        "code": code,
        "text": text,
        "says": lambda p: bool(re.search(p, text, re.IGNORECASE)),
    }
    if report is None:
        return names
    judged = [stream for stream in report.streams if stream.judged]
    directions = [direction for stream in judged for direction in stream.directions]
    return names | {
        "codes": {one.code for one in report.findings},
        "notices": {one.code for one in report.notices},
        "members": [member["name"] for member in report.members],
        "judged": judged,
        "placements": {one.placement for one in directions},
        "causes": {one.cause for one in directions} - {None},
        "limits": {stream.limited_by for stream in judged},
        "hosts_on": report.claims.spread.counts or {},
        "used": {member["name"] for one in directions for member in one.members},
    }


def _run(args: list[str], made: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Run the command in this process: to start a hundred processes takes longer than all that they do."""
    words = [arg.replace("{dir}", str(made)) for arg in args]
    with pytest.raises(SystemExit) as ended:
        app(["analyze", *words, "--json", str(out)], prog_name="flowmap")
    report = _doc(json.loads(out.read_text())) if out.exists() else None
    code = ended.value.code
    assert isinstance(code, int)
    return _names(report, code, " ".join("\n".join(capsys.readouterr()).split()))


def _make(case: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the case's script write its inputs."""
    made.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", [str(case / "make.py"), str(made)])
        patch.syspath_prepend(str(CASES))
        patch.delitem(sys.modules, "pkt", raising=False)
        runpy.run_path(str(case / "make.py"), run_name="__main__")
        sys.modules.pop("pkt", None)


@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/case.toml")))
def test_case(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made"
    _make(CASES / case, made, monkeypatch)
    monkeypatch.chdir(made)
    for key in [key for key in os.environ if key.startswith("FLOWMAP_")]:
        monkeypatch.delenv(key)
    for key, value in {"COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}.items():
        monkeypatch.setenv(key, value)
    for number, run in enumerate(tomllib.loads((CASES / case / "case.toml").read_text())["run"]):
        names = _run(run["args"], made, tmp_path / f"report{number}.json", capsys)
        said = f"{case}, run {number + 1}: {names['text'][:2000]}"
        assert "Traceback" not in names["text"], said
        assert names["code"] in run["exit"], said
        for expression in run.get("expect", []):
            assert eval(expression, dict(names)), f"{expression}: {said}"  # our own words, of the tree
        for expression in run.get("forbid", []):
            assert not eval(expression, dict(names)), f"{expression}: {said}"
