"""Claim 2: distinct source hosts spread across the members, in the direction the migration payload flows.

Units (hosts, or streams where one host's streams begin on several members) are counted once each, on the first member
they used; the counts are held against what independent, even placement gives (exact multinomial, see `chance`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Literal

from flowmap.message import Message, glue
from flowmap.team.host import Address
from flowmap.verdict.chance import p_value, smallest_failing_total
from flowmap.verdict.claims import Spread, cannot_tell, undermine, worst
from flowmap.verdict.facts import Direction, Side, StreamFacts, TeamFacts

__all__ = ["judge_spread", "least_units", "usable_members"]

_LEAST_FLOODED = 3


def judge_spread(team: TeamFacts) -> Spread:
    """Each payload direction is judged, the worst verdict wins. `why`: two_hosts, member_lost, no_streams, one_captured,
    one_host, one_usable, mode, flooded, sprayed, unlikely, holds, apart (members captured at different times), or chance (all
    on one member, which proves nothing)."""
    reason = cannot_tell(team)
    judged = [stream for stream in team.judged if stream.bulk.shares]
    if reason or not judged:
        return Spread("inconclusive", reason or "no_streams")
    sides = sorted({stream.bulk.side for stream in judged})
    results = [_judge_side(side, [s for s in judged if s.bulk.side == side], team) for side in sides]
    verdict = worst([result.verdict for result in results])
    chosen = max((r for r in results if r.verdict == verdict), key=lambda r: r.units)
    undermine(chosen, team.notices)
    return chosen


def least_units(spread: Spread, team: TeamFacts) -> int | None:
    """With fewer units no outcome could fail; None where nothing was tested."""
    if spread.p is None:
        return None
    return smallest_failing_total(len(spread.counts), Fraction(str(team.settings.thresholds.spread_alpha)))


def usable_members(team: TeamFacts, streams: Sequence[StreamFacts]) -> list[int]:
    """Members that could have carried the transfer: idle healthy ones count, those LACP kept out do not.

    A member that did carry it was usable, whatever its LACPDUs say.
    """
    start = min(stream.first_ns for stream in streams)
    end = max(stream.last_ns for stream in streams)
    carried = {share.member for stream in streams for share in stream.bulk.shares}
    usable = []
    for member in team.team_members:
        own = (team.member_time(member.number, start), team.member_time(member.number, end))
        bundled = team.lacp.bundled_during(member.number, *own, team.lacp_host)
        if bundled is not False or member.number in carried:
            usable.append(member.number)
    return usable


def _judge_side(side: Side, streams: list[StreamFacts], team: TeamFacts) -> Spread:
    result = Spread("inconclusive", "one_captured", side)
    result.counted_end = _remote_end(side, streams)
    hosts = _hosts(streams, result.counted_end)
    result.hosts = len(hosts)
    usable = usable_members(team, streams)
    units = _count_units(result, hosts, usable)
    if len(team.team_members) < 2:
        return result
    if result.hosts < 2:
        result.why = "one_host"
        return result
    only = _one_member_only(side, result, usable, team)
    if only:
        result.verdict, (result.why, result.detail) = "fail", only
        return result
    if not units:
        result.why = "sprayed"
        return result
    chance = p_value(list(result.counts.values()))
    likely = chance.p >= team.settings.thresholds.spread_alpha
    if any(notice.code == "windows_disjoint" for notice in team.notices) and not (likely and result.members_used >= 2):
        result.why = "apart"  # who was on a member while it was not captured is not among the hosts
        return result
    result.p, result.p_exact = chance.p, chance.exact
    if not likely:
        result.verdict, result.why = "fail", "unlikely"
    elif result.members_used >= 2:
        result.verdict, result.why = "pass", "holds"
    else:
        result.why = "chance"
    return result


def _remote_end(side: Side, streams: Sequence[StreamFacts]) -> Literal["source", "destination"]:
    """With the teamed host unknown, the end that differs more is the remote one."""
    remote_is_source = side == "rx"
    if side == "unknown":
        sources = {stream.bulk.seen_src for stream in streams}
        remote_is_source = len(sources) >= len({stream.bulk.seen_dst for stream in streams})
    return "source" if remote_is_source else "destination"


def _hosts(streams: Sequence[StreamFacts], end: Literal["source", "destination"]) -> dict[Address, list[Direction]]:
    """Bulk directions by remote address. Of a tunnel the outer addresses count: who hashes for the team sees no others."""
    hosts: dict[Address, list[Direction]] = {}
    for stream in streams:
        hosts.setdefault(stream.bulk.seen_src if end == "source" else stream.bulk.seen_dst, []).append(stream.bulk)
    return hosts


def _count_units(result: Spread, hosts: dict[Address, list[Direction]], usable: Sequence[int]) -> int:
    """Fill in unit, units and counts; sprayed directions are left out. Streams in one outer flow share a key: one unit."""
    first_of = {
        host: [d.first_member for d in _outer_flows(sorted(directions, key=_begin)) if d.placed.placement != "sprayed"]
        for host, directions in hosts.items()
    }
    firsts = {host: [m for m in members if m is not None] for host, members in first_of.items()}
    by_stream = any(len(set(members)) > 1 for members in firsts.values())
    result.unit = "stream" if by_stream else "host"
    landed = [m for members in firsts.values() for m in (members if by_stream else members[:1])]
    result.units = len(landed)
    result.counts = {member: landed.count(member) for member in usable}
    return result.units


def _outer_flows(directions: Sequence[Direction]) -> list[Direction]:
    """The first of those that share one outer header, and all that are in no tunnel or in several."""
    first: dict[Hashable, Direction] = {}
    for direction in directions:
        header = direction.tunnel.header if direction.tunnel else None
        first.setdefault(header or id(direction), direction)
    return list(first.values())


def _begin(direction: Direction) -> int:
    return min((share.first_ns for share in direction.shares if share.first_ns is not None), default=0)


def _one_member_only(side: Side, result: Spread, usable: Sequence[int], team: TeamFacts) -> tuple[str, Message] | None:
    """Why this direction can use only one member, if it can: (why, detail)."""
    if len(usable) == 1:
        return "one_usable", glue(team.members[usable[0]].name)
    if result.members_used > 1:
        return None
    if side in ("tx", "rx") and team.expectation.rows:
        reason = team.expectation.one_member_only(side)
        if reason:
            return "mode", reason
    if side != "tx" and team.flooded >= _LEAST_FLOODED:
        return "flooded", glue(str(team.flooded))
    return None
