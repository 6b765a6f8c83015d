"""Captures in other programs' formats, read through tshark.

In: a file that begins as one of these formats. Out: a source of pcap or pcapng that tshark writes while we read. tshark gets
the open file as its standard input, so that no path can be taken for an option; there is no shell. What it says on
standard error is kept in part, and its exit status tells a cut or broken file.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import IO

from flowmap.capture.source.files import Ending, FileSource, peek, read_past
from flowmap.capture.source.formats import ERF, erf_is_ethernet
from flowmap.capture.source.sniff import refusal
from flowmap.errors import CaptureError, UnsupportedFormat
from flowmap.message import Message, glue, msg

__all__ = ["ConvertedSource", "missing_tshark", "tshark"]

_TIMEOUT_S = 30
_KEPT_WORDS = 4096
_NOISE = re.compile(r"Running as user|could be dangerous|^\s*$")
_TRIAL = 1 << 20
_UNWRITABLE = "can't be written"
_NO_RECORDS = 256
"""A section header of tshark has fewer bytes."""


def tshark(program: str = "tshark") -> str | None:
    """Return where tshark (or a program that comes with it) is."""
    installed = os.path.expandvars(rf"%PROGRAMFILES%\Wireshark\{program}.exe")  # not on the PATH of Windows
    return shutil.which(program) or (installed if os.path.isfile(installed) else None)


def missing_tshark(path: str, name: Message) -> CaptureError:
    """Return the error for a foreign format where there is no tshark."""
    hint = msg(
        "Install tshark (Debian, Ubuntu: apt install tshark; Red Hat: dnf install wireshark-cli; elsewhere: Wireshark) "
        "and flowmap reads it, or convert it: editcap -F pcapng {path} OUT.pcapng",
        path=shlex.quote(path),
    )
    return UnsupportedFormat(path, msg("is {name}", name=name), offset=0, hint=hint)


class ConvertedSource:
    """What tshark makes of a file. Raises UnsupportedFormat, NotACapture where that is nothing."""

    def __init__(self, raw: FileSource, name: Message | None, head: bytes) -> None:
        self.path = raw.path
        self.notices = raw.notices
        self.size: int | None = None
        self.stored_size = raw.stored_size
        self.wrapping = (*raw.wrapping, "tshark")
        self._raw = raw
        self._head = b""
        self._command: list[str] = []
        ending = None
        for command in self._commands(name):
            self._command = command
            self._start()
            if self._begins():
                return
            ending = self.ending
            if not ending or _UNWRITABLE not in ending.detail:
                break
        self._raw.close()
        if name is None:
            raise refusal(raw.path, head)
        said = ending.detail if ending else msg("it found no packets")
        raise UnsupportedFormat(raw.path, msg("is {name} that tshark cannot convert", name=name), offset=0, found=said)

    def _start(self) -> None:
        self.ending: Ending | None = None
        self._position = 0
        self._head, self._over = b"", False
        self._raw.rewind()
        self._said = bytearray()
        self._process = subprocess.Popen(
            self._command, stdin=self._raw.fileno(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output: IO[bytes] = self._process.stdout
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr, self._said), daemon=True)
        self._listener.start()

    @staticmethod
    def _listen(stream: IO[bytes], said: bytearray) -> None:
        """Keep the start of what the program prints; take the rest too, or it would wait for us."""
        while piece := stream.read(_KEPT_WORDS):
            said += piece[: _KEPT_WORDS - len(said)]

    def _begins(self) -> bool:
        """Return whether more comes than the header of a file without packets, or that and nothing went wrong."""
        while len(self._head) < _NO_RECORDS and (piece := self._output.read(_NO_RECORDS - len(self._head))):
            self._head += piece
        if len(self._head) < _NO_RECORDS:
            self._finish()
            return bool(self._head) and (self.ending is None or _UNWRITABLE not in self.ending.detail)
        return True

    def _commands(self, name: str | None) -> Iterator[list[str]]:
        """Yield what to try, one after the other while the format cannot be written.

        pcapng keeps the interfaces, pcap all digits of times, whatever the format. Where each packet may be of another
        link type, editcap can still rewrite it if told one; it is told Ethernet, and only where all packets are.
        """
        capinfos, editcap = tshark("capinfos"), tshark("editcap")
        as_ethernet = [editcap or "editcap", "-F", "pcapng", "-T", "ether", "-", "-"]
        if name == ERF and editcap and erf_is_ethernet(peek(self._raw, _TRIAL)):
            yield as_ethernet
        for form in ("pcapng", "nsecpcap") if name in (None, ERF) else ("nsecpcap", "pcapng"):
            yield [tshark() or "tshark", "-n", "-r", "-", "-F", form, "-w", "-"]
        if capinfos and editcap and self._is_ethernet(capinfos):
            yield as_ethernet

    def _is_ethernet(self, capinfos: str) -> bool:
        self._raw.rewind()
        try:
            told = subprocess.run(
                [capinfos, "-E", "-"], stdin=self._raw.fileno(), capture_output=True, timeout=_TIMEOUT_S, check=False
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.TimeoutExpired):
            return False
        types = re.findall(r"^ {8,}(\S.*?) \(\d+\)$", told, re.M) or re.findall(r"File encapsulation: *(\S.*)", told)
        return bool(types) and all(one.startswith("Ethernet") for one in types)

    def readinto(self, view: memoryview) -> int:
        if self._head:
            count = min(len(view), len(self._head))
            view[:count], self._head = self._head[:count], self._head[count:]
        else:
            count = 0 if self._over else self._output.readinto(view) or 0  # type: ignore[attr-defined]
            if not count and not self._over:
                self._finish()
        self._position += count
        return count

    def _finish(self) -> None:
        """Find out why the program has closed its output."""
        self._over = True
        try:
            status = self._process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            status = -1
        self._stop()
        if self._raw.ending is not None:
            self.ending = self._raw.ending
        elif status:
            said = self._words() or msg("exit status {status}", status=status)
            kind = "cut" if "cut short" in said else "broken"
            detail = glue(os.path.basename(self._command[0]), said, between=": ")
            self.ending = Ending("cut" if kind == "cut" else "broken", detail)

    def _words(self) -> str:
        lines = [line for line in self._said.decode("utf-8", "replace").splitlines() if not _NOISE.search(line)]
        said = " ".join(line.strip().removeprefix("tshark: ").removeprefix("editcap: ") for line in lines)
        return "".join(c if c.isprintable() else "?" for c in said)[:500]

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._listener.join(_TIMEOUT_S)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def skip(self, count: int) -> int:
        return read_past(self.readinto, count)

    def tell(self) -> int:
        return self._position

    def stored(self) -> int:
        """Return about how far tshark has read: it does not say."""
        return min(self._position, self.stored_size)

    def rewind(self) -> None:
        self._stop()
        self._start()

    def end_at(self, stored_size: int) -> None:
        """Do nothing: a file that tshark reads is read as it is."""

    def close(self) -> None:
        self._stop()
        self._raw.close()
