"""Outputs that would take the place of an input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence

from flowmap.errors import CaptureError, ConfigError
from flowmap.message import msg

__all__ = ["refuse_overwriting"]


def refuse_overwriting(option: str, name: str, paths: Sequence[str]) -> None:
    """Raise ConfigError if `name` cannot be an output or would overwrite an input."""
    if name == "":
        raise ConfigError(msg("{option} needs a file name, or - for standard output", option=option))
    if name == "-" or not os.path.exists(name):
        return
    for path in paths:
        for part in (path, path.partition("=")[2]):
            if any(_same_file(name, one) for one in _files(part)):
                raise ConfigError(msg("{option} {name} would overwrite an input", option=option, name=name))


def _files(path: str) -> Iterator[str]:
    """Yield the path itself, what it matches as a pattern, and the captures in the folders among those."""
    for one in {path, *(glob.glob(path, recursive=True) if glob.has_magic(path) else [])}:
        yield one
        if one and os.path.isdir(one):
            with os.scandir(one) as entries:
                files = [entry.path for entry in entries if entry.is_file()]
            yield from filter(_is_capture, files)


def _is_capture(path: str) -> bool:
    from flowmap.capture.source.layers import probe
    from flowmap.capture.source.opening import read_head
    from flowmap.capture.source.sniff import HEAD_BYTES

    try:
        probe(path, read_head(path, HEAD_BYTES), thoroughly=False)
    except CaptureError:
        return False
    return True


def _same_file(first: str, second: str) -> bool:
    try:
        return os.path.samefile(first, second)
    except (OSError, ValueError):
        return False
