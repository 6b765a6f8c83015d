"""The whole page of one report: the order of its sections and the charts that stand in them, in the frame of `dress`.

`templates/parts/blocks.jinja` has the form of each block, `cells` that of each kind of cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.document.evidence import Evidence
from flowmap.document.model import Report
from flowmap.document.series import Series
from flowmap.message import Message
from flowmap.report import blocks
from flowmap.report.cut import more
from flowmap.report.formats.html.cells import Cells
from flowmap.report.formats.html.charts.drawing import Chart
from flowmap.report.formats.html.charts.evenness import chance_chart
from flowmap.report.formats.html.charts.lacp import lacp_chart
from flowmap.report.formats.html.charts.marks import Mark, marks_of
from flowmap.report.formats.html.charts.sequence import sequence_charts
from flowmap.report.formats.html.charts.throughput import throughput_charts
from flowmap.report.formats.html.charts.time_axis import Scene, time_axis
from flowmap.report.formats.html.charts.timeline import capture_chart, drawn_streams, timeline_chart
from flowmap.report.formats.html.controls import filter_of, more_alike
from flowmap.report.formats.html.dress import Head, dress
from flowmap.report.formats.html.speech import Speech
from flowmap.report.pictures.picture import PAGE, PHONE, Shape, draw
from flowmap.report.sections.accepted import accepted_section
from flowmap.report.sections.answer import commands_to_run, to_do, to_know_more
from flowmap.report.sections.claims import claims_of
from flowmap.report.sections.evenness.balance import balance_section
from flowmap.report.sections.evenness.policy import policy_section
from flowmap.report.sections.figures import over_time
from flowmap.report.sections.findings import DO, EVIDENCE, FILTER, MEANING, findings_section
from flowmap.report.sections.map import map_figure
from flowmap.report.sections.method import COLUMNS as SETTING_COLUMNS
from flowmap.report.sections.method import made_line, method_section, settings_section, words_section
from flowmap.report.sections.notices import COLUMNS as NOTICE_COLUMNS
from flowmap.report.sections.notices import notices_section
from flowmap.report.sections.streams.bundles import Drawn, drawn_of
from flowmap.report.sections.streams.hosts import hosts_section
from flowmap.report.sections.streams.migrations import migrations_section
from flowmap.report.sections.streams.order import by_urgency
from flowmap.report.sections.streams.rows import streams_section
from flowmap.report.sections.team.captures import captures_section
from flowmap.report.sections.team.host import team_pairs
from flowmap.report.sections.team.members import members_section
from flowmap.report.sections.team.mode import mode_section
from flowmap.words import word

__all__ = ["Material", "render"]

MOST_STREAMS = 500
_OPEN_CHARTS = 2
_ICONS = {"pass": "✓", "fail": "✕", "by-design": "=", "not-applicable": "–", "inconclusive": "?"}


@dataclass(frozen=True)
class Picture:
    """The picture of hosts, streams and members, to stand in an SVG element of the page."""

    width: float
    height: float
    body: Markup


@dataclass(frozen=True)
class Material:
    """What a page is made of: the report, and what pictures need beside it."""

    report: Report
    evidence: Evidence = field(default_factory=Evidence)
    series: Series = field(default_factory=Series)


@dataclass(frozen=True)
class Part:
    """A section of the page with its charts, and those that stand in it: folded, or below with a heading of their own."""

    section: blocks.Section
    charts: tuple[Chart, ...] = ()
    folds: tuple[Part, ...] = ()
    below: tuple[Part, ...] = ()
    folded: bool = False
    open: bool = False


def render(material: Material, language: str = "en", interactive: bool = False) -> str:
    """Return the page in `language`. `interactive` puts Vega and the charts' specifications in it, about 0.9 MB."""
    report, speech = material.report, Speech(language)
    marks = marks_of([member.name for member in report.members if not member.aggregate])
    drawn = drawn_of(report)
    parts = _parts(material, marks, speech)
    specs = {chart.figure.name: chart.spec for part in parts for chart in _charts(part)} if interactive else {}
    listed = {stream.id for stream in by_urgency(report.streams, MOST_STREAMS)}
    told = any(finding.code == report.answer.code for finding in report.findings)
    title = Message("{verdict}: {headline}", {"verdict": word(report.verdict), "headline": report.answer.sentence})
    return dress(
        "page.html.jinja",
        speech,
        Head(title, report.answer.sentence, report.generated_at),
        specs=specs,
        report=report,
        parts=parts,
        cells=Cells(speech, marks, listed),
        icons=_ICONS,
        verdict=word(report.verdict),
        claims=claims_of(report),
        team=team_pairs(report),
        to_do=to_do(report),
        commands=commands_to_run(report),
        answer_anchor=report.answer.code if told else "findings",
        map=map_figure(report, drawn),
        wide=_drawn(report, drawn, PAGE, marks, speech) if drawn.count else None,
        narrow=_drawn(report, drawn, PHONE, marks, speech),
        finding_words={"do": DO, "filter": FILTER, "evidence": EVIDENCE, "meaning": MEANING},
        setting_columns=SETTING_COLUMNS,
        notice_columns=NOTICE_COLUMNS,
        column_words={"placement": blocks.PLACEMENT, "members": blocks.MEMBERS},
        more=more,
        more_alike=more_alike,
        filter_of=filter_of,
    )


def _parts(material: Material, marks: Mapping[str, Mark], speech: Speech) -> list[Part]:
    """Return the sections in their order; those with nothing to draw over time leave that one out."""
    report = material.report
    chance, windows = chance_chart(report, speech), capture_chart(report, marks, speech)
    accepted, hosts, mode = accepted_section(report), hosts_section(report), mode_section(report)
    method = method_section(report)
    wanted = to_know_more(report)
    lines: tuple[blocks.Block, ...] = (blocks.Line(made_line(report)), *([wanted] if wanted.rows else []))
    return [
        Part(findings_section(report), below=_kept(accepted)),
        Part(streams_section(report, MOST_STREAMS), folds=_kept(hosts)),
        Part(migrations_section(report)),
        *_over_time(material, marks, speech),
        Part(members_section(report, team=False), folds=_kept(mode)),
        Part(
            balance_section(report),
            charts=(chance,) if chance else (),
            below=(Part(policy_section(report)),),
            folded=True,
        ),
        Part(
            captures_section(report),
            charts=(windows,) if windows else (),
            below=(Part(notices_section(report)),),
            folded=True,
        ),
        Part(
            blocks.Section(method.name, method.title, (*lines, *method.blocks)),
            folds=(Part(settings_section(report)), Part(words_section())),
            folded=True,
        ),
    ]


def _kept(section: blocks.Section) -> tuple[Part, ...]:
    """Return the section as a part of another one, where it has blocks."""
    return (Part(section),) if section.blocks else ()


def _over_time(material: Material, marks: Mapping[str, Mark], speech: Speech) -> list[Part]:
    """Return all charts with one time axis, and those of single packets."""
    report, evidence = material.report, material.evidence
    streams = drawn_streams(report)
    axis = time_axis(report, streams)
    if axis is None:
        return []
    scene = Scene(axis, marks, speech)
    sequences = sequence_charts(report, evidence, scene)
    charts = (
        timeline_chart(report, streams, scene),
        *throughput_charts(report, material.series, scene),
        lacp_chart(report, evidence, scene),
        *sequences.whole[:_OPEN_CHARTS],
    )
    drawn = tuple(chart for chart in charts if chart is not None)
    if not drawn:
        return []
    folds = []
    if further := tuple(sequences.whole[_OPEN_CHARTS:]):
        folds.append(Part(blocks.Section("sequences", over_time.MORE_STREAMS, ()), charts=further))
    if sequences.near:
        section = blocks.Section("near", over_time.EVERY_PACKET, (blocks.Line(over_time.near()),))
        folds.append(Part(section, charts=tuple(sequences.near), open=sequences.sprayed))
    cut = [over_time.not_drawn(sequences.left_out)] if sequences.left_out else []
    said = tuple(blocks.Line(text) for text in (*over_time.explained(len(axis.moves)), *cut))
    return [Part(blocks.Section("time", over_time.TITLE, said), charts=drawn, folds=tuple(folds))]


def _charts(part: Part) -> Iterator[Chart]:
    yield from part.charts
    for inner in (*part.folds, *part.below):
        yield from _charts(inner)


def _drawn(report: Report, drawn: Drawn, shape: Shape, marks: Mapping[str, Mark], speech: Speech) -> Picture:
    drawing = draw(report, drawn, shape, speech.language, {name: mark.sign for name, mark in marks.items()})
    return Picture(drawing.width, drawing.height, Markup(drawing.body))
