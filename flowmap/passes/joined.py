"""All members' rows as one flow table, and its streams: what every command that speaks of stream N must have alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from flowmap.flow.streams.conversations import conversations_of
from flowmap.flow.streams.stream import Streams, build_streams, merge_rows
from flowmap.team.aggregate import CapturePoint, find_aggregates
from flowmap.team.members import Members, TeamMember

__all__ = ["Joined", "join_members"]

Array = np.ndarray[Any, Any]
_SLL2 = 276


class Joined(NamedTuple):
    """`merged` has every row, `counted` those of members that are no aggregate; `streams` are made of the latter.

    `distinct`: no two of `merged` have one key.
    """

    merged: Array
    counted: Array
    streams: Streams
    distinct: bool


def join_members(members: Members) -> Joined:
    """Mark the aggregates among `members`, and number the streams of the others."""
    speaks = {frame.member for frame in members.control if frame.data[:6] == b"\x01\x80\xc2\x00\x00\x02"}
    ranks = _ranks(members)
    files = {member for own in members.links if len(set(own.values())) > 1 for member in own.values()}
    points = [
        _point(member, member.number in speaks, ranks[member.number], member.number in files)
        for member in members.members
    ]
    known = conversations_of(members.rows)
    if known.shared:  # an aggregate carries what its members do
        for number in find_aggregates(members.rows, points):
            members.members[number] = replace(members.members[number], aggregate=True)
    merged = merge_rows(members.rows) if known.repeated else members.rows
    aggregates = [member.number for member in members.members if member.aggregate]
    counted = merged[~np.isin(merged["link"], aggregates)] if aggregates else merged
    streams = build_streams(counted, known if counted is members.rows else None)
    return Joined(merged, counted, streams, not known.repeated)


def _ranks(members: Members) -> dict[int, int]:
    """Return by member its place among all: by interface index where that is known, else in the order of first packets.

    What is recorded first of the layers of a host is the lowest of them, and so is what was made first.
    """
    found: dict[int, tuple[int, int]] = {}
    for own in members.links:
        for (_, ifindex), member in own.items():
            found[member] = ifindex, found.get(member, (0, len(found)))[1]
    return {member: rank for rank, member in enumerate(sorted(found, key=found.__getitem__))}


def _point(member: TeamMember, speaks_lacp: bool, rank: int, shares_file: bool) -> CapturePoint:
    """Return the member as a capture point; only captures that describe interfaces state MACs."""
    described = all(capture.format.startswith("pcapng") for capture in member.captures)
    return CapturePoint(
        " ".join([member.name, *sorted(member.interface_names), *sorted(member.descriptions)]),
        speaks_lacp,
        bool(member.macs) if described else None,
        frozenset(capture.path for capture in member.captures) if shares_file else frozenset(),
        all(capture.link_types == (_SLL2,) for capture in member.captures),
        rank,
    )
