"""Findings about the team and its captures: LACP, contradictions of the mode, capture quality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowmap.message import Message, aside, listed, msg, nmsg
from flowmap.verdict.described import description_findings
from flowmap.verdict.facts import TeamFacts
from flowmap.verdict.lacp_findings import LACP_FILTER, lacp_findings
from flowmap.verdict.notices import missing_pattern
from flowmap.verdict.placement_findings import AT_THE_SWITCH
from flowmap.verdict.sentences import direction_text, two_hosts_sentence
from flowmap.verdict.words import word

__all__ = ["team_findings"]

_UNREAD = msg(
    "Do as the message says, or leave this input out if it is no member of the team; a pass stays open until all members are "
    "read."
)
_NOTICE_CODES = {
    "capture_drops": "FM501", "missing_bytes": "FM502", "clock_offset": "FM503", "windows_disjoint": "FM504",
    "window_short": "FM504", "capture_damaged": "FM505", "unreadable_capture": "FM505", "sll_member_lost": "FM506",
    "links_mixed": "FM506", "aggregate_left_out": "FM507",
}  # fmt: skip


_NOT_CAPTURED = msg(
    "Capture the missing member too: compare the captures with the members that the host lists. If all are there, the capture "
    "programs lost packets evenly; see FM501."
)
_BY_PATTERN: dict[str | None, Message] = {
    "whole": _NOT_CAPTURED, "steady": _NOT_CAPTURED,
    "bursts": msg(
        "Capture again so that nothing is lost: with a larger buffer (tcpdump -B), a shorter snaplen (96 bytes are enough) and "
        "to a faster disk. If the capture programs report no drops, check that no member is missing."
    ),
}  # fmt: skip
"""What to do by the pattern of missing bytes; None, not known: what the page says."""


def team_findings(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Keyword arguments of `Finding`, one after the other."""
    if team.two_hosts:
        yield {
            "code": "FM307", "severity": "error", "explanation": two_hosts_sentence(team),
            "evidence": {"commands": list(team.two_hosts.commands)},
            "action": msg("Run these commands, one for each host.") if len(team.two_hosts.commands) == 2 else msg(
                "One file holds captures of both hosts. Run these commands: they part it and analyze each host by itself."
            ),
        }  # fmt: skip
    yield from lacp_findings(team)
    yield from _not_distributing(team)
    yield from _contradictions(team)
    yield from description_findings(team)
    yield from _quality(team)


def _not_distributing(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Data on a member that LACP kept out of the bundle during the transfer."""
    start, end = team.transfer()
    carrying = {share.member for stream in team.judged for d in stream.directions for share in d.shares}
    for member in team.team_members:
        if member.number not in carrying or member.links_mixed:
            continue
        own = (team.member_time(member.number, start), team.member_time(member.number, end))
        if team.lacp.bundled_during(member.number, *own, team.lacp_host) is False:
            yield {
                "code": "FM306", "severity": "warning", "subject": {"members": [member.name]},
                "explanation": msg("{member} carried migration data although LACP never had it in the bundle.",
                                   member=member.name),
                "wireshark_filter": LACP_FILTER,
            }  # fmt: skip


def _contradictions(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Placements that the configured mode does not make, and LACP or members in use that it does not have."""
    named = {"mode": team.mode, "algorithm": team.algorithm}
    bundled = [member.name for member in team.team_members if team.lacp.bundled_spans(member.number)]
    rows = team.expectation.rows
    if bundled and rows and all(row.switch == "independent" and not row.any_lacp for row in rows):
        yield {
            "code": "FM308", "severity": "warning", "subject": {"members": bundled}, "evidence": named,
            "explanation": nmsg(
                "{names} is in an LACP bundle with the switch, which the configured mode does not use: it is independent "
                "of the switch.",
                "{names} are in an LACP bundle with the switch, which the configured mode does not use: it is independent "
                "of the switch.",
                len(bundled), names=listed(bundled),
            ), "wireshark_filter": LACP_FILTER,
        }  # fmt: skip
    for side in () if team.taken_over else ("tx", "rx"):
        used = {share.member for s in team.judged for d in s.directions if d.side == side for share in d.shares}
        if len(used) > 1 and team.expectation.one_member_scope(side) == "team":
            names = [team.members[number].name for number in sorted(used)]
            yield {
                "code": "FM308", "severity": "warning", "subject": {"direction": side, "members": names},
                "evidence": named, "explanation": msg(
                    "Direction {side} used {names}, but in the configured mode {reason}.",
                    side=side, names=listed(names), reason=team.expectation.one_member_only(side),
                ),
            }  # fmt: skip
    wrong = [(s, d) for s in team.judged for d in s.directions if d.expected is False]
    if wrong:
        stream, direction = wrong[0]
        more = aside(nmsg("{count} more", "{count} more", len(wrong) - 1) if len(wrong) > 1 else "")
        yield {
            "code": "FM308", "severity": "warning",
            "explanation": msg(
                "{what} is {placement}, which the configured mode does not do in direction {side}{more}.",
                what=direction_text(direction), placement=word(direction.placed.placement), side=direction.side, more=more,
            ),
            "subject": {"stream": stream.number, "direction": direction.side},
            "evidence": {**named, "directions": len(wrong)},
            "action": AT_THE_SWITCH if direction.side == "rx" and team.expectation.switch_chooses else None,
        }  # fmt: skip


def _quality(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Notices that a person has to act on."""
    for notice in team.notices:
        code = _NOTICE_CODES.get(notice.code)
        if code:
            severity = {"FM503": "info", "FM507": "info", "FM506": "error"}.get(code, "warning")
            about = notice.path or notice.member
            told = msg("{detail:capital}.", detail=notice.detail)
            unread = notice.code == "unreadable_capture"
            if about and (unread or about not in notice.detail):
                told = msg("{about}: {detail}.", about=about, detail=notice.detail)
            yield {
                "code": code, "severity": severity, "explanation": told,
                "subject": {k: v for k, v in (("member", notice.member), ("path", notice.path)) if v is not None},
                "evidence": {"count": notice.count, "first_offset": notice.first_offset},
                "action": _UNREAD if unread else _BY_PATTERN.get(missing_pattern(team)) if code == "FM502" else None,
            }  # fmt: skip
