"""Runs the host's own programs: what they print, or nothing where they are not there or do not answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence

__all__ = ["Run", "output_of", "where"]

Run = Callable[[Sequence[str]], str | None]
"""A command's standard output; None where it failed."""
_PATIENCE_S = 10
_SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
"""Where programs of administrators lie; the PATH of a user or of cron often lacks it."""


def where(program: str) -> str | None:
    """Return the path of a program, also one that only administrators have in their PATH."""
    return shutil.which(program) or shutil.which(program, path=_SYSTEM_PATH)


def output_of(command: Sequence[str]) -> str | None:
    """Return what a command prints. None: it is not installed, failed, or gave no answer within ten seconds."""
    program = where(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
