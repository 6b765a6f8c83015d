"""Notices about directions that no capture holds: captures that begin late or end early, and answers on uncaptured members.

TCP answers what it receives, so a stream of which one direction only was captured has the other one somewhere. Where no stream
has it, the captures may be of one direction: that is a notice. Where other streams have it, it went over a member that was not
captured, or not for as long, and a pass would rest on what was not watched.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import StreamFacts, TeamFacts
from flowmap.message import msg, nmsg, number_word
from flowmap.notice import Notice
from flowmap.team.lacp.rhythm import LIVES
from flowmap.team.members import TeamMember

__all__ = ["unseen_notices"]

_UNWATCHED_NS, _UNWATCHED_SHARE = 1_000_000_000, 0.1
"""What a stream may go on before or after a member's capture.

Programs start one after the other, and those that are stopped lose what they have not written.
"""


def unseen_notices(team: TeamFacts) -> Iterator[Notice]:
    """Return one for each capture that began late or ended early, and one for reverse directions that were not captured."""
    short = list(_short(team))
    yield from short
    absent = [d for s in team.judged for d in s.directions if not d.shares and not d.bulk]
    if not absent:
        return
    seen = any(d.shares and not d.bulk and d.side == absent[0].side for s in team.judged for d in s.directions)
    if short or not seen or team.two_hosts is not None:
        text = msg("the reverse direction of a migration stream was not captured")
        yield Notice("reverse_absent", text, count=len(absent))
        return
    detail = nmsg(
        "the reverse direction of one migration stream is in no capture, though that of others is: it went over a member that "
        "was not captured, or not for as long",
        "the reverse directions of {number} migration streams are in no capture, though those of others are: they went over a "
        "member that was not captured, or not for as long",
        len(absent),
        number=number_word(len(absent)),
    )
    yield Notice("reverse_absent", detail, count=len(absent), undermines=True)


def _short(team: TeamFacts) -> Iterator[Notice]:
    """Yield members whose capture is known to begin or end while judged streams go on in one direction only.

    What came of the other one, before or afterwards, may have been on that member. (Of a stream with both directions,
    acknowledged bytes show it.)
    """
    for member in team.team_members:
        start, end = _known_start(member, team), _known_end(member, team)
        before = [start - s.first_ns for s in team.judged if _went_on_unseen(s, start)] if start is not None else []
        after = [s.last_ns - end for s in team.judged if _goes_on_unseen(s, end)] if end is not None else []
        if before:
            detail = msg(
                "the capture of {member} begins {seconds:.1f} s after migration streams do that go on in one direction; "
                "what was on {member} until then is not known",
                member=member.name,
                seconds=max(before) / 1e9,
            )
            yield Notice("window_short", detail, member.name, count=len(before))
        if after:
            detail = msg(
                "the capture of {member} ends {seconds:.1f} s before migration streams do that go on in one "
                "direction; what was on {member} then is not known",
                member=member.name,
                seconds=max(after) / 1e9,
            )
            yield Notice("window_short", detail, member.name, count=len(after))


def _known_start(member: TeamMember, team: TeamFacts) -> int | None:
    """Return when a member's capture began, on the reference clock, or None where that is not known.

    It is known where the capture states it, or where LACPDUs that were due did not come until then.
    """
    timed = [capture for capture in member.captures if capture.first_ns is not None]
    if not timed:
        return None
    first = min(timed, key=lambda capture: capture.first_ns or 0)
    if first.window is not None:
        return team.true_time(member.number, first.window[0])
    began = team.true_time(member.number, first.first_ns or 0)
    return began if _lacp_was_silent(member, began - team.start_ns, team) else None


def _known_end(member: TeamMember, team: TeamFacts) -> int | None:
    """Return when a member's capture ended, on the reference clock, or None where that is not known.

    It is known where the capture is cut or states it, or where LACPDUs that were due did not come to the end; not where
    the member may just be quiet.
    """
    timed = [capture for capture in member.captures if capture.last_ns is not None]
    if not timed:
        return None
    last = max(timed, key=lambda capture: capture.last_ns or 0)
    if last.window is not None:
        return team.true_time(member.number, last.window[1])
    ended = team.true_time(member.number, last.last_ns or 0)
    return ended if last.truncated or _lacp_was_silent(member, team.end_ns - ended, team) else None


def _lacp_was_silent(member: TeamMember, silent_ns: int, team: TeamFacts) -> bool:
    """Return whether that is three intervals of LACP on the member: its link was down, or it was not captured."""
    interval = team.lacp.interval_ns(member.number)
    spoken = member.number in team.lacp.members
    return spoken and interval is not None and silent_ns >= LIVES * interval


def _went_on_unseen(stream: StreamFacts, start: int) -> bool:
    before = start - stream.first_ns
    if before <= _unwatched_ns(stream):
        return False
    firsts = [[share.first_ns for share in d.shares if share.first_ns is not None] for d in stream.directions]
    return not all(times and min(times) < start - before / 2 for times in firsts)


def _goes_on_unseen(stream: StreamFacts, end: int) -> bool:
    after = stream.last_ns - end
    if after <= _unwatched_ns(stream):
        return False
    lasts = [[share.last_ns for share in d.shares if share.last_ns is not None] for d in stream.directions]
    return not all(times and max(times) > end + after / 2 for times in lasts)


def _unwatched_ns(stream: StreamFacts) -> float:
    return max(_UNWATCHED_NS, _UNWATCHED_SHARE * (stream.last_ns - stream.first_ns))
