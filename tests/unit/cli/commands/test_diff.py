"""The command `flowmap diff`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import make_report

from flowmap.report.formats.json_ import json_text

Run = Callable[..., Any]


@pytest.fixture
def reports(tmp_path: Path) -> tuple[str, str]:
    """The same but for the verdict."""
    for name, verdict in (("a.json", "fail"), ("b.json", "pass")):
        (tmp_path / name).write_text(json_text(make_report(verdict=verdict)), encoding="utf-8")
    return str(tmp_path / "a.json"), str(tmp_path / "b.json")


def test_exit_code_says_whether_they_differ(run: Run, reports: tuple[str, str]) -> None:
    different, same = run("diff", *reports), run("diff", reports[0], reports[0])
    assert (different.code, same.code) == (1, 0)
    assert "1 difference." in different.out
    assert "No differences." in same.out


def test_json_and_quiet(run: Run, reports: tuple[str, str], tmp_path: Path) -> None:
    result = run("diff", *reports, "--json", "-")
    told = json.loads(result.out)
    assert (told["schema"], told["differences"]) == ("flowmap.diff/1", 1)
    assert told["claims"]["verdict"] == {"before": "fail", "after": "pass"}
    result = run("diff", *reports, "-q", "--json", "out.json")
    assert (result.out, result.code) == ("", 1)
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == told


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"schema": "flowmap.report/2"}', '{"src_ip": "10.0.0.1"}\n'])
def test_what_is_no_report_is_2(run: Run, reports: tuple[str, str], tmp_path: Path, text: str) -> None:
    (tmp_path / "other").write_text(text, encoding="utf-8")
    result = run("diff", reports[0], "other")
    assert result.code == 2
    assert "other" in result.err


def test_an_input_is_not_overwritten(run: Run, reports: tuple[str, str]) -> None:
    assert run("diff", *reports, "--json", reports[0]).code == 2


def test_a_file_that_is_not_there_is_told_as_that(run: Run, reports: tuple[str, str]) -> None:
    result = run("diff", reports[0], "nowhere.json")
    assert (result.code, result.err) == (2, "flowmap: nowhere.json: no such file\n")
