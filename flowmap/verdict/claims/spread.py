"""Claim 2: distinct source hosts spread across the members, in each direction that migration payload flows in.

Rules, in the order in which they are applied to a direction:

- What carries a migration counts. Of a remote host's streams those with at least 5 % of its largest one's payload: a control
  connection, a one-byte stream or a thin channel lands where its own ports put it, and says nothing of the load. A direction
  that only such streams flow in is no direction of migration payload; 1 MB is payload whatever flows the other way.
- A team of one captured member is inconclusive. With fewer than two remote hosts there is nothing that could spread: the
  direction is not-applicable, and never outranks one that is judged.
- A direction that can use one member only fails, with the reason: no other member is usable, the given mode or key means it,
  or the switch does not aggregate (what is flooded arrives on every member).
- Units are remote hosts; if one host's streams begin on two or more members they are streams. Each counts once, on the first
  member that it used; sprayed ones are left out. Units that began under other members (see `usable`) are not put into one
  count: the larger group is judged.
- The counts are held against what independent, even placement gives (exact multinomial, see `chance`). Below 1 % it fails; else
  it passes if two or more members were used; all on one member, which chance does too, is inconclusive.

5 % and 1 % are the contract's. Rejected: to count bytes or packets (streams are the choices, packets follow them), and to join
both directions into one test (host and switch choose by themselves, so one would hide the other's fault).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from flowmap.facts.model import Direction, Side, StreamFacts, TeamFacts
from flowmap.message import Message, glue
from flowmap.team.host import Address
from flowmap.verdict.chance.probability import p_value, smallest_failing_total
from flowmap.verdict.claims.results import Spread, cannot_tell, undermine, worst
from flowmap.verdict.claims.usable import first_ns, stands_by, usable_at, usable_members
from flowmap.verdict.quality.described_lacp import mode_denied
from flowmap.verdict.quality.one_way import read_for
from flowmap.words import Unit

__all__ = ["carrying_streams", "judge_spread", "least_units"]

_LEAST_FLOODED = 3
_CARRIES = 0.05
"""Of a remote host's largest stream: what has less payload decides nothing."""


def judge_spread(team: TeamFacts) -> Spread:
    """Judge each payload direction by itself; the worst one is the claim, with all of them in `directions`.

    `why`: two_hosts, member_lost, links_mixed, no_streams, one_captured, one_host, one_usable, standby, mode, flooded,
    sprayed, unlikely, holds, apart (members captured at different times), alone_then
    (when the units began, the other members were out of the bundle), or chance (all on one member, which proves nothing).
    """
    reason = cannot_tell(team)
    judged = [stream for stream in team.judged if stream.bulk.shares]
    if reason or not judged:
        return Spread("inconclusive", reason or "no_streams")
    carrying = carrying_streams(team, judged)
    sides = sorted({stream.bulk.side for stream in carrying})
    results = [_judge_side(side, [s for s in carrying if s.bulk.side == side], team) for side in sides]
    for result in results:
        undermine(result, team.notices)
    verdict = worst([result.verdict for result in results])
    chosen = max((r for r in results if r.verdict == verdict), key=lambda r: r.units)
    return replace(chosen, directions=tuple(results))


def least_units(spread: Spread, team: TeamFacts) -> int | None:
    """Return how many units it takes for some outcome to fail; None where nothing was tested."""
    if spread.p is None:
        return None
    return smallest_failing_total(len(spread.counts), Fraction(str(team.settings.thresholds.spread_alpha)))


def carrying_streams(team: TeamFacts, streams: Sequence[StreamFacts]) -> list[StreamFacts]:
    """Return the streams that carry a migration; see the rules above. Some are left whenever some were given."""
    least = team.settings.thresholds.bulk_min_bytes
    bulks = [stream.bulk for stream in streams]
    remotes = [_remote(bulk) for bulk in bulks]
    of_any: dict[Hashable, int] = {}
    of_side: dict[Side, dict[Hashable, int]] = {"tx": {}, "rx": {}, "unknown": {}}
    for bulk, remote in zip(bulks, remotes, strict=True):
        for largest in (of_any, of_side[bulk.side]):
            if bulk.payload_bytes > largest.get(remote, -1):
                largest[remote] = bulk.payload_bytes
    return [
        stream
        for stream, bulk, remote in zip(streams, bulks, remotes, strict=True)
        if (payload := bulk.payload_bytes) >= _CARRIES * of_side[bulk.side][remote]
        and (payload >= least or payload >= _CARRIES * of_any[remote])
    ]


def _remote(bulk: Direction) -> Hashable:
    """Return the remote host; both hosts where it is not known which one has the team."""
    if bulk.side == "unknown":
        return frozenset({bulk.seen_src, bulk.seen_dst})
    return bulk.seen_src if bulk.side == "rx" else bulk.seen_dst


def _judge_side(side: Side, streams: Sequence[StreamFacts], team: TeamFacts) -> Spread:
    end = _remote_end(side, streams)
    hosts = _hosts(streams, end)
    usable = usable_members(team, streams)
    unit, units = _units(hosts)
    present, landed = (usable, [m for m, _ in units]) if _apart(team) else _largest_group(units, usable, team)
    counts = {member: landed.count(member) for member in present}
    result = Spread("inconclusive", "one_captured", side, len(hosts), end, unit, len(landed), counts)
    read = read_for(team, side)
    if len(read) < 2:
        return result
    if result.hosts < 2:
        return replace(result, verdict="not-applicable", why="one_host")
    if len(read) - len(team.copies) < 2:
        return result
    if len(present) == 1 < len(usable):
        return replace(result, why="alone_then")
    if only := _one_member_only(result, streams, team):
        why, detail = only
        return replace(result, verdict="fail", why=why, detail=detail)
    return _by_chance(result, team) if landed else replace(result, why="sprayed")


def _by_chance(result: Spread, team: TeamFacts) -> Spread:
    chance = p_value(list(result.counts.values()))
    likely = chance.p >= team.settings.thresholds.spread_alpha
    several = result.members_used >= 2
    if _apart(team, "window_short") and not (likely and several):
        return replace(result, why="apart")  # who was on a member while it was not captured is not among the hosts
    tested = replace(result, p=chance.p, p_exact=chance.exact)
    if not likely:
        return replace(tested, verdict="fail", why="unlikely")
    return replace(tested, verdict="pass", why="holds") if several else replace(tested, why="chance")


def _apart(team: TeamFacts, *codes: str) -> bool:
    """Return whether members were captured at different times, or one of `codes` is noticed."""
    return any(notice.code in ("windows_disjoint", *codes) for notice in team.notices)


def _remote_end(side: Side, streams: Sequence[StreamFacts]) -> Literal["source", "destination"]:
    """Return the remote end; with the teamed host unknown it is the one that differs more."""
    remote_is_source = side == "rx"
    if side == "unknown":
        sources = {stream.bulk.seen_src for stream in streams}
        remote_is_source = len(sources) >= len({stream.bulk.seen_dst for stream in streams})
    return "source" if remote_is_source else "destination"


def _hosts(streams: Sequence[StreamFacts], end: Literal["source", "destination"]) -> dict[Address, list[Direction]]:
    """Return bulk directions by remote address.

    Of a tunnel the outer addresses count: who hashes for the team sees no others.
    """
    hosts: dict[Address, list[Direction]] = {}
    for stream in streams:
        hosts.setdefault(stream.bulk.seen_src if end == "source" else stream.bulk.seen_dst, []).append(stream.bulk)
    return hosts


def _units(hosts: Mapping[Address, Sequence[Direction]]) -> tuple[Unit, list[tuple[int, int]]]:
    """Return what is counted once each, and of each unit (first member, when it began).

    Sprayed directions are left out; streams in one outer flow share a key and are one.
    """
    begun = {
        host: [
            (member, first_ns(d))
            for d in _outer_flows(sorted(directions, key=first_ns))
            if d.placed.placement != "sprayed" and (member := d.first_member) is not None
        ]
        for host, directions in hosts.items()
    }
    if any(len({member for member, _ in own}) > 1 for own in begun.values()):
        return "stream", [unit for own in begun.values() for unit in own]
    return "host", [unit for own in begun.values() for unit in own[:1]]


def _outer_flows(directions: Sequence[Direction]) -> list[Direction]:
    """Return the first of those that share one outer header, and all that are in no tunnel or in several."""
    if not any(direction.tunnel for direction in directions):
        return list(directions)
    first: dict[Hashable, Direction] = {}
    for direction in directions:
        header = direction.tunnel.header if direction.tunnel else None
        first.setdefault(header or id(direction), direction)
    return list(first.values())


def _largest_group(
    units: Sequence[tuple[int, int]], usable: Sequence[int], team: TeamFacts
) -> tuple[list[int], list[int]]:
    """Return the members that the largest group of units had to choose from, and the member of each of these units.

    A group that had no choice is taken only where there is no other; a member that a unit of the group used was there.
    """
    groups: dict[frozenset[int], list[int]] = {}
    always = None if team.lacp.set_changes() else frozenset(usable)
    for member, began_ns in sorted(units, key=lambda one: one[1]):
        then = usable_at(team, usable, began_ns) if always is None else always
        groups.setdefault(then, []).append(member)
    if not groups:
        return list(usable), []
    members, landed = max(groups.items(), key=lambda one: (len(one[0]) > 1, len(one[1])))
    return sorted(members.union(landed)), landed


def _one_member_only(result: Spread, streams: Sequence[StreamFacts], team: TeamFacts) -> tuple[str, Message] | None:
    """Return why this direction can use only one member, if it can: (why, detail)."""
    if len(result.counts) == 1:
        (only,) = result.counts
        others = [member.number for member in team.team_members if member.number != only]
        return "standby" if all(stands_by(team, other) for other in others) else "one_usable", glue(
            team.members[only].name
        )
    if result.members_used > 1:
        return None
    side = result.side
    if side is not None and side != "unknown" and not mode_denied(team):
        reason = team.expectation.one_member_only(side)
        whole_team = team.expectation.one_member_scope(side) == "team"
        if reason and (whole_team or len(_own_macs(side, streams)) == 1):
            return "mode", reason
    if side != "tx" and team.flooded >= _LEAST_FLOODED:
        return "flooded", glue(str(team.flooded))
    return None


def _own_macs(side: Side, streams: Iterable[StreamFacts]) -> set[int]:
    """Return MACs of the team's end: of virtual ports, where it has several."""
    return {stream.bulk.macs[0 if side == "tx" else 1] for stream in streams}
