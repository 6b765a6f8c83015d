"""What is to be done, for whoever owns it, and apart from it what would let flowmap say more, for whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import glue, msg
from flowmap.report.blocks import Command, Pairs
from flowmap.report.sections.findings import commands_of

if TYPE_CHECKING:
    from flowmap.document.model import Report

__all__ = ["commands_to_run", "to_do", "to_know_more"]


def to_do(report: Report) -> Pairs:
    """Return the action of the answer, which is forwarded: no option of flowmap is in it. Without rows where there is none."""
    return Pairs(((msg("To do"), report.answer.action),) if report.answer.action else ())


def to_know_more(report: Report) -> Pairs:
    """Return what would let flowmap say more; without rows where nothing would."""
    return Pairs(((msg("To know more"), glue(*report.to_know_more)),) if report.to_know_more else ())


def commands_to_run(report: Report) -> list[Command]:
    """Return the commands that the answer means, each to be run by itself."""
    about = (finding for finding in report.findings if finding.code == report.answer.code)
    return [Command(text) for text in dict.fromkeys(text for finding in about for text in commands_of(finding))]
