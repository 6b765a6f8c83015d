"""Finds the teams in a folder tree: each folder that holds captures is one team at one time.

`FOLDER/TEAM/*.pcap` is a team without runs, `FOLDER/SITE/TEAM/RUN/*.pcap` the run RUN of the team SITE/TEAM. A FOLDER may
be a URL.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.batch.captures.tree import Complain, Tree, patiently, tree_at
from flowmap.batch.model import Capture, TeamRun
from flowmap.capture.source.layers import probe
from flowmap.capture.source.opening import read_head
from flowmap.capture.source.sniff import HEAD_BYTES
from flowmap.capture.source.url import is_url, url_name
from flowmap.errors import CaptureError

__all__ = ["SUFFIXES", "find_teams", "is_capture"]

SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar", ".etl")
_PACKED = (".gz", ".zst", ".lz4", ".xz", ".bz2")


def find_teams(root: str, complain: Complain, skip: str | None = None) -> Iterator[TeamRun]:
    """Yield every folder below `root` (itself included) with captures right in it, in order of path; `skip` is not entered."""
    tree = tree_at(root)
    for folder, files in tree.walk(complain, skip):
        captures = tuple(Capture(file) for file in files if is_capture(file))
        if captures:
            team, run = _names(tree, folder)
            yield TeamRun(team, run, captures, tree.settings_folders(folder))


def is_capture(path: str) -> bool:
    """Return whether a file is to be analyzed: it begins like a capture, or is named like one (it may be broken)."""
    name = (url_name(path) if is_url(path) else path).lower()
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    if name.endswith(SUFFIXES):
        return True
    try:
        probe(path, patiently(path, lambda: read_head(path, HEAD_BYTES)), thoroughly=False)
    except CaptureError:
        return False
    return True


def _names(tree: Tree, folder: str) -> tuple[str, str]:
    """Return the team and run of a folder."""
    parts = tree.inside(folder).split("/")
    if parts == [""]:
        return tree.name or "team", ""
    return ("/".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (parts[0], "")
