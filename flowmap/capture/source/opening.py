"""Opens files by what they are called: a file's own bytes, from a path, standard input, a pipe or a URL."""

from __future__ import annotations

import os
import stat
import sys

from flowmap.capture.source.files import SPOOL_LIMIT, FileSource, Source, spool, unreadable
from flowmap.errors import UnreadableCapture
from flowmap.message import Message, msg

__all__ = ["open_raw", "read_head"]


def open_raw(path: str, *, location: str = "", spool_limit: int = SPOOL_LIMIT) -> Source:
    """Open a file's own bytes. Raises UnreadableCapture with what to do."""
    from flowmap.capture.source.url import is_url, open_url

    location = location or path
    if location == "-":
        if sys.stdin is None:
            raise UnreadableCapture(path, msg("standard input is closed"))
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


def read_head(path: str, count: int) -> bytes:
    """Return the first bytes of a regular file or a URL. Raises UnreadableCapture."""
    from flowmap.capture.source.url import Remote, is_url

    if is_url(path):
        return Remote(path).head(count)
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(count) or b""
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


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
