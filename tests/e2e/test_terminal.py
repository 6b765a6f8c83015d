"""Colour and width of the text report: on a terminal, with NO_COLOR, and where it is no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")

ROOT = Path(__file__).parents[2]
ESCAPE = b"\x1b["


def on_a_terminal(columns: int, **environ: str) -> bytes:
    """What `flowmap analyze` writes to a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flowmap", "analyze", "captures/06-failover"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        env={**kept, "TERM": "xterm-256color", **environ},
        stdout=slave,
        stderr=subprocess.DEVNULL,
    )
    os.close(slave)
    written = b""
    try:
        while chunk := os.read(master, 65536):
            written += chunk
    except OSError:
        pass  # Linux tells the end of a pseudo-terminal by an error
    finally:
        os.close(master)
    assert process.wait() == 0
    return written


def longest(written: bytes) -> int:
    """Columns of the longest line; filters are never wrapped, so that they can be copied."""
    import re

    lines = re.sub(rb"\x1b\[[0-9;]*m", b"", written).decode().splitlines()
    return max(len(line.rstrip()) for line in lines if " == " not in line)


def test_a_terminal_gets_colour_and_its_own_width() -> None:
    wide = on_a_terminal(200)
    assert ESCAPE + b"1;32mPASS" in wide
    assert 80 < longest(wide) <= 200
    assert longest(on_a_terminal(60)) <= 60


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(environ: dict[str, str]) -> None:
    plain = on_a_terminal(80, **environ)
    assert plain.startswith(b"PASS")
    assert b"\x1b" not in plain


def test_a_pipe_gets_80_plain_columns_and_columns_changes_that() -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    command = [sys.executable, "-m", "flowmap", "analyze", "captures/06-failover"]
    plain = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, check=True).stdout
    wide = subprocess.run(command, cwd=ROOT, env={**kept, "COLUMNS": "200"}, capture_output=True, check=True).stdout
    assert b"\x1b" not in plain + wide
    assert longest(plain) <= 80 < longest(wide) <= 200
