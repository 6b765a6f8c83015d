"""What helps on the way: a forgotten command, a name that is nowhere, completion, what is there, what is changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from flowmap.cli import main

ROOT = Path(__file__).parents[3]
LAB = ROOT / "captures" / "different-sources"
Captured = pytest.CaptureFixture[str]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["flowmap", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(str(end.value.code or 0))


@pytest.mark.parametrize("argument", [LAB, f"NIC1={LAB / 'hvT_nic1.pcap'}"])
def test_captures_without_a_command_are_told_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, argument: object
) -> None:
    assert run(monkeypatch, argument, "--full") == 2
    assert f"flowmap analyze {argument} --full" in capsys.readouterr().err


def test_what_is_no_path_is_no_such_command(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert run(monkeypatch, "analyse") == 2
    assert "Did you mean 'analyze'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"), [("--speed", "nope=10G"), ("--local", "192.0.2.1"), ("--local", "02:00:00:00:00:99")]
)
def test_a_name_that_is_nowhere_is_an_error_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path, option: str, value: str
) -> None:
    report = tmp_path / "report.json"
    assert run(monkeypatch, "analyze", LAB, option, value, "--json", report, "-v") == 2
    told = capsys.readouterr().err
    assert option in told
    assert "Traceback" not in told
    assert not report.exists()


def test_in_a_settings_file_it_is_a_notice(monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowmap.toml").write_text('speed = ["nope=10G"]\n')
    assert run(monkeypatch, "analyze", LAB, "--json", "-") == 0
    assert "speed_unmatched" in {one["code"] for one in json.loads(capsys.readouterr().out)["notices"]}


@pytest.mark.parametrize("named", [True, False])
def test_the_page_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: bool) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = tmp_path / "page.html"
    more = ["--html", page] if named else []
    assert run(monkeypatch, "analyze", LAB, "--open", "-q", *more) == 0
    (address,) = opened
    assert (address == page.as_uri()) == named
    assert "<html" in Path(address.removeprefix("file://")).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("flowmap analyze --mode balance-r", {"balance-rr"}),
        ("flowmap analyze --algorithm transport", {"transport-ports"}),
        ("flowmap analyze --decoder d", {"dpkt"}),
        ("flowmap explain FM10", {f"FM10{n}" for n in range(1, 7)}),
        ("flowmap predict x --policy layer3", {"layer3+4"}),
        ("flowmap capture --script e", {"esxi"}),
        ("flowmap explain uncl", {"unclear"}),
        ("flowmap --lang d", {"de"}),
    ],
)
def test_the_shell_completes(words: str, offered: set[str]) -> None:
    environment = {"_FLOWMAP_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    code = "from flowmap.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert offered <= set(done.stdout.split())
    assert all(word.lower().startswith(words.split()[-1].lower()) for word in done.stdout.split())


def test_settings_are_a_line_each_and_changed_ones_alone(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("FLOWMAP_TOP", "7")
    assert run(monkeypatch, "config", "show") == 0
    whole = capsys.readouterr().out.splitlines()
    assert "top = 7  (environment variable FLOWMAP_TOP)" in whole
    assert 'streams = "migration"' in whole
    assert run(monkeypatch, "config", "show", "--changed") == 0
    shown = [line for line in capsys.readouterr().out.splitlines() if " = " in line]
    assert shown == ["top = 7  (environment variable FLOWMAP_TOP)"]


def test_the_doctor_tells_what_is_there(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    import numpy as np

    assert run(monkeypatch, "doctor", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["found"]["numpy"] == np.__version__
    assert "kernel" not in found["missing"]
    with monkeypatch.context() as wrong:
        wrong.setenv("FLOWMAP_JOBS", "x")
        assert run(wrong, "doctor") == 2
        assert "not in order: environment variable FLOWMAP_JOBS: jobs = 'x'" in " ".join(
            capsys.readouterr().out.split()
        )
    monkeypatch.setattr("flowmap.kernels.available", lambda: False)
    assert run(monkeypatch, "doctor") == 3
    assert "missing: captures are read" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mod = 'lacp'", "'mod': there is no such setting: did you mean mode?"),
        ("top = 'many'", "top = 'many' cannot be used: it must be a whole number, at least 0"),
        ("[thresholds]\nspray_min_share = 2", "thresholds.spray_min_share = 2 cannot be used: it must be a number, at"),
        ("[[accept]]\ncode = 'FM301'", "accept: table 1: reason is missing"),
        ("mode = 'nonsense'", "flowmap.toml: unknown teaming mode 'nonsense'; known: switch-independent, static,"),
        ("mode = 'lcap'", "flowmap.toml: unknown teaming mode 'lcap'; did you mean lacp?"),
        ("algorithm = 'layer3+5'", "flowmap.toml: unknown algorithm 'layer3+5'; did you mean layer3+4?"),
        (
            "[[accept]]\ncode = 'FM299'\nreason = 'known'",
            "flowmap.toml: no finding and no notice has the code FM299; `flowmap explain` lists all",
        ),
        ("local = ['nobody']", "flowmap.toml: local: 'nobody' is neither an IP address nor a MAC address"),
        ("team = ['gone.json']", "gone.json: no such file"),
        ("mode = ", "not a TOML file"),
    ],
)
def test_settings_that_no_command_could_use_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path, text: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowmap.toml").write_text(text)
    assert run(monkeypatch, "config", "show") == 2
    assert told in capsys.readouterr().err
    assert run(monkeypatch, "doctor", "--json", "-") == 2
    found = json.loads(capsys.readouterr().out)
    assert "settings" in found["missing"]
    assert told in found["problems"]["settings"]
    assert run(monkeypatch, "doctor") == 2
    assert told in capsys.readouterr().out


def test_a_variable_that_is_no_setting_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("FLOWMAP_MOD", "lacp")
    for command in (("config", "show"), ("doctor",)):
        assert run(monkeypatch, *command) == 2
        said = capsys.readouterr()
        assert "environment variable FLOWMAP_MOD" in said.out + said.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("what", ["pipe", "endless"])
def test_a_settings_file_that_never_ends_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if what == "pipe":
        os.mkfifo("flowmap.toml")
    else:
        (tmp_path / "flowmap.toml").symlink_to("/dev/zero")
    signal.alarm(20)
    try:
        assert run(monkeypatch, "explain", "FM301") == 0
        assert run(monkeypatch, "config", "show") == 2
    finally:
        signal.alarm(0)
    assert "is a pipe or a device" in capsys.readouterr().err


def test_a_line_for_scripts_tells_of_inputs_beside_it(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    files = [LAB / "hvT_nic1.pcap", LAB / "hvT_nic2.pcap"]
    assert run(monkeypatch, "analyze", *files, files[0], "--brief") == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert f"{files[0]}: was given twice: used once" in said.err
    assert run(monkeypatch, "analyze", *files, "--brief") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "no column of its heading is an address"),
        ("src_ip,dst_ip,src_port,dst_port\n10.0.0.1,10.0.0.2,99999,80\n", "line 2: a header field is not valid: 99999"),
        ("src_ip,dst_ip,vlan\n10.0.0.1,10.0.0.2,4096\n", "4096 is not from 0 to 4095"),
        ("src_ip,dst_ip,proto\n10.0.0.1,10.0.0.2,-1\n", "-1 is not from 0 to 255"),
    ],
)
def test_a_list_that_cannot_be_is_an_error_of_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text)
    assert run(monkeypatch, "predict", file, "--members", 2) == 2
    assert told in capsys.readouterr().err


def test_predict_knows_what_to_predict(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    from flowmap.team.hashes.policy import POLICIES

    assert run(monkeypatch, "predict", LAB, "--json", "-") == 0
    rows = json.loads(capsys.readouterr().out)["forecasts"]
    assert {(row["policy"], row["n_members"]) for row in rows} == {(name, 2) for name in POLICIES}


@pytest.mark.parametrize(("wrong", "near"), [("sprayd", "sprayed"), ("FM30", "FM30"), ("balance-r", "balance-rr")])
def test_a_typing_error_is_told_what_is_near(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, wrong: str, near: str
) -> None:
    assert run(monkeypatch, "explain", wrong) == 2
    assert f"did you mean {near}" in capsys.readouterr().err


@pytest.mark.parametrize("nothing", ["zzz", "FM99", "xyzzy-mode", ""])
def test_what_is_near_nothing_is_told_nothing(monkeypatch: pytest.MonkeyPatch, capsys: Captured, nothing: str) -> None:
    assert run(monkeypatch, "explain", nothing) == 2
    assert "did you mean" not in capsys.readouterr().err
