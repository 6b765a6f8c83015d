"""A signal ends a command at once, also where it waits for bytes that nobody sends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@pytest.mark.parametrize("command", ["analyze", "inspect"])
def test_while_waiting_for_standard_input(command: str) -> None:
    arguments = [sys.executable, "-m", "flowmap", command, "-"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdin is not None
        run.stdin.write("\xd4\xc3")  # less than a file header
        run.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(3)
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 128 + signal.SIGTERM
        assert run.stderr is not None
        assert run.stderr.read() == "flowmap: ended by signal 15\n"
