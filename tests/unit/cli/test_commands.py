"""The other commands, help, and what start-up costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import flowmap
from flowmap.notice import Notice
from flowmap.report.formats.json_ import json_text
from flowmap.tools.inspect.model import CaptureInspection

Run = Callable[..., Any]
COMMANDS = (
    ["analyze"],
    ["inspect"],
    ["explain"],
    ["schema"],
    ["config", "show"],
    ["verify"],
    ["extract"],
    ["batch"],
    ["history"],
    ["prune"],
    ["predict"],
    ["diff"],
    ["selftest"],
)


def test_version(run: Run) -> None:
    assert run("--version").out == f"flowmap {flowmap.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_which_every_flag_is_explained(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.code == 0
    options = result.out.partition("Options:")[2]
    for flag in re.findall(r"^  (-[^\n]*)", options, re.MULTILINE):
        assert re.search(r"\s{2,}\S", flag) or re.search(rf"{re.escape(flag.strip())}\n\s{{20,}}\S", options), flag


def test_analyze_has_exactly_the_documented_flags(run: Run) -> None:
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", run("analyze", "--help").out.partition("Options:")[2]))
    assert flags == {
        "--local",
        "--team",
        "--speed",
        "--mode",
        "--algorithm",
        "--migration-port",
        "--streams",
        "--from",
        "--to",
        "--top",
        "--json",
        "--markdown",
        "--html",
        "--interactive",
        "--flows",
        "--threshold",
        "--strict",
        "--no-strict",
        "--decoder",
        "--exit-zero",
        "--jobs",
        "--quiet",
        "--verbose",
        "--help",
        "--anonymize",
        "--png",
        "--parquet",
        "--scheduler",
        "--full",
        "--brief",
        "--open",
    }


@pytest.mark.parametrize("arguments", [["analyze"], ["inspect"], ["nonsense"], ["config"], ["explain", "a", "b"], []])
def test_usage_errors_are_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Usage: flowmap" in result.out + result.err


@pytest.mark.skipif(os.name != "posix", reason="the processor time of processes that have ended")
def test_help_starts_within_twelve_bare_interpreters() -> None:
    import resource

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def spent(*arguments: str) -> float:
        before = used()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        return used() - before

    pairs = [(spent("-m", "flowmap", "--help"), spent("-c", "pass")) for _ in range(9)]
    helping, bare = (sorted(times)[2] for times in zip(*pairs, strict=True))
    assert helping <= 12 * bare


def test_schema_is_what_reports_fulfil(run: Run) -> None:
    from factories import make_report

    schema = json.loads(run("schema").out)
    jsonschema.validate(json.loads(json_text(make_report())), schema, cls=jsonschema.Draft202012Validator)


def test_explain(run: Run) -> None:
    page = run("explain", "fm101")
    assert (page.code, page.out.split(":")[0]) == (0, "FM101")
    assert "capture_damaged" in run("explain").out
    assert json.loads(run("explain", "sprayed", "--json", "-").out)["pages"][0]["code"] == "sprayed"
    unknown = run("explain", "FM1O1")
    assert (unknown.code, unknown.out) == (2, "")
    assert "did you mean FM101" in unknown.err


def test_config_show_tells_value_and_origin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("flowmap.toml").write_text('mode = "lacp"\n[speed]\ndefault = "10G"\nnic1 = "1G"\n')
    monkeypatch.setenv("FLOWMAP_THRESHOLD_SPREAD_ALPHA", "0.05")
    shown = json.loads(run("config", "show", "--json", "-").out)
    file = str(Path("flowmap.toml").resolve())
    settings = shown["settings"]
    assert (settings["mode"]["value"], settings["mode"]["origin"]) == ("lacp", file)
    assert settings["speed"]["value"] == {"default": 10**10, "nic1": 10**9}
    assert settings["speed"]["origin"] == file
    assert settings["thresholds.spread_alpha"]["origin"] == "environment variable FLOWMAP_THRESHOLD_SPREAD_ALPHA"
    assert settings["top"] == {"value": 50, "origin": "default", "meaning": settings["top"]["meaning"]}
    assert shown["files"][file] is True
    text = run("config", "show").out
    assert f'mode = "lacp"  ({file})\n' in text
    assert f'mode = "lacp"  ({file})\n    teaming mode of the host\n' in run("config", "show", "-v").out
    assert "/etc/flowmap/flowmap.toml" in text


def test_config_show_names_every_key_that_a_file_may_have(run: Run) -> None:
    shown = json.loads(run("config", "show", "--json", "-").out)["settings"]
    Path("flowmap.toml").write_text("nonsense = 1\n")
    known = set(run("config", "show").err.partition("Known: ")[2].strip().split(", "))
    assert known == {name.partition(".")[0] for name in shown}


def test_inspect_shows_captures_and_ends_by_what_it_found(run: Run, pipeline: Any) -> None:
    good = CaptureInspection("a.pcap", format="pcap", byte_order="little", packets=3, members=("a",))
    bad = CaptureInspection("b", error="b: no such file")
    torn = CaptureInspection(
        "c", format="pcap", damaged=True, notices=(Notice("capture_damaged", "no record", first_offset=9),)
    )
    unused = CaptureInspection("d", format="pcapng", notices=(Notice("interface_unknown", "not used", count=2),))
    for captures, code in (([good], 0), ([good, bad], 3), ([torn], 3), ([unused], 3), ([bad], 4), ([], 4)):
        pipeline.captures = captures
        assert run("inspect", "x").code == code
    pipeline.captures = [good, bad, torn]
    text = run("inspect", "x").out
    assert "pcap, little endian, 3 packets" in text
    assert "not read: b: no such file" in text
    assert [c["path"] for c in json.loads(run("inspect", "x", "--json", "-").out)["captures"]] == ["a.pcap", "b", "c"]


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_a_pipe_that_closes_early_is_quiet() -> None:
    command = f"{sys.executable} -m flowmap schema | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_standard_output_is_74() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "flowmap", "schema"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 74
    assert done.stderr == "flowmap: standard output: cannot be written: No space left on device\n"


def test_output_survives_a_terminal_that_knows_only_ascii() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-m", "flowmap", "explain"], capture_output=True, text=True, env=environ)
    assert done.returncode == 0
