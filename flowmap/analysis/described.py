"""Holds what the host or its switch says of teams against the members that were captured: which team it is, whose counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from flowmap.analysis.gather import Found
from flowmap.analysis.other_teams import mark_undescribed
from flowmap.team.description.match import Described, Seen, match_teams
from flowmap.team.lacp.bundle import LacpTimeline
from flowmap.team.members import Members
from flowmap.team.neighbors.discovery import Announcement, announced

if TYPE_CHECKING:
    from flowmap.team.counters.model import MemberCounters, Reading
    from flowmap.team.description.model import TeamDescription

__all__ = ["describe"]


def describe(found: Found, teams: Sequence[TeamDescription], readings: tuple[Sequence[Reading], float | None]) -> Found:
    """Return what was found with the description of its team, if one of them is, and the counters of its members."""
    seen = _seen_members(found.members, found.lacp)
    described = match_teams(teams, seen, _unicast_pairs(found.members) if len(teams) > 1 else ())
    left, described = mark_undescribed(found, described)
    if left is not found:
        seen = _seen_members(left.members, left.lacp)
    return replace(left, described=described, counters=_member_counters(readings, seen, described))


def _member_counters(
    readings: tuple[Sequence[Reading], float | None], seen: Sequence[Seen], described: Described | None
) -> tuple[Mapping[int, MemberCounters], float | None]:
    """Return the counters by member, and for how many seconds around the capture they counted, where that is known."""
    if not readings[0]:
        return {}, None
    from flowmap.team.counters.changes import changes_of
    from flowmap.team.counters.match import counters_of_members

    return counters_of_members(changes_of(readings[0]), seen, described), readings[1]


def _seen_members(members: Members, lacp: LacpTimeline) -> list[Seen]:
    """Return members that count, each with the MACs by which a description may know it."""
    lacp_macs: dict[int, set[int]] = {}
    for pdu in lacp.pdus:
        lacp_macs.setdefault(pdu.member, set()).add(pdu.source_mac)
    sent: dict[int, set[int]] = {}
    for link, smac in zip(members.pairs["link"].tolist(), members.pairs["smac"].tolist(), strict=True):
        sent.setdefault(link, set()).add(smac)
    heard = announced(members.control, ())
    return [
        Seen(
            one,
            frozenset(lacp_macs.get(one.number, ())),
            frozenset(sent.get(one.number, ())),
            _switch_port(heard, one.number),
            _switch_name(heard, one.number),
        )
        for one in members.members
        if not one.left_out
    ]


def _switch_port(heard: Mapping[int, Announcement], member: int) -> str | None:
    own = heard.get(member)
    return own.port if own is not None and own.forwards else None


def _switch_name(heard: Mapping[int, Announcement], member: int) -> str | None:
    own = heard.get(member)
    return own.system if own is not None and own.forwards else None


def _unicast_pairs(members: Members) -> list[tuple[int, int, int, int]]:
    """Return (member, source MAC, destination MAC, frames) of all frames to a single station, on members that count."""
    counted = np.array([one.number for one in members.members if not one.aggregate], dtype=np.int64)
    own = members.pairs[
        np.isin(members.pairs["link"], counted) & (members.pairs["dmac"] >> np.uint64(40) & np.uint64(1) == 0)
    ]
    return list(zip(*(own[name].tolist() for name in ("link", "smac", "dmac", "frames")), strict=True))
