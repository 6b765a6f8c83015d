"""All members' rows as one flow table, and its streams: what every command that speaks of stream N must have alike."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowmap.flow.stream import Streams, build_streams, merge_rows
from flowmap.team.aggregate import CapturePoint, find_aggregates
from flowmap.team.members import Members, TeamMember

__all__ = ["Joined", "join_members"]

Array = np.ndarray[Any, Any]


class Joined(NamedTuple):
    """`merged` has every row, `counted` those of members that are no aggregate; `streams` are made of the latter."""

    merged: Array
    counted: Array
    streams: Streams


def join_members(members: Members) -> Joined:
    """Mark the aggregates among `members`, and number the streams of the others."""
    speaks = {frame.member for frame in members.control if frame.data[:6] == b"\x01\x80\xc2\x00\x00\x02"}
    points = [_point(member, member.number in speaks) for member in members.members]
    for number in find_aggregates(members.rows, points):
        members.members[number].aggregate = True
    merged = merge_rows(members.rows)
    aggregates = [member.number for member in members.members if member.aggregate]
    counted = merged[~np.isin(merged["link"], aggregates)] if aggregates else merged
    return Joined(merged, counted, build_streams(counted))


def _point(member: TeamMember, speaks_lacp: bool) -> CapturePoint:
    """Only captures that describe interfaces state MACs."""
    described = all(capture.format.startswith("pcapng") for capture in member.captures)
    return CapturePoint(
        " ".join([member.name, *sorted(member.interface_names), *sorted(member.descriptions)]), speaks_lacp,
        bool(member.macs) if described else None,
    )  # fmt: skip
