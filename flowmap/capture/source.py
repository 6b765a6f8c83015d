"""Where the bytes of a capture come from.

In: a path, or "-" for standard input. Out: a `Source` that is read forward. Regular files are read to their size at
opening, so that a capture still being written has an end; what cannot be measured (standard input, a pipe) is first
copied to a bounded temporary file. Nothing is mapped: a file cut short underneath us must end, not crash. Compressed
and foreign captures come out as the pcap or pcapng that is in them (see `layers.py`).
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from flowmap.errors import UnreadableCapture
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice

__all__ = ["SPOOL_LIMIT", "Ending", "FileSource", "Source", "open_raw", "open_source", "peek", "read_head", "spool"]

SPOOL_LIMIT = 64 << 30
"""Bytes of standard input or a pipe that are kept; the temporary folder's free space may end earlier."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Ending:
    """Why the bytes of a wrapped capture end where they should not: `cut` with the file, or `broken` before its end."""

    kind: Literal["cut", "broken"]
    detail: Message


class Source(Protocol):
    """Bytes of a capture, read forward. `size` is None where it shows only at the end (compressed, converted)."""

    path: str
    size: int | None
    stored_size: int
    """Bytes of the file itself, as they were at opening."""
    wrapping: tuple[str, ...]
    """What was taken off, outermost first: ("gzip",); empty for plain files."""
    ending: Ending | None
    """Set at the latest when `readinto` returns 0."""
    notices: list[Notice]

    def readinto(self, view: memoryview) -> int:
        """Fill `view` as far as possible; 0 at the end."""

    def skip(self, count: int) -> int:
        """Pass up to `count` bytes; returns how many there were."""

    def tell(self) -> int:
        """Bytes read or skipped."""

    def stored(self) -> int:
        """How far in the file itself that is, of `stored_size` (progress)."""

    def rewind(self) -> None:
        """Begin again, for another pass."""

    def end_at(self, stored_size: int) -> None:
        """Read no more of the file than an earlier pass did, however much it has grown."""

    def close(self) -> None:
        """Release the file."""


class FileSource:
    """A regular file, read to the size that it had at opening."""

    def __init__(self, path: str, file: BinaryIO, notices: list[Notice] | None = None) -> None:
        self.path = path
        self.notices: list[Notice] = notices or []
        self.wrapping: tuple[str, ...] = ()
        self.ending: Ending | None = None
        self._file = file
        self._position = 0
        self.stored_size = self._end = os.fstat(file.fileno()).st_size
        self.size: int | None = self._end

    def readinto(self, view: memoryview) -> int:
        room = min(len(view), self._end - self._position)
        if room <= 0:
            return 0
        count: int = self._file.readinto(view[:room])  # type: ignore[attr-defined]
        self._position += count
        return count

    def skip(self, count: int) -> int:
        passed = max(min(count, self._end - self._position), 0)
        self._file.seek(passed, os.SEEK_CUR)
        self._position += passed
        return passed

    def tell(self) -> int:
        return self._position

    def stored(self) -> int:
        return self._position

    def rewind(self) -> None:
        self._file.seek(0)
        self._position = 0

    def end_at(self, stored_size: int) -> None:
        self.size = self.stored_size = self._end = min(self._end, stored_size)

    def fileno(self) -> int:
        """The open file, for a program that reads it itself."""
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


def open_source(path: str, *, location: str = "", spool_limit: int = SPOOL_LIMIT) -> Source:
    """Open a capture: what is compressed or of a foreign format comes out as pcap or pcapng.

    `location` is where it is, if that is not what it is called.
    Raises UnreadableCapture, NotACapture, UnsupportedFormat with what to do.
    """
    from flowmap.capture.layers import unwrap

    return unwrap(open_raw(path, location=location, spool_limit=spool_limit))


def open_raw(path: str, *, location: str = "", spool_limit: int = SPOOL_LIMIT) -> Source:
    """Open a file's own bytes. Raises UnreadableCapture with what to do."""
    from flowmap.capture.url import is_url, open_url

    location = location or path
    if location == "-":
        return spool("-", sys.stdin.buffer.read, spool_limit)
    if is_url(location):
        return open_url(location, spool_limit)
    try:
        mode = os.stat(location).st_mode
        if stat.S_ISREG(mode):
            return FileSource(path, open(location, "rb", buffering=0))
        if stat.S_ISFIFO(mode):
            with open(location, "rb", buffering=0) as pipe:
                return spool(path, pipe.read, spool_limit)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    raise UnreadableCapture(path, msg("is {kind}, not a file", kind=_kind(mode)), hint=_hint(mode))


def peek(source: Source, count: int) -> bytes:
    """The first bytes of a source that nobody has read from yet."""
    head = bytearray(count)
    got = 0
    try:
        while got < count and (more := source.readinto(memoryview(head)[got:])):
            got += more
        source.rewind()
    except OSError as error:
        raise unreadable(source.path, error) from error
    return bytes(head[:got])


def read_head(path: str, count: int) -> bytes:
    """The first bytes of a regular file or a URL. Raises UnreadableCapture."""
    from flowmap.capture.url import Remote, is_url

    if is_url(path):
        return Remote(path).head(count)
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(count) or b""
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def unreadable(path: str, error: Exception) -> UnreadableCapture:
    """The error for a path that the operating system refused."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return UnreadableCapture(path, msg("no such file"), hint=msg("Check the path"))
    if number in (errno.EACCES, errno.EPERM):
        hint = msg(
            "Run as a user who may read it, or change its permissions (captures made by root are often root's only)"
        )
        return UnreadableCapture(path, msg("no permission to read"), hint=hint)
    reason = getattr(error, "strerror", None) or str(error)
    return UnreadableCapture(path, msg("cannot be read: {reason}", reason=reason))


def spool(path: str, read: Callable[[int], bytes], limit: int) -> FileSource:
    """Copy a stream to a temporary file without a name; what came before the limit or a full disk is kept."""
    notices: list[Notice] = []
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the source closes it
    kept, reason = 0, glue()
    try:
        while chunk := read(_CHUNK):
            if kept + len(chunk) > limit:
                reason = msg("the limit of {limit} bytes", limit=limit)
            rest = memoryview(chunk)[: limit - kept]
            while rest:
                written = file.write(rest)
                kept += written
                rest = rest[written:]
            if reason:
                break
    except OSError as error:
        reason = glue(error.strerror or str(error))
    if reason:
        detail = msg("only the first {kept} bytes of the input were kept: {reason}; write it to a file and give that",
                     kept=kept, reason=reason)  # fmt: skip
        notices.append(Notice("input_shortened", "error", detail, path=path, first_offset=kept, undermines=True))
    file.seek(0)
    return FileSource(path, file, notices)


def _kind(mode: int) -> Message:
    for test, name in (
        (stat.S_ISDIR, msg("a folder")),
        (stat.S_ISSOCK, msg("a socket")),
        (stat.S_ISCHR, msg("a device")),
        (stat.S_ISBLK, msg("a device")),
    ):
        if test(mode):
            return name
    return msg("something else")


def _hint(mode: int) -> Message:
    return msg("Give its captures, or the folder to analyze") if stat.S_ISDIR(mode) else msg("Give a capture file")
