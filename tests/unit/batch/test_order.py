"""History, index and metrics speak of the same latest run, whatever failed, was repaired or came late, in any order."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Fingerprint, Inputs, Outcome, TeamRun
from flowmap.batch.one import Task
from flowmap.batch.output.index import write_index
from flowmap.batch.output.textfile import Folders, metrics
from flowmap.batch.prune import prune
from flowmap.batch.run import Plan, Result, _enter, _Pending, _Run
from flowmap.batch.work import Done, Limits
from flowmap.report.formats.html.index import _RANK
from flowmap.settings.config import Settings

HOUR = 3600 * 10**9
VERDICTS = {"pass": 0, "fail": 1, "inconclusive": 3}
RUNS = st.sampled_from(["1", "2", "3"])


class Nights(RuleBasedStateMachine):
    """Runs captured at hour 1, 2 and 3; their files were written a day later or whenever they were copied."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.out = Path(self.folder.name)
        self.ledger = Ledger(str(self.out / "ledger.sqlite"))
        self.now = 1000 * HOUR
        self.state: dict[str, tuple[int, str]] = {}
        self.plan = Plan([], str(self.out), Limits(1, None, None), lambda _: Settings(), "")

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()

    def analyzed(self, run: str, outcome: Outcome, mtime_ns: int) -> None:
        self.now += HOUR
        team = TeamRun("host", run, ())
        prints = (Fingerprint(str(self.out / f"{run}.pcap"), 1, mtime_ns, "", ""),)
        before = self.ledger.current("host", run)
        done = Done(Task(team, Settings(), str(self.out), ""), outcome, self.now, self.now)
        pending = {("host", run): _Pending(Inputs("d", prints), before)}
        _enter(done, _Run(self.plan, self.ledger, lambda _: None, Result(), pending))
        self.last = run

    @rule(run=RUNS, verdict=st.sampled_from(sorted(VERDICTS)), clock=st.integers(-5, 5))
    def judged(self, run: str, verdict: str, clock: int) -> None:
        self.now += clock * HOUR  # clocks are set
        outcome = Outcome(verdict=verdict, exit_code=VERDICTS[verdict], captured_ns=int(run) * HOUR)
        self.analyzed(run, outcome, 500 * HOUR)
        self.state[run] = (int(run) * HOUR, verdict)

    @rule(run=RUNS, mtime=st.integers(1, 900))
    def failed(self, run: str, mtime: int) -> None:
        known = self.state.get(run)
        self.analyzed(run, Outcome(error="cannot be read"), mtime * HOUR)
        at = known[0] if known is not None and known[1] != "failed" else mtime * HOUR
        self.state[run] = (at, "failed")

    @rule(keep=st.integers(0, 3))
    def forgotten(self, keep: int) -> None:
        before = self.now - keep * HOUR
        young = {entry.run for entry in self.ledger.all_current() if entry.finished_ns >= before}
        prune(self.ledger, str(self.out), before)
        self.state = {run: state for run, state in self.state.items() if run in young}

    @invariant()
    def all_speak_of_the_same_latest_run(self) -> None:
        if not hasattr(self, "ledger"):
            return
        current = {entry.run: entry for entry in self.ledger.all_current()}
        assert {run: "failed" if one.outcome.error else one.outcome.verdict for run, one in current.items()} == {
            run: verdict for run, (_, verdict) in self.state.items()
        }
        history = self.ledger.of_team("host")
        if not self.state:
            assert history == []
            return
        newest = max(at for at, _ in self.state.values())
        assert history[-1].captured_ns == newest
        assert history[-1].current
        latest = "failed" if history[-1].outcome.error else history[-1].outcome.verdict
        told = metrics(list(current.values()), 0, Folders()).decode()
        assert f'flowmap_team_failed{{team="host"}} {float(latest == "failed")}' in told
        assert f'flowmap_team_exit_code{{team="host"}} {float(history[-1].outcome.exit_code)}' in told
        write_index(self.ledger, str(self.out), "en", "")
        page = (self.out / "index.html").read_text()
        shown = re.search(r'id="teams".*?<td data-v="(\d)"><span class="badge', page, re.DOTALL)
        assert shown is not None
        assert int(shown[1]) == _RANK[latest]


def test_an_analysis_that_a_clock_set_back_makes_look_younger_goes_with_its_run() -> None:
    state = Nights()
    state.begin()
    state.failed(run="1", mtime=1)
    state.judged(run="2", verdict="fail", clock=-3)
    state.failed(run="1", mtime=3)
    state.failed(run="2", mtime=1)
    state.forgotten(keep=0)
    state.all_speak_of_the_same_latest_run()
    state.teardown()


TestNights = Nights.TestCase
TestNights.settings = hypothesis_settings(max_examples=25, stateful_step_count=12)
