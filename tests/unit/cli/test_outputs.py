"""Every output of `analyze` under the same rules: written whole or not at all, never over an input, also without an answer."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

BEGINNINGS = {
    "--json": ("r.json", b"{\n"),
    "--markdown": ("r.md", b"# flowmap: INCONCLUSIVE\n"),
    "--html": ("r.html", b'<!DOCTYPE html>\n<html lang="en">'),
    "--png": ("r.png", b"\x89PNG\r\n\x1a\n"),
    "--flows": ("f.csv", b"member,"),
}
"""By option: a name, and what the file begins with."""

every_output = pytest.mark.parametrize("option", BEGINNINGS)


@every_output
@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_it_is_written_whatever_the_answer(run: Run, pipeline: Any, option: str, code: int) -> None:
    name, beginning = BEGINNINGS[option]
    pipeline.answer.report = pipeline.answer.report.model_copy(update={"exit_code": code})
    result = run("analyze", "a", option, name, "-q")
    assert (result.code, result.out, result.err) == (code, "", "")
    assert Path(name).read_bytes().startswith(beginning)
    assert [path.name for path in Path().iterdir()] == [name]


@every_output
def test_a_failure_is_74_and_leaves_the_others_and_what_was_there(run: Run, pipeline: Any, option: str) -> None:
    name, _beginning = BEGINNINGS[option]
    other = "--flows" if option == "--json" else "--json"
    Path(name).mkdir()
    result = run("analyze", "a", option, name, other, "other.csv")
    assert result.code == 74
    assert f"{name}: cannot be written" in result.err
    assert Path("other.csv").exists()
    assert result.out.startswith("INCONCLUSIVE")


@every_output
def test_it_never_takes_the_place_of_an_input_or_of_another_output(run: Run, pipeline: Any, option: str) -> None:
    name, _beginning = BEGINNINGS[option]
    other = "--markdown" if option == "--json" else "--json"
    Path(name).write_bytes(b"capture")
    for arguments in (["nic1=" + name, option, name], ["a", option, name, other, f"./{name}"]):
        result = run("analyze", *arguments)
        assert (result.code, result.out, pipeline.asked) == (2, "", None)
        assert "would overwrite an input" in result.err or "go to the same place" in result.err
    assert Path(name).read_bytes() == b"capture"


@pytest.mark.parametrize("option", [option for option in BEGINNINGS if option != "--png"])
def test_it_goes_to_standard_output_alone(run: Run, pipeline: Any, option: str) -> None:
    _name, beginning = BEGINNINGS[option]
    result = run("analyze", "a", option, "-")
    assert result.out.startswith(beginning.decode())
    assert "\nMEMBERS\n" not in result.out
    assert run("analyze", "a", option, "-", "--json" if option != "--json" else "--flows", "-").code == 2


def test_a_picture_goes_to_standard_output_alone(run: Run, pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", out)
    assert run("analyze", "a", "--png", "-").code == 3
    written = out.buffer.getvalue()  # type: ignore[attr-defined]
    assert written.startswith(BEGINNINGS["--png"][1])
    assert written.endswith(b"IEND\xaeB`\x82")


def test_charts_that_can_be_zoomed_are_in_the_page_only_where_asked_for(run: Run, pipeline: Any) -> None:
    plain = run("analyze", "a", "--html", "-").out
    interactive = run("analyze", "a", "--html", "-", "--interactive").out
    assert "window.vegaEmbed=" not in plain
    assert "window.vegaEmbed=" in interactive
    assert len(interactive) - len(plain) < 1_100_000
    refused = run("analyze", "a", "--interactive")
    assert refused.code == 2
    assert "--html" in refused.err


def test_parquet_files_go_into_a_folder_of_their_own(run: Run, pipeline: Any) -> None:
    pytest.importorskip("pyarrow", reason="one of the test extra's packages")
    assert run("analyze", "a", "-q", "--parquet", "new/p").code == 3
    assert sorted(path.name for path in Path("new/p").iterdir()) == ["bins.parquet", "flows.parquet", "streams.parquet"]
    for path in Path("new/p").iterdir():
        assert path.read_bytes()[:4] == path.read_bytes()[-4:] == b"PAR1"


def test_a_folder_that_cannot_be_made_is_74(run: Run, pipeline: Any) -> None:
    pytest.importorskip("pyarrow", reason="one of the test extra's packages")
    Path("p").write_bytes(b"")
    result = run("analyze", "a", "--parquet", "p", "--json", "r.json")
    assert (result.code, Path("r.json").exists()) == (74, True)
    assert "p: cannot be written" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--parquet", "-"],
        ["--parquet", ""],
        ["--parquet", "p", "--flows", "p/flows.parquet"],
        ["--parquet", "p", "--json", "./p/../p/bins.parquet"],
        ["n=p/streams.parquet", "--parquet", "p"],
    ],
)
def test_parquet_files_take_the_place_of_nothing(run: Run, pipeline: Any, arguments: list[str]) -> None:
    Path("p").mkdir()
    Path("p/streams.parquet").write_bytes(b"capture")
    result = run("analyze", "a", *arguments)
    assert (result.code, pipeline.asked) == (2, None)
    assert Path("p/streams.parquet").read_bytes() == b"capture"


@pytest.mark.parametrize("arguments", [["--parquet", "p"], ["--flows", "f.parquet"]])
def test_without_pyarrow_it_is_2_before_anything_is_read(
    run: Run, pipeline: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("analyze", "a", *arguments)
    assert (result.code, pipeline.asked) == (2, None)
    hint = "in a clone of flowmap, pip install '.[arrow]'"
    assert result.err == f"flowmap: {arguments[0]} needs pyarrow: {hint}\n"
    assert list(Path().iterdir()) == []
