"""Members of which only one direction was captured: they count for that direction, and are no idle members of the other.

A name with a word of direction proposes it (`vmnic1_rcv`, see `flowmap.capture.inputs.directions`); that no listed stream and
no LACPDU went the other way there confirms it. Frames alone tell nothing: a member that only receives is common where the
switch and the host hash apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Literal

from flowmap.capture.inputs.directions import half_of
from flowmap.facts.model import Side, TeamFacts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.team.members import TeamMember

__all__ = ["find_one_way", "one_way_notices", "read_for"]

_SIDES: dict[str, Literal["rx", "tx"]] = {"in": "rx", "out": "tx"}


def find_one_way(team: TeamFacts) -> TeamFacts:
    """Return the team with those members marked of which only one direction was captured."""
    seen = {(share.member, d.side) for s in team.streams for d in s.directions for share in d.shares}
    sides = {member.number: _only_side(member, seen, team) for member in team.team_members}
    if not any(sides.values()):
        return team
    return replace(team, members=[replace(one, only_side=sides.get(one.number)) for one in team.members])


def _only_side(member: TeamMember, seen: AbstractSet[tuple[int, Side]], team: TeamFacts) -> Literal["rx", "tx"] | None:
    named = half_of(member.name)
    if named is None:
        return None
    side = _SIDES[named.half]
    systems = {pdu.actor.system for pdu in team.lacp.pdus if pdu.member == member.number}
    others = {(member.number, other) for other in ("tx", "rx", "unknown") if other != side}
    return side if len(systems) < 2 and not others & seen else None


def read_for(team: TeamFacts, side: Side) -> list[TeamMember]:
    """Return the members on which a stream of this direction could have been read."""
    return [member for member in team.read_members if side == "unknown" or member.only_side in (None, side)]


def one_way_notices(team: TeamFacts) -> Iterator[Notice]:
    """Tell what was captured of such members."""
    for member in team.team_members:
        if member.only_side is None:
            continue
        what = msg("received") if member.only_side == "rx" else msg("sent")
        detail = msg(
            "the capture of {member} holds only what it {what}, so it counts for that direction alone: capture both "
            "directions",
            member=member.name,
            what=what,
        )
        path = member.captures[0].path if len(member.captures) == 1 else None
        yield Notice("one_direction", detail, member.name, path)
