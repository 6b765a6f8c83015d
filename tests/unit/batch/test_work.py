"""Workers end when they like; the run goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from builders import pcap

from flowmap.batch import run, work
from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Capture, Outcome, TeamRun
from flowmap.batch.one import Task
from flowmap.batch.work import Done, Limits, _guarded, run_tasks
from flowmap.settings.config import Settings


def task(tmp_path: Path, name: str) -> Task:
    team = TeamRun(name, "", (Capture(str(tmp_path / "gone.pcap")),))
    return Task(team, Settings(jobs=1), str(tmp_path / name), "2026-01-01T00:00:00Z")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_worker_killed_between_two_teams_costs_neither(tmp_path: Path) -> None:
    tasks = [task(tmp_path, name) for name in ("one", "two", "three")]
    done = run_tasks(tasks, Limits(1, None, None), lambda: False)
    first = next(done)
    (worker,) = multiprocessing.active_children()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    outcomes = {one.task.team.team: one.outcome.error or "" for one in [first, *done]}
    assert set(outcomes) == {"one", "two", "three"}
    assert len(set(outcomes.values())) == 1
    assert "gone.pcap" in outcomes["two"]


def test_a_bug_says_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(task: Task, judged: object) -> Outcome:
        raise KeyError("no such thing")

    monkeypatch.setattr("flowmap.batch.work.analyze", broken)
    answer = _guarded(task(tmp_path, "one"), lambda _: None)
    assert (answer.outcome.exit_code, answer.outcome.error) == (70, "a bug in flowmap: KeyError: 'no such thing'")
    assert 'in broken\n    raise KeyError("no such thing")' in answer.trace


def test_a_bug_is_tried_again_by_another_version_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever reports it and gets a flowmap without it would never see these teams again."""
    (tmp_path / "in" / "host").mkdir(parents=True)
    (tmp_path / "in" / "host" / "nic1.pcap").write_bytes(pcap([]))
    ledger = Ledger(str(tmp_path / "ledger.sqlite"))
    plan = run.Plan([str(tmp_path / "in")], str(tmp_path), Limits(1, None, None), lambda _: Settings(jobs=1), "")

    def broken(task: Task, judged: object) -> Outcome:
        raise KeyError("no such thing")

    def here(tasks: Iterable[Task], limits: Limits, _: object) -> Iterator[Done]:
        for one in tasks:
            answer = work._guarded(one, lambda _: None)
            yield Done(one, answer.outcome, 1, 2, unless=work._unless(answer, limits), trace=answer.trace)

    monkeypatch.setattr(work, "analyze", broken)
    monkeypatch.setattr(run, "run_tasks", here)
    tried = []
    for version in ("flowmap 1", "flowmap 1", "flowmap 2"):
        monkeypatch.setattr(work, "_VERSION", version)
        tried.append(len(run.run_batch(plan, ledger, lambda: False).changes))
        ledger.tell_all()
    ledger.close()
    assert tried == [1, 0, 1]
