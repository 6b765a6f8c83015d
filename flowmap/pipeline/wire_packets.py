"""How many packets were on the wire: a host with segmentation offload records large frames, before they are cut or after they
were joined, and each stands for ceil(payload / segment) packets.

A segment is what the smaller MSS of both SYNs leaves beside the TCP options of the frame (RFC 6691); without a SYN the largest
segment that came in the other direction, else the largest that the teamed host received from anybody, if that is one an
Ethernet frame can hold. Otherwise the number is not known. Records of one packet at several layers are one packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.flow.stream import Streams
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.pipeline.follow import WHOLE_SEGMENT
from flowmap.verdict.facts import Direction, MemberShare, TeamFacts

__all__ = ["count_wire_packets", "large_frames", "member_wire_packets"]

_LEAST, _MOST = 536, 9000 - 40
"""A segment's bounds where no SYN tells it: the default MSS of RFC 9293, and what fits into a jumbo frame."""


def count_wire_packets(team: TeamFacts, streams: Streams) -> None:
    """Fill in `wire_packets` of every share of every listed direction."""
    largest = {
        (stream.number, side): _largest(streams, stream.number, side) for stream in team.streams for side in (0, 1)
    }
    received = [largest[s.number, side] for s in team.streams for side, d in enumerate(s.directions) if d.side == "rx"]
    for stream in team.streams:
        for side, direction in enumerate(stream.directions):
            announced = _announced(stream.directions)
            segments = [announced] if announced else [largest[stream.number, 1 - side], *sorted(received, reverse=True)]
            segment = next((one for one in segments if announced or _LEAST <= one <= _MOST), None)
            direction.shares = [
                replace(share, wire_packets=_on_the_wire(share, direction, segment)) for share in direction.shares
            ]


def _largest(streams: Streams, stream: int, side: int) -> int:
    rows, forward = streams.rows_of(stream)
    return int(rows["max_payload"][forward == (side == 0)].max(initial=0))


def _announced(directions: list[Direction]) -> int | None:
    """The smaller MSS of a connection's SYNs."""
    told = [d.observation.mss for d in directions if d.observation is not None and d.observation.mss]
    return min(told, default=None)


def _on_the_wire(share: MemberShare, direction: Direction, segment: int | None) -> int | None:
    o = direction.observation
    if o is None:
        return share.packets
    count = share.packets - o.repeated[share.member]
    for (member, payload, options), records in o.sizes.items():
        if member != share.member:
            continue
        if segment is None:
            if payload > WHOLE_SEGMENT:
                return None
            continue
        count += (-(-payload // max(1, segment - options)) - 1) * records
    return count


def member_wire_packets(team: TeamFacts, streams: Streams) -> dict[int, int | None]:
    """By member; None for aggregates, and where large frames are in streams not listed or their segments are not known."""
    listed = {stream.number for stream in team.streams}
    number = np.repeat(np.arange(len(streams.table)), streams.table["row_count"])
    large: Any = streams.rows["max_payload"] > WHOLE_SEGMENT
    unknown = {
        int(member)
        for member, stream in zip(streams.rows["link"][large].tolist(), number[large].tolist(), strict=True)
        if stream not in listed
    }
    found: dict[int, int | None] = {}
    for one in team.members:
        shares = [x for s in team.streams for d in s.directions for x in d.shares if x.member == one.number]
        counts = [x.wire_packets for x in shares]
        if one.aggregate or one.number in unknown or None in counts:
            found[one.number] = None
        else:
            found[one.number] = one.packets + sum((x.wire_packets or 0) - x.packets for x in shares)
    return found


def large_frames(team: TeamFacts) -> Iterator[Notice]:
    """Members with frames that stand for several packets on the wire."""
    for member in team.team_members:
        shares = [x for s in team.streams for d in s.directions for x in d.shares if x.member == member.number]
        large = [
            (o, x) for s in team.streams for d in s.directions for x in d.shares
            if x.member == member.number and (o := d.observation) is not None
        ]  # fmt: skip
        records = sum(
            count for o, x in large for (number, payload, _), count in o.sizes.items()
            if number == member.number and payload > WHOLE_SEGMENT
        )  # fmt: skip
        extra = sum(
            x.wire_packets - (x.packets - o.repeated[member.number]) for o, x in large if x.wire_packets is not None
        )
        if not records or (not extra and all(x.wire_packets is not None for x in shares)):
            continue
        path = member.captures[0].path if len(member.captures) == 1 else None
        detail = msg("frames are larger than a packet on the wire: {member} was captured before segmentation or after "
                     "coalescing (LSO, TSO, RSC, GRO)", member=member.name)  # fmt: skip
        yield Notice("large_frames", "info", detail, member.name, path, count=records)
