"""One batch run at a time for one ledger. The operating system keeps the lock, so a dead owner's is free at once."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from flowmap.errors import LedgerError, LockHeld
from flowmap.message import msg

__all__ = ["locked"]

_POLL_S = 0.2


@contextlib.contextmanager
def locked(path: str, *, wait: bool) -> Iterator[None]:
    """Hold the lock file `path`. Raises LockHeld where another process does and `wait` is off, LedgerError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    except OSError as error:
        raise LedgerError(msg("{path}: cannot be locked: {reason}", path=path, reason=error.strerror)) from error
    try:
        while not _try(descriptor):
            if not wait:
                raise LockHeld(
                    msg(
                        "{path}: another run (process {owner}) is at work on this ledger; try later, or give --wait",
                        path=path,
                        owner=_owner(descriptor),
                    )
                )
            time.sleep(_POLL_S)
        with contextlib.suppress(OSError):  # a full disk: the lock is held all the same, only its holder cannot be read
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    """Take the lock if it is free. Closing the file gives it back."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # beyond the text, which others may read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _owner(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 20).decode("ascii", "replace") or "?"
