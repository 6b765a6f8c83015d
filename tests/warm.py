"""`python -m flowmap ...` in a process forked from one that has loaded the libraries: the same without most of the start-up.

`run` takes the command and those arguments of `subprocess.run` that tests use. What is not exactly this command, systems
without fork, and environments in which Python itself starts in another way get a process of their own. Tests about start-up,
signals and what is loaded when call `subprocess` themselves.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

__all__ = ["run"]

_COMMAND = [sys.executable, "-m", "flowmap"]
_AT_START = ("LANG", "LC_ALL", "LC_CTYPE")
"""Beside what begins with PYTHON: read as Python starts, for the encodings of its streams."""
_FIRST = Path(__file__).parents[1] / "captures" / "06-failover"
_MOST = 1 << 17
"""Bytes of a message between the two; a longer command gets a process of its own."""
_PARENT = """
import gc, json, os, runpy, socket, sys
import typer, rich.console, rich.table, sqlite3, flowmap.report.formats.files
import flowmap

done = flowmap.analyze(sys.argv[2])  # what is loaded and made at first use
done.to_json()
import flowmap.report.formats.html  # not drawn: a child would wait for the chart engine's threads, which it does not have

def wanted():
    # Fork for each request, and return it in the child. The command line is not loaded: its texts are in the run's language.
    asked = socket.socket(fileno=int(sys.argv[1]))
    gc.freeze()
    while True:
        message, streams, _flags, _address = socket.recv_fds(asked, 1 << 17, 2)
        if not message:
            os._exit(0)
        if not (child := os.fork()):
            asked.close()
            return json.loads(message), streams
        for stream in streams:
            os.close(stream)
        asked.send(str(child).encode())
        asked.send(str(os.waitpid(child, 0)[1]).encode())

request, streams = wanted()
for number, stream in enumerate(streams, 1):
    os.dup2(stream, number)
    os.close(stream)
os.environ.clear()
os.environ.update(request["env"])
os.chdir(request["cwd"])
sys.argv[:] = ["flowmap", *request["arguments"]]
runpy.run_module("flowmap", run_name="__main__", alter_sys=True)
"""


def run(
    command: Sequence[Any],
    *,
    cwd: Any = None,
    env: Mapping[str, str] | None = None,
    capture_output: bool = False,
    text: bool = False,
    check: bool = False,
    timeout: float | None = None,
    **streams: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run it as `subprocess.run` does; a run that takes longer than `timeout` seconds is killed."""
    words = [os.fspath(word) for word in command]
    if streams.get("stdin") == subprocess.DEVNULL:
        del streams["stdin"]  # the parent has no other
    text = streams.pop("encoding", "utf-8" if text else None) == "utf-8"
    environment = dict(os.environ if env is None else env)
    message = json.dumps({"arguments": words[3:], "cwd": os.fspath(cwd or os.getcwd()), "env": environment}).encode()
    if (
        words[:3] != _COMMAND
        or streams
        or not hasattr(os, "fork")
        or _starts_otherwise(environment)
        or len(message) > _MOST
    ):
        more = {"capture_output": capture_output, "text": text, "check": check, "timeout": timeout}
        return subprocess.run(words, cwd=cwd, env=env, **more, **streams)  # type: ignore[call-overload,no-any-return]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        files = (output, errors) if capture_output else (sys.__stdout__, sys.__stderr__)
        status = _forked(message, [one.fileno() for one in files if one], timeout, words)
        printed = [_read(one, text) if capture_output else None for one in (output, errors)]
    done = subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), *printed)
    if check:
        done.check_returncode()
    return done


def _starts_otherwise(environment: Mapping[str, str]) -> bool:
    names = {name for name in (*environment, *os.environ) if name in _AT_START or name.startswith("PYTHON")}
    return any(environment.get(name) != os.environ.get(name) for name in names)


def _forked(message: bytes, streams: Sequence[int], timeout: float | None, command: list[str]) -> int:
    """Return the status of the child, as waitpid(2) has it."""
    parent = _parent(os.getpid())
    socket.send_fds(parent, [message], streams)
    child = int(parent.recv(64))
    parent.settimeout(timeout)
    try:
        return int(parent.recv(64))
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        parent.settimeout(None)
        parent.recv(64)
        raise subprocess.TimeoutExpired(command, timeout or 0) from None
    finally:
        parent.settimeout(None)


@cache
def _parent(_of_process: int) -> socket.socket:
    """Start the parent, which ends with this process because its end of the socket is closed then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-c", _PARENT, str(theirs.fileno()), str(_FIRST)]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(lambda: (ours.close(), process.wait()))
    return ours


def _read(file: IO[bytes], text: bool) -> Any:
    file.seek(0)
    return file.read().decode() if text else file.read()
