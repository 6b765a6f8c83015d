"""Workers end when they like; the run goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from flowmap.batch.model import Capture, Outcome, TeamRun
from flowmap.batch.one import Task
from flowmap.batch.work import Limits, _guarded, run_tasks
from flowmap.config import Settings


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
    def broken(task: Task) -> Outcome:
        raise KeyError("no such thing")

    monkeypatch.setattr("flowmap.batch.work.analyse", broken)
    answer = _guarded(task(tmp_path, "one"))
    assert (answer.outcome.exit_code, answer.outcome.error) == (70, "a bug in flowmap: KeyError: 'no such thing'")
    assert 'in broken\n    raise KeyError("no such thing")' in answer.trace
