"""Finds the teams in a folder tree: each folder that holds captures is one team at one time.

`FOLDER/TEAM/*.pcap` is a team without runs, `FOLDER/SITE/TEAM/RUN/*.pcap` the run RUN of the team SITE/TEAM. Links to
folders are followed, each folder is visited once (so loops end); what vanishes or cannot be read is a message.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from flowmap.batch.model import Capture, TeamRun
from flowmap.capture.layers import probe
from flowmap.capture.sniff import HEAD_BYTES
from flowmap.capture.source import read_head
from flowmap.errors import CaptureError
from flowmap.message import Message, msg

__all__ = ["SUFFIXES", "find_teams", "is_capture", "walk"]

Complain = Callable[[Message], None]
SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar", ".etl")
_PACKED = (".gz", ".zst", ".lz4", ".xz", ".bz2")


def find_teams(root: str, complain: Complain, skip: str | None = None) -> Iterator[TeamRun]:
    """Every folder below `root` (itself included) with captures right in it, in order of path; `skip` is not entered."""
    for folder, files in walk(root, complain, skip):
        captures = tuple(Capture(file) for file in files if is_capture(file))
        if captures:
            team, run = _names(root, folder)
            yield TeamRun(team, run, captures, _above(root, folder))


def walk(root: str, complain: Complain, skip: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Folders below `root` with their regular files, both sorted. Each folder once, whatever links lead to it."""
    seen: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen or (skip is not None and os.path.realpath(folder) == skip):
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            complain(msg("{path}: cannot be read: {reason}", path=folder, reason=error.strerror or error))
            continue
        kinds = [(entry.path, _kind(entry)) for entry in entries if not entry.name.startswith(".")]
        pending += reversed([path for path, kind in kinds if kind == "folder"])
        yield folder, [path for path, kind in kinds if kind == "file"]


def _kind(entry: os.DirEntry[str]) -> str:
    """What it is, or leads to; a link that leads nowhere, to itself or where nobody may look is neither."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else ""
    except OSError:
        return ""


def is_capture(path: str) -> bool:
    """Whether a file is to be analysed: it begins like a capture, or is named like one (it may be broken)."""
    name = path.lower()
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    if name.endswith(SUFFIXES):
        return True
    try:
        probe(path, read_head(path, HEAD_BYTES), thoroughly=False)
    except CaptureError:
        return False
    return True


def _names(root: str, folder: str) -> tuple[str, str]:
    """Team and run of a folder."""
    parts = os.path.relpath(folder, root).split(os.sep)
    if parts == ["."]:
        return os.path.basename(os.path.abspath(root)) or "team", ""
    return ("/".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (parts[0], "")


def _above(root: str, folder: str) -> tuple[str, ...]:
    """The folders from `root` down to `folder`."""
    chain = [folder]
    while os.path.abspath(chain[-1]) != os.path.abspath(root):
        chain.append(os.path.dirname(chain[-1]))
    return tuple(reversed(chain))
