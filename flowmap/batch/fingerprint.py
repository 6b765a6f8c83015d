"""What a capture looked like when it was read, so that the next run knows it again without reading it whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from flowmap.batch.model import Capture, Fingerprint

__all__ = ["digest", "fingerprint"]

_END = 65536


def fingerprint(path: str) -> Fingerprint:
    """Size, time of change and the digests of both ends. Raises OSError."""
    with open(path, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        head = file.read(_END) or b""
        file.seek(max(0, status.st_size - _END))
        tail = file.read(_END) or b""
    return Fingerprint(path, status.st_size, status.st_mtime_ns, _short(head), _short(tail))


def digest(captures: Sequence[Capture], prints: Sequence[Fingerprint], settings: str) -> str:
    """One text for all that decides a report: the captures with their members, and the settings."""
    whole = hashlib.sha256(settings.encode())
    named = sorted((capture.path, capture.member or "") for capture in captures)
    for part in (*named, *sorted((p.path, p.size, p.mtime_ns, p.head, p.tail) for p in prints)):
        whole.update(repr(part).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
