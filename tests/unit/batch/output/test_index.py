"""The index page is written when the ledger changed, in the language that is asked for, and else left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Inputs, Outcome, TeamRun
from flowmap.batch.output.index import write_index


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(str(tmp_path / "ledger.sqlite"))
    yield opened
    opened.close()


def written(ledger: Ledger, folder: Path, language: str = "en") -> str | None:
    """The page; None where it was left as it was."""
    path = folder / "index.html"
    before = path.stat().st_mtime_ns, path.stat().st_ino if path.exists() else 0
    write_index(ledger, str(folder), language, "2026-05-01T00:00:00Z")
    after = path.stat().st_mtime_ns, path.stat().st_ino
    return path.read_text() if after != before else None


def test_it_follows_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.touch()
    page.unlink()
    ledger.record(TeamRun("site/host-1", "r1", ()), Inputs("d1"), "reports/x", (1, 2), Outcome("pass", exit_code=0))
    write_index(ledger, str(tmp_path), "en", "2026-05-01T00:00:00Z")
    assert "site/host-1" in page.read_text()
    assert written(ledger, tmp_path) is None  # nothing is new
    ledger.record(TeamRun("<b>host-2", "r1", ()), Inputs("d2"), "reports/y", (1, 2), Outcome(error="it broke"))
    again = written(ledger, tmp_path)
    assert again is not None
    assert "&lt;b&gt;host-2" in again
    assert "it broke" in again
    german = written(ledger, tmp_path, "de")
    assert german is not None
    assert '<html lang="de"' in german
    page.unlink()
    write_index(ledger, str(tmp_path), "de", "2026-05-01T00:00:00Z")
    assert page.read_text() == german
