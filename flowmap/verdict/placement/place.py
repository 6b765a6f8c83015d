"""Decides where each stream-direction sits: single, moved, sprayed, mirrored, absent or undecided.

In: facts, with what the second pass observed of directions on several members. Out: the same team, each direction with its
placement, whether its mode allows that, and the member that copies are counted on. The first of these that holds decides:

- absent: no packet on any member. Of a reverse direction that proves nothing (the claim `pinned` passes it), of the bulk
  one the capture lacks it.
- undecided, because of the capture: it does not record the interface (SLL), holds several links, or is of both ends of the
  path.
- single: all packets on one member. Most directions end here, and the second pass never reads them.
- mirrored: nearly all records outside the main member (95 %, `_COPIES_SHARE`: a few are lost or cut) are copies of ones
  there. A switch that floods a frame before it knows the MAC makes copies too: up to `spray_max_duplicates` (5 %) of the
  packets, the direction is single.
- sprayed: packets alternate between members, as `trace/watching/spraying.py` decides from runs and from the order of
  sending.
- moved: at most `moved_max_switches` (5) changes, or any number of which each has a cause (`moves`). It needs clocks that
  are known better than the direction lasted.
- undecided: more changes than that, and no pattern.

The thresholds are settings, printed in every report; the defaults are the contract's, tried on the recordings in
`captures/`.

Rejected: to decide by time gaps between packets (a real balance-rr shows under two thirds of its changes without a gap, so
runs and order decide); to compare addresses instead of whole frames for copies (an IPv6 acknowledgment has no IP ID); to
guess a placement where a clock is not known (it would look like a measurement).
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache, lru_cache
from itertools import islice

from flowmap.facts.model import Direction, Placed, TeamFacts
from flowmap.message import Message, glue, msg, nmsg
from flowmap.trace.watching.observe import Observation
from flowmap.trace.watching.spraying import is_sprayed
from flowmap.verdict.placement.copies import without_copies
from flowmap.verdict.placement.moves import explain_moves, mixed

__all__ = ["place"]

_COPIES_SHARE = 0.95
"""Share of the records outside the main member that have to be copies of ones there."""


def place(team: TeamFacts) -> TeamFacts:
    """Return the team with every direction of every stream placed, and whether its mode allows that."""
    directions = [direction for stream in team.streams for direction in stream.directions]
    told_apart = frozenset(one.number for one in team.members if not (one.lost_member or one.links_mixed))
    placements = explain_moves(directions, [_place(direction, team, told_apart) for direction in directions], team)
    allows = cache(team.expectation.allows)
    found = iter(
        [
            direction.placed_as(
                placed,
                None if direction.side == "unknown" else allows(direction.side, placed.placement, placed.cause),
            )
            for direction, placed in zip(directions, placements, strict=True)
        ]
    )
    streams = [stream.with_directions(list(islice(found, len(stream.directions)))) for stream in team.streams]
    return without_copies(replace(team, streams=streams))


def _place(direction: Direction, team: TeamFacts, told_apart: AbstractSet[int]) -> Placed:
    """`told_apart`: the members of which each packet is known to be theirs."""
    shares = direction.shares
    if len(shares) == 1 and shares[0].member in told_apart:
        return _single(shares[0].packets)
    if not shares:
        return Placed("absent", msg("not seen on any member"))
    if any(team.members[share.member].lost_member for share in shares):
        return Placed("undecided", msg("the capture does not record which interface a packet was on (link type SLL)"))
    if any(team.members[share.member].links_mixed for share in shares):
        return Placed("undecided", msg("the capture holds several links and does not tell them apart"))
    if team.two_hosts is not None and _at_both_ends({share.member for share in shares}, team.two_hosts.apart):
        return Placed(
            "undecided", msg("recorded at both hosts, so each packet is there twice: analyze each host by itself")
        )
    if direction.observation is None:
        return Placed("undecided", msg("on several members, and not followed packet by packet"))
    if any(share.first_ns is None for share in shares):
        return Placed("undecided", msg("packets without a time cannot be put in order across members"))
    return _by_packets(direction.observation, team, [share.member for share in shares])


def _at_both_ends(members: set[int], ends: Sequence[Sequence[int]]) -> bool:
    return sum(not members.isdisjoint(end) for end in ends) > 1


@lru_cache(maxsize=1024)
def _single(packets: int) -> Placed:
    """Return the placement of a direction that is all on one member: what thousands have in common is there once."""
    return Placed("single", nmsg("all {count} packets", "all {count} packets", packets))


def _by_packets(o: Observation, team: TeamFacts, members: Sequence[int]) -> Placed:
    limits = team.settings.thresholds
    distinct = o.seen - o.duplicates
    rest = o.total - max(o.packets.values(), default=0)
    if o.duplicates and o.duplicates >= _COPIES_SHARE * (o.duplicates + rest):
        if o.duplicates > limits.spray_max_duplicates * distinct:
            return Placed(
                "mirrored",
                msg(
                    "{copies} further records of {packets} packets are on other members",
                    copies=o.duplicates,
                    packets=distinct,
                ),
            )
        return Placed(
            "single", msg("all but {copies} flooded copies of {packets} packets", copies=o.duplicates, packets=distinct)
        )
    uncertainty = team.uncertainty_ns(members)
    by_time = uncertainty is not None and uncertainty <= o.spacing_ns
    if is_sprayed(o, limits, by_time):
        share = ", ".join(f"{count / o.total:.0%}" for _, count in sorted(o.packets.items()))
        return Placed("sprayed", glue(_changes(o), f"({share})"))
    if o.switch_count <= limits.moved_max_switches or len(o.switches) == o.switch_count:  # many may each be explained
        if uncertainty is not None and uncertainty > (o.last_ns - o.first_ns):
            return Placed("undecided", msg("the members' clocks are not known well enough to order its packets"))
        return Placed("moved", _changes(o))
    return Placed("undecided", mixed(o.switch_count))


def _changes(o: Observation) -> Message:
    if not o.whole:
        return nmsg(
            "{count} change of member in its first {packets} packets",
            "{count} changes of member in its first {packets} packets",
            o.switch_count,
            packets=o.total,
        )
    return nmsg(
        "{count} change of member in {packets} packets",
        "{count} changes of member in {packets} packets",
        o.switch_count,
        packets=o.total,
    )
