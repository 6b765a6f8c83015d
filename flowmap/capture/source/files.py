"""Where the bytes of a capture come from.

In: a path, or "-" for standard input. Out: a `Source` that is read forward. Regular files are read to their size at
opening, so that a capture still being written has an end; what cannot be measured (standard input, a pipe) is first
copied to a bounded temporary file. Nothing is mapped: a file cut short underneath us must end, not crash. Compressed
and foreign captures come out as the pcap or pcapng that is in them (see `layers.py`).
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from typing import BinaryIO, Literal, Protocol

from flowmap.dataclass import dataclass
from flowmap.errors import InterruptedReading, UnreadableCapture
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice

__all__ = ["SPOOL_LIMIT", "Ending", "FileSource", "Source", "peek", "read_past", "spool"]

SPOOL_LIMIT = 64 << 30
"""Bytes of standard input or a pipe that are kept; the temporary folder's free space may end earlier."""
_CHUNK = 1 << 20
_SCRATCH = 64 << 10


@dataclass(frozen=True)
class Ending:
    """Why the bytes of a wrapped capture end where they should not: `cut` with the file, or `broken` before its end."""

    kind: Literal["cut", "broken"]
    detail: Message


def read_past(readinto: Callable[[memoryview], int], count: int) -> int:
    """Read up to `count` bytes and forget them; return how many there were. For sources that cannot seek."""
    scratch, passed = memoryview(bytearray(min(count, _SCRATCH))), 0
    while passed < count and (got := readinto(scratch[: count - passed])):
        passed += got
    return passed


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
        """Return bytes read or skipped."""

    def stored(self) -> int:
        """Return how far in the file itself that is, of `stored_size` (progress)."""

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

    def read_at(self, offset: int, view: memoryview) -> int:
        """Fill `view` with what is from `offset` on, whatever has been read before; returns how many bytes there were.

        What `readinto` gives next is not defined.
        """
        self._file.seek(offset)
        room, got = min(len(view), max(self._end - offset, 0)), 0
        while got < room and (more := self._file.readinto(view[got:room])):  # type: ignore[attr-defined]
            got += more
        return got

    def stored(self) -> int:
        return self._position

    def rewind(self) -> None:
        self._file.seek(0)
        self._position = 0

    def end_at(self, stored_size: int) -> None:
        if not self.wrapping:  # else this is what was unpacked of it
            self.size = self.stored_size = self._end = min(self._end, stored_size)

    @property
    def left(self) -> int:
        """Bytes that are still to be read."""
        return max(self._end - self._position, 0)

    def pass_by(self, count: int) -> None:
        """Count bytes that a kernel has read from the open file."""
        self._position += count

    def fileno(self) -> int:
        """Return the open file, for a program that reads it itself."""
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


def peek(source: Source, count: int) -> bytes:
    """Return the first bytes of a source that has not been read from yet."""
    head = bytearray(count)
    got = 0
    try:
        while got < count and (more := source.readinto(memoryview(head)[got:])):
            got += more
        source.rewind()
    except OSError as error:
        raise unreadable(source.path, error) from error
    return bytes(head[:got])


def unreadable(path: str, error: Exception) -> UnreadableCapture:
    """Return the error for a path that the operating system refused."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return UnreadableCapture(path, msg("no such file"), hint=msg("Check the path"))
    if number in (errno.EACCES, errno.EPERM):
        hint = msg(
            "Run as a user who may read it, or change its permissions (captures made by root are often root's only)"
        )
        return UnreadableCapture(path, msg("no permission to read"), hint=hint)
    reason = getattr(error, "strerror", None) or str(error)
    kind = InterruptedReading if isinstance(error, OSError) else UnreadableCapture
    return kind(path, msg("cannot be read: {reason}", reason=reason))


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
    except BaseException:
        file.close()
        raise
    if reason:
        detail = msg(
            "only the first {kept} bytes of the input were kept: {reason}; write it to a file and give that",
            kept=kept,
            reason=reason,
        )
        notices.append(Notice("input_shortened", detail, path=path, first_offset=kept))
    file.seek(0)
    return FileSource(path, file, notices)
