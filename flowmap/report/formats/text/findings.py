"""The part of the text report that says what to look into: findings, and oddities of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import count
from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.report.sections.accepted import TITLE, accepted_lines, accepted_mark
from flowmap.report.sections.claims import commands_of, offset_of, together
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Finding, NoticeRow, Report
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_accepted", "draw_findings", "draw_notices"]

_NOTICES, _NOTICES_FULL = 8, 30
_SAME, _SAME_FULL = 1, 5
_CHOICE, _LIMITS = "FM2", "FM4"
_AT_MEMBERS = ("FM507",)
"""Members that were left out: the table of members says so. That they are of another aggregate is told by its finding."""
_OF_FILES = frozenset({"record_truncated"})
_OF_BYTES = frozenset({"missing_bytes"})


def draw_findings(canvas: Canvas, report: Report, *, full: bool) -> None:
    """Draw findings that ask for the same together: a title, what it is about, what to do. Filters are for `full`, and for
    what is not mere information."""
    findings = [finding for finding in report.findings if full or not _told_above(finding, report)]
    if not findings:
        return
    canvas.heading(msg("FINDINGS"))
    shown = _SAME_FULL if full else _SAME
    for group in together(findings):
        first = group[0]
        severity = accepted_mark(word(first.severity), accepted=all(one.accepted is not None for one in group))
        label = glue(first.code, glue(severity, ":", between=""))
        canvas.labelled(label, first.title, label_style=first.severity, indent=2, gap=1)
        for finding in group[:shown]:
            if finding.explanation not in report.answer.sentence:
                canvas.line(finding.explanation, indent=4)
            if finding.wireshark_filter and (full or first.severity != "info"):
                _draw_filter(canvas, finding.wireshark_filter)
        if len(group) > shown:
            canvas.line(_more_like_it(len(group) - shown) if not full else _more(len(group) - shown), indent=4)
        if full or _asks_for_more(first, report):
            canvas.labelled(msg("Do:"), first.action, indent=4, gap=1)
        for command in _commands(group, report):
            canvas.command(command, indent=6)


def _told_above(finding: Finding, report: Report) -> bool:
    """Whether it was said above: mere information on how members were chosen, where the answer is about that, or on those left
    out."""
    if finding.severity != "info" or not finding.code.startswith(_CHOICE):
        return finding.severity == "info" and finding.code in _AT_MEMBERS
    return finding.code == report.answer.code or report.verdict == "by-design"


def _asks_for_more(finding: Finding, report: Report) -> bool:
    """Whether what to do about it is not said above, and somebody should: "To do" is about the answer's own finding, and of
    mere information only a limit says what would make transfers faster."""
    if commands_of(finding):
        return True  # it says how the commands above are meant
    if finding.code == report.answer.code or finding.action == report.answer.action:
        return False
    return finding.severity != "info" or finding.code.startswith(_LIMITS)


def _draw_filter(canvas: Canvas, text: str) -> None:
    """A filter on a line of its own, to be copied; a single word would not be known for one."""
    if " " in text:
        canvas.whole(text, indent=4)
    else:
        canvas.line(msg("Wireshark filter: {filter}", filter=text), indent=4)


def _commands(group: list[Finding], report: Report) -> list[str]:
    """Those that do not stand at the answer already."""
    if group[0].code == report.answer.code:
        return []
    return list(dict.fromkeys(command for finding in group for command in commands_of(finding)))


def draw_accepted(canvas: Canvas, report: Report) -> None:
    """Draw what was accepted in advance, whether or not it was found."""
    lines = accepted_lines(report)
    if lines:
        canvas.heading(canvas.said(TITLE).upper())
    for line in lines:
        canvas.line(line, indent=2)


def draw_notices(canvas: Canvas, report: Report, *, full: bool) -> None:
    """Draw oddities of the input; mere information is for `full`, but where a file ends before its last record does."""
    notices = [n for n in report.notices if full or n.severity != "info" or n.code in _OF_FILES]
    if not notices:
        return
    canvas.heading(msg("NOTICES"))
    most = _NOTICES_FULL if full else _NOTICES
    for notice in notices[:most]:
        _draw_notice(canvas, notice)
    if len(notices) > most:
        canvas.line(_more(len(notices) - most), indent=2)


def _draw_notice(canvas: Canvas, notice: NoticeRow) -> None:
    about = glue(*dict.fromkeys(part for part in (notice.member, notice.path) if part), between=", ")
    if about and (offset := offset_of(notice)) is not None:
        about = msg("{about} at byte {offset}", about=about, offset=offset)
    repeated = notice.count > 1 and str(notice.count) not in notice.detail
    times = aside(_times(notice) if repeated else "")
    text = glue(about, glue(notice.detail, times, between=""), between=": ")
    label = glue(word(notice.severity), f"{notice.code}:")
    canvas.labelled(label, text, label_style=notice.severity, indent=2, gap=1)


def _more_like_it(number: int) -> Message:
    return nmsg(
        "The same holds for one more; --full shows it.", "The same holds for {count} more; --full shows them.", number
    )


def _more(number: int) -> Message:
    return nmsg("... and {count} more; --json has them all", "... and {count} more; --json has them all", number)


def _times(notice: NoticeRow) -> Message:
    if notice.code in _OF_BYTES:
        return count("{number} byte", "{number} bytes", notice.count)
    return count("{number} time", "{number} times", notice.count)
