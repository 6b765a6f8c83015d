"""The report as text for a terminal: the answer first, then what it rests on, then what to look into.

One screen for a healthy team; `full` has everything. Meant for 80 columns, good at more. Without colour there is no control
character in it, whatever a capture's names hold. No line is wider than the terminal but a filter, which is to be copied whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import count, plain
from flowmap.message import Message, glue, msg, translate
from flowmap.report.formats.text.findings import draw_accepted, draw_findings, draw_notices
from flowmap.report.formats.text.full import draw_numbers
from flowmap.report.formats.text.members import draw_members
from flowmap.report.sections.claims import ClaimText, claims_of, commands_to_run
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.report.formats.canvas import Canvas

__all__ = ["brief", "render"]


def render(report: Report, width: int, color: bool, language: str = "en", *, full: bool = False) -> str:
    """Return the report as lines of at most `width` columns, in `language`; ANSI colours only if `color`."""
    from flowmap.report.formats.canvas import Canvas
    from flowmap.report.formats.text.streams import draw_hosts, draw_streams

    canvas = Canvas(width, color, language)
    canvas.labelled(canvas.said(word(report.verdict)).upper(), report.answer.sentence, label_style=report.verdict)
    canvas.blank()
    _draw_claims(canvas, report, full=full)
    _draw_steps(canvas, report)
    draw_members(canvas, report, full=full)
    draw_streams(canvas, report, full=full)
    if full:
        draw_hosts(canvas, report)
        draw_numbers(canvas, report)
    draw_findings(canvas, report, full=full)
    draw_accepted(canvas, report)
    draw_notices(canvas, report, full=full)
    _draw_footer(canvas, report, full=full)
    return canvas.text()


def brief(report: Report, language: str = "en") -> str:
    """Return one line for scripts, its fields parted by tabs: team, verdict, exit code, decider, code, sentence. A team without
    a name goes by its host; what is not known is "-"."""
    team, answer = report.team, report.answer
    fields = (team.name or team.host or "-", report.verdict, str(report.exit_code), answer.decider, answer.code or "-")
    return "\t".join([*(plain(field) for field in fields), plain(translate(answer.sentence, language))]) + "\n"


def _draw_claims(canvas: Canvas, report: Report, *, full: bool) -> None:
    """A line for each claim with its numbers; with `full` also the reason, unless the sentence above has said it."""
    claims = claims_of(report)
    room = max(len(canvas.said(word(claim.verdict))) for claim in claims)
    for claim in claims:
        text = claim.title if full else msg("{title} ({numbers})", title=claim.title, numbers=claim.short)
        canvas.labelled(canvas.said(word(claim.verdict)).ljust(room), text, label_style=claim.verdict)
        if full:
            _draw_reason(canvas, claim, report, room + 2)
        if claim.undermined_by:
            canvas.line(msg("undermined by: {reasons}", reasons=claim.undermined), indent=room + 2, style="warning")


def _draw_reason(canvas: Canvas, claim: ClaimText, report: Report, indent: int) -> None:
    if claim.reason not in report.answer.sentence:
        canvas.line(claim.reason, indent=indent)
    canvas.line(claim.numbers, indent=indent, style="quiet")


def _draw_steps(canvas: Canvas, report: Report) -> None:
    """What its owner can do, and apart, what would let flowmap say more."""
    canvas.blank()
    canvas.labelled(msg("To do:"), report.answer.action, label_style="heading", gap=1)
    if report.to_know_more:
        canvas.labelled(msg("To know more:"), glue(*report.to_know_more), label_style="heading", gap=1)
    for command in commands_to_run(report):
        canvas.command(command, indent=2)


def _draw_footer(canvas: Canvas, report: Report, *, full: bool) -> None:
    """What was asked for, where it is not the default, and what was read."""
    settings = _settings(report, full=full)
    if settings:
        canvas.heading(msg("SETTINGS"))
        canvas.line(settings, indent=2, style="quiet")
    else:
        canvas.blank()
    total = report.totals
    read = glue(
        count("{number} packet", "{number} packets", total.packets),
        count("{number} flow", "{number} flows", total.flows),
        count("{number} stream", "{number} streams", total.streams),
        between=", ",
    )
    facts = {"version": report.tool.version, "read": read, "time": report.generated_at}
    if full:
        canvas.line(msg("flowmap {version}: {read}, made {time}", **facts), indent=2, style="quiet")
        canvas.line(msg("`flowmap explain CODE` tells more about any code above."), indent=2, style="quiet")
    else:
        canvas.line(msg("flowmap {version}: {read}; --full shows all", **facts), style="quiet")


def _settings(report: Report, *, full: bool) -> Message:
    from flowmap.document.model import ReportSettings
    from flowmap.settings.config import Settings

    given, usual = report.settings, ReportSettings.of(Settings())
    parts = [
        f"{name} {value}" for name, value in given.thresholds.items() if full or value != usual.thresholds.get(name)
    ]
    if full or given.streams != usual.streams:
        parts.insert(0, f"streams {given.streams}")
    return glue(*parts, between=", ")
