"""Members without a packet while the judged streams ran, of which nothing says whether they were captured then.

A plain pcap does not state when its capture began and ended, and a quiet member is an idle one: it counts. Whoever stopped
tcpdump there before the streams began, or started it afterwards, has to know that this was taken for idleness. Where LACPDUs
were due, or the capture states its time, more is known, and told by `notices.py` and `unseen.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, msg
from flowmap.notice import Notice
from flowmap.team.members import TeamMember

__all__ = ["quiet_notices"]


def quiet_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield members whose packets are all before or all after the judged streams."""
    streamed = team.transfer()
    for member in team.team_members:
        stated = any(capture.window is not None for capture in member.captures)
        if team.judged and not stated and member.number not in team.lacp.members:
            detail = _outside(member, streamed, team)
            if detail is not None:
                yield Notice("window_unknown", detail, member.name)


def _outside(member: TeamMember, streamed: tuple[int, int], team: TeamFacts) -> Message | None:
    begun, over = streamed
    if member.first_ns is None or member.last_ns is None:
        return None
    first, last = (team.true_time(member.number, ts_ns) for ts_ns in (member.first_ns, member.last_ns))
    if last < begun:
        return msg(
            "the last packet of {member} is {seconds:.1f} s before the first of the migration streams: it counts as idle, "
            "which is right only if it was still being captured then",
            member=member.name,
            seconds=(begun - last) / 1e9,
        )
    if first > over:
        return msg(
            "the first packet of {member} is {seconds:.1f} s after the last of the migration streams: it counts as idle, "
            "which is right only if it was being captured before",
            member=member.name,
            seconds=(first - over) / 1e9,
        )
    return None
