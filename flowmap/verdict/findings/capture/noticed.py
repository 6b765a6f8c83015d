"""Findings about what the captures lack, of the notices that a person has to act on, and what to do in each case."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.finding import RULES, Finding, Rule, Severity
from flowmap.message import Message, msg
from flowmap.notice import Notice
from flowmap.verdict.claims.results import Pinned
from flowmap.verdict.findings.capture.rules import FM502, FM503, FM506, FM507, FM508, FM509
from flowmap.verdict.quality.lacking import missing_pattern
from flowmap.verdict.sentences import files_mixed, pinned_sentence

__all__ = ["nothing_matched", "noticed_findings"]

_SEVERITIES: dict[str, Severity] = {FM503.code: "info", FM507.code: "info", FM509.code: "info", FM506.code: "error"}
"""Of those that are no warning."""
_UNREAD = msg(
    "Capture this member again, or copy its file whole; if it is no member of the team, leave it out. Until all members are "
    "read a pass stays open."
)
_EACH_BY_ITSELF = msg("Take each of these files as a member of its own.")
_NOT_CAPTURED = msg(
    "Capture the missing member too: compare the captures with the members that the host lists. If all are there, the capture "
    "programs lost packets evenly: use a larger buffer and a shorter snaplen."
)
_LOSE_NOTHING = msg(
    "Capture again so that nothing is lost: with a larger buffer (tcpdump -B), a shorter snaplen (96 bytes are enough) and "
    "to a faster disk. If the capture programs report no drops, check that no member is missing."
)
_MEMBER_MISSING = msg("Capture the missing member too: compare the captures with the members that the host lists.")
_BY_PATTERN: dict[str | None, Message] = {
    "whole": _MEMBER_MISSING,
    "steady": _NOT_CAPTURED,
    "bursts": _LOSE_NOTHING,
    "thin": _LOSE_NOTHING,
}
"""What to do by the pattern of missing bytes; None, not known: what the page says."""


def noticed_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield the notices that a person has to act on, as the rules that tell them."""
    rules = {code: rule for rule in RULES.values() for code in rule.notices}
    for notice in team.notices:
        rule = FM502 if notice.code == "reverse_absent" and notice.undermines else rules.get(notice.code)
        if rule is None:
            continue
        subject = {k: v for k, v in (("member", notice.member), ("path", notice.path)) if v is not None}
        yield Finding(
            rule,
            _SEVERITIES.get(rule.code, "warning"),
            _text(notice),
            subject,
            {"count": notice.count, "first_offset": notice.first_offset},
            action=_action(notice, rule, team),
        )


def _text(notice: Notice) -> Message:
    """Return the notice as a sentence, with what it is about where that is not in it."""
    about = notice.path or notice.member
    if about and (notice.code == "unreadable_capture" or about not in notice.detail):
        return msg("{about}: {detail}.", about=about, detail=notice.detail)
    return msg("{detail:capital}.", detail=notice.detail)


def _action(notice: Notice, rule: Rule, team: TeamFacts) -> Message | None:
    """Return what to do about this case; None: what the page of the code says."""
    if notice.code == "unreadable_capture":
        return _UNREAD
    if notice.code == "links_mixed" and files_mixed(team) is not None:
        return _EACH_BY_ITSELF
    if rule is not FM502:
        return None
    return _NOT_CAPTURED if notice.code == "reverse_absent" else _BY_PATTERN.get(missing_pattern(team))


def nothing_matched(team: TeamFacts, pinned: Pinned) -> Iterator[Finding]:
    """Yield that there is bulk, and none of it on a port of migrations."""
    if pinned.why == "no_streams" and team.bulk_unmatched:
        yield Finding(FM508, "warning", pinned_sentence(pinned, team), {}, {"streams": team.bulk_unmatched})
