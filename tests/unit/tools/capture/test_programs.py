"""The host's own programs: what they print, and nothing where they fail."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flowmap.tools.capture import programs
from flowmap.tools.capture.programs import output_of, where


def program(folder: Path, text: str) -> str:
    path = folder / "own-program"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_program_that_ends_well_is_heard(tmp_path: Path) -> None:
    assert output_of([program(tmp_path, 'echo "$1"; echo no >&2'), "bond0 \u00e9"]) == "bond0 \u00e9\n"
    assert output_of([program(tmp_path, r"printf '\377'")]) == "\ufffd"


@pytest.mark.parametrize("text", ["exit 3", "kill -9 $$"])
def test_one_that_fails_says_nothing(text: str, tmp_path: Path) -> None:
    assert output_of([program(tmp_path, f"echo much; {text}")]) is None
    assert output_of(["no-such-program-here"]) is None


def test_one_that_asks_or_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert output_of([program(tmp_path, "read line; echo $?")]) == "1\n"  # nothing to read
    monkeypatch.setattr(programs, "_PATIENCE_S", 0.3)
    begin = time.monotonic()
    assert output_of([program(tmp_path, "exec sleep 30")]) is None
    assert time.monotonic() - begin < 10


def test_programs_of_administrators_are_found_whatever_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert where("sh") in ("/bin/sh", "/usr/bin/sh")
    assert where("no-such-program-here") is None
