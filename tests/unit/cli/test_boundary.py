"""Exit codes and lines on standard error: sysexits.h's numbers for what is not a verdict, 128 + n for signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from flowmap.cli.boundary import guarded, hide_errors, say
from flowmap.errors import (
    ClusterError,
    ConfigError,
    FlowmapError,
    LedgerError,
    LockHeld,
    NotACapture,
    ReportError,
    UnreadableCapture,
)
from flowmap.message import msg


def ended(raised: BaseException | int, capsys: pytest.CaptureFixture[str], **more: Any) -> tuple[int, str]:
    def work() -> int:
        if isinstance(raised, BaseException):
            raise raised
        return raised

    with pytest.raises(SystemExit) as left:
        guarded(work, **more)
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_command_s_own_code(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(code, capsys) == (code, "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(msg("no")), 2),
        (LockHeld(msg("no")), 75),  # EX_TEMPFAIL
        (ClusterError(msg("no")), 75),
        (LedgerError(msg("no")), 74),  # EX_IOERR
        (ReportError(msg("no")), 74),
        (UnreadableCapture("a.pcap", msg("no")), 4),
        (NotACapture("a.pcap", msg("no")), 4),
    ],
)
def test_errors_are_one_line(error: FlowmapError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    found, told = ended(error, capsys)
    assert found == code
    assert told.startswith("flowmap: ")
    assert told.count("\n") == 1


def test_a_bug_says_so_and_how_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = ended(ZeroDivisionError("x"), capsys)
    assert code == 70  # EX_SOFTWARE
    assert "this is a bug in flowmap, not in your input: ZeroDivisionError: x" in told
    assert "with -v" in told
    code, told = ended(ZeroDivisionError("x"), capsys, verbose=True)
    assert "Traceback" in told
    assert all(line.startswith("flowmap: ") for line in told.splitlines())


def test_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(KeyboardInterrupt(), capsys) == (130, "flowmap: interrupted\n")


def test_what_is_said_stays_a_line_and_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nflowmap: b\x1b[2J\u202e")
    assert capsys.readouterr().err == "flowmap: a\\nflowmap: b\\x1b[2J\\u202e\n"


def test_names_are_hidden_in_errors_of_this_command_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        hide_errors(lambda text: text.replace("secret", "host-1"), lambda text: text.replace("secret", "known-1"))
        raise ValueError("secret")

    with pytest.raises(SystemExit):
        guarded(work)
    assert "ValueError: host-1" in capsys.readouterr().err
    assert "secret" in ended(ValueError("secret"), capsys)[1]


def run(code: str, **more: Any) -> subprocess.CompletedProcess[str]:
    program = f"import os, signal, sys\nfrom flowmap.cli.boundary import guarded\ndef work():\n{code}\nguarded(work)\n"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False, **more
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_on_its_way_out(number: int) -> None:
    ran = run(f"    try:\n        os.kill(os.getpid(), {int(number)})\n    finally:\n        print('tidied')")
    assert ran.returncode == 128 + number
    assert ran.stdout == "tidied\n"
    assert ran.stderr == f"flowmap: ended by signal {int(number)}\n"


def test_a_reader_that_left_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    program = "from flowmap.cli.boundary import guarded\nguarded(lambda: print('x' * 10**6) or 0)\n"
    ran = subprocess.run(
        [sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")
