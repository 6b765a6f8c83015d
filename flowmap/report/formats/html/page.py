"""The whole page of one report: what its parts show, in the frame of `dress`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.document.evidence import Evidence
from flowmap.document.model import Report
from flowmap.document.pages.pages import pages
from flowmap.document.series import Series
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.report.formats.html.answer import answer_of
from flowmap.report.formats.html.charts.evenness import balance_of, chance_chart
from flowmap.report.formats.html.charts.lacp import lacp_chart
from flowmap.report.formats.html.charts.marks import Mark, marks_of
from flowmap.report.formats.html.charts.sequence import sequence_charts
from flowmap.report.formats.html.charts.throughput import throughput_charts
from flowmap.report.formats.html.charts.time_axis import time_axis
from flowmap.report.formats.html.charts.timeline import capture_chart, drawn_streams, timeline_chart
from flowmap.report.formats.html.dress import dress
from flowmap.report.formats.html.findings import findings_of, notices_of
from flowmap.report.formats.html.members import captures_of, clocks_of, members_of, policy_of, team_of
from flowmap.report.formats.html.speech import Speech
from flowmap.report.formats.html.streams import MOST_STREAMS, Matrix, hosts_of, matrix_of, migrations_of
from flowmap.report.pictures.bundles import Drawn, drawn_of
from flowmap.report.pictures.picture import LEGEND, PAGE, PHONE, Shape, draw, picture_notes
from flowmap.report.sections.accepted import TITLE, accepted_lines
from flowmap.report.sections.labels import by_urgency, judged_of
from flowmap.report.sections.mode import expectation_lines, mode_sentence

__all__ = ["Material", "render"]

_WORDS_SHOWN = (
    "single",
    "moved",
    "sprayed",
    "mirrored",
    "absent",
    "undecided",
    "failover",
    "member-set-change",
    "rebalance",
    "flowlet",
    "unexplained",
    "tx",
    "rx",
    "member",
    "bundled",
    "undermined",
    "confidence",
)


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


def render(material: Material, language: str = "en", interactive: bool = False) -> str:
    """The page in `language`. `interactive` puts Vega and the charts' specifications in it, about 0.9 MB."""
    report, speech = material.report, Speech(language)
    marks = marks_of([member.name for member in report.members if not member.aggregate])
    values = {**_texts(report, speech), **_tables(report, speech), **_pictures(material, marks, speech)}
    specs = {chart.name: chart.spec for chart in _charts(values)} if interactive else {}
    return dress(
        "page.html.jinja",
        speech,
        specs=specs,
        **values,
        report=report,
        marks=marks,
        sections=_sections(values),
        title=msg("{verdict}: {headline}", verdict=values["answer"].word, headline=values["answer"].headline),
        summary=report.answer.sentence,
        made_at=report.generated_at,
        team=team_of(report, speech),
        grouped=speech.number,
    )


def _texts(report: Report, speech: Speech) -> dict[str, Any]:
    total = report.totals
    read = [
        nmsg("{count} packet", "{count} packets", total.packets),
        nmsg("{count} flow", "{count} flows", total.flows),
        nmsg("{count} TCP stream", "{count} TCP streams", total.streams),
        nmsg("{count} of them judged", "{count} of them judged", total.streams_judged),
    ]
    paths = dict.fromkeys(c.path for m in report.members for c in m.captures)
    settings = [*_settings(report), *((name, value) for name, value in sorted(report.settings.thresholds.items()))]
    return {
        "answer": answer_of(report),
        "findings": findings_of(report, {stream.id for stream in by_urgency(report.streams, MOST_STREAMS)}),
        "accepted": accepted_lines(report),
        "accepted_title": TITLE,
        "totals": msg("Read: {what}.", what=glue(*read, between=", ")),
        "verify": " ".join(["flowmap verify", *(_quoted(path) for path in list(paths)[:4])]),
        "example": str(next((s.id for s in report.streams if s.judged), 0)),
        "settings": [(name, _setting(value)) for name, value in settings],
        "glossary": [(word, pages()[word].title, pages()[word].meaning) for word in _WORDS_SHOWN if word in pages()],
        "clocks": clocks_of(report, speech),
    }


def _quoted(path: str) -> str:
    """A path as a POSIX shell takes it."""
    import shlex

    return shlex.quote(path)


def _settings(report: Report) -> Iterator[tuple[str, Any]]:
    """Settings that were given, thresholds aside."""
    for name, value in report.settings.model_dump(exclude={"thresholds"}).items():
        if value not in (None, [], {}):
            yield name, value


def _setting(value: Any) -> str:
    """As the settings file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tables(report: Report, speech: Speech) -> dict[str, Any]:
    matrix, policy = matrix_of(report, speech), policy_of(report, speech)
    host_groups = matrix.groups if "rx" in matrix.groups else (msg("both directions"),)
    values: dict[str, Any] = {
        "matrix": matrix,
        "matrix_note": _matrix_note(matrix),
        "host_groups": host_groups,
        "mode_sentence": mode_sentence(report.team),
        "expectations": expectation_lines(report.team),
        "no_neighbor": all(m.neighbor is None for m in report.members),
        "balance": balance_of(report, speech),
        "policy_tested": [row for row in policy if row.verdict != "untestable"],
        "policy_untested": [row for row in policy if row.verdict == "untestable"],
    }
    for name, (rows, cut) in {
        "hosts": hosts_of(report, matrix.groups, matrix.members, speech),
        "migrations": migrations_of(report, speech),
        "members": members_of(report, speech),
        "captures": captures_of(report, speech),
        "notices": notices_of(report),
    }.items():
        values[name], values[f"{name}_cut"] = rows, cut
    return values


def _matrix_note(matrix: Matrix) -> Message:
    parts = [nmsg("{count} stream shown.", "{count} streams shown, trouble first.", len(matrix.rows))]
    if matrix.left_out:
        parts.append(
            nmsg("{count} more is in the JSON report.", "{count} more are in the JSON report.", matrix.left_out)
        )
    if matrix.not_listed > 0:
        parts.append(
            nmsg(
                "{count} other stream, not a migration, is not listed.",
                "{count} other streams, not migrations, are not listed.",
                matrix.not_listed,
            )
        )
    return glue(*parts)


def _pictures(material: Material, marks: Mapping[str, Mark], speech: Speech) -> dict[str, Any]:
    report, evidence = material.report, material.evidence
    drawn = drawn_of(report)
    streams = drawn_streams(report)
    axis = time_axis(report, streams)
    return {
        "wide": _drawn(report, drawn, PAGE, marks, speech) if drawn.count else None,
        "narrow": _drawn(report, drawn, PHONE, marks, speech),
        "map_notes": picture_notes(report, drawn),
        "legend": LEGEND,
        "map_title": _map_title(report, drawn),
        "picture_text": _picture_text(report, drawn, speech),
        "timeline": timeline_chart(report, streams, axis, marks, speech),
        "throughput": throughput_charts(report, material.series, axis, marks, speech),
        "sequences": sequence_charts(report, evidence, axis, marks, speech),
        "lacp": lacp_chart(report, evidence, axis, marks, speech),
        "moves": len(axis.moves) if axis else 0,
        "windows": capture_chart(report, marks, speech),
        "chance": chance_chart(report, speech),
    }


def _drawn(report: Report, drawn: Drawn, shape: Shape, marks: Mapping[str, Mark], speech: Speech) -> Picture:
    drawing = draw(report, drawn, shape, speech.language, {name: mark.sign for name, mark in marks.items()})
    return Picture(drawing.width, drawing.height, Markup(drawing.body))


def _map_title(report: Report, drawn: Drawn) -> Message:
    ways = drawn.ways if judged_of(report.streams) else set()
    if ways == {"rx"}:
        return msg("Where the data went: received from the hosts, placed by the switch")
    if ways == {"tx"}:
        return msg("Where the data went: sent to the hosts, placed by this host")
    return msg("Where the data of each stream went")


def _picture_text(report: Report, drawn: Drawn, speech: Speech) -> Message:
    """The picture in words: how much of the data each member carried."""
    loads = {member.name: 0 for member in report.members if not member.aggregate} | drawn.loads
    total = drawn.total or 1
    parts = [msg("{member} {share}", member=name, share=speech.percent(load / total)) for name, load in loads.items()]
    return msg(
        "{streams}; share of the data: {shares}.",
        streams=nmsg("{count} stream", "{count} streams", drawn.count),
        shares=listed(parts),
    )


def _charts(values: Mapping[str, Any]) -> Iterator[Any]:
    for name in ("timeline", "lacp", "windows", "chance"):
        if values[name] is not None:
            yield values[name]
    yield from values["throughput"]
    yield from values["sequences"].whole
    yield from values["sequences"].near


def _sections(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [
        ("findings", msg("Findings")),
        ("streams", msg("Streams by member")),
        ("migrations", msg("Migrations")),
        ("time", msg("Over time")),
        ("members", msg("Members")),
        ("chance", msg("Evenness")),
        ("quality", msg("Capture quality")),
        ("method", msg("Method")),
    ]
    drawn = any(values[name] for name in ("timeline", "throughput", "lacp")) or values["sequences"].whole
    return [(anchor, title) for anchor, title in found if anchor != "time" or drawn]
