"""Analyses one team's run and writes its reports: what a worker process does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING

from flowmap.batch.known import accepted_of
from flowmap.batch.model import Outcome, TeamRun
from flowmap.batch.output.places import REPORTS
from flowmap.cluster.bounds import Bounds
from flowmap.dataclass import dataclass
from flowmap.document.model import Report
from flowmap.errors import ConfigError, InterruptedReading, NameClash, ReportError
from flowmap.message import msg
from flowmap.settings.config import Settings

if TYPE_CHECKING:
    from flowmap.cluster.dask_ import DaskReader

__all__ = ["Task", "analyze"]


@dataclass(frozen=True)
class Task:
    """One team's run to analyze.

    `folder` is where its reports go; `made_at` is what they say of when they were made; `scheduler`: of the cluster
    that reads the captures, there within `bounds`.
    """

    team: TeamRun
    settings: Settings
    folder: str
    made_at: str
    language: str = "en"
    scheduler: str | None = None
    bounds: Bounds = field(default_factory=Bounds)


def analyze(task: Task, judged: Callable[[Outcome], None] = lambda _: None) -> Outcome:
    """Write `report.json` and `report.html` and return what they say.

    `judged` hears of it before the page is drawn, the costliest part: the engine that draws charts reserves address space and
    may take the process with it. An older page goes before, so that the two never tell different things.

    Raises ReportError where something cannot be written, ClusterError where the cluster cannot read the captures.
    """
    from flowmap.analysis import analyze
    from flowmap.report.formats.files import make_folder, sweep, write_text
    from flowmap.report.formats.html import Material, render
    from flowmap.report.formats.json_ import write_json

    arguments = [capture.argument for capture in task.team.captures]
    cluster = _cluster(task)
    try:
        analysis = analyze(arguments, task.settings, reader=cluster)
    except NameClash as error:
        said, rest = str(error).partition(";")[::2]
        return Outcome(error=f"{said}; rename one of the files" if rest else said)
    except ConfigError as error:  # two captures of one name, a mode that is none, ...
        return Outcome(error=error.message)
    report = analysis.report.model_copy(update={"generated_at": task.made_at})
    html, json = (os.path.join(task.folder, name) for name in REPORTS)
    make_folder(task.folder)
    sweep(html, json)
    _remove(html)
    write_json(json, report)
    interrupted = any(isinstance(failure, InterruptedReading) for failure in analysis.failures)
    outcome = replace(_outcome(report), again=interrupted)
    judged(outcome)
    draw = render if cluster is None else cluster.page
    write_text(html, draw(Material(report, analysis.evidence, analysis.series), task.language))
    return outcome


def _remove(path: str) -> None:
    """Remove a page that is older than its report will be. Raises ReportError."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ReportError(
            msg("{path}: cannot be removed: {reason}", path=path, reason=error.strerror or error)
        ) from error


def _cluster(task: Task) -> DaskReader | None:
    """Return what reads the captures and draws the page; None: this process."""
    if task.scheduler is None:
        return None
    from flowmap.cluster.dask_ import reader_at

    return reader_at(task.scheduler, task.bounds)


def _outcome(report: Report) -> Outcome:
    spread = report.claims.spread
    balance = report.balance.tx if spread.direction == "tx" else report.balance.rx
    speeds = [migration.mean_bps for migration in report.migrations if migration.mean_bps is not None]
    grave = sorted({finding.code for finding in report.findings if finding.severity != "info"})
    no_input, sentence = report.exit_code == 4, report.answer.sentence
    firsts = [member.first_ns for member in report.members if member.first_ns is not None]
    return Outcome(
        verdict=report.verdict,
        pinned=report.claims.pinned.verdict,
        spread=spread.verdict,
        exit_code=report.exit_code,
        summary=sentence,
        error=sentence if no_input else None,
        jain=balance.jain,
        members=sum(not member.aggregate for member in report.members),
        migration_bps=max(speeds, default=None),
        packets=report.totals.packets,
        wire_bytes=report.totals.wire_bytes,
        streams=report.totals.streams,
        findings=tuple(grave),
        captured_ns=min(firsts, default=None),
        imbalance_s=_imbalance_s(report),
        **accepted_of(report),
    )


def _imbalance_s(report: Report) -> float | None:
    """Return the seconds in which some member was full while others idled, or None where that cannot be measured.

    Each second counts once.
    """
    if report.balance.full is None:
        return None
    total = end = 0
    for span in sorted(report.balance.full, key=lambda one: one.first_ns):
        total += max(0, span.last_ns - max(end, span.first_ns))
        end = max(end, span.last_ns)
    return total / 1e9
