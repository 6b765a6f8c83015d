"""What `prune` may remove: reports that the ledger knows, in the output folder, never through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Fingerprint, Inputs, Outcome, TeamRun
from flowmap.batch.output.places import report_folder
from flowmap.batch.prune import prune

LATER = 10


def entered(out: Path, team: str, run: str, folder: str | None = None, finished: int = 1) -> Path:
    """Enter an analysis whose captures are gone; return the folder of its reports."""
    folder = report_folder(team, run) if folder is None else folder
    place = out / folder
    place.mkdir(parents=True, exist_ok=True)
    for name in ("report.html", "report.json"):
        (place / name).write_text(name)
    ledger = Ledger(str(out / "ledger.sqlite"))
    gone = [Fingerprint(str(out / "gone.pcap"), 1, 1, "", "")]
    outcome = Outcome(verdict="pass", exit_code=0)
    ledger.record(TeamRun(team, run, ()), Inputs("d", tuple(gone)), folder, (finished, finished), outcome)
    ledger.close()
    return place


def pruned(out: Path, before: int = LATER, *, dry_run: bool = False) -> list[str]:
    ledger = Ledger(str(out / "ledger.sqlite"))
    try:
        return [os.path.relpath(path, out) for path in prune(ledger, str(out), before, dry_run=dry_run).files]
    finally:
        ledger.close()


def test_a_team_within_the_name_of_another_keeps_its_reports(tmp_path: Path) -> None:
    """The run `b` of the team `a` and the team `a/b`; a run may also be named like a report."""
    old = entered(tmp_path, "a", "b")
    others = [
        entered(tmp_path, team, run, finished=LATER) for team, run in (("a/b", ""), ("a/b", "c"), ("a", "report.json"))
    ]
    assert len(pruned(tmp_path)) == 2
    assert not old.exists()
    assert all((place / "report.html").is_file() for place in others)


@pytest.mark.parametrize("team", ["@b", "-", ".", "a/@b", "%40b"])
def test_no_team_can_be_named_like_a_run(team: str) -> None:
    parts = report_folder(team, "").split("/")[1:-1]
    assert not any(part.startswith(("@", "-", ".")) for part in parts)


def test_what_people_put_there_stays(tmp_path: Path) -> None:
    place = entered(tmp_path, "host", "")
    (place / "notes.txt").write_text("mine")
    pruned(tmp_path)
    assert [path.name for path in place.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("folder", ["../kept", "/etc", "reports/../../kept", "", "reports//host", "."])
def test_a_folder_elsewhere_is_left_alone(tmp_path: Path, folder: str) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept"
    for place in (out, kept):
        place.mkdir()
    (kept / "report.html").write_text("not ours")
    entered(out, "host", "")
    ledger = Ledger(str(out / "ledger.sqlite"))
    ledger._db.execute("UPDATE analysis SET folder = ?", (folder,))
    ledger.close()
    assert pruned(out) == []
    assert (kept / "report.html").is_file()


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("linked", ["folder", "file"])
def test_nothing_goes_through_a_link(tmp_path: Path, linked: str) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept"
    kept.mkdir()
    out.mkdir()
    place = entered(out, "host", "")
    for name in ("report.html", "report.json"):
        (kept / name).write_text("not ours")
        if linked == "file":
            (place / name).unlink()
            (place / name).symlink_to(kept / name)
    if linked == "folder":
        for path in place.iterdir():
            path.unlink()
        place.rmdir()
        place.symlink_to(kept)
    assert pruned(out) == []
    assert sorted(path.name for path in kept.iterdir()) == ["report.html", "report.json"]


def test_a_dry_run_shows_and_changes_nothing(tmp_path: Path) -> None:
    place = entered(tmp_path, "host", "")
    shown = pruned(tmp_path, dry_run=True)
    assert shown == ["reports/host/-/report.html", "reports/host/-/report.json"]
    assert sorted(path.name for path in place.iterdir()) == ["report.html", "report.json"]
    assert pruned(tmp_path) == shown
    assert not (tmp_path / "reports").exists()


def test_reports_of_a_run_that_was_analysed_again_stay(tmp_path: Path) -> None:
    entered(tmp_path, "host", "r", finished=1)
    place = entered(tmp_path, "host", "r", finished=LATER)
    assert pruned(tmp_path) == []
    assert (place / "report.json").is_file()
