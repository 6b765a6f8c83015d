"""The first screen: the verdict, the two claims, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass

from flowmap.message import Message, msg
from flowmap.report.claims import ClaimText, claims_of, held_moves
from flowmap.report.document import Report
from flowmap.report.first_step import FirstStep, first_step
from flowmap.verdict.words import word

__all__ = ["Answer", "Claim", "answer_of"]

_ICONS = {"pass": "✓", "fail": "✕", "inconclusive": "?"}


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
    undermined: str


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
        tuple(map(_claim, claims_of(report))), first_step(report),
    )  # fmt: skip


def _headline(report: Report) -> str:
    pinned, spread = report.claims.pinned.verdict, report.claims.spread.verdict
    if report.exit_code == 4:
        return msg("There is no usable capture")
    if pinned == "pass":
        return _headline_kept(_kept(report), spread)
    if pinned == "inconclusive":
        return {
            "pass": msg("Hosts spread; whether each stream stays on one member is not shown yet"),
            "fail": msg("Hosts do not spread across the members"),
        }.get(spread) or _cannot_tell(report)
    if spread == "fail":
        return msg("Streams do not stay on one member, and hosts do not spread")
    return msg("Streams do not stay on one member")


def _kept(report: Report) -> Message:
    """How streams kept to their members: it must not say that they stayed where they moved, which is no fault."""
    pinned, causes = report.claims.pinned, held_moves(report)
    if causes is not None:
        return msg("Streams changed member for a good reason only ({causes})", causes=causes)
    if pinned.mirrored and pinned.mirrored == pinned.directions:
        return msg("The same packets were recorded on several members, and count once")
    return msg("Each stream stays on one member")


def _headline_kept(kept: Message, spread: str) -> Message:
    return {
        "pass": msg("{kept}, and hosts spread", kept=kept),
        "fail": msg("{kept}, but hosts do not spread", kept=kept),
        "inconclusive": msg("{kept}; whether hosts spread is not shown yet", kept=kept),
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
        text.undermined,
    )  # fmt: skip
