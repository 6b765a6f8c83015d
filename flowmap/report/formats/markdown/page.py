"""The report as Markdown for a ticket: the answer first, what it rests on, what to do. It says what the JSON report says.

What would let flowmap say more is not for whoever gets the ticket: the text report has it. This file has the order of the
sections; `printer` has the form of each block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import translate
from flowmap.report.formats.markdown.printer import Paragraphs, Printer
from flowmap.report.sections.accepted import accepted_section
from flowmap.report.sections.answer import commands_to_run, to_do
from flowmap.report.sections.claims import claims_section
from flowmap.report.sections.findings import findings_section
from flowmap.report.sections.method import made_section
from flowmap.report.sections.notices import notices_section
from flowmap.report.sections.streams.migrations import migrations_section
from flowmap.report.sections.streams.rows import streams_section
from flowmap.report.sections.team.members import members_section
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Report

__all__ = ["markdown"]

_ROWS = 50


def markdown(report: Report, language: str = "en") -> str:
    """Return the whole report as Markdown text."""
    printer = Printer(language)
    parts: Paragraphs = [
        [f"# flowmap: {translate(word(report.verdict), language).upper()}"],
        [printer.say(report.answer.sentence)],
        *printer.paragraphs([to_do(report), *commands_to_run(report)]),
    ]
    for section in (
        claims_section(report),
        members_section(report),
        streams_section(report, _ROWS),
        migrations_section(report, _ROWS),
        findings_section(report),
        accepted_section(report),
        notices_section(report),
        made_section(report),
    ):
        parts += printer.section(section)
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"
