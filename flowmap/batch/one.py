"""Analyses one team's run and writes its reports: what a worker process does."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowmap.batch.model import Outcome, TeamRun
from flowmap.cluster.bounds import Bounds
from flowmap.config import Settings
from flowmap.errors import ConfigError
from flowmap.report.document import Report

if TYPE_CHECKING:
    from flowmap.cluster.dask_ import DaskReader

__all__ = ["REPORTS", "Task", "analyse"]

REPORTS = ("report.html", "report.json")
"""What each team's folder gets."""


@dataclass(frozen=True)
class Task:
    """One team's run to analyse. `folder` is where its reports go; `made_at` is what they say of when they were made;
    `scheduler`: of the cluster that reads the captures, there within `bounds`."""

    team: TeamRun
    settings: Settings
    folder: str
    made_at: str
    language: str = "en"
    scheduler: str | None = None
    bounds: Bounds = field(default_factory=Bounds)


def analyse(task: Task) -> Outcome:
    """Write `report.html` and `report.json` and give what they say. Raises ReportError where that cannot be written,
    ClusterError where the cluster cannot read the captures."""
    from flowmap import pipeline
    from flowmap.report.files import make_folder, sweep, write_text
    from flowmap.report.html import Material, render
    from flowmap.report.json_ import write_json

    arguments = [capture.argument for capture in task.team.captures]
    cluster = _cluster(task)
    try:
        analysis = pipeline.analyze(arguments, task.settings, reader=cluster)
    except ConfigError as error:  # two captures of one name, a mode that is none, ...
        return Outcome(error=str(error))
    report = analysis.report.model_copy(update={"generated_at": task.made_at})
    html, json = (os.path.join(task.folder, name) for name in REPORTS)
    make_folder(task.folder)
    sweep(html, json)
    draw = render if cluster is None else cluster.page
    write_text(html, draw(Material(report, analysis.evidence, analysis.series), task.language))
    write_json(json, report)
    return _outcome(report)


def _cluster(task: Task) -> DaskReader | None:
    """What reads the captures and draws the page; None: this process."""
    if task.scheduler is None:
        return None
    from flowmap.cluster.dask_ import reader_at

    return reader_at(task.scheduler, task.bounds)


def _outcome(report: Report) -> Outcome:
    spread = report.claims.spread
    balance = report.balance.tx if spread.direction == "tx" else report.balance.rx
    speeds = [migration.mean_bps for migration in report.migrations if migration.mean_bps is not None]
    grave = sorted({finding.code for finding in report.findings if finding.severity != "info"})
    no_input = report.exit_code == 4
    firsts = [member.first_ns for member in report.members if member.first_ns is not None]
    return Outcome(
        verdict=report.verdict, pinned=report.claims.pinned.verdict, spread=spread.verdict,
        exit_code=report.exit_code, summary=str(report.summary), error=str(report.summary) if no_input else None,
        jain=balance.jain, members=sum(not member.aggregate for member in report.members),
        migration_bps=max(speeds, default=None), packets=report.totals.packets,
        wire_bytes=report.totals.wire_bytes, streams=report.totals.streams, findings=tuple(grave),
        captured_ns=min(firsts, default=None),
    )  # fmt: skip
