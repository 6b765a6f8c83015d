"""A week of nights: clocks that are set, summer time that ends, captures that grow, are rotated, come late and vanish.

Each night something is copied in, the clock says what it likes, and batch runs once or twice. What is new is analyzed once,
nothing is analyzed twice, and history, index and metrics speak of the newest captures whatever the clock said at that time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.thousand_teams import Source
from flowmap.batch import run
from flowmap.batch.ledger import Ledger
from flowmap.batch.one import Task
from flowmap.batch.output.index import write_index
from flowmap.batch.output.textfile import Folders, metrics
from flowmap.batch.prune import prune
from flowmap.batch.work import Done, Limits, _guarded
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[2] / "captures"
DAY = 86_400
MONDAY = 1_792_965_600
"""2026-10-26 00:00 in Berlin, the day after summer time has ended; the week begins the Tuesday before."""
FIRST = MONDAY - 6 * DAY


class Week:
    """The folders, the ledger and a clock that is set by hand."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data, self.out, self.now = place / "in", place / "out", FIRST
        self.out.mkdir()
        self.data.mkdir()
        self.sources = {name: Source(CAPTURES / "13a-bundle-proven" / f"{name}.pcap") for name in ("nic1", "nic2")}
        self.begin = min(int.from_bytes(one.data[24:28].tobytes(), "little") for one in self.sources.values())
        self.ledger = Ledger(str(self.out / "ledger.sqlite"))
        monkeypatch.setattr(run, "run_tasks", self.work)
        monkeypatch.setattr(run.time, "time_ns", lambda: self.now * 10**9)
        monkeypatch.setattr("flowmap.report.formats.html.render", lambda *_, **__: "<html></html>\n")

    def work(self, tasks: Iterable[Task], *_: Any) -> Iterator[Done]:
        for task in tasks:
            answer = _guarded(task, lambda _: None)
            at = self.now * 10**9
            yield Done(task, answer.outcome, at, at + 10**9, answer.unwritten, trace=answer.trace)

    def copy(self, run_name: str, at: int, *, part: float = 1.0, names: Iterable[str] = ("nic1", "nic2")) -> None:
        """Captures of packets at that time; their files are as old as the clock says."""
        folder = self.data / "site" / run_name
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            data = self.sources[name].variant(at - self.begin)
            (folder / f"{name}.pcap").write_bytes(data[: int(len(data) * part)])
            os.utime(folder / f"{name}.pcap", (self.now, self.now))

    def night(self) -> list[str]:
        """Names of the runs that were analyzed."""
        plan = run.Plan(
            [str(self.data)], str(self.out), Limits(1, None, None), lambda _: Settings(jobs=1), "", settle_s=10
        )
        result = run.run_batch(plan, self.ledger, lambda: False)
        assert not result.complaints
        self.ledger.tell_all()
        self.check()
        return [change.team.run for change in result.changes]

    def check(self) -> None:
        history = self.ledger.of_team("site")
        current = [entry.run for entry in history if entry.current]
        assert len(current) == len(set(current))
        times = [entry.captured_ns for entry in history]
        assert times == sorted(times)
        told = metrics(self.ledger.all_current(), self.now * 10**9, Folders()).decode()
        if history:
            assert f'flowmap_team_exit_code{{team="site"}} {float(history[-1].outcome.exit_code)}' in told
        write_index(self.ledger, str(self.out), "en", "")
        for entry in history:
            if entry.current and entry.outcome.error is None:
                assert (self.out / entry.folder / "report.json").is_file()


@pytest.fixture
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Week]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    if hasattr(time, "tzset"):
        time.tzset()
    made = Week(tmp_path, monkeypatch)
    yield made
    made.ledger.close()
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def test_a_week(week: Week) -> None:
    week.copy("tue", FIRST)
    assert week.night() == []  # still being written
    week.now += 60
    assert week.night() == ["tue"]
    assert week.night() == []

    week.now = (
        FIRST + DAY
    )  # a capture that grows: what there is of it is analyzed when it rests, and again when it is whole
    week.copy("wed", FIRST + DAY, part=0.5)
    week.now += 60
    assert week.night() == ["wed"]
    week.copy("wed", FIRST + DAY)
    assert week.night() == []
    week.now += 60
    assert week.night() == ["wed"]

    week.now = FIRST - 300 * DAY  # the battery of the clock is empty: it says last year
    week.copy("thu", FIRST + 2 * DAY)
    week.now += 60
    assert week.night() == ["thu"]
    assert [entry.run for entry in week.ledger.of_team("site") if entry.current] == ["tue", "wed", "thu"]

    week.now = FIRST + 300 * DAY  # and then next year, with files from the future when it is set right
    week.copy("fri", FIRST + 3 * DAY)
    week.now = FIRST + 4 * DAY
    assert week.night() == ["fri"]

    week.copy("mon-late", FIRST - DAY)  # what was captured before all others comes late
    week.now += 60
    assert week.night() == ["mon-late"]
    assert week.ledger.of_team("site")[0].run == "mon-late"
    assert week.ledger.of_team("site")[-1].run == "fri"

    week.now = MONDAY - DAY + 3 * 3600  # the hour that comes twice: its second copy is an hour later in UTC
    for run_name, hours in (("sun-1", 0), ("sun-2", 1)):
        week.copy(run_name, MONDAY - DAY + (1 + hours) * 3600)
    week.now += 60
    assert sorted(week.night()) == ["sun-1", "sun-2"]
    assert [entry.run for entry in week.ledger.of_team("site")][-2:] == ["sun-1", "sun-2"]

    folder = week.data / "site" / "tue"  # rotated: under other names, analyzed once, in the place of the old one
    for name in ("nic1", "nic2"):
        (folder / f"{name}.pcap").rename(folder / f"{name}-rotated.pcap")
    assert week.night() == ["tue"]
    assert week.night() == []

    for path in (week.data / "site" / "wed").iterdir():  # vanished: what was found stays, until it is pruned
        path.unlink()
    (week.data / "site" / "thu" / "nic2.pcap").unlink()  # half of another one is gone: that is another team
    assert week.night() == ["thu"]
    assert "wed" in {entry.run for entry in week.ledger.all_current()}
    week.now = MONDAY + 30 * DAY
    forgotten = prune(week.ledger, str(week.out), week.now * 10**9).forgotten
    assert {entry.run for entry in forgotten if entry.current} == {"wed"}
    week.check()
    assert week.night() == []
