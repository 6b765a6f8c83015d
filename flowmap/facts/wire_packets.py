"""Counts packets on the wire: a record of a host with segmentation offload may stand for several.

Such a host records large frames before they are cut or after they were joined, and each stands for ceil(payload / segment)
packets. A segment is what the smaller MSS of both SYNs leaves beside the TCP options of the frame (RFC 6691); without a SYN the
largest segment that came in the other direction, else the largest that the teamed host received from any peer, if an Ethernet
frame can hold it. Otherwise the number is not known. Records of one packet at several layers are one packet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from flowmap.facts.model import Direction, MemberShare, Recorded, StreamFacts, TeamFacts
from flowmap.flow.sequence.records import LARGE_PAYLOAD
from flowmap.flow.streams.grouping import distinct
from flowmap.flow.streams.stream import Streams
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.team.members import TeamMember

__all__ = ["count_wire_packets", "large_frames", "member_wire_packets"]

_LEAST, _MOST = 536, 9000 - 40
"""A segment's bounds where no SYN tells it: the default MSS of RFC 9293, and what fits into a jumbo frame."""


def count_wire_packets(found: Sequence[StreamFacts], streams: Streams) -> list[StreamFacts]:
    """Return the listed streams with `wire_packets` in the shares of each direction whose records may not be packets."""
    largest = streams.largest_payload([stream.number for stream in found]).tolist()
    received = [
        own[side]
        for stream, own in zip(found, largest, strict=True)
        for side, d in enumerate(stream.directions)
        if d.side == "rx" and _LEAST <= own[side] <= _MOST
    ]
    by_anybody = max(received, default=None)
    return [_counted(stream, own, by_anybody) for stream, own in zip(found, largest, strict=True)]


def _counted(stream: StreamFacts, largest: Sequence[int], by_anybody: int | None) -> StreamFacts:
    """Return the stream with the packets that its records stand for; where each record is a packet it is returned as it is."""
    if all(direction.recorded is None for direction in stream.directions):
        return stream
    announced = _announced(stream.directions)
    directions = []
    for side, direction in enumerate(stream.directions):
        if (recorded := direction.recorded) is not None:
            segment = announced
            if segment is None:
                segment = largest[1 - side] if _LEAST <= largest[1 - side] <= _MOST else by_anybody
            shares = [share._replace(wire_packets=_on_the_wire(share, recorded, segment)) for share in direction.shares]
            direction = direction.with_shares(shares)
        directions.append(direction)
    return stream.with_directions(directions)


def _announced(directions: Sequence[Direction]) -> int | None:
    """Return the smaller MSS of a connection's SYNs."""
    return min((d.recorded.mss for d in directions if d.recorded is not None and d.recorded.mss), default=None)


def _on_the_wire(share: MemberShare, o: Recorded, segment: int | None) -> int | None:
    count = share.packets - o.repeated[share.member]
    for (member, payload, options), records in o.sizes.items():
        if member != share.member:
            continue
        if segment is None:
            if payload > LARGE_PAYLOAD:
                return None
            continue
        count += (-(-payload // max(1, segment - options)) - 1) * records
    return count


def member_wire_packets(
    members: Sequence[TeamMember], found: Sequence[StreamFacts], streams: Streams
) -> dict[int, int | None]:
    """Return packets on the wire by member; None where that is not known.

    It is not known for aggregates, and where large frames are in streams not listed or their segments are not known.
    """
    large = np.flatnonzero(streams.rows["max_payload"] > LARGE_PAYLOAD)
    listed = np.isin(large, streams.rows_of_all([stream.number for stream in found])[0])
    unknown = set(distinct(streams.rows["link"][large[~listed]]).tolist())
    more = dict.fromkeys((one.number for one in members), 0)
    for stream in found:
        for direction in stream.directions:
            for share in direction.shares:
                if share.wire_packets is None:
                    unknown.add(share.member)
                else:
                    more[share.member] += share.wire_packets - share.packets
    return {
        one.number: None if one.aggregate or one.number in unknown else one.packets + more[one.number]
        for one in members
    }


def large_frames(team: TeamFacts) -> Iterator[Notice]:
    """Yield members with frames that stand for several packets on the wire."""
    records, extra, unknown = Counter[int](), Counter[int](), set()
    seen = [(o, d.shares) for s in team.streams for d in s.directions if (o := d.recorded) is not None]
    for o, share in ((o, share) for o, shares in seen for share in shares):
        records[share.member] += _large_records(o, share.member)
        if share.wire_packets is None:
            unknown.add(share.member)
        else:
            extra[share.member] += share.wire_packets - (share.packets - o.repeated[share.member])
    for member in team.team_members:
        if not records[member.number] or (not extra[member.number] and member.number not in unknown):
            continue
        path = member.captures[0].path if len(member.captures) == 1 else None
        detail = msg(
            "frames are larger than a packet on the wire: {member} was captured before segmentation or after "
            "coalescing (LSO, TSO, RSC, GRO)",
            member=member.name,
        )
        yield Notice("large_frames", detail, member.name, path, count=records[member.number])


def _large_records(o: Recorded, member: int) -> int:
    return sum(n for (number, payload, _), n in o.sizes.items() if number == member and payload > LARGE_PAYLOAD)
