"""What a capture looked like when it was read, so that the next run knows it again without reading it whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from flowmap.batch.captures.tree import patiently
from flowmap.batch.model import Capture, Fingerprint
from flowmap.capture.source.url import Remote, is_url, shown
from flowmap.errors import CaptureError, ConfigError, MissingCapture

__all__ = ["digest", "fingerprint", "is_gone"]

_END = 65536
_LATEST_NS = 2**63 - 1
"""A broken clock gives years beyond 2262, which no ledger can hold."""


def fingerprint(path: str) -> Fingerprint:
    """Size, time of change and the digests of both ends. Raises FileNotFoundError for a capture that is gone, OSError."""
    if is_url(path):
        return _of_url(path)
    with open(path, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        head = file.read(_END) or b""
        file.seek(max(0, status.st_size - _END))
        tail = file.read(_END) or b""
    return Fingerprint(path, status.st_size, min(status.st_mtime_ns, _LATEST_NS), _short(head), _short(tail))


def is_gone(path: str) -> bool:
    """Return whether a capture is surely no longer there: where a server does not say, or not to us, it may be."""
    if not is_url(path):
        return not os.path.lexists(path)
    try:
        patiently(path, lambda: Remote(path))
    except MissingCapture:
        return True
    except (CaptureError, ConfigError):
        return False
    return False


def digest(captures: Sequence[Capture], prints: Sequence[Fingerprint], settings: str) -> str:
    """Return one text for all that decides a report: the captures with their members, and the settings."""
    whole = hashlib.sha256(settings.encode())
    named = sorted((shown(capture.path), capture.member or "") for capture in captures)
    for part in (*named, *sorted((p.path, p.size, p.mtime_ns, p.head, p.tail) for p in prints)):
        whole.update(repr(part).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _of_url(url: str) -> Fingerprint:
    """Return the same of a capture at a URL, with what its server says of it; both ends are read as ranges."""

    def look() -> Fingerprint:
        found = Remote(url)
        head, tail = found.ends(_END)
        return Fingerprint(
            shown(url), found.size or 0, found.changed_ns, _short(head + found.mark.encode()), _short(tail)
        )

    try:
        return patiently(url, look)
    except CaptureError as error:
        raise (FileNotFoundError if isinstance(error, MissingCapture) else OSError)(str(error)) from None


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
