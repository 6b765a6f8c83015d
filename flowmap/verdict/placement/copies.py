"""Members that hold nothing but copies of what another member holds: they are one place in the network, captured several times.

Whether a mirror port, a switch that floods or a layer of the host made the copies does not matter to spread: who can only be
seen beside another is no choice that a stream had. Of members that hold the same the first one is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flowmap.facts.model import Direction, TeamFacts

__all__ = ["without_copies"]


def without_copies(team: TeamFacts) -> TeamFacts:
    """Return the placed team with its `copies`, and for each mirrored direction the member that it is counted on."""
    copies = _copies(team)
    if not copies:
        return team
    streams = [
        stream.with_directions([_counted(direction, copies) for direction in stream.directions])
        if stream.judged and any(direction.placed.placement == "mirrored" for direction in stream.directions)
        else stream
        for stream in team.streams
    ]
    return replace(team, copies=copies, streams=streams)


def _counted(direction: Direction, copies: Mapping[int, int]) -> Direction:
    first = direction.first_member
    if direction.placed.placement != "mirrored" or first is None or first not in copies:
        return direction
    return direction.placed_as(direction.placed, direction.expected, _original(copies, first))


def _copies(team: TeamFacts) -> dict[int, int]:
    directions = [direction for stream in team.judged for direction in stream.directions]
    copies: dict[int, int] = {}
    held: dict[int, set[int]] = {}
    alone: set[int] = set()
    for number, direction in enumerate(directions):
        for share in direction.shares:
            held.setdefault(share.member, set()).add(number)
            if direction.placed.placement != "mirrored":
                alone.add(share.member)
    for member in sorted(held):
        if member in alone:
            continue
        for other in sorted(held.keys() - copies.keys() - {member}):
            if held[member] < held[other] or (held[member] == held[other] and other < member):
                copies[member] = other
                break
    return copies


def _original(copies: Mapping[int, int], member: int) -> int:
    while member in copies:
        member = copies[member]
    return member
