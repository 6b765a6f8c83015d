"""What a power cut leaves: each report is on the disk, with its name and folders, before the ledger speaks of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flowmap.batch import run
from flowmap.batch.ledger import Ledger
from flowmap.batch.one import Task, analyze
from flowmap.batch.work import Done, Limits
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[3] / "captures"


def here(tasks: Iterable[Task], *_: Any) -> Iterator[Done]:
    """What the workers do, in this process, where it can be watched."""
    for task in tasks:
        yield Done(task, analyze(task), 1, 2)


@pytest.mark.skipif(os.name == "nt", reason="folders are put on the disk on POSIX systems only")
def test_reports_are_on_the_disk_before_the_ledger_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, str]] = []
    fsync, replace, record = os.fsync, os.replace, Ledger.record

    def note_fsync(descriptor: int) -> None:
        steps.append(("fsync", os.path.relpath(os.readlink(f"/proc/self/fd/{descriptor}"), out)))
        fsync(descriptor)

    def note_replace(source: Any, target: Any) -> None:
        steps.append(("rename", f"{os.path.relpath(source, out)} {os.path.relpath(target, out)}"))
        replace(source, target)

    def note_record(*arguments: Any) -> Any:
        steps.append(("begin entry", ""))
        return record(*arguments)

    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc")
    out = tmp_path / "out"
    out.mkdir()
    ledger = Ledger(str(out / "ledger.sqlite"))
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    monkeypatch.setattr(Ledger, "record", note_record)
    monkeypatch.setattr(run, "run_tasks", here)
    folders = [str(CAPTURES / "13a-bundle-proven")]
    plan = run.Plan(folders, str(out), Limits(1, None, None), lambda _: Settings(jobs=1), "2026-01-01T00:00:00Z")
    result = run.run_batch(plan, ledger, lambda: False)
    ledger.close()
    assert [change.outcome.verdict for change in result.changes] == ["pass"]
    team = "reports/13a-bundle-proven"
    expected = [("fsync", "."), ("fsync", "reports"), ("fsync", team)]
    for name in ("report.json", "report.html"):
        beside = f"{team}/-/.{name}.{os.getpid()}-0.tmp"
        expected += [("fsync", beside), ("rename", f"{beside} {team}/-/{name}"), ("fsync", f"{team}/-")]
    assert steps == [*expected, ("begin entry", "")]


def test_the_ledger_is_on_the_disk_when_an_entry_is_committed(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ledger.sqlite"))
    full = 2  # sqlite.org/pragma.html#pragma_synchronous
    assert ledger._db.execute("PRAGMA synchronous").fetchone() == (full,)
    assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
