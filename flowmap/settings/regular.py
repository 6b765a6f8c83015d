"""Reads settings files, which are small and lie on a disk: a pipe or a device could keep a nightly run waiting for ever."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["MOST_BYTES", "check_regular", "read_small"]

MOST_BYTES = 1 << 20
"""Of a flowmap.toml or a layout: a thousand times what people write."""


def check_regular(path: str | Path) -> None:
    """Raise ConfigError if there is something at `path` that is no regular file. Opens nothing; a missing file is no fault."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise ConfigError(msg("{path}: is a pipe or a device; give a regular file", path=path))


def read_small(path: str | Path) -> bytes:
    """Return what a settings file holds. Raises OSError, and ConfigError for what is no regular file or far too large."""
    check_regular(path)
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ConfigError(
            msg("{path}: is larger than {most} bytes, so it is no settings file", path=path, most=MOST_BYTES)
        )
    return data
