"""From captures that were read to the report.

All that judging and reporting need is imported with this module: `analyze` loads it while the captures are being read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from flowmap.analysis.described import describe
from flowmap.analysis.gather import MOST_ADDED, Found, Listed, choose_streams, gather, read_lacp
from flowmap.analysis.judge import judge
from flowmap.analysis.other_teams import mark_other_teams
from flowmap.dataclass import dataclass
from flowmap.decode.linktypes import LINK_NAMES
from flowmap.document.build.evidence import evidence_of
from flowmap.document.build.report import build_report, empty_report
from flowmap.document.evidence import Evidence
from flowmap.document.model import Report, build_checks
from flowmap.document.series import Series
from flowmap.errors import CaptureError
from flowmap.facts.flows import flow_columns, join_connections
from flowmap.facts.model import MemberLoad
from flowmap.message import Message, glue, msg, nmsg
from flowmap.notice import Notice
from flowmap.passes.joined import join_members
from flowmap.passes.names import name_links
from flowmap.passes.read import ReadResult
from flowmap.settings.config import Settings
from flowmap.team.members import Members, assemble
from flowmap.team.modes.table import every_row
from flowmap.team.throughput import SIDES
from flowmap.verdict.conclude import conclude
from flowmap.verdict.quality.notices import member_notices

if TYPE_CHECKING:
    from flowmap.privacy.anonymizer import Anonymizer
    from flowmap.team.counters.model import Reading
    from flowmap.team.description.model import TeamDescription

__all__ = ["Analysis", "Given", "answer", "load", "unanswered"]


@dataclass
class Analysis:
    """A report with what is behind it: flows, throughput over time and the evidence for pictures.

    `series` is the throughput over time, `evidence` what pictures are drawn from. `messages`: one line for each input
    that could not be used. `names`: every name seen in this run and its kind, for `anonymized` to replace. `failures`:
    why those inputs could not be used.
    """

    report: Report
    messages: list[Message] = field(default_factory=list)
    series: Series = field(default_factory=Series)
    evidence: Evidence = field(default_factory=Evidence)
    names: list[tuple[str, str]] = field(default_factory=list)
    failures: list[CaptureError] = field(default_factory=list)
    _flows: Callable[[], dict[str, Any]] = dict

    def flow_columns(self) -> dict[str, Any]:
        """Return the flow table, one entry a column, as `report.flows` writes it."""
        return self._flows()

    def anonymized(self, hide: Anonymizer) -> Analysis:
        """Return the same verdicts and numbers, with every address and name replaced."""
        from flowmap.report.anonymized import (
            anonymized_columns,
            anonymized_evidence,
            anonymized_report,
            anonymized_series,
            learn_member,
        )

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


def load() -> None:
    """Build what checks the parts of a report, and read the table of modes; else that is done when they are first used."""
    build_checks()
    every_row()


def unanswered(settings: Settings, notices: Sequence[Notice], messages: list[Message]) -> Analysis:
    """Return the report of inputs of which none could be read."""
    why = glue(*messages[:3], between="; ") if messages else msg("nothing that is a capture was found")
    report = empty_report(settings, notices, msg("No usable input: {why}.", why=why))
    return Analysis(report, messages, _flows=_no_flows)


def _uncounted(found: Found, readings: Sequence[Reading]) -> Iterator[Notice]:
    """Yield the notice of counters that were read, and are of no member."""
    if not readings or found.counters[0]:
        return
    names = list(dict.fromkeys(name for one in readings if (name := one.interface or one.label)))
    named = glue(*names[:4], "..." if len(names) > 4 else "", between=", ")
    detail = msg(
        "the counters are of {names}, which cannot be told to be members: call the captures so (NAME=PATH), or give "
        "the counters of one host",
        names=named,
    )
    yield Notice("counters_unmatched", detail, path=readings[0].source)


@dataclass(frozen=True)
class Given:
    """What an answer rests on beside the packets: descriptions of teams, readings of counters, and what inputs lacked."""

    teams: Sequence[TeamDescription]
    readings: tuple[Sequence[Reading], float | None]
    """And for how many seconds around the capture they counted, in sum; None: not known."""
    notices: Sequence[Notice]
    messages: list[Message]


def answer(read: ReadResult, settings: Settings, given: Given) -> Analysis:
    """Return the report, in the order in which one thing rests on another."""
    members = assemble(
        read.scans,
        name_links([one.planned for one in read.inputs], read.scans, read.doubts),
        read.reader.join(read.scans),
    )
    merged, counted, streams, distinct = join_members(members)
    flows = merged if distinct else join_connections(merged)
    found = Found(members, counted, streams, choose_streams(streams, settings), read_lacp(members))
    found = describe(mark_other_teams(found, settings), given.teams, given.readings)
    told = [
        *given.notices,
        *(notice for scan in read.scans for notice in scan.notices),
        *_not_listed(found.listed),
        *member_notices(members.members, LINK_NAMES),
        *_uncounted(found, given.readings[0]),
    ]
    team = judge(gather(replace(found, notices=told), read, settings), members.teams)
    judgement = conclude(team, streams)
    incomplete = bool(given.messages) or any(scan.damaged for scan in read.scans)
    report = build_report(judgement, streams, len(flows), incomplete)
    return Analysis(
        report,
        given.messages,
        _series(members, team.load),
        evidence_of(team),
        _flows=lambda: flow_columns(flows, members.members),
    )


def _not_listed(listed: Listed) -> Iterator[Notice]:
    """Yield the notices of streams that are left out of the report, or of what is judged."""
    if listed.cut:
        detail = nmsg(
            "{count} more stream is not listed; --top lists more",
            "{count} more streams are not listed; --top lists more",
            listed.cut,
        )
        yield Notice("rows_cut", detail)
    if listed.unjudged:
        detail = nmsg(
            "{count} more stream is not judged: beside migrations the {most} with most payload are",
            "{count} more streams are not judged: beside migrations the {most} with most payload are",
            listed.unjudged,
            most=MOST_ADDED,
        )
        yield Notice("streams_cut", detail, count=listed.unjudged)


def _series(members: Members, load: MemberLoad | None) -> Series:
    if load is None:
        return Series()
    by_name = {m.name: dict(zip(SIDES, load.wire[m.number], strict=True)) for m in members.members}
    return Series(load.start_ns, load.width_ns, by_name, frozenset(m.name for m in members.members if m.left_out))


def _no_flows() -> dict[str, Any]:
    from flowmap.report.formats.flows import FLOW_COLUMNS

    return {name: [] for name in FLOW_COLUMNS}
