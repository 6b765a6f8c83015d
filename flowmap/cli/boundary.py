"""Where a command ends: exceptions and signals become exit codes and one line on standard error.

0  as it should be           4    no usable input         75     try later: another run holds the lock,
1  a claim fails             70   a bug in flowmap               or the cluster cannot be used
2  usage or configuration    74   an output could not     128+n  ended by signal n
                                  be written
3  inconclusive, or some input missing, unreadable or damaged
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from flowmap.cli.language import said
from flowmap.errors import CaptureError, ClusterError, ConfigError, FlowmapError, LedgerError, LockHeld, ReportError
from flowmap.message import msg

__all__ = [
    "BUG",
    "CONFIG",
    "DIFFERENT",
    "INCONCLUSIVE",
    "NO_INPUT",
    "OUTPUT",
    "guarded",
    "hide_errors",
    "say",
    "say_trace",
]

DIFFERENT = 1
CONFIG = 2
INCONCLUSIVE = 3
NO_INPUT = 4
BUG = 70
OUTPUT = 74
LATER = 75
_SIGNAL = 128


class _Ended(BaseException):
    """A signal asked the process to end; as an exception, so that unfinished files are removed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def say(message: str) -> None:
    """One message on standard error, in the language that is spoken.

    Names from captures can neither steer the terminal nor make lines of their own.
    """
    line = "".join(part if part.isprintable() else ascii(part)[1:-1] for part in said(message))
    try:
        print(f"flowmap: {line}", file=sys.stderr, flush=True)
    except UnicodeEncodeError:
        print(f"flowmap: {ascii(line)[1:-1]}", file=sys.stderr, flush=True)
    except OSError:
        pass  # there is nowhere to print


_hide: list[Callable[[str], str]] = []


def hide_errors(of_message: Callable[[str], str], of_text: Callable[[str], str]) -> None:
    """Have messages of exceptions go through `of_message` first, traces and texts about outputs through `of_text` after it.

    They hold more than names, and lose those that are known by then.
    """
    _hide[:] = [of_message, of_text]


def _hidden(text: str, *, known: bool = False) -> str:
    return _hide[known](text) if _hide else text


def guarded(work: Callable[[], int], *, verbose: bool = False) -> NoReturn:
    """Run a command's work and end the process with the exit code that it returns or that its exception stands for."""
    _listen_to_signals()
    _hide.clear()
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        code = _SIGNAL + 13
    except KeyboardInterrupt:
        say(msg("interrupted"))
        code = _SIGNAL + signal.SIGINT
    except _Ended as ended:
        say(msg("ended by signal {number}", number=ended.number))
        code = _SIGNAL + ended.number
    except FlowmapError as error:
        code = _code(error)
        _report(error, verbose=verbose)
    except Exception as error:
        code = BUG
        kind, what = type(error).__name__, _hidden(str(error))
        say(msg("this is a bug in flowmap, not in your input: {kind}: {what}", kind=kind, what=what))
        if verbose:
            say_trace(traceback.format_exc())
        else:
            say(msg("please report it with what the same command prints with -v"))
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process, and where a signal does so not wait for threads that wait for bytes that never come."""
    reading = sys.modules.get("flowmap.passes.threads")
    if code > _SIGNAL and reading is not None and reading.any_left():
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _code(error: FlowmapError) -> int:
    for kind, code in (
        (ConfigError, CONFIG),
        (LockHeld, LATER),
        (ClusterError, LATER),
        (LedgerError, OUTPUT),
        (ReportError, OUTPUT),
        (CaptureError, NO_INPUT),
    ):
        if isinstance(error, kind):
            return code
    return BUG


def _report(error: FlowmapError, *, verbose: bool) -> None:
    say(_hidden(error.message, known=isinstance(error, ReportError)))
    if verbose and not isinstance(
        error, ConfigError
    ):  # a typing error has no place in the program that would explain it
        say_trace(traceback.format_exc())


def say_trace(trace: str) -> None:
    """Print a trace line by line as a message is: what was raised may name what is in a capture."""
    for line in _hidden(trace, known=True).splitlines():
        say(line)


def _listen_to_signals() -> None:
    def end(number: int, _frame: FrameType | None) -> None:
        raise _Ended(number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about what is left in the buffer: the reader is gone."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
