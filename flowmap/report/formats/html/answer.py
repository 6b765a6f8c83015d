"""The first screen: the verdict, the answer, the two claims, and what to do."""

from __future__ import annotations

from flowmap.dataclass import dataclass
from flowmap.document.model import Report
from flowmap.report.sections.claims import ClaimText, claims_of, commands_to_run
from flowmap.words import word

__all__ = ["Answer", "Claim", "answer_of"]

_ICONS = {"pass": "✓", "fail": "✕", "by-design": "=", "not-applicable": "–", "inconclusive": "?"}


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
    action: str
    commands: tuple[str, ...]
    more: tuple[str, ...]
    code: str
    tone: str
    anchor: str
    """Where the finding that the answer is from stands in the page."""


def answer_of(report: Report) -> Answer:
    """Return the answer of a report; it computes nothing that the report does not say."""
    told = report.answer
    return Answer(
        report.verdict,
        word(report.verdict),
        _ICONS[report.verdict],
        told.sentence,
        tuple(map(_claim, claims_of(report))),
        told.action,
        tuple(commands_to_run(report)),
        tuple(report.to_know_more),
        told.code or "",
        told.tone,
        told.code if any(finding.code == told.code for finding in report.findings) and told.code else "findings",
    )


def _claim(text: ClaimText) -> Claim:
    return Claim(
        text.name,
        text.question,
        text.verdict,
        word(text.verdict),
        _ICONS[text.verdict],
        text.reason,
        text.numbers,
        text.undermined,
    )
