"""Writing outputs: whole or not at all, beside the target and renamed; `-` is standard output.

What a writer has returned from survives a power cut: file, name and new folders are on the disk by then.

What is no regular file (a device, a pipe) is written straight through. Every failure is a ReportError that names the
file; only a closed standard output stays a BrokenPipeError, for `cli` to end quietly.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from flowmap.errors import ReportError
from flowmap.message import msg

__all__ = ["make_folder", "open_output", "sweep", "write_bytes", "write_for_terminal", "write_text"]

_ATTEMPTS = 100
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF, errno.EROFS})
"""What file systems answer that cannot put a folder on the disk; anything else, such as EIO, is a name that may be lost."""


@contextlib.contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """Open a binary file to write the output to; it takes its place at the end of the block, or never after an exception."""
    try:
        if path == "-" and sys.stdout is None:
            raise OSError(0, msg("it is closed"))
        if path == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif _is_special(path):
            with open(path, "wb") as direct:
                yield direct
        else:
            with _replacing(Path(os.path.realpath(path))) as beside:
                yield beside
    except OSError as error:
        if path == "-" and isinstance(error, BrokenPipeError):
            raise
        name = msg("standard output") if path == "-" else path
        raise ReportError(
            msg("{name}: cannot be written: {reason}", name=name, reason=error.strerror or error)
        ) from error


def write_bytes(path: str, data: bytes) -> None:
    """Write all of `data`, or leave what was there."""
    with open_output(path) as out:
        out.write(data)


def write_text(path: str, text: str) -> None:
    """Write `text` as UTF-8, or leave what was there."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(0, msg("it is a folder"))
    return not stat.S_ISREG(mode)


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    beside, out = _create_beside(target)
    try:
        with out:
            yield out
            out.flush()
            with contextlib.suppress(OSError):  # an existing report keeps who may read it
                os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
            os.fsync(out.fileno())
        os.replace(beside, target)
        _sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def make_folder(path: str) -> None:
    """Make a folder and those above it, which are there for good then. Raises ReportError."""
    made = Path(os.path.realpath(path))
    missing = [folder for folder in (made, *made.parents) if not folder.exists()]
    try:
        made.mkdir(parents=True, exist_ok=True)
        for folder in reversed(missing):
            _sync_folder(folder.parent)
    except OSError as error:
        raise ReportError(msg("{path}: cannot be made: {reason}", path=path, reason=error.strerror or error)) from error


def sweep(*paths: str) -> None:
    """Remove what writers of these files left unfinished beside them when they were killed. Nobody may be writing them."""
    for path in map(os.path.realpath, paths):
        with contextlib.suppress(OSError):
            for name in os.listdir(os.path.dirname(path)):
                if name.startswith(f".{os.path.basename(path)[:100]}.") and name.endswith(".tmp"):
                    os.unlink(os.path.join(os.path.dirname(path), name))


def _sync_folder(folder: Path) -> None:
    """Put the names in it on the disk, where the system knows how."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # it may be written, not listed
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _create_beside(target: Path) -> tuple[Path, BinaryIO]:
    """Return a new file in the target's folder, with the permissions that any new file gets there."""
    for attempt in range(_ATTEMPTS):
        beside = target.with_name(f".{target.name[:100]}.{os.getpid()}-{attempt}.tmp")
        try:
            return beside, open(beside, "xb")
        except FileExistsError:
            continue
    raise FileExistsError(0, msg("too many unfinished files beside it, like {name}", name=beside.name))


def write_for_terminal(path: str, text: str) -> None:
    """Write text for a person: in the encoding of standard output, with replacements for what that cannot show."""
    if path != "-":
        write_text(path, text)
        return
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    write_bytes(path, text.encode(encoding, "replace"))
