"""The same capture given twice is used once.

Same means one file (by two names, a link, a folder and a path) or equal bytes. Bytes are compared only where sizes are
equal, ends first, so that large sets cost little; where some are compressed, what is in them is compared, begins
first. Captures without packets are never taken for copies of each other: two idle members may well have equal files,
and there is nothing in them to count twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Sequence

from flowmap.capture.source.files import Source
from flowmap.capture.source.layers import open_source
from flowmap.capture.source.opening import open_raw
from flowmap.capture.source.url import is_url, shown
from flowmap.dataclass import dataclass
from flowmap.errors import CaptureError
from flowmap.message import Message, msg
from flowmap.notice import Notice

__all__ = ["Candidate", "drop_duplicates"]

_END = 4096
_CHUNK = 1 << 20
_SMALL = 1 << 20


@dataclass(frozen=True)
class Candidate:
    """A capture to use; `identity` and `size` are None where they cannot be had (standard input, pipes)."""

    path: str
    identity: Hashable = None
    size: int | None = None
    packed: bool = False


def drop_duplicates(candidates: Sequence[Candidate]) -> tuple[list[int], list[Notice]]:
    """Return which candidates to use (their numbers, in order), and a notice for each that is dropped."""
    first: dict[Hashable, int] = {}
    copies: dict[int, int] = {}
    for number, candidate in enumerate(candidates):
        if candidate.identity is not None and first.setdefault(candidate.identity, number) != number:
            copies[number] = first[candidate.identity]
    for steps in (_BY_FILE, _BY_CONTENT):
        single = [n for n, candidate in enumerate(candidates) if n not in copies and candidate.size is not None]
        if steps is _BY_CONTENT and not any(candidates[n].packed for n in single):
            continue
        for group in _equal(single, candidates, steps):
            if not _is_empty(candidates[group[0]]):
                copies.update(dict.fromkeys(group[1:], group[0]))
    notices = [
        Notice(
            "duplicate_input",
            _used_once(candidates[number].path, candidates[copies[number]].path),
            path=shown(candidates[number].path),
        )
        for number in sorted(copies)
    ]
    return [n for n in range(len(candidates)) if n not in copies], notices


def _equal(
    numbers: list[int], candidates: Sequence[Candidate], steps: tuple[Callable[[Candidate], Hashable], ...]
) -> list[list[int]]:
    """Return groups of two or more that every step finds equal; the cheap steps come first."""
    groups = [numbers]
    for step in steps:
        finer: list[list[int]] = []
        for group in groups:
            split: dict[Hashable, list[int]] = {}
            for number in group:
                split.setdefault(step(candidates[number]), []).append(number)
            finer += [part for part in split.values() if len(part) > 1]
        groups = finer
    return groups


def _ends(candidate: Candidate) -> Hashable:
    """Return the first and last bytes; something equal to nothing else where the file cannot be read."""
    return _own_bytes(
        candidate, lambda source: (_take(source, _END), _take(source, _END, (candidate.size or 0) - _END))
    )


def _digest(candidate: Candidate) -> Hashable:
    if (candidate.size or 0) <= 2 * _END:  # the ends are the whole
        return 0

    def whole(source: Source) -> Hashable:
        digest, piece, left = hashlib.blake2b(), memoryview(bytearray(_CHUNK)), candidate.size or 0
        while left and (got := source.readinto(piece[:left])):
            digest.update(piece[:got])
            left -= got
        return digest.digest()

    return _own_bytes(candidate, whole)


def _own_bytes(candidate: Candidate, read: Callable[[Source], Hashable]) -> Hashable:
    """Return what `read` makes of the file as it is; something equal to nothing else where it cannot be read."""
    try:
        source = open_raw(candidate.path)
        try:
            return read(source)
        finally:
            source.close()
    except (OSError, CaptureError):
        return object()


def _take(source: Source, count: int, start: int = 0) -> bytes:
    """Return up to `count` bytes from `start` on, or from where `source` is if it is further."""
    source.skip(max(start - source.tell(), 0))
    taken = bytearray(count)
    got = 0
    while got < count and (more := source.readinto(memoryview(taken)[got:])):
        got += more
    return bytes(taken[:got])


def _content_head(candidate: Candidate) -> Hashable:
    return _content(candidate, _END)


def _content(candidate: Candidate, count: int | None = None) -> Hashable:
    """Return a digest of (the first `count` bytes of) what is in a capture; something equal to nothing else where it breaks."""
    digest, piece, left = hashlib.blake2b(), memoryview(bytearray(_CHUNK)), count
    try:
        source = open_source(candidate.path)
        try:
            while (left is None or left > 0) and (got := source.readinto(piece[:left])):
                digest.update(piece[:got])
                left = None if left is None else left - got
            return object() if source.ending else digest.digest()
        finally:
            source.close()
    except (OSError, CaptureError):
        return object()


_BY_FILE: tuple[Callable[[Candidate], Hashable], ...] = (lambda candidate: candidate.size, _ends, _digest)
_BY_CONTENT: tuple[Callable[[Candidate], Hashable], ...] = (_content_head, _content)


def _is_empty(candidate: Candidate) -> bool:
    """Return whether a capture has no packets; large files are taken to have some."""
    from flowmap.capture.opened import reader_of

    if (candidate.size or 0) > _SMALL or not (os.path.isfile(candidate.path) or is_url(candidate.path)):
        return False
    try:
        source = open_source(candidate.path)
        try:
            blocks = reader_of(source, compiled=False, block_bytes=1 << 16).blocks()
            return not any(len(block.index) for block in blocks)
        finally:
            source.close()
    except CaptureError:
        return False


def _used_once(path: str, other: str) -> Message:
    if path == other:
        return msg("was given twice: used once")
    return msg("is the same capture as {path}: used once", path=shown(other))
