"""The whole way: captures in, report out. Everything here is order; the work is in the stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flowmap.capture.inputs import plan_inputs
from flowmap.config import Settings
from flowmap.errors import CaptureError
from flowmap.message import Message, glue, msg, nmsg
from flowmap.notice import Notice
from flowmap.pipeline.build import build_report, empty_report
from flowmap.pipeline.evidence import evidence_of
from flowmap.pipeline.flows import flow_columns, join_connections
from flowmap.pipeline.gather import choose_streams, gather, read_lacp, seen_members
from flowmap.pipeline.inspect_ import inspect
from flowmap.pipeline.joined import join_members
from flowmap.pipeline.member_rows import LINK_NAMES
from flowmap.pipeline.names import name_links
from flowmap.pipeline.names_told import told_names
from flowmap.pipeline.read import Progress, Reader, ReadResult, Say, read_all, warmup
from flowmap.privacy.anonymizer import Anonymizer
from flowmap.report.anonymized import (
    anonymized_columns,
    anonymized_evidence,
    anonymized_report,
    anonymized_series,
    learn_member,
)
from flowmap.report.document import Report
from flowmap.report.evidence import Evidence
from flowmap.report.series import Series
from flowmap.team.description.match import match_teams
from flowmap.team.description.model import TeamDescription
from flowmap.team.description.read import read_descriptions
from flowmap.team.members import Members, assemble
from flowmap.team.throughput import SIDES
from flowmap.verdict.facts import MemberLoad
from flowmap.verdict.notices import member_notices

__all__ = ["Analysis", "analyze", "inspect", "warmup"]


@dataclass
class Analysis:
    """A report with what is behind it: the flow table, the throughput over time, `series`, and what pictures are drawn from,
    `evidence`. `messages`: one line for each input that could not be used. `names`: those that came up and the kind of each,
    for `anonymized` to replace. `failures`: what kept those inputs from being used."""

    report: Report
    messages: list[Message] = field(default_factory=list)
    series: Series = field(default_factory=Series)
    evidence: Evidence = field(default_factory=Evidence)
    names: list[tuple[str, str]] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    _flows: Callable[[], dict[str, Any]] = dict

    def flow_columns(self) -> dict[str, Any]:
        """The flow table, one entry a column, as `report.flows` writes it."""
        return self._flows()

    def anonymized(self, hide: Anonymizer) -> Analysis:
        """The same verdicts and numbers, with every address and name replaced."""
        for member in self.report.members:
            learn_member(hide, member.name, [capture.path for capture in member.captures])
        for kind, name in self.names:
            hide.names.tell(kind, name)
        return replace(
            self,
            report=anonymized_report(self.report, hide),
            messages=[hide.text(message) for message in self.messages],
            series=anonymized_series(self.series, hide),
            evidence=anonymized_evidence(self.evidence, hide),
            names=[],
            failures=[],
            _flows=lambda: anonymized_columns(self._flows(), hide),
        )


def analyze(
    paths: Sequence[str], settings: Settings, progress: Progress | None = None, say: Say = lambda _: None,
    reader: Reader | None = None,
) -> Analysis:  # fmt: skip
    """Analyse the captures of one team, read in this process or where `reader` does it.

    Raises ConfigError, and ClusterError of a cluster's reader; inputs that cannot be read are messages and notices.
    """
    teams = read_descriptions(settings.team)
    plan = plan_inputs(list(paths))
    read = read_all(plan.captures, settings, progress, say, reader)
    failures = [*plan.failures, *read.failures]
    messages = [failure.message for failure in failures]
    notices = [*plan.notices, *[_failure_notice(failure) for failure in failures]]
    if not read.scans:
        why = glue(*messages[:3], between="; ") if messages else msg("nothing that is a capture was found")
        sentence = msg("No usable input: {why}.", why=why)
        analysis = Analysis(empty_report(settings, notices, sentence), messages, _flows=_no_flows)
    else:
        analysis = _judge(read, settings, teams, notices, messages)
    names = told_names(plan, read, settings.team, teams)
    return replace(analysis, names=names, failures=failures)


def _judge(
    read: ReadResult, settings: Settings, teams: Sequence[TeamDescription], notices: list[Notice], messages: list[Message]
) -> Analysis:
    names = name_links([one.planned for one in read.inputs], read.scans)
    members = assemble(read.scans, names, read.reader.join(read.scans))
    merged, counted, streams = join_members(members)
    notices += [notice for scan in read.scans for notice in scan.notices]
    notices += member_notices(members.members, LINK_NAMES)
    listed = choose_streams(streams, settings)
    if listed.cut:
        detail = nmsg("{count} more stream is not listed; --top lists more",
                      "{count} more streams are not listed; --top lists more", listed.cut)  # fmt: skip
        notices.append(Notice("rows_cut", "info", detail))
    lacp = read_lacp(members)
    described = match_teams(teams, seen_members(members, lacp))
    team = gather(members, counted, streams, listed, lacp, notices, read, settings, described)
    incomplete = bool(messages) or any(scan.damaged for scan in read.scans)
    flows = join_connections(merged)
    report = build_report(team, streams, len(flows), incomplete)
    return Analysis(
        report, messages, _series(members, team.load), evidence_of(team),
        _flows=lambda: flow_columns(flows, members.members),
    )  # fmt: skip


def _series(members: Members, load: MemberLoad | None) -> Series:
    if load is None:
        return Series()
    by_name = {m.name: dict(zip(SIDES, load.wire[m.number], strict=True)) for m in members.members}
    return Series(load.start_ns, load.width_ns, by_name, frozenset(m.name for m in members.members if m.aggregate))


def _failure_notice(failure: CaptureError) -> Notice:
    detail, path = failure.detail, failure.path
    return Notice("unreadable_capture", "error", detail, path=path, first_offset=failure.offset, undermines=True)


def _no_flows() -> dict[str, Any]:
    from flowmap.report.flows import FLOW_COLUMNS

    return {name: [] for name in FLOW_COLUMNS}
