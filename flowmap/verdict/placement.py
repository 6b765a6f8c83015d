"""Where one stream-direction sits: single, moved, sprayed, mirrored, absent or undecided."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.config import Thresholds
from flowmap.message import Message, glue, msg, nmsg
from flowmap.trace.observe import Observation
from flowmap.verdict.facts import Direction, Placed, TeamFacts
from flowmap.verdict.moves import explain_moves

__all__ = ["place_all"]

_COPIES_SHARE = 0.95
"""Share of the records outside the main member that have to be copies of ones there."""


def place_all(team: TeamFacts) -> None:
    """Fill in `placed` and `expected` of every direction of every stream."""
    directions = [direction for stream in team.streams for direction in stream.directions]
    for direction in directions:
        direction.placed = _place(direction, team)
    explain_moves(directions, team)
    for direction in directions:
        if direction.side != "unknown":
            placed = direction.placed
            direction.expected = team.expectation.allows(direction.side, placed.placement, placed.cause)


def _place(direction: Direction, team: TeamFacts) -> Placed:
    shares = direction.shares
    if not shares:
        return Placed("absent", msg("not seen on any member"))
    if any(team.members[share.member].lost_member for share in shares):
        return Placed("undecided", msg("the capture does not record which interface a packet was on (link type SLL)"))
    if any(team.members[share.member].links_mixed for share in shares):
        return Placed("undecided", msg("the capture holds several links and does not tell them apart"))
    if len(shares) == 1:
        return Placed("single", nmsg("all {count} packets", "all {count} packets", shares[0].packets))
    if direction.observation is None:
        return Placed("undecided", msg("on several members, and not followed packet by packet"))
    if any(share.first_ns is None for share in shares):
        return Placed("undecided", msg("packets without a time cannot be put in order across members"))
    return _by_packets(direction.observation, team, [share.member for share in shares])


def _by_packets(o: Observation, team: TeamFacts, members: Sequence[int]) -> Placed:
    limits = team.settings.thresholds
    distinct = o.seen - o.duplicates
    rest = o.total - max(o.packets.values(), default=0)
    if o.duplicates and o.duplicates >= _COPIES_SHARE * (o.duplicates + rest):
        if o.duplicates > limits.spray_max_duplicates * distinct:
            return Placed("mirrored", msg("{copies} of {packets} packets were recorded on more than one member",
                                          copies=o.duplicates, packets=distinct))  # fmt: skip
        return Placed("single", msg("all but {copies} flooded copies of {packets} packets",
                                    copies=o.duplicates, packets=distinct))  # fmt: skip
    uncertainty = team.uncertainty_ns(members)
    by_time = uncertainty is not None and uncertainty <= o.spacing_ns
    if _is_sprayed(o, limits, by_time):
        share = ", ".join(f"{count / o.total:.0%}" for _, count in sorted(o.packets.items()))
        return Placed("sprayed", glue(_changes(o), f"({share})"))
    if o.switch_count <= limits.moved_max_switches:
        if uncertainty is not None and uncertainty > (o.last_ns - o.first_ns):
            return Placed("undecided", msg("the members' clocks are not known well enough to order its packets"))
        return Placed("moved", _changes(o))
    return Placed("undecided", msg("mixed: {changes} changes of member, too many for moves, too few for spraying",
                                   changes=o.switch_count))  # fmt: skip


def _changes(o: Observation) -> Message:
    return nmsg("{count} change of member in {packets} packets", "{count} changes of member in {packets} packets",
                o.switch_count, packets=o.total)  # fmt: skip


def _is_sprayed(o: Observation, limits: Thresholds, by_time: bool) -> bool:
    """`by_time`: the clocks are known better than packets are apart; else runs and switches are those in sending order."""
    n = len(o.packets)
    if n < 2 or o.total < 2 or not o.steps_in_order:
        return False
    switch_rate = o.switch_count / (o.total - 1) if by_time else o.changes_in_order / o.steps_in_order
    return (
        min(o.packets.values()) >= limits.spray_min_share / n * o.total
        and switch_rate >= limits.spray_switch_rate
        and (o.median_run if by_time else o.median_run_in_order) <= limits.spray_median_run
        and o.duplicates <= limits.spray_max_duplicates * o.seen
        and o.changes_in_order >= limits.spray_sequence_switch_rate * o.steps_in_order
    )
