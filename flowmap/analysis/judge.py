"""Judges facts, step by step: each step takes a team and returns a new one.

In: `TeamFacts` as they were gathered. Out: the same with placements, limits and notices of quality. A step that is
called too early finds nothing to go by, so a wrong order shows at once. What was gathered is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowmap.facts.model import TeamFacts
from flowmap.facts.wire_packets import large_frames
from flowmap.flow.growing import give_back
from flowmap.verdict.hosts.two_hosts import Said, two_hosts
from flowmap.verdict.placement.place import place
from flowmap.verdict.quality.notices import team_notices
from flowmap.verdict.quality.one_way import find_one_way
from flowmap.verdict.speed.limits import find_limits

__all__ = ["judge"]


def judge(team: TeamFacts, teams: Sequence[Sequence[int]] = ()) -> TeamFacts:
    """Return the team with whose captures these are, where its streams are, what limited them, and what there is to notice.

    `teams`: members of several teams of one host, where all of them carried migrations. No step keeps the streams of the
    one before: there may be tens of thousands.
    """
    give_back()
    team = find_one_way(_told_apart(team, teams))
    team = place(team)
    team = find_limits(team)
    return replace(team, notices=[*team.notices, *team_notices(team), *large_frames(team)])


def _told_apart(team: TeamFacts, teams: Sequence[Sequence[int]]) -> TeamFacts:
    """Return the team, with the runs to make instead where captures are of two hosts."""
    about = team.described.members if team.described is not None else ()
    found = two_hosts(team.team_members, team.streams, team.lacp, team.lacp_host, Said(team.settings, about, teams))
    return replace(team, two_hosts=found)
