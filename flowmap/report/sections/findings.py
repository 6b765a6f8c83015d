"""Findings: those that ask for the same stand together, with what is to be done, the commands to run and the packets to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flowmap.document.evidence_words import evidence_words, subject_words
from flowmap.document.pages.pages import pages
from flowmap.message import msg
from flowmap.report import blocks
from flowmap.report.sections.accepted import accepted_mark
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Finding, Report

__all__ = ["DO", "EVIDENCE", "FILTER", "MEANING", "commands_of", "findings_section"]

DO, FILTER, EVIDENCE, MEANING = msg("Do"), msg("Wireshark filter"), msg("What it rests on"), msg("What this means")
_CHOICE, _LIMITS = "FM2", "FM4"
_AT_MEMBERS = ("FM507",)
"""Members that were left out: the table of members says so. That they are of another aggregate is told by its finding."""


def findings_section(report: Report) -> blocks.Section:
    """Return all findings, in the report's order: the gravest first."""
    return blocks.Section(
        "findings",
        msg("Findings"),
        tuple(_finding(group, report) for group in _together(report.findings)),
        empty=msg("None: nothing was found that needs somebody's attention."),
    )


def commands_of(finding: Finding) -> list[str]:
    """Return the commands that the finding says to run."""
    return [str(command) for command in finding.evidence.get("commands", ())]


def _together(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings that ask for the same, in the report's order."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.severity, finding.title, finding.action), []).append(finding)
    return list(groups.values())


def _finding(group: Sequence[Finding], report: Report) -> blocks.Finding:
    first = group[0]
    page = pages().get(first.code)
    return blocks.Finding(
        code=first.code,
        severity=first.severity,
        word=accepted_mark(word(first.severity), accepted=all(one.accepted is not None for one in group)),
        title=first.title,
        cases=tuple(_case(finding, report) for finding in group),
        action=first.action,
        commands=tuple(dict.fromkeys(command for finding in group for command in commands_of(finding))),
        meaning=page.meaning if page else "",
        told=all(_told_above(finding, report) for finding in group),
        asks=_asks_for_more(first, report),
        answers=first.code == report.answer.code,
    )


def _case(finding: Finding, report: Report) -> blocks.Case:
    about = [finding.subject.get("stream"), *(finding.subject.get("streams") or [])]
    return blocks.Case(
        finding.explanation,
        (*subject_words(finding), *evidence_words(finding)),
        finding.wireshark_filter or "",
        tuple(number for number in dict.fromkeys(about) if isinstance(number, int)),
        told=finding.explanation in report.answer.sentence,
    )


def _told_above(finding: Finding, report: Report) -> bool:
    """Return whether it was said above.

    That is so for mere information on how members were chosen, where the answer is about that, or on those left out.
    """
    if finding.severity != "info" or not finding.code.startswith(_CHOICE):
        return finding.severity == "info" and finding.code in _AT_MEMBERS
    return finding.code == report.answer.code or report.verdict == "by-design"


def _asks_for_more(finding: Finding, report: Report) -> bool:
    """Return whether what to do about it is not said above, and somebody should.

    "To do" is about the answer's own finding, and of mere information only a limit says what would make transfers faster.
    """
    if commands_of(finding):
        return True  # it says how the commands above are meant
    if finding.code == report.answer.code or finding.action == report.answer.action:
        return False
    return finding.severity != "info" or finding.code.startswith(_LIMITS)
