"""`python -m flowmap ...` in a process forked from one that has loaded the libraries: the same without most of the start-up.

`run` takes the command and those arguments of `subprocess.run` that tests use; `start` gives what is like a `Popen`, also of
`python -m dask ...`. What is not exactly such a command, systems without fork, and environments in which Python itself starts
in another way get a process of their own. Tests about start-up, signals and what is loaded when call `subprocess` themselves.
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
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

__all__ = ["Started", "run", "start"]

_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""Read as Python starts, for the encodings of its streams, beside what begins with PYTHON."""
_FIRST = str(Path(__file__).parents[1] / "captures" / "06-failover")
_MOST = 1 << 17
"""Bytes of a message between the two; a longer command gets a process of its own."""
_LOADED = {
    "flowmap": f"""
import typer, rich.console, rich.table, sqlite3, flowmap.report.formats.files
import flowmap
done = flowmap.analyze({_FIRST!r})  # what is loaded and made at first use
done.to_json()
import flowmap.report.formats.html  # not drawn: a child would wait for the chart engine's threads, which it does not have
""",
    "dask": """
import typer, sqlite3, flowmap.batch.run, flowmap.cluster.tasks, flowmap.report.formats.files, flowmap.report.formats.html
import dask.cli, dask.config, distributed, distributed.cli.dask_scheduler, distributed.cli.dask_worker
again = dask.config.refresh  # settings of the environment, read at import
""",
}
"""By set: what is done before the first fork. The command line is not loaded: its texts are in the run's language."""
_PARENT = """
import gc, json, os, runpy, select, signal, socket, sys, time
again = lambda: None
exec(sys.argv[2])

def wanted():
    # Fork for each request, and return it in the child. How children ended is told as soon as it is known.
    asked = socket.socket(fileno=int(sys.argv[1]))
    ended, ends = socket.socketpair()
    ends.setblocking(False)
    living = set()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ends.fileno())
    gc.freeze()
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            ended.recv(64)
            try:
                while (over := os.waitpid(-1, os.WNOHANG))[0]:
                    living.discard(over[0])
                    asked.send(json.dumps(over).encode())
            except ChildProcessError:
                pass
        if asked not in ready:
            continue
        message, streams, _flags, _address = socket.recv_fds(asked, 1 << 17, 2)
        if not message:
            for child in living:
                os.kill(child, signal.SIGKILL)
            os._exit(0)
        if not (child := os.fork()):
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (asked, ended, ends):
                one.close()
            return json.loads(message), streams
        living.add(child)
        for stream in streams:
            os.close(stream)
        asked.send(json.dumps([child, None]).encode())

request, streams = wanted()
for number, stream in enumerate(streams, 1):
    os.dup2(stream, number)
    os.close(stream)
os.environ.clear()
os.environ.update(request["env"])
time.tzset()
again()
os.chdir(request["cwd"])
sys.argv[:] = request["words"]
runpy.run_module(request["words"][0], run_name="__main__", alter_sys=True)
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
    message = _message(words, cwd, environment)
    if streams or message is None:
        more = {"capture_output": capture_output, "text": text, "check": check, "timeout": timeout}
        return subprocess.run(words, cwd=cwd, env=env, **more, **streams)  # type: ignore[call-overload,no-any-return]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        files = (output, errors) if capture_output else (sys.__stdout__, sys.__stderr__)
        child = _forked("flowmap", message, [one.fileno() for one in files if one])
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
        printed = [_read(one, text) if capture_output else None for one in (output, errors)]
    done = subprocess.CompletedProcess(words, code, *printed)
    if check:
        done.check_returncode()
    return done


def start(
    words: Sequence[str], *, cwd: Any, env: Mapping[str, str], heard: bool = True
) -> Started | subprocess.Popen[str]:
    """Begin a command of flowmap or Dask, which both have Dask loaded. What it prints is had from `communicate`, if `heard`."""
    message = _message(words, cwd, env)
    if message is None:
        stream = subprocess.PIPE if heard else subprocess.DEVNULL
        return subprocess.Popen(words, cwd=cwd, env=env, text=True, stdout=stream, stderr=stream)
    if not heard:
        with open(os.devnull, "wb") as nowhere:
            return _forked("dask", message, [nowhere.fileno(), nowhere.fileno()])
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = _forked("dask", message, [output.fileno(), errors.fileno()])
        child.printed = [os.dup(one.fileno()) for one in (output, errors)]
    return child


class Started:
    """A forked child, used like a `subprocess.Popen` that reads text."""

    def __init__(self, parent: _Parent, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.printed: Sequence[int] = ()
        self._parent = parent

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, as soon as there is one."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(self._parent.status(self.pid, timeout))
        return self.returncode

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, ...]:
        """Return what it printed and complained, when it has ended."""
        self.wait(timeout)
        told = []
        for descriptor in self.printed:
            with os.fdopen(descriptor, "rb") as file:
                told.append(_read(file, True))
        return tuple(told)


class _Parent:
    """The process that forks. It ends with this one, because its end of the socket is closed then."""

    def __init__(self, loaded: str) -> None:
        self._asked, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ended: dict[int, int] = {}
        with theirs:
            command = [sys.executable, "-c", _PARENT, str(theirs.fileno()), _LOADED[loaded]]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        atexit.register(lambda: (self._asked.close(), process.wait()))

    def fork(self, message: bytes, streams: Sequence[int]) -> Started:
        """Begin what the message says."""
        socket.send_fds(self._asked, [message], streams)
        while True:
            child, status = self._heard()
            if status is None:
                return Started(self, child)
            self._ended[child] = status

    def status(self, child: int, timeout: float | None) -> int:
        """Return the status of a child that has ended, as waitpid(2) has it."""
        end = None if timeout is None else time.monotonic() + timeout
        while child not in self._ended:
            self._asked.settimeout(None if end is None else max(end - time.monotonic(), 0.001))
            try:
                other, status = self._heard()
            except TimeoutError:
                raise subprocess.TimeoutExpired("the forked command", timeout or 0) from None
            finally:
                self._asked.settimeout(None)
            self._ended[other] = status or 0
        return self._ended.pop(child)

    def _heard(self) -> tuple[int, int | None]:
        child, status = json.loads(self._asked.recv(64))
        return child, status


@cache
def _parent(_of_process: int, loaded: str) -> _Parent:
    return _Parent(loaded)


def _forked(loaded: str, message: bytes, streams: Sequence[int]) -> Started:
    return _parent(os.getpid(), loaded).fork(message, streams)


def _message(words: Sequence[str], cwd: Any, environment: Mapping[str, str]) -> bytes | None:
    """Return what is asked of the parent, or None for what has to have a process of its own."""
    if words[:2] != [sys.executable, "-m"] or words[2] not in _LOADED or not hasattr(os, "fork"):
        return None
    message = json.dumps({"words": words[2:], "cwd": os.fspath(cwd or os.getcwd()), "env": dict(environment)}).encode()
    return None if len(message) > _MOST or _starts_otherwise(environment) else message


def _starts_otherwise(environment: Mapping[str, str]) -> bool:
    names = {name for name in (*environment, *os.environ) if name.startswith("PYTHON")}
    other = any(environment.get(name) != os.environ.get(name) for name in names)
    return other or _encoding(environment) != _encoding(os.environ)


def _encoding(environment: Mapping[str, str]) -> str:
    """Return the encoding of the streams; Python makes UTF-8 of the plain C locale."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "C").lower()
    return "utf-8" if locale in ("c", "posix") else locale.rpartition(".")[2].replace("utf8", "utf-8")


def _read(file: IO[bytes], text: bool) -> Any:
    file.seek(0)
    return file.read().decode() if text else file.read()
