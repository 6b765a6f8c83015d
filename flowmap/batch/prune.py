"""Forgets what is old: superseded analyses, and those whose captures are gone, with their reports.

What is still in the folders is kept, however old: it would only be analysed again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass

from flowmap.batch.fingerprint import is_gone
from flowmap.batch.ledger import Entry, Ledger

__all__ = ["Pruned", "prune"]


@dataclass(frozen=True)
class Pruned:
    """Analyses forgotten, and old ones kept because their captures are still there."""

    forgotten: int
    kept: int


def prune(ledger: Ledger, out: str, before_ns: int) -> Pruned:
    """Forget analyses that were finished before `before_ns`. The entry goes first: no entry is ever without its report."""
    old = [entry for team in ledger.teams() for entry in ledger.of_team(team) if entry.finished_ns < before_ns]
    gone = [entry for entry in old if not entry.current or not _has_captures(ledger, entry)]
    ledger.forget(gone)
    for entry in gone:
        if entry.current:
            _remove(out, entry.folder)
    return Pruned(len(gone), len(old) - len(gone))


def _has_captures(ledger: Ledger, entry: Entry) -> bool:
    return not all(is_gone(one.path) for one in ledger.inputs(entry))


def _remove(out: str, folder: str) -> None:
    """The folder of a run and the empty ones above it."""
    path = os.path.join(out, *folder.split("/"))
    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        while os.path.realpath(os.path.dirname(path)) != os.path.realpath(out):
            path = os.path.dirname(path)
            os.rmdir(path)
