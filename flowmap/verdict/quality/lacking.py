"""Bytes that were acknowledged and that no capture holds: whether a member was not captured, or the captures lost packets.

How they are missing tells. A member that was not captured takes all of a direction with it, or, where packets are dealt out one
by one, a steady share. That share cannot be small: each member of a sprayed direction carries at least
`spray_min_share` / n of its packets (`placement/place.py`), so with c members captured and one more that was not, at least
`spray_min_share` / (c + 1) is missing, and more if there are more. A thinner share is what capture programs lose when they are
too slow, if it is steady, or nowhere thicker: in none of the tenths of the stream. Whole stretches are a full buffer, or a
stream that was elsewhere meanwhile; lost packets are the likelier.

Rejected: the length of the holes. A round-robin over members leaves holes of one packet just as thin loss does.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import Direction, TeamFacts
from flowmap.message import Message, msg
from flowmap.notice import Notice
from flowmap.words import Missing

__all__ = ["missing_notices", "missing_pattern"]

_HOW: dict[Missing | None, Message] = {
    "whole": msg(
        "payload of migration streams was acknowledged, but no capture holds any of it: it went over a member that "
        "was not captured"
    ),
    "steady": msg(
        "payload of migration streams was acknowledged, but no capture holds it, and a steady share is missing: "
        "probably a member was not captured"
    ),
    "bursts": msg(
        "payload of migration streams was acknowledged, but no capture holds it, and whole stretches are missing: "
        "probably packets were lost in capturing"
    ),
    "thin": msg(
        "payload of migration streams was acknowledged, but no capture holds it, and little is missing, here and there: "
        "packets were lost in capturing rather than a member not captured"
    ),
    None: msg(
        "payload of migration streams was acknowledged, but no capture holds it: a member is missing, or packets were "
        "lost in capturing"
    ),
}
"""The gravest pattern first."""


def missing_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield bytes that were delivered and captured nowhere. Not where packets tell too little of their payload."""
    if any(member.tcp_short for member in team.team_members):
        return
    lacking = [d for s in team.judged for d in s.directions if d.missing_bytes]
    if lacking and team.two_hosts is None:
        count = sum(d.missing_bytes for d in lacking)
        yield Notice("missing_bytes", _HOW[missing_pattern(team)], count=count)


def missing_pattern(team: TeamFacts) -> Missing | None:
    """Return how acknowledged bytes are missing: of several directions the gravest pattern; None: it cannot be told."""
    patterns = {_pattern(d, team) for s in team.judged for d in s.directions if d.missing_bytes}
    return next((pattern for pattern in _HOW if pattern in patterns), None)


def _pattern(direction: Direction, team: TeamFacts) -> Missing | None:
    how, tenths = direction.missing_how, direction.missing_tenths
    captured = direction.payload_bytes if direction.once_bytes is None else direction.once_bytes
    least = team.settings.thresholds.spray_min_share / (len(team.team_members) + 1)
    enough = least * (direction.missing_bytes + captured)
    steady_but_thin = how == "steady" and direction.missing_bytes < enough
    return "thin" if steady_but_thin or (tenths and max(tenths) * len(tenths) < enough) else how
