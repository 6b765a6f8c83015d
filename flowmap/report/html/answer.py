"""The first screen: the verdict, the two claims, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass

from flowmap.message import Message, msg, nmsg
from flowmap.report.claims import ClaimText, claims_of, commands_of, held_moves
from flowmap.report.document import Finding, Report
from flowmap.report.explain import pages
from flowmap.verdict.words import word

__all__ = ["Answer", "Claim", "FirstStep", "answer_of"]

_ICONS = {"pass": "✓", "fail": "✕", "inconclusive": "?"}
_SEVERITY = {"error": 0, "warning": 1, "info": 2}
_CAUSES_FIRST = "31245"
"""Families of findings, nearest to what can be repaired first: the team before what follows from it."""


@dataclass(frozen=True)
class Claim:
    """One claim: what it says, whether it holds, why, and the numbers it rests on."""

    anchor: str
    question: str
    verdict: str
    word: str
    icon: str
    reason: str
    numbers: str
    undermined_by: tuple[str, ...]


@dataclass(frozen=True)
class FirstStep:
    """What to do first. `text` is the thing to do, `why` the case, `code` the finding or notice it comes from."""

    heading: str
    text: str
    why: str
    code: str
    more: str
    commands: tuple[str, ...] = ()
    """To be run, each by itself."""


@dataclass(frozen=True)
class Answer:
    verdict: str
    word: str
    icon: str
    headline: str
    claims: tuple[Claim, ...]
    step: FirstStep


def answer_of(report: Report) -> Answer:
    """The answer of a report; it computes nothing that the report does not say."""
    return Answer(
        report.verdict, word(report.verdict), _ICONS[report.verdict], _headline(report),
        tuple(map(_claim, claims_of(report))), _first_step(report),
    )  # fmt: skip


def _headline(report: Report) -> str:
    pinned, spread = report.claims.pinned.verdict, report.claims.spread.verdict
    if report.exit_code == 4:
        return msg("There is no usable capture")
    causes = held_moves(report)
    if causes is not None:
        return _headline_moved(spread, causes)
    if "fail" in (pinned, spread):
        return {
            ("fail", "fail"): msg("Streams do not stay on one member, and hosts do not spread"),
            ("pass", "fail"): msg("Each stream stays on one member, but hosts do not spread"),
            ("inconclusive", "fail"): msg("Hosts do not spread across the members"),
        }.get((pinned, spread), msg("Streams do not stay on one member"))
    return {
        ("pass", "pass"): msg("Each stream stays on one member, and hosts spread"),
        ("pass", "inconclusive"): msg("Each stream stays on one member; whether hosts spread is not shown yet"),
        ("inconclusive", "pass"): msg("Hosts spread; whether each stream stays on one member is not shown yet"),
        ("inconclusive", "inconclusive"): _cannot_tell(report),
    }[pinned, spread]


def _headline_moved(spread: str, causes: Message) -> Message:
    """Streams moved, which is no fault: it must not say that they stayed."""
    return {
        "pass": msg("Streams changed member for a good reason only ({causes}), and hosts spread", causes=causes),
        "fail": msg("Streams changed member for a good reason only ({causes}), but hosts do not spread", causes=causes),
        "inconclusive": msg(
            "Streams changed member for a good reason only ({causes}); whether hosts spread is not shown yet", causes=causes
        ),
    }[spread]


def _cannot_tell(report: Report) -> str:
    """What keeps these captures from telling, where one finding alone does."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    if len(errors) == 1:
        return errors[0].title
    poor = {finding.title for finding in report.findings if finding.code.startswith("FM5") and finding.severity != "info"}
    if len(poor) == 1:
        return msg("These captures cannot tell: {why}", why=poor.pop())
    return msg("These captures cannot tell")


def _claim(text: ClaimText) -> Claim:
    return Claim(
        text.name, text.question, text.verdict, word(text.verdict), _ICONS[text.verdict], text.reason, text.numbers,
        tuple(text.undermined_by),
    )  # fmt: skip


def _urgency(finding: Finding) -> tuple[int, int]:
    return _SEVERITY[finding.severity], _CAUSES_FIRST.find(finding.code[2])


def _first_step(report: Report) -> FirstStep:
    findings = sorted(report.findings, key=_urgency)
    undermining = [code for claim in (report.claims.pinned, report.claims.spread) for code in claim.undermined_by]
    first = findings[0] if findings else None
    more = max(0, len({finding.code for finding in findings}) - 1)
    rest = nmsg("{count} more kind of finding", "{count} more kinds of findings", more) if more else ""
    quality = next((finding for finding in findings if finding.code.startswith("FM5") and finding.severity != "info"), None)
    if undermining and report.verdict == "inconclusive":
        first = quality if first is None or first.severity != "error" else first
    if report.verdict == "inconclusive" and undermining and first is None:
        page = pages()[undermining[0]]
        return FirstStep(msg("Do first"), page.action, page.title, page.code, rest)
    if first is not None and (report.verdict != "pass" or first.severity != "info"):
        heading = msg("The claims hold; still, look into this") if report.verdict == "pass" else msg("Do first")
        said = first.explanation in (report.claims.pinned.reason, report.claims.spread.reason)
        why = first.title if said else first.explanation
        return FirstStep(heading, first.action, why, first.code, rest, tuple(commands_of(first)))
    if report.verdict == "pass":
        return FirstStep(msg("Do first"), msg("Nothing: the team does what it should."), "", "", rest)
    errors = [notice for notice in report.notices if notice.severity == "error"]
    if errors:
        page = pages()[errors[0].code]
        return FirstStep(msg("Do first"), page.action, errors[0].detail, page.code, rest)
    return FirstStep(msg("Do first"), report.summary, "", "", rest)
