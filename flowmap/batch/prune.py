"""Forgets what is old: superseded analyses, and those whose captures are gone, with their reports.

What is still in the folders is kept, however old: it would only be analyzed again. Of the output folder only files go that a
batch run writes (`REPORTS`), in folders that the ledger names: a ledger may be damaged or edited, a folder may have been moved
and linked, and people keep notes beside reports. So a folder outside the output folder, or reached through a link, is left
alone, and a folder goes only when it is empty.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable

from flowmap.batch.captures.fingerprint import is_gone
from flowmap.batch.ledger import Entry, Ledger
from flowmap.batch.output.places import REPORTS
from flowmap.dataclass import dataclass
from flowmap.message import Message, msg

__all__ = ["Pruned", "prune", "remove_reports", "reports_of"]


@dataclass(frozen=True)
class Pruned:
    """Analyses forgotten, and how many old ones were kept because their captures are still there.

    `files`: those removed; `left`: those that could not be, each with the reason.
    """

    forgotten: tuple[Entry, ...]
    kept: int
    files: tuple[str, ...]
    left: tuple[Message, ...] = ()


def prune(ledger: Ledger, out: str, before_ns: int, *, dry_run: bool = False) -> Pruned:
    """Forget analyses that were finished before `before_ns`.

    The entry goes first: no entry is ever without its report.

    With the latest analysis of a run all earlier ones go, also those that a clock set back since makes look younger.

    With `dry_run` nothing is changed; what would go is returned all the same.
    """
    entries = [entry for team in ledger.teams() for entry in ledger.of_team(team)]
    old = [entry for entry in entries if entry.current and entry.finished_ns < before_ns]
    kept = {entry.id for entry in old if _has_captures(ledger, entry)}
    runs = {(entry.team, entry.run) for entry in old if entry.id not in kept}
    gone = [
        entry
        for entry in entries
        if (entry.team, entry.run) in runs or (not entry.current and entry.finished_ns < before_ns)
    ]
    going = {entry.id for entry in gone}
    needed = {entry.folder for entry in ledger.all_current() if entry.id not in going}
    folders = sorted({entry.folder for entry in gone} - needed)
    files = tuple(path for folder in folders for path in reports_of(out, folder))
    if not dry_run:
        ledger.forget(gone)
    left = () if dry_run else tuple(told for folder in folders for told in remove_reports(out, folder))
    return Pruned(tuple(gone), len(kept), files, left)


def _has_captures(ledger: Ledger, entry: Entry) -> bool:
    return not all(is_gone(one.path) for one in ledger.inputs(entry))


def reports_of(out: str, folder: str) -> list[str]:
    """Return the reports in a folder that the ledger names, or none where that folder is not one of a batch run."""
    chain = _folders(out, folder)
    paths = [os.path.join(chain[-1], name) for name in REPORTS] if chain else []
    return [path for path in paths if _is(stat.S_ISREG, path)]


def remove_reports(out: str, folder: str) -> list[Message]:
    """Remove the reports in a folder that the ledger names, then it and the folders above it that are empty now.

    Returns what could not be removed, with the reason.
    """
    left = []
    for path in reports_of(out, folder):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            left.append(msg("{path}: cannot be removed: {reason}", path=path, reason=error.strerror or error))
    with contextlib.suppress(OSError):
        for path in reversed(_folders(out, folder)):
            os.rmdir(path)
    return left


def _folders(out: str, folder: str) -> list[str]:
    """Return the folders from `out` (without it) down to `folder`; none if one is missing, a link, or leads elsewhere."""
    chain = [out]
    for part in folder.split("/"):
        if part in ("", ".", "..") or os.sep in part or os.path.splitdrive(part)[0]:
            return []
        chain.append(os.path.join(chain[-1], part))
    return chain[1:] if all(_is(stat.S_ISDIR, path) for path in chain[1:]) else []


def _is(kind: Callable[[int], bool], path: str) -> bool:
    try:
        return kind(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
