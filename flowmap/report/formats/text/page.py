"""The report as text for a terminal: the answer first, then what it rests on, then what to look into.

One screen for a healthy team; `full` has everything. Meant for 80 columns, good at more. Without colour there is no control
character in it, whatever a capture's names hold. No line is wider than the terminal but a filter, which is to be copied whole.
This file has the order of the sections; `printer` draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import plain
from flowmap.message import translate
from flowmap.report.sections.accepted import accepted_section
from flowmap.report.sections.answer import commands_to_run, to_do, to_know_more
from flowmap.report.sections.claims import claims_of
from flowmap.report.sections.findings import findings_section
from flowmap.report.sections.method import EXPLAINED, made_line, settings_section, short_line
from flowmap.report.sections.notices import notices_section
from flowmap.report.sections.team.members import members_section
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.report.formats.canvas import Canvas
    from flowmap.report.formats.text.printer import Printer

__all__ = ["brief", "render"]

_STREAMS, _STREAMS_FULL = 10, 40
_ROWS = 30


def render(report: Report, width: int, color: bool, language: str = "en", *, full: bool = False) -> str:
    """Return the report as lines of at most `width` columns, in `language`; ANSI colours only if `color`."""
    from flowmap.report.formats.canvas import Canvas
    from flowmap.report.formats.text.printer import Printer
    from flowmap.report.sections.streams.rows import streams_section

    canvas = Canvas(width, color, language)
    printer = Printer(canvas, full=full)
    canvas.labelled(canvas.said(word(report.verdict)).upper(), report.answer.sentence, label_style=report.verdict)
    canvas.blank()
    printer.claims(claims_of(report))
    canvas.blank()
    for pairs in (to_do(report), to_know_more(report)):
        printer.pairs(pairs, 0, style="heading")
    printer.draw(commands_to_run(report))
    members = members_section(report)
    canvas.blank()
    printer.draw(members.blocks)
    if not report.members:
        canvas.line(members.empty, indent=2)
    most = _STREAMS_FULL if full else _STREAMS
    printer.section(streams_section(report, most, judged_only=not full), needed=True)
    if full:
        _draw_numbers(printer, report)
    for section in (findings_section(report), accepted_section(report), notices_section(report)):
        printer.section(section)
    _draw_footer(canvas, printer, report)
    return canvas.text()


def _draw_numbers(printer: Printer, report: Report) -> None:
    """Draw what only those want who look closer."""
    from flowmap.report.sections.evenness.balance import balance_section
    from flowmap.report.sections.evenness.policy import policy_section
    from flowmap.report.sections.streams.hosts import hosts_section
    from flowmap.report.sections.streams.migrations import migrations_section
    from flowmap.report.sections.team.captures import captures_section
    from flowmap.report.sections.team.mode import mode_section

    printer.section(hosts_section(report, _ROWS))
    printer.section(balance_section(report))
    printer.section(policy_section(report))
    printer.section(mode_section(report))
    printer.section(migrations_section(report, _ROWS))
    printer.section(captures_section(report))


def _draw_footer(canvas: Canvas, printer: Printer, report: Report) -> None:
    """Draw what was asked for, where it is not the default, what was read, and how to go on."""
    settings = settings_section(report)
    printer.section(settings)
    if printer.full:
        canvas.line(made_line(report), indent=2, style="quiet")
        canvas.line(EXPLAINED, indent=2, style="quiet")
        return
    if all(block.full for block in settings.blocks):
        canvas.blank()
    canvas.line(short_line(report), style="quiet")


def brief(report: Report, language: str = "en") -> str:
    """Return one line for scripts, its fields separated by tabs: team, verdict, exit code, decider, code, sentence.

    A team without a name goes by its host; what is not known is "-".
    """
    team, answer = report.team, report.answer
    fields = (team.name or team.host or "-", report.verdict, str(report.exit_code), answer.decider, answer.code or "-")
    return "\t".join([*(plain(field) for field in fields), plain(translate(answer.sentence, language))]) + "\n"
