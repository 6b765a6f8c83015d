"""One batch run: find, tell what is new, analyze that, enter it in the ledger, publish."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

from flowmap.batch.captures.discover import find_teams
from flowmap.batch.captures.fingerprint import digest, fingerprint
from flowmap.batch.captures.layout import Layout, find_by_layout
from flowmap.batch.captures.nothing import among_reports, news, nothing_in, waiting_long
from flowmap.batch.ledger import Entry, Ledger
from flowmap.batch.model import Capture, Fingerprint, Inputs, Outcome, TeamRun
from flowmap.batch.one import Task
from flowmap.batch.output.places import REPORTS, report_folder
from flowmap.batch.prune import remove_reports
from flowmap.batch.work import Done, Limits, run_tasks
from flowmap.capture.source.url import is_url, shown
from flowmap.cluster.bounds import Bounds
from flowmap.dataclass import dataclass
from flowmap.errors import ClusterUnusable, ConfigError
from flowmap.message import Message, msg
from flowmap.settings.config import Settings
from flowmap.settings.regular import check_regular

__all__ = ["Change", "Plan", "Result", "change_of", "run_batch"]

_NS = 10**9


@dataclass(frozen=True)
class Plan:
    """What a batch run is told. `settings_of` gives a team's settings; it raises ConfigError."""

    folders: Sequence[str]
    out: str
    limits: Limits
    settings_of: Callable[[TeamRun], Settings]
    made_at: str
    language: str = "en"
    layouts: Sequence[Layout] = ()
    settle_s: float = 0.0
    since_ns: int | None = None
    scheduler: str | None = None
    again: Sequence[str] = ()
    """Teams, or runs of them, that are analyzed even if nothing changed."""


@dataclass(frozen=True)
class Change:
    """A team's run that was analyzed.

    `before`: the outcome of the team's captures before these; None: there were none. `known`: the last of them that
    gave an answer. `folder`: of its reports, in --out; empty where it has none. `trace`: where in flowmap a bug showed.
    `pageless`: why its page is missing; the next run draws it again.
    """

    team: TeamRun
    outcome: Outcome
    before: Outcome | None
    seconds: float
    unwritten: str | None = None
    trace: str = ""
    pageless: str | None = None
    known: Outcome | None = None
    folder: str = ""


@dataclass
class Result:
    """What a run did.

    `found`: runs of teams seen, of `teams` teams; `waiting`: those whose captures are still being written; `ended`: why
    it ended before its end.
    """

    found: int = 0
    teams: int = 0
    waiting: list[TeamRun] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    complaints: list[Message] = field(default_factory=list)
    ended: ClusterUnusable | None = None
    empty: dict[str, Message] = field(default_factory=dict)
    """Folders that hold nothing, and what else is left out unseen, each with what is to be said of it."""
    standing: dict[str, Message] = field(default_factory=dict)
    """All that no run analyzes: these, and teams that wait for more than a day."""
    news: dict[str, Message] = field(default_factory=dict)
    """What of that no run has told yet."""


@dataclass(frozen=True)
class _Pending:
    """What is entered in the ledger once its outcome is there."""

    read: Inputs
    before: Entry | None


@dataclass(frozen=True)
class _Run:
    """A run at work: what it was told, where it enters what it finds, and who hears of it."""

    plan: Plan
    ledger: Ledger
    tell: Callable[[Change], None]
    result: Result
    pending: dict[tuple[str, str], _Pending] = field(default_factory=dict)

    def report(self, change: Change) -> None:
        """Keep a change for the result, and have it told."""
        self.result.changes.append(change)
        self.tell(change)


def run_batch(
    plan: Plan, ledger: Ledger, stopping: Callable[[], bool], tell: Callable[[Change], None] = lambda _: None
) -> Result:
    """Analyze all that is new below the folders; `tell` hears of each as it is done."""
    result = Result()
    run = _Run(plan, ledger, tell, result)
    for entry in ledger.untold():
        run.report(change_of(entry, ledger))
    try:
        for done in run_tasks(_tasks(run), plan.limits, stopping):
            _enter(done, run)
    except ClusterUnusable as error:
        result.ended = error
    result.standing = result.empty | waiting_long([team.name for team in result.waiting], ledger, time.time_ns())
    result.news = news(result.standing, ledger)
    return result


def _enter(done: Done, run: _Run) -> None:
    """Enter what was done into the ledger, and report what it changed."""
    team = done.task.team
    what = run.pending.pop((team.team, team.run))
    if done.unwritten is None:
        folder, outcome = report_folder(team.team, team.run), done.outcome
        if outcome.captured_ns is None:
            outcome = replace(outcome, captured_ns=_captured_ns(what))
        times = (done.started_ns, done.finished_ns)
        read = Inputs(what.read.digest + done.unless, what.read.prints)
        entry = run.ledger.record(team, read, folder, times, outcome)
        if what.before is not None and what.before.folder != folder:  # laid out by an earlier flowmap
            remove_reports(run.plan.out, what.before.folder)
        run.report(replace(change_of(entry, run.ledger), team=team, trace=done.trace, pageless=done.pageless))
        return
    before = None if what.before is None else what.before.outcome
    run.report(Change(team, done.outcome, before, (done.finished_ns - done.started_ns) / _NS, done.unwritten))


def _captured_ns(what: _Pending) -> int | None:
    """Return when captures that give no packet were made: as far as an earlier analysis knew, else as their files say."""
    if what.before is not None and what.before.outcome.error is None:
        return what.before.captured_ns
    return max((one.mtime_ns for one in what.read.prints if one.mtime_ns), default=None)


def change_of(entry: Entry, ledger: Ledger) -> Change:
    """Return what an analysis in the ledger changed."""
    before = ledger.before(entry)
    seconds = (entry.finished_ns - entry.started_ns) / _NS
    team = TeamRun(entry.team, entry.run, ())
    known = before if before is None or before.outcome.error is None else ledger.answered_before(entry)
    then, answered = (None if one is None else one.outcome for one in (before, known))
    return Change(team, entry.outcome, then, seconds, known=answered, folder=entry.folder)


def _tasks(run: _Run) -> Iterator[Task]:
    """Yield what is to be analyzed, found as it is asked for."""
    plan, ledger, result, pending = run.plan, run.ledger, run.result, run.pending
    teams = _teams(plan, result)
    result.found, result.teams = len(teams), len({team.team for team in teams})
    _check_again(plan.again, teams)
    for team in teams:
        key = team.team, team.run
        present = _present(team)
        wanted = team.team in plan.again or team.name in plan.again
        if present is None or (not wanted and _is_old(present[1], plan.since_ns)):
            continue
        team, prints = present
        if _is_being_written(prints, plan.settle_s):
            result.waiting.append(team)
            continue
        try:
            settings, text = plan.settings_of(team), ""
            for path in settings.team:
                check_regular(path)
            text = settings.model_dump_json(exclude={"jobs", "decoder", "lang"})
            text += "".join(_description(path) for path in settings.team)
        except ConfigError as error:
            settings, text = None, str(error)
        key_digest = digest(team.captures, prints, text)
        before = ledger.current(*key)
        folder = os.path.join(plan.out, *report_folder(*key).split("/"))
        same = (
            before is not None
            and not before.outcome.again
            and before.digest in (key_digest, key_digest + str(plan.limits))
        )
        if before is not None and same and not wanted and _is_published(before, folder):
            continue
        pending[key] = _Pending(Inputs(key_digest, prints), before)
        if settings is None:
            now = time.time_ns()
            done = Done(
                Task(team, Settings(), folder, plan.made_at, plan.language), Outcome(exit_code=2, error=text), now, now
            )
            _enter(done, run)
        else:
            bounds = Bounds(plan.limits.seconds, plan.limits.memory)
            yield Task(team, settings, folder, plan.made_at, plan.language, plan.scheduler, bounds)


def _check_again(again: Sequence[str], teams: Sequence[TeamRun]) -> None:
    """Raise ConfigError for a team to be analyzed again that is not in the folders."""
    known = {name for team in teams for name in (team.team, team.name)}
    for name in again:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = msg("did you mean {near}?", near=near[0]) if near else msg("`flowmap history` lists them")
            raise ConfigError(msg("--again {team}: the folders hold no such team: {hint}", team=name, hint=hint))


def _teams(plan: Plan, result: Result) -> list[TeamRun]:
    """Return all there are.

    Raises ConfigError, before anything is analyzed, where two folders hold one of the same name.
    """
    skip, complain = os.path.realpath(plan.out), result.complaints.append
    known: dict[tuple[str, str], tuple[TeamRun, str]] = {}
    for root in {folder if is_url(folder) else os.path.realpath(folder): folder for folder in plan.folders}.values():
        heard = len(result.complaints)
        found = list(
            find_by_layout(root, plan.layouts, complain, skip) if plan.layouts else find_teams(root, complain, skip)
        )
        if not found and len(result.complaints) == heard:
            result.empty[shown(root)] = nothing_in(root, layout=bool(plan.layouts))
        for team in found:
            _, other = known.setdefault((team.team, team.run), (team, root))
            if other != root:
                raise ConfigError(
                    msg(
                        "{folder} and {other} both hold a team called {team}; give their common folder, or a layout that tells "
                        "them apart",
                        folder=shown(other),
                        other=shown(root),
                        team=team.name,
                    )
                )
    if (left := among_reports(plan.out, plan.folders)) is not None:
        result.empty[skip] = left
    return [team for team, _ in known.values()]


def _present(team: TeamRun) -> tuple[TeamRun, tuple[Fingerprint, ...]] | None:
    """Return the team with those of its captures that are still there; None if none is."""
    kept: list[Capture] = []
    prints: list[Fingerprint] = []
    for capture in team.captures:
        try:
            prints.append(fingerprint(capture.path))
        except FileNotFoundError:
            continue
        except OSError:  # it is there and cannot be read: the report says so
            prints.append(Fingerprint(shown(capture.path), 0, 0, "", ""))
        kept.append(capture)
    return (TeamRun(team.team, team.run, tuple(kept), team.folders, team.settings), tuple(prints)) if kept else None


def _description(path: str) -> str:
    """Return what distinguishes contents of a file that describes the team; empty if it cannot be read, which is reported."""
    try:
        found = fingerprint(path)
    except OSError:
        return ""
    return f" {found.size} {found.head} {found.tail}"


def _is_old(prints: Sequence[Fingerprint], since_ns: int | None) -> bool:
    """Return whether all were changed before that, as far as servers tell."""
    return since_ns is not None and all(0 < one.mtime_ns < since_ns for one in prints)


def _is_being_written(prints: Sequence[Fingerprint], settle_s: float) -> bool:
    """Return whether a capture changed within the last `settle_s` seconds; one from the future is not waited for."""
    now = time.time_ns()
    return any(0 <= now - one.mtime_ns < settle_s * _NS for one in prints)


def _is_published(before: Entry, folder: str) -> bool:
    """Return whether its report is where the ledger says; a team without a verdict may have none."""
    return before.outcome.error is not None or all(os.path.isfile(os.path.join(folder, name)) for name in REPORTS)
