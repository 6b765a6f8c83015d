"""The manifest that `flowmap capture` leaves in a folder: what else than captures is there, and what it is.

It may come from another person, so only files inside its own folder are named by it, and what is wrong with it is no error: the
captures are there without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

__all__ = ["MANIFEST", "SCHEMA", "counters_in", "descriptions_in", "flushed_in", "only_member", "seconds_around"]

MANIFEST = "flowmap-capture.json"
SCHEMA = "flowmap.capture/1"
_MOST_BYTES = 1 << 20


def descriptions_in(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files in which the host describes the team, of the folders among `paths` that have a manifest."""
    return tuple(
        file for folder, document in _manifests(paths) for file in _files(folder, document.get("descriptions"))
    )


def counters_in(paths: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files with counters from before and from after the recording."""
    before: list[str] = []
    after: list[str] = []
    for folder, document in _manifests(paths):
        counters = document.get("counters")
        if isinstance(counters, dict):
            before += _files(folder, counters.get("before"))
            after += _files(folder, counters.get("after"))
    return tuple(before), tuple(after)


def flushed_in(paths: Sequence[str]) -> dict[str, int]:
    """Return by interface the packets that came when the recording ended, and that its files count as dropped."""
    found: dict[str, int] = {}
    for _, document in _manifests(paths):
        flushed = document.get("flushed")
        for name, count in flushed.items() if isinstance(flushed, dict) else ():
            if isinstance(count, int) and not isinstance(count, bool) and count > 0:
                found[name] = found.get(name, 0) + count
    return found


def only_member(folder: str) -> str | None:
    """Return the interface that all captures of a folder are of, where its manifest names just one."""
    for _, document in _manifests([folder]):
        members = document.get("members")
        if isinstance(members, list) and len(members) == 1 and isinstance(members[0], str) and members[0].strip():
            return members[0]
    return None


def seconds_around(paths: Sequence[str]) -> float | None:
    """Return for how long, before and after the recording, counters may have counted; None where that is not in a manifest.

    A program that records takes a moment to begin: that is in it.
    """
    found = [_around(document) for _, document in _manifests(paths)]
    known = [seconds for seconds in found if seconds is not None]
    return max(known) if known and len(known) == len(found) else None


_BEGINNING_S = 1.0


def _around(document: dict[str, Any]) -> float | None:
    try:
        times = [
            datetime.fromisoformat(document[name]).timestamp()
            for name in ("started_at", "recorded_from", "recorded_to", "ended_at")
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    before, after = times[1] - times[0], times[3] - times[2]
    return before + after + _BEGINNING_S if before >= 0 and after >= 0 else None


def _manifests(paths: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for folder in dict.fromkeys(paths):
        path = os.path.join(folder, MANIFEST)
        if os.path.isfile(path) and os.path.getsize(path) <= _MOST_BYTES:
            try:
                with open(path, encoding="utf-8") as file:
                    document = json.load(file)
            except (OSError, ValueError, RecursionError):
                continue
            if isinstance(document, dict) and document.get("schema") == SCHEMA:
                found.append((folder, document))
    return found


def _files(folder: str, names: object) -> list[str]:
    """Return those of the names that are regular files inside the folder, wherever links lead."""
    inside = os.path.realpath(folder) + os.sep
    paths = [os.path.join(folder, name) for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return [
        path
        for path in paths
        if "\0" not in path and os.path.isfile(path) and os.path.realpath(path).startswith(inside)
    ]
