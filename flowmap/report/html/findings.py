"""Findings and notices for the page: those that ask for the same are put together, evidence is made readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.claims import commands_of, offset_of, together
from flowmap.report.document import Finding, NoticeRow, Report
from flowmap.report.explain import pages
from flowmap.report.html.speech import Speech
from flowmap.report.html.vocabulary import DIRECTIONS, EVIDENCE, SUBJECTS, VALUES, word
from flowmap.report.words import duration, moment
from flowmap.verdict.words import word as closed_word

__all__ = ["FindingCase", "FindingGroup", "findings_of", "meaning_of", "notices_of"]

_CASES = 20
_NOTICES = 200
_SAID_ELSEWHERE = ("commands", "kind")
_BITS = ("state", "states", "peer_state")


@dataclass(frozen=True)
class FindingCase:
    """One finding: what is the case, the numbers it rests on, the filter that shows its packets."""

    explanation: str
    evidence: tuple[tuple[str, str], ...]
    wireshark_filter: str | None


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one code that ask for the same; `left_out` of them are not shown."""

    code: str
    severity: str
    word: str
    title: str
    action: str
    meaning: str
    cases: tuple[FindingCase, ...]
    left_out: str
    commands: tuple[str, ...] = ()
    """To be run, each by itself."""


def findings_of(report: Report, speech: Speech) -> list[FindingGroup]:
    """In the report's order: the gravest first."""
    return [_group(own, speech) for own in together(report.findings)]


def _group(findings: Sequence[Finding], speech: Speech) -> FindingGroup:
    first, more = findings[0], len(findings) - _CASES
    cases = tuple(FindingCase(f.explanation, _evidence(f, speech), f.wireshark_filter) for f in findings[:_CASES])
    left_out = nmsg("{count} more like these is in the JSON report.", "{count} more like these are in the JSON report.", more)
    return FindingGroup(
        first.code, first.severity, closed_word(first.severity), first.title, first.action, meaning_of(first.code), cases,
        left_out if more > 0 else "", tuple(dict.fromkeys(command for f in findings for command in commands_of(f))),
    )  # fmt: skip


def meaning_of(code: str) -> str:
    """What a code means in general, as `flowmap explain` says it; nothing for a code without a page."""
    page = pages().get(code)
    return page.meaning if page else ""


def _evidence(finding: Finding, speech: Speech) -> tuple[tuple[str, str], ...]:
    subject = [(word(SUBJECTS, name), _value(name, value, speech)) for name, value in finding.subject.items()]
    evidence = [
        (word(EVIDENCE, name), _value(name, value, speech))
        for name, value in finding.evidence.items()
        if name not in _SAID_ELSEWHERE and value is not None and finding.subject.get(name) != value
    ]
    return (*subject, *evidence)


def _value(name: str, value: Any, speech: Speech) -> str:
    """A plain JSON value in words, as its name wants it."""
    if value is None:
        return "–"
    if isinstance(value, Message):
        return value
    if isinstance(value, bool):
        return msg("true") if value else msg("false")
    if isinstance(value, int | float):
        return _number(name, value, speech)
    if isinstance(value, Mapping):
        if {"ts_ns", "from", "to"} <= value.keys():
            return _move(value, speech)
        parts = [msg("{name} {value}", name=key, value=_value(name, part, speech)) for key, part in value.items()]
        return glue(*parts, between=", ")
    if isinstance(value, list | tuple):
        return glue(*[_value(name, part, speech) for part in value], between=", ")
    if name == "unit":
        return closed_word(value)
    return VALUES.get(name, DIRECTIONS).get(str(value), str(value))


def _number(name: str, value: int | float, speech: Speech) -> str:
    """With the unit that the end of its name tells."""
    if name in ("at_ns", "last_ns"):
        return moment(int(value), date=False)
    if name.endswith("_ns"):
        return speech.duration(int(value))
    if name.endswith("_bps"):
        return speech.bits(int(value))
    if name.endswith("_bytes"):
        return speech.amount(int(value))
    if name.endswith("_share") or name == "rate_variation":
        return speech.figure(f"{100 * value:.3g} %")
    return f"{value:#04x}" if name in _BITS else speech.number(value)


def _move(move: Mapping[str, Any], speech: Speech) -> str:
    gap = speech.figure(duration(move.get("gap_ns") or 0))
    return msg(
        "{time}: {old} to {new} after {gap}", time=moment(move["ts_ns"], date=False), old=move["from"], new=move["to"],
        gap=gap,
    )  # fmt: skip


@dataclass(frozen=True)
class NoticeLine:
    """One notice as a row of the table."""

    code: str
    severity: str
    word: str
    about: str
    detail: str
    count: int
    undermines: bool


def notices_of(report: Report) -> tuple[list[NoticeLine], int]:
    """(rows, how many are left out), those that undermine a verdict first."""
    rank = {"error": 0, "warning": 1, "info": 2}
    ordered = sorted(report.notices, key=lambda notice: (not notice.undermines, rank[notice.severity]))
    return [_notice(notice) for notice in ordered[:_NOTICES]], max(0, len(ordered) - _NOTICES)


def _notice(notice: NoticeRow) -> NoticeLine:
    about = ", ".join(dict.fromkeys(part for part in (notice.member, notice.path) if part))
    if (offset := offset_of(notice)) is not None:
        about = msg("{file}, byte {offset}", file=about, offset=offset)
    return NoticeLine(
        notice.code, notice.severity, closed_word(notice.severity), about, notice.detail, notice.count, notice.undermines
    )
