"""What was accepted in advance, as every report for people tells it: counted, with reason and author, never silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import Items, Section

if TYPE_CHECKING:
    from flowmap.document.model import Acceptance, Report

__all__ = ["accepted_mark", "accepted_section"]


def accepted_section(report: Report) -> Section:
    """Return a line for each acceptance: what it covers, by whom and why, until when, and what changed since."""
    lines = tuple(_line(one) for one in report.accepted)
    return Section("accepted", msg("Accepted"), (Items(lines),) if lines else ())


def accepted_mark(severity: str, *, accepted: bool) -> str:
    """Return the word beside a finding: its severity, and that it is accepted where it is."""
    return msg("{severity}, accepted", severity=severity) if accepted else severity


def _line(one: Acceptance) -> Message:
    about = glue(
        *(str(part) for value in one.subject.values() for part in (value if isinstance(value, list) else [value])),
        between=", ",
    )
    what = msg("{code} ({subject})", code=one.code, subject=about) if about else one.code
    changed = msg("Changed since: {what}.", what=glue(*one.changed, between="; ")) if one.changed else ""
    return glue(msg("{what}: {state}. {reason}", what=what, state=_state(one), reason=_reason(one)), changed)


def _state(one: Acceptance) -> Message:
    if one.state == "ended":
        return msg("was accepted until {day}, no longer", day=one.until)
    if one.state == "unused":
        return msg("accepted, not found this time")
    return nmsg("{count} accepted", "{count} accepted", one.findings)


def _reason(one: Acceptance) -> Message:
    by: str = msg("by {name}", name=one.by) if one.by else ""
    until: str = msg("until {day}", day=one.until) if one.until and one.state != "ended" else ""
    who = glue(by, until, between=", ")
    return (
        msg("Reason: {reason} ({who})", reason=one.reason, who=who)
        if who
        else msg("Reason: {reason}", reason=one.reason)
    )
