"""Folders that hold nothing, and an output folder that hides captures: told when it begins, and not every night."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from builders import pcap

from flowmap.batch import run
from flowmap.batch.captures.layout import read_layout
from flowmap.batch.captures.nothing import among_reports, remember
from flowmap.batch.ledger import Ledger
from flowmap.batch.work import Limits
from flowmap.settings.config import Settings


def put(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "nic1.pcap").write_bytes(pcap([]))


class Nights:
    """Batch runs over folders, without any analysis."""

    def __init__(self, place: Path, layout: str = "", settle: float = 0) -> None:
        self.settle = settle
        self.place, self.out, self.data = place, place / "out", place / "in"
        self.out.mkdir()
        self.data.mkdir()
        self.layouts = []
        if layout:
            (place / "layout.toml").write_text(layout)
            self.layouts = read_layout(str(place / "layout.toml"))

    def night(self, *folders: Path, out: Path | None = None) -> list[str]:
        """What is told of folders without captures."""
        plan = run.Plan(
            list(map(str, folders or [self.data])),
            str(out or self.out),
            Limits(1, None, None),
            lambda _: Settings(),
            "",
            layouts=self.layouts,
            settle_s=self.settle,
        )
        with closing(Ledger(str(self.out / "ledger.sqlite"))) as ledger:
            result = run.run_batch(plan, ledger, lambda: False)
            before = ledger._db.total_changes
            remember(result.standing, ledger)
            self.written = ledger._db.total_changes - before
        return [text.replace(str(self.place), "") for text in result.news.values()]


@pytest.fixture(autouse=True)
def _no_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "run_tasks", lambda tasks, *_: [one for one in tasks if one is None])


def test_an_empty_folder_is_told_when_it_begins(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    told = ["/in: holds no captures; is it the right folder, and mounted?"]
    assert nights.night() == told
    assert (nights.night(), nights.written) == ([], 0)
    put(nights.data / "host")
    assert nights.night() == []
    shutil.rmtree(nights.data / "host")  # what was mounted there is gone again
    assert nights.night() == told
    (nights.data / "notes.txt").write_text("no capture")
    put(tmp_path / "other" / "host")
    assert nights.night(nights.data, tmp_path / "other") == []
    (tmp_path / "third").mkdir()
    assert nights.night(nights.data, tmp_path / "third") == [told[0].replace("/in", "/third")]


def test_what_cannot_be_read_is_not_empty(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.data.rmdir()
    assert nights.night() == []


def test_where_no_capture_fits_the_layout_that_is_told(tmp_path: Path) -> None:
    nights = Nights(tmp_path, '[[team]]\ncaptures = "{host}/{member}.pcapng"\nteam = "{host}"\n')
    put(nights.data / "host")
    assert nights.night() == ["/in: holds no capture that fits the layout; is it the right folder, and mounted?"]


def test_captures_where_reports_go_are_told(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    put(nights.data / "one")
    put(nights.data / "two" / "run")
    for out in ("one", "two"):
        told = nights.night(out=nights.data / out)
        capture = "/in/one/nic1.pcap" if out == "one" else "/in/two/run/nic1.pcap"
        assert told == [
            f"{capture}: is left out, for reports go into that folder: give an --out without captures in it"
        ]
        assert nights.night(out=nights.data / out) == []


def test_a_team_whose_captures_never_rest_is_told_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring buffer that is never closed: its team waits in every run."""
    nights = Nights(tmp_path, settle=10)
    put(nights.data / "ring")
    put(nights.data / "rests")
    hour, told = 3600, []
    for hours in (0, 12, 25, 26, 27, 28, 54):
        now = 1_800_000_000 + hours * hour
        monkeypatch.setattr(run.time, "time_ns", lambda now=now: now * 10**9)
        os.utime(nights.data / "rests" / "nic1.pcap", (1, 1))
        os.utime(nights.data / "ring" / "nic1.pcap", (now - (60 if hours == 27 else 1),) * 2)  # once it rests
        told.append(len(nights.night()))
    assert told == [0, 0, 1, 0, 0, 0, 1]


def test_an_output_folder_that_hides_nothing_is_no_news(tmp_path: Path) -> None:
    put(tmp_path / "in" / "host")
    put(tmp_path / "in" / "out" / "reports" / "old")  # reports are not searched
    put(tmp_path / "beside")  # nor is what nobody asked to search
    folders = [str(tmp_path / "in")]
    assert among_reports(str(tmp_path / "in" / "out"), folders) is None
    assert among_reports(str(tmp_path / "beside"), folders) is None
    assert among_reports(str(tmp_path / "in" / "new"), folders) is None


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_to_a_teams_folder_hides_it_all_the_same(tmp_path: Path) -> None:
    put(tmp_path / "in" / "host")
    (tmp_path / "results").symlink_to(tmp_path / "in" / "host")
    assert among_reports(str(tmp_path / "results"), [str(tmp_path / "in")]) is not None
