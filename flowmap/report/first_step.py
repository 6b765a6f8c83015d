"""What to do first, the same in every report for people: text, Markdown, page, picture and notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.claims import commands_of
from flowmap.report.explain import pages
from flowmap.report.words import moment
from flowmap.verdict.urgency import LIMIT_CODES, urgency

if TYPE_CHECKING:
    from flowmap.report.document import Finding, Report

__all__ = ["FirstStep", "Speed", "first_step"]

_WHY_UNEVEN = ("FM208", "FM210", "FM207", "FM209", "FM213")
"""What may explain FM202 of the same direction, the most exact first."""


@dataclass(frozen=True)
class Speed:
    """What limits the speed, and what to do for more of it; `code` is the finding's."""

    limit: str
    action: str
    code: str

    @property
    def heading(self) -> Message:
        return msg("For more speed")

    @property
    def text(self) -> Message:
        return msg("{limit}. {action}", limit=self.limit, action=self.action)


@dataclass(frozen=True)
class FirstStep:
    """`text`: what to do; `title` and `why`: the case; `code`: the finding or notice that it comes from, or empty."""

    heading: str
    text: str
    why: str = ""
    title: str = ""
    code: str = ""
    severity: str = ""
    commands: tuple[str, ...] = ()
    """To be run, each by itself."""
    more: str = ""
    """How many kinds of findings there are beside."""
    speed: Speed | None = None


def first_step(report: Report) -> FirstStep:
    """Of what bears on the verdict the gravest cause. What limits the speed stands apart, and waits for what is wrong."""
    ordered = sorted(report.findings, key=urgency)
    limit = next((one for one in ordered if one.code in LIMIT_CODES), None) if report.verdict != "fail" else None
    speed = Speed(limit.title, limit.action, limit.code) if limit else None
    about = [finding for finding in ordered if finding.code not in LIMIT_CODES]
    chosen = _chosen(report, about)
    shown = {finding.code for finding in (chosen,) if finding} | ({speed.code} if speed else set())
    beside = len({finding.code for finding in ordered} - shown)
    more = nmsg("{count} more kind of finding", "{count} more kinds of findings", beside) if beside else ""
    if chosen is None:
        return replace(_without_finding(report), more=more, speed=speed)
    heading = msg("The claims hold; still, look into this") if report.verdict == "pass" else msg("Do first")
    said = chosen.explanation in (report.claims.pinned.reason, report.claims.spread.reason)
    text, why = glue(_action(chosen, ordered), _when(chosen, ordered)), "" if said else chosen.explanation
    return FirstStep(
        heading, text, why, chosen.title, chosen.code, chosen.severity, tuple(commands_of(chosen)), more, speed
    )


def _chosen(report: Report, about: Sequence[Finding]) -> Finding | None:
    """The finding to begin with; None where none is to be acted on."""
    undermined = report.claims.pinned.undermined_by or report.claims.spread.undermined_by
    first = about[0] if about else None
    if report.verdict == "pass":
        return first if first is not None and first.severity != "info" else None
    if report.verdict == "inconclusive" and undermined and (first is None or first.severity != "error"):
        return next((one for one in about if one.code.startswith("FM5") and one.severity != "info"), None)
    return first


def _action(chosen: Finding, findings: Sequence[Finding]) -> str:
    """What to do; where another finding explains why these hosts do not spread, what that one asks for."""
    if chosen.code != "FM202":
        return chosen.action
    alike = {one.code: one for one in reversed(findings) if one.subject.get("direction") == chosen.subject.get("direction")}
    reason = next((alike[code] for code in _WHY_UNEVEN if code in alike), None)
    return chosen.action if reason is None else msg("{action} See {code} too.", action=reason.action, code=reason.code)


def _when(chosen: Finding, findings: Sequence[Finding]) -> Message:
    """When streams moved for that: on the switch and the host somebody can look what happened then."""
    alike = (finding for finding in findings if finding.code == chosen.code)
    times = sorted(move["ts_ns"] for finding in alike for move in finding.evidence.get("moves", ()))
    if not times:
        return glue()
    if len(times) == 1:
        return msg("The move was at {time}.", time=moment(times[0]))
    return msg("The first of {number} moves was at {time}, the last at {last}.", number=len(times), time=moment(times[0]),
               last=moment(times[-1], date=False))  # fmt: skip


def _without_finding(report: Report) -> FirstStep:
    """There is nothing to do, or a notice says what."""
    claims, heading = report.claims, msg("Do first")
    if report.verdict == "pass":
        return FirstStep(msg("To do"), msg("Nothing; the team does what it should."))
    undermining = [*claims.pinned.undermined_by, *claims.spread.undermined_by]
    if report.verdict == "inconclusive" and undermining:
        page = pages()[undermining[0]]
        return FirstStep(heading, page.action, title=page.title, code=page.code, severity="warning")
    grave = next((notice for notice in report.notices if notice.severity == "error"), None)
    if grave is not None:
        page = pages()[grave.code]
        return FirstStep(heading, page.action, grave.detail, page.title, page.code, "error")
    return FirstStep(heading, report.summary)
