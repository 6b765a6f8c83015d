"""`flowmap analyze`: flags become settings, answers become outputs and exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import make_report

from flowmap.errors import ConfigError, NotACapture, ReportError

Run = Callable[..., Any]


def answer(pipeline: Any, verdict: str, code: int) -> None:
    pipeline.answer.report = make_report(verdict=verdict, exit_code=code)


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        (["--local", "10.0.0.1", "--local", "02:00:00:00:00:01"], {"local": ("10.0.0.1", "02:00:00:00:00:01")}),
        (["--speed", "10G", "--speed", "nic1=1G"], {"default_speed": 10**10, "speeds": {"nic1": 10**9}}),
        (["--team", "team.json", "--team", "adapters.json"], {"team": ("team.json", "adapters.json")}),
        (["--mode", "lacp"], {"mode": "lacp"}),
        (["--algorithm", "dynamic"], {"algorithm": "dynamic"}),
        (["--migration-port", "6600", "--migration-port", "1-2"], {"migration_ports": ((6600, 6600), (1, 2))}),
        (["--streams", "all"], {"streams": "all"}),
        (["--from", "1.5", "--to", "2"], {"from_ns": 1_500_000_000, "to_ns": 2_000_000_000}),
        (["--from", "1970-01-01T00:00:00Z"], {"from_ns": 0}),
        (["--top", "0"], {"top": 0}),
        (["--strict"], {"strict": True}),
        (["--jobs", "3"], {"jobs": 3}),
        (["--decoder", "dpkt"], {"decoder": "dpkt"}),
    ],
)
def test_flags_become_settings(run: Run, pipeline: Any, flags: list[str], changed: dict[str, Any]) -> None:
    run("analyze", "a.pcap", "nic2=b.pcap", *flags)
    paths, settings = pipeline.asked
    assert paths == ["a.pcap", "nic2=b.pcap"]
    from flowmap.settings.config import Settings

    assert settings == Settings(**changed)


def test_thresholds_become_settings(run: Run, pipeline: Any) -> None:
    run("analyze", "a", "--threshold", "spread_alpha=0.05", "--threshold", "spray_median_run=9")
    thresholds = pipeline.asked[1].thresholds
    assert (thresholds.spread_alpha, thresholds.spray_median_run) == (0.05, 9)


def test_no_strict_overrides_a_file(run: Run, pipeline: Any) -> None:
    Path("flowmap.toml").write_text("strict = true\n")
    run("analyze", "a")
    assert pipeline.asked[1].strict is True
    run("analyze", "a", "--no-strict")
    assert pipeline.asked[1].strict is False


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("by-design", 0), ("fail", 1), ("inconclusive", 3)])
def test_the_answer_is_text_and_an_exit_code(run: Run, pipeline: Any, verdict: str, code: int) -> None:
    answer(pipeline, verdict, code)
    result = run("analyze", "a")
    assert (result.code, result.err) == (code, "")
    assert result.out.startswith(verdict.upper())
    assert "\x1b" not in result.out
    assert "EVENNESS" not in result.out


def test_the_text_report_has_everything_or_is_one_line_if_asked_for(run: Run, pipeline: Any) -> None:
    answer(pipeline, "fail", 1)
    full = run("analyze", "a", "--full").out
    assert "made 2026-01-02T03:04:05Z" in " ".join(full.split())
    assert "EVENNESS" in full
    brief = run("analyze", "a", "--brief").out
    assert brief.count("\n") == 1
    assert brief.split("\t")[1:3] == ["fail", "1"]


def test_no_usable_input_is_4_with_its_reasons_and_a_report_only_if_asked_for(run: Run, pipeline: Any) -> None:
    answer(pipeline, "inconclusive", 4)
    pipeline.answer.messages = ["a: no such file", "b\x1b[2J: is empty"]
    result = run("analyze", "a", "b")
    assert (result.code, result.out) == (4, "")
    assert result.err == "flowmap: a: no such file\nflowmap: b\\x1b[2J: is empty\n"
    assert run("analyze", "a", "b", "--json", "r.json").code == 4
    assert json.loads(Path("r.json").read_text())["exit_code"] == 4


@pytest.mark.parametrize(("code", "mapped"), [(0, 0), (1, 0), (3, 0), (4, 4)])
def test_exit_zero_is_for_answers_only_and_leaves_the_report_alone(
    run: Run, pipeline: Any, code: int, mapped: int
) -> None:
    answer(pipeline, "fail", code)
    assert run("analyze", "a", "--exit-zero", "--json", "r.json").code == mapped
    assert json.loads(Path("r.json").read_text())["exit_code"] == code


def test_json_to_a_file_leaves_the_text_and_pins_the_clock(run: Run, pipeline: Any) -> None:
    assert run("analyze", "a", "--json", "r.json").out.startswith("INCONCLUSIVE")
    assert json.loads(Path("r.json").read_text())["generated_at"] == "2026-01-02T03:04:05Z"


def test_json_on_standard_output_is_alone_there(run: Run, pipeline: Any) -> None:
    result = run("analyze", "a", "--json", "-")
    assert json.loads(result.out)["schema"] == "flowmap.report/2"
    assert result.code == 3


def test_flows_as_csv_json_lines_and_on_standard_output(run: Run, pipeline: Any) -> None:
    run("analyze", "a", "--flows", "f.csv")
    assert [row["member"] for row in csv.DictReader(Path("f.csv").read_text().splitlines())] == ["x", "y"]
    run("analyze", "a", "--flows", "f.jsonl")
    assert [json.loads(line)["rst"] for line in Path("f.jsonl").read_text().splitlines()] == [1, 2]
    assert len(run("analyze", "a", "--flows", "-").out.splitlines()) == 3


def test_quiet_leaves_only_messages(run: Run, pipeline: Any) -> None:
    pipeline.answer.messages = ["b: no such file"]
    result = run("analyze", "a", "b", "-q", "--json", "r.json")
    assert (result.out, result.err) == ("", "flowmap: b: no such file\n")
    assert Path("r.json").exists()


def test_what_the_pipeline_says_goes_to_standard_error(run: Run, pipeline: Any) -> None:
    pipeline.words = "compiling, once"
    pipeline.steps = [(1, 2), (2, 2)]
    assert run("analyze", "a").err == "flowmap: compiling, once\n"


@pytest.mark.parametrize(
    "flags",
    [
        ["--json", "-", "--flows", "-"],
        ["--json", "same.csv", "--flows", "./same.csv"],
        ["--flows", "f.txt"],
        ["--json", ""],
        ["--json", "a.pcap"],
        ["--flows", "in.csv"],
        ["--from", "yesterday"],
        ["--from", "2", "--to", "1"],
        ["--speed", "fast"],
        ["--migration-port", "0"],
        ["--streams", "some"],
        ["--threshold", "spread_alpha=high"],
        ["--threshold", "alpha=1"],
        ["--top", "-1"],
        ["--top", "many"],
        ["--jobs", "0"],
        ["--no-such-flag"],
        ["--full", "--brief"],
        ["--brief", "-q"],
    ],
)
def test_bad_usage_is_2_before_anything_is_read(run: Run, pipeline: Any, flags: list[str]) -> None:
    Path("a.pcap").write_bytes(b"capture")
    Path("in.csv").write_bytes(b"capture")
    result = run("analyze", "a.pcap", "nic2=in.csv", *flags)
    assert (result.code, result.out, pipeline.asked) == (2, "", None)
    assert result.err
    assert Path("a.pcap").read_bytes() == Path("in.csv").read_bytes() == b"capture"


def test_bad_configuration_is_2(run: Run, pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("flowmap.toml").write_text("tpo = 3\n")
    result = run("analyze", "a")
    assert result.code == 2
    assert "flowmap.toml: 'tpo'" in result.err
    assert "did you mean top?" in result.err
    Path("flowmap.toml").unlink()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert run("analyze", "a").code == 2


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ConfigError("no such mode"), 2, "flowmap: no such mode\n"),
        (NotACapture("a", "is no capture"), 4, "flowmap: a: is no capture\n"),
        (ReportError("r: cannot be written"), 74, "flowmap: r: cannot be written\n"),
        (KeyboardInterrupt(), 130, "flowmap: interrupted\n"),
    ],
)
def test_exceptions_become_exit_codes(run: Run, pipeline: Any, error: BaseException, code: int, text: str) -> None:
    pipeline.answer = error
    result = run("analyze", "a", "--json", "r.json")
    assert (result.code, result.out, result.err) == (code, "", text)
    assert not Path("r.json").exists()


def test_a_bug_is_70_with_a_traceback_only_if_asked_for(run: Run, pipeline: Any) -> None:
    pipeline.answer = ZeroDivisionError("division\x1b by zero")
    result = run("analyze", "a")
    assert result.code == 70
    assert "this is a bug in flowmap" in result.err
    assert r"ZeroDivisionError: division\x1b by zero" in result.err
    assert "Traceback" not in result.err
    assert "Traceback" in run("analyze", "a", "-v").err


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or os.name != "posix", reason="POSIX signals")
def test_a_signal_ends_with_its_number(run: Run, pipeline: Any) -> None:
    pipeline.during = lambda: os.kill(os.getpid(), signal.SIGTERM)
    before = signal.getsignal(signal.SIGTERM)
    try:
        result = run("analyze", "a")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (result.code, result.err) == (143, "flowmap: ended by signal 15\n")


def test_an_output_that_cannot_be_written_is_74_and_the_others_are_written(run: Run, pipeline: Any) -> None:
    result = run("analyze", "a", "--json", "none/r.json", "--flows", "f.csv")
    assert result.code == 74
    assert "none/r.json: cannot be written" in result.err
    assert Path("f.csv").exists()
    assert result.out.startswith("INCONCLUSIVE")


def test_a_reader_that_left_is_no_bug(run: Run, pipeline: Any) -> None:
    pipeline.answer = BrokenPipeError()
    result = run("analyze", "a")
    assert (result.code, result.err) == (141, "")


def test_a_standard_output_that_is_closed_is_74(run: Run, pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    result = run("analyze", "a", "--json", "r.json")
    assert (result.code, result.err) == (74, "flowmap: standard output: cannot be written: it is closed\n")
    assert Path("r.json").exists()
