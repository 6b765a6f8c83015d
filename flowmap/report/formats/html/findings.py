"""Findings and notices for the page: those that ask for the same are put together, evidence is made readable."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from flowmap.dataclass import dataclass
from flowmap.document.evidence_words import evidence_words, subject_words
from flowmap.document.model import Finding, NoticeRow, Report
from flowmap.document.pages.pages import pages
from flowmap.message import msg, nmsg
from flowmap.report.sections.accepted import accepted_mark
from flowmap.report.sections.claims import commands_of, offset_of, together
from flowmap.words import word as closed_word

__all__ = ["FindingCase", "FindingGroup", "findings_of", "meaning_of", "notices_of"]

_CASES = 20
_LINKS = 8
_NOTICES = 200


@dataclass(frozen=True)
class FindingCase:
    """One finding: what is the case, the numbers it rests on, the filter that shows its packets."""

    explanation: str
    evidence: tuple[tuple[str, str], ...]
    wireshark_filter: str | None
    streams: tuple[int, ...] = ()
    """Streams of the page's table that it is about."""


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
    first: bool = True
    """Whether it is the first of its code."""


def findings_of(report: Report, listed: Collection[int]) -> list[FindingGroup]:
    """In the report's order: the gravest first. `listed`: streams that the page has a row of."""
    seen: set[str] = set()
    groups = []
    for own in together(report.findings):
        groups.append(replace(_group(own, listed), first=own[0].code not in seen))
        seen.add(own[0].code)
    return groups


def _group(findings: Sequence[Finding], listed: Collection[int]) -> FindingGroup:
    first, more = findings[0], len(findings) - _CASES
    cases = tuple(_case(finding, listed) for finding in findings[:_CASES])
    severity = accepted_mark(closed_word(first.severity), accepted=all(one.accepted is not None for one in findings))
    left_out = nmsg(
        "{count} more like these is in the JSON report.", "{count} more like these are in the JSON report.", more
    )
    return FindingGroup(
        first.code,
        first.severity,
        severity,
        first.title,
        first.action,
        meaning_of(first.code),
        cases,
        left_out if more > 0 else "",
        tuple(dict.fromkeys(command for f in findings for command in commands_of(f))),
    )


def _case(finding: Finding, listed: Collection[int]) -> FindingCase:
    about = [finding.subject.get("stream"), *(finding.subject.get("streams") or [])]
    streams = tuple(n for n in dict.fromkeys(about) if isinstance(n, int) and n in listed)[:_LINKS]
    facts = (*subject_words(finding), *evidence_words(finding))
    return FindingCase(finding.explanation, facts, finding.wireshark_filter, streams)


def meaning_of(code: str) -> str:
    """What a code means in general, as `flowmap explain` says it; nothing for a code without a page."""
    page = pages().get(code)
    return page.meaning if page else ""


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
        notice.code,
        notice.severity,
        closed_word(notice.severity),
        about,
        notice.detail,
        notice.count,
        notice.undermines,
    )
