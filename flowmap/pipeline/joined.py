"""All members' rows as one flow table, and its streams: what every command that speaks of stream N must have alike."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowmap.flow.stream import Streams, build_streams, merge_rows
from flowmap.team.aggregate import find_aggregates
from flowmap.team.members import Members

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
    has_lacp = [m.number in speaks for m in members.members]
    for number in find_aggregates(members.rows, [m.name for m in members.members], has_lacp):
        members.members[number].aggregate = True
    merged = merge_rows(members.rows)
    aggregates = [member.number for member in members.members if member.aggregate]
    counted = merged[~np.isin(merged["link"], aggregates)]
    return Joined(merged, counted, build_streams(counted))
