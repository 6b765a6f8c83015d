"""One batch run: find, tell what is new, analyse that, enter it in the ledger, publish."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from flowmap import jit
from flowmap.batch.discover import find_teams
from flowmap.batch.fingerprint import digest, fingerprint
from flowmap.batch.layout import Layout, find_by_layout
from flowmap.batch.ledger import Entry, Ledger
from flowmap.batch.model import Capture, Fingerprint, Outcome, TeamRun
from flowmap.batch.one import REPORTS, Task
from flowmap.batch.places import report_folder
from flowmap.batch.work import Done, Limits, compile_once, run_tasks
from flowmap.capture.url import is_url, shown
from flowmap.cluster.bounds import Bounds
from flowmap.config import Settings
from flowmap.errors import ClusterUnusable, ConfigError
from flowmap.message import Message, msg

__all__ = ["Change", "Plan", "Result", "change_of", "run_batch"]

_NS = 10**9
_WORTH_LOADING = 3
"""New teams per worker from which on loading compiled kernels pays (measured: 1 s once, then 0.15 s a team for 1.6 s)."""
_WORTH_COMPILING = 20


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


@dataclass(frozen=True)
class Change:
    """A team's run that was analysed. `before`: the outcome of the team's captures before these; None: there were none.
    `trace`: where in flowmap a bug showed."""

    team: TeamRun
    outcome: Outcome
    before: Outcome | None
    seconds: float
    unwritten: str | None = None
    trace: str = ""


@dataclass
class Result:
    """What a run did. `found`: runs of teams seen, of `teams` teams; `waiting`: those whose captures are still being written;
    `ended`: why it ended before its end."""

    found: int = 0
    teams: int = 0
    waiting: list[TeamRun] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    complaints: list[Message] = field(default_factory=list)
    ended: ClusterUnusable | None = None


@dataclass(frozen=True)
class _Pending:
    """What is entered in the ledger once its outcome is there."""

    digest: str
    prints: tuple[Fingerprint, ...]
    before: Entry | None


def run_batch(
    plan: Plan, ledger: Ledger, stopping: Callable[[], bool], tell: Callable[[Change], None] = lambda _: None
) -> Result:
    """Analyse all that is new below the folders; `tell` hears of each as it is done."""
    result = Result()
    pending: dict[tuple[str, str], _Pending] = {}
    for entry in ledger.untold():
        _tell(change_of(entry, ledger), result, tell)
    tasks = _with_kernels(_tasks(plan, ledger, result, pending, tell), plan.limits.jobs)
    try:
        for done in run_tasks(tasks, plan.limits, stopping):
            _enter(done, pending, plan, ledger, result, tell)
    except ClusterUnusable as error:
        result.ended = error
    return result


def _with_kernels(tasks: Iterator[Task], jobs: int) -> Iterator[Task]:
    """Where many teams are new, even small captures are worth the compiled kernels: workers load them once."""
    least = _WORTH_LOADING * jobs if jit.is_warm() else _WORTH_COMPILING
    first = list(islice(tasks, least))
    if len(first) == least:
        if not jit.is_warm() and first[0].scheduler is None:
            compile_once()
        return (
            replace(task, settings=task.settings.model_copy(update={"twin_limit": 0})) for task in chain(first, tasks)
        )
    return iter(first)


def _enter(
    done: Done, pending: dict[tuple[str, str], _Pending], plan: Plan, ledger: Ledger, result: Result,
    tell: Callable[[Change], None],
) -> None:  # fmt: skip
    team = done.task.team
    what = pending.pop((team.team, team.run))
    if done.unwritten is None:
        folder, outcome = report_folder(team.team, team.run), done.outcome
        if outcome.captured_ns is None:
            outcome = replace(outcome, captured_ns=max((one.mtime_ns for one in what.prints if one.mtime_ns), default=None))
        times = (done.started_ns, done.finished_ns)
        entry = ledger.record(team, what.digest + done.unless, folder, times, outcome, what.prints)
        _tell(replace(change_of(entry, ledger), team=team, trace=done.trace), result, tell)
        return
    before = None if what.before is None else what.before.outcome
    _tell(Change(team, done.outcome, before, (done.finished_ns - done.started_ns) / _NS, done.unwritten), result, tell)


def change_of(entry: Entry, ledger: Ledger) -> Change:
    """What an analysis in the ledger changed."""
    before = ledger.before(entry)
    seconds = (entry.finished_ns - entry.started_ns) / _NS
    team = TeamRun(entry.team, entry.run, ())
    return Change(team, entry.outcome, None if before is None else before.outcome, seconds)


def _tell(change: Change, result: Result, tell: Callable[[Change], None]) -> None:
    result.changes.append(change)
    tell(change)


def _tasks(
    plan: Plan, ledger: Ledger, result: Result, pending: dict[tuple[str, str], _Pending],
    tell: Callable[[Change], None],
) -> Iterator[Task]:  # fmt: skip
    """What is to be analysed, found as it is asked for."""
    teams = _teams(plan, result)
    result.found, result.teams = len(teams), len({team.team for team in teams})
    for team in teams:
        key = team.team, team.run
        present = _present(team)
        if present is None or _is_old(present[1], plan.since_ns):
            continue
        team, prints = present
        if _is_being_written(prints, plan.settle_s):
            result.waiting.append(team)
            continue
        try:
            settings, text = plan.settings_of(team), ""
            text = settings.model_dump_json(exclude={"jobs", "twin_limit", "decoder", "lang"})
            text += "".join(_description(path) for path in settings.team)
        except ConfigError as error:
            settings, text = None, str(error)
        key_digest = digest(team.captures, prints, text)
        before = ledger.current(*key)
        folder = os.path.join(plan.out, *report_folder(*key).split("/"))
        same = before is not None and before.digest in (key_digest, key_digest + str(plan.limits))
        if before is not None and same and _is_published(before, folder):
            continue
        pending[key] = _Pending(key_digest, prints, before)
        if settings is None:
            now = time.time_ns()
            done = Done(
                Task(team, Settings(), folder, plan.made_at, plan.language), Outcome(exit_code=2, error=text), now, now
            )
            _enter(done, pending, plan, ledger, result, tell)
        else:
            bounds = Bounds(plan.limits.seconds, plan.limits.memory)
            yield Task(team, settings, folder, plan.made_at, plan.language, plan.scheduler, bounds)


def _teams(plan: Plan, result: Result) -> list[TeamRun]:
    """All there are. Raises ConfigError, before anything is analysed, where two folders hold one of the same name."""
    skip, complain = os.path.realpath(plan.out), result.complaints.append
    known: dict[tuple[str, str], tuple[TeamRun, str]] = {}
    for root in {folder if is_url(folder) else os.path.realpath(folder): folder for folder in plan.folders}.values():
        found = find_by_layout(root, plan.layouts, complain, skip) if plan.layouts else find_teams(root, complain, skip)
        for team in found:
            _, other = known.setdefault((team.team, team.run), (team, root))
            if other != root:
                raise ConfigError(
                    msg("{folder} and {other} both hold a team {team}; give their common folder, or a layout that tells them "
                        "apart", folder=shown(other), other=shown(root), team=team.name)
                )  # fmt: skip
    return [team for team, _ in known.values()]


def _present(team: TeamRun) -> tuple[TeamRun, tuple[Fingerprint, ...]] | None:
    """The team with those of its captures that are still there; None if none is."""
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
    """What tells one content of a file that describes the team from another; nothing where it cannot be read: that is said."""
    try:
        found = fingerprint(path)
    except OSError:
        return ""
    return f" {found.size} {found.head} {found.tail}"


def _is_old(prints: Sequence[Fingerprint], since_ns: int | None) -> bool:
    """Whether all were changed before that, as far as servers tell."""
    return since_ns is not None and all(0 < one.mtime_ns < since_ns for one in prints)


def _is_being_written(prints: Sequence[Fingerprint], settle_s: float) -> bool:
    """Whether a capture changed within the last `settle_s` seconds; one from the future is not waited for."""
    now = time.time_ns()
    return any(0 <= now - one.mtime_ns < settle_s * _NS for one in prints)


def _is_published(before: Entry, folder: str) -> bool:
    """Whether its report is where the ledger says; a team without a verdict may have none."""
    return before.outcome.error is not None or all(os.path.isfile(os.path.join(folder, name)) for name in REPORTS)
