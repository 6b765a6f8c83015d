"""Whether the member that carried a transfer was full, who else was on it, and what the other members had to spare.

The load of a member is that of the first pass: all its frames, over the whole transfer. Its speed is what was given or what
the capture says of the interface; it is never taken from the traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flowmap.team.throughput import SIDES
from flowmap.verdict.facts import Direction, MemberShare, StreamFacts, TeamFacts

__all__ = ["Fullness", "fullness", "main_share"]

Array = np.ndarray[Any, Any]

_FRAME_GAP = 24
"""Of each frame on the wire captures do not have: preamble 8, frame check sequence 4, gap 12 bytes (IEEE 802.3)."""
_LEAST_FRAME = 60
_BIN_NS = 100_000_000
_LEAST_BINS = 3
_BUSY = 0.1
_TOO_MUCH = 1.15
_MOSTLY = 0.8
_SEEN = 0.9
"""Of many MAC addresses the load is not known by direction: then less than the transfer itself seems to be there."""


@dataclass(frozen=True)
class Fullness:
    """`full_share`: part of the busy bins in which the member was full; None where its speed is not known.

    `faster`: it carried more than its stated speed allows. `idle_bps`: by other member, what it had to spare in the full bins.
    """

    member: int
    speed_bps: int | None
    load_bps: int
    full_share: float | None
    own_share: float
    concurrent: int
    faster: bool = False
    idle_bps: dict[int, int] = field(default_factory=dict)


def main_share(direction: Direction) -> MemberShare | None:
    """The member that carried most of it, None where several did."""
    whole = sum(share.payload_bytes for share in direction.shares)
    most = max(direction.shares, key=lambda share: share.payload_bytes, default=None)
    if most is None or most.payload_bytes < _MOSTLY * whole or direction.placed.placement == "sprayed":
        return None
    return most


def fullness(team: TeamFacts, streams: Sequence[StreamFacts]) -> Fullness | None:
    """Of streams that mainly used one member, in the time from the first of them to the last; None where that is not so, or the
    time is too short, or it is not known which frames the host sent."""
    directions = [stream.bulk for stream in streams]
    loads = _same_way(team, directions)
    shares = [main_share(direction) for direction in directions]
    known = [share for share in shares if share is not None and share.first_ns is not None and share.last_ns is not None]
    if loads is None or len(known) < len(shares) or len({s.member for s in known}) != 1:
        return None
    member = known[0].member
    first, last = min(s.first_ns or 0 for s in known), max(s.last_ns or 0 for s in known)
    bins = _bins(team, member, first, last)
    if bins is None:
        return None
    begin, count, width = bins
    rates = _grouped(loads[member], begin, count, width) * 8e9 / (width * _width(team))
    busy = rates > _BUSY * rates.max(initial=0)
    own = sum(share.wire_bytes for share in known)
    all_bytes = _total(team, loads[member], member, first, last)
    if all_bytes < _SEEN * own:
        return None
    speed = team.speed_of(member)
    found = Fullness(
        member, speed, int(np.median(rates[busy])) if busy.any() else 0, None, min(1.0, own / max(1, all_bytes)),
        _concurrent(team, member, first, last, directions[0].side),
    )  # fmt: skip
    if speed is None or not busy.any():
        return found
    used = rates * _on_the_wire(directions, known) / speed
    full = busy & (used >= team.settings.thresholds.limit_full)
    idle = {
        other.number: _spare(team, loads, member, other.number, bins, full)
        for other in team.team_members
        if other.number != member and team.speed_of(other.number)
    }
    return Fullness(
        member, speed, found.load_bps, float(full.sum() / busy.sum()), found.own_share, found.concurrent,
        bool((used[busy] > _TOO_MUCH).mean() > _BUSY), idle if full.any() else {},
    )  # fmt: skip


def _same_way(team: TeamFacts, directions: Sequence[Direction]) -> Array | None:
    """(members, bins) bytes that go the way that these directions go: from the host, or to it. Where it is not known which end
    is the host, what comes from the MAC of the sender or goes to that of the receiver, whichever is more."""
    load, sides = team.load, {direction.side for direction in directions}
    if load is None or len(sides) != 1:
        return None
    side = sides.pop()
    if side != "unknown":
        known: Array = load.wire[:, SIDES.index(side)]
        return known
    senders, receivers = (frozenset(d.macs[end] for d in directions if d.macs[end]) for end in (0, 1))
    if not senders or not receivers or senders & receivers:
        return None
    more: Array = np.maximum(load.of_macs(senders)[:, SIDES.index("tx")], load.of_macs(receivers)[:, SIDES.index("rx")])
    return more


def _width(team: TeamFacts) -> int:
    return team.load.width_ns if team.load is not None else 1


def _bins(team: TeamFacts, member: int, first_ns: int, last_ns: int) -> tuple[int, int, int] | None:
    """(first bin, number of groups, bins to a group) wholly within the transfer, by the member's clock."""
    begin, end = _place(team, member, first_ns) + 1, _place(team, member, last_ns)
    group = max(1, min(-(-_BIN_NS // _width(team)), (end - begin) // _LEAST_BINS))
    count = (end - begin) // group
    return (begin, count, group) if count >= _LEAST_BINS else None


def _place(team: TeamFacts, member: int, true_ns: int) -> int:
    """The bin of a time of the reference clock."""
    start = team.load.start_ns if team.load is not None else 0
    return (team.member_time(member, true_ns) - start) // _width(team)


def _grouped(row: Array, begin: int, count: int, group: int) -> Array:
    """(count,) bytes of groups of bins of a member; bins beyond the grid are empty."""
    wanted = np.arange(begin, begin + count * group)
    inside = (wanted >= 0) & (wanted < len(row))
    values = np.where(inside, row[np.clip(wanted, 0, len(row) - 1)], 0).astype(np.float64)
    grouped: Array = values.reshape(count, group).sum(axis=1)
    return grouped


def _total(team: TeamFacts, row: Array, member: int, first_ns: int, last_ns: int) -> int:
    """All bytes of the bins that the transfer touches."""
    begin, end = _place(team, member, first_ns), _place(team, member, last_ns) + 1
    return int(_grouped(row, begin, 1, end - begin).sum())


def _on_the_wire(directions: Sequence[Direction], shares: Sequence[MemberShare]) -> float:
    """Bits on the wire for each bit that is in a capture: what frames of the transfer's size take besides."""
    wire = sum(share.wire_bytes for share in shares)
    packets = sum(share.wire_packets or share.packets for share in shares)
    frame = max(_LEAST_FRAME, wire / max(1, packets))
    return (frame + _FRAME_GAP) / frame


def _spare(
    team: TeamFacts, loads: Array, member: int, other: int, bins: tuple[int, int, int], full: Array
) -> int:
    """What `other` had to spare while `member` was full, on the average."""
    begin, count, group = bins
    at = (team.load.start_ns if team.load is not None else 0) + begin * _width(team)
    apart = team.member_time(other, team.true_time(member, at)) - at
    rates = _grouped(loads[other], begin + round(apart / _width(team)), count, group) * 8e9 / (group * _width(team))
    return max(0, int((team.speed_of(other) or 0) - (rates[full].mean() if full.any() else 0)))


def _concurrent(team: TeamFacts, member: int, first_ns: int, last_ns: int, side: str) -> int:
    """Bulk streams that the member carried in that direction in that time."""
    least = team.settings.thresholds.bulk_min_bytes
    count = 0
    for stream in team.streams:
        d = stream.bulk
        if d.payload_bytes < least or d.side != side or stream.last_ns < first_ns or stream.first_ns > last_ns:
            continue
        share = main_share(d)
        count += share is not None and share.member == member
    return count
