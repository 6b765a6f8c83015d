"""Whether the member that carried a transfer was full, who else was on it, and what the other members had to spare.

The load of a member is that of the first pass: all its frames, over the whole transfer. Its speed is what was given or what
the capture says of the interface; it is never taken from the traffic.

Where no speed is known a member may still be full by evidence: it ran at one level, flat, whether one bulk stream was on it
or several. Senders that pace themselves make two levels of it, for each brings its own rate. The level is told as what was
seen, not as a speed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, MemberShare, Side, StreamFacts, TeamFacts
from flowmap.flow.streams.grouping import distinct
from flowmap.flow.streams.statistics import median
from flowmap.team.throughput import SIDES

__all__ = ["Fullness", "fullness", "main_share"]

Array = np.ndarray[Any, Any]
Key = TypeVar("Key")

_FRAME_GAP = 24
"""Of each frame on the wire captures do not have: preamble 8, frame check sequence 4, gap 12 bytes (IEEE 802.3)."""
_LEAST_FRAME = 60
_BIN_NS = 100_000_000
_LEAST_BINS = 3
_BUSY = 0.1
_TOO_MUCH = 1.15
_MOSTLY = 0.8
_FLAT, _FLAT_BINS = 0.05, 0.9
"""How far a bin may be off the level, and which share of the bins has to keep to it."""
_LEVEL_BINS = 5
"""Bins with one stream, and as many with another number of streams: half a second of each."""
_SEEN = 0.9
"""Of many MAC addresses the load is not known by direction: then less than the transfer itself seems to be there."""


@dataclass(frozen=True)
class Fullness:
    """`full_share`: part of the busy bins in which the member was full; None where its speed is not known.

    `by_evidence`: no speed is known, and it ran flat at `load_bps`. `faster`: it carried more than its stated speed allows.
    `idle_bps`: by other member, what it had to spare in the full bins; by evidence, of those that were idle: what the full one
    carried they can too, as members of an aggregate have one speed (IEEE 802.1AX, 6.1).
    """

    member: int
    speed_bps: int | None
    load_bps: int
    full_share: float | None
    own_share: float
    concurrent: int
    faster: bool = False
    by_evidence: bool = False
    idle_bps: dict[int, int] = field(default_factory=dict)


def main_share(direction: Direction) -> MemberShare | None:
    """Return the member that carried most of it, None where several did."""
    whole = sum(share.payload_bytes for share in direction.shares)
    most = max(direction.shares, key=lambda share: share.payload_bytes, default=None)
    if most is None or most.payload_bytes < _MOSTLY * whole or direction.placed.placement == "sprayed":
        return None
    return most


def fullness(team: TeamFacts, streams: Sequence[StreamFacts]) -> Fullness | None:
    """Return how full the member was that these streams mainly used; None where its loads or times are not known."""
    directions = [stream.bulk for stream in streams]
    loads, shares = _same_way(team, directions), [main_share(direction) for direction in directions]
    known = [
        share for share in shares if share is not None and share.first_ns is not None and share.last_ns is not None
    ]
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
        member,
        speed,
        int(median(rates[busy])) if busy.any() else 0,
        None,
        min(1.0, own / max(1, all_bytes)),
        _concurrent(team, member, first, last, directions[0].side),
    )
    if speed is None and busy.any() and (level := _level(team, loads[member], member, directions)):
        full = busy & _keeps_to(level, rates)
        spare = {
            other.number: _spare(team, loads, other.number, _WhileFull(member, bins, full), round(level))
            for other in team.team_members
            if other.number != member
        }
        idle = {other: bps for other, bps in spare.items() if bps >= (1 - _BUSY) * level}
        share = float(_keeps_to(level, rates[busy]).mean())
        return replace(found, full_share=share, by_evidence=True, idle_bps=idle if full.any() else {})
    if speed is None or not busy.any():
        return found
    used = rates * _on_the_wire(directions, known) / speed
    full = busy & (used >= team.settings.thresholds.limit_full)
    idle = {
        other.number: _spare(team, loads, other.number, _WhileFull(member, bins, full), own_speed)
        for other in team.team_members
        if other.number != member and (own_speed := team.speed_of(other.number))
    }
    return Fullness(
        member,
        speed,
        found.load_bps,
        float(full.sum() / busy.sum()),
        found.own_share,
        found.concurrent,
        bool((used[busy] > _TOO_MUCH).mean() > _BUSY),
        idle_bps=idle if full.any() else {},
    )


def _level(team: TeamFacts, row: Array, member: int, directions: Sequence[Direction]) -> float | None:
    """Return the evident level, found once for a member and direction.

    With the host unknown each pair of MACs has its own loads.
    """
    side = directions[0].side
    if side != "unknown":
        return _found_once(team.flat_levels, (member, side), lambda: _evident_level(team, row, member, side))
    ends = _ends(directions)
    return _found_once(team.levels_between, (member, *ends), lambda: _evident_level(team, row, member, side))


def _found_once(found: dict[Key, float | None], key: Key, find: Callable[[], float | None]) -> float | None:
    if key not in found:
        found[key] = find()
    return found[key]


def _evident_level(team: TeamFacts, row: Array, member: int, side: Side) -> float | None:
    """Return the bit/s that the member kept to with different numbers of bulk streams on it, or None.

    None where it did not, or always had the same number of them; measured from the first of these streams to the last.
    """
    if (member, side) not in team.bulk_in_bins:
        team.bulk_in_bins[member, side] = _bulk_in_bins(team, member, side)
    found = team.bulk_in_bins[member, side]
    if found is None:
        return None
    bins, number = found
    rates = _grouped(row, *bins) * 8e9 / (bins[2] * _width(team))
    used = number > 0
    level = median(rates[used]) if used.any() else 0.0
    if _keeps_to(level, rates[used]).sum() < max(1.0, _FLAT_BINS * used.sum()):
        return None
    levels = [
        median(rates[at]) for count in distinct(number[used]).tolist() if (at := number == count).sum() >= _LEVEL_BINS
    ]
    return level if len(levels) > 1 and all(_keeps_to(level, np.array(levels))) else None


def _bulk_in_bins(team: TeamFacts, member: int, side: Side) -> tuple[tuple[int, int, int], Array] | None:
    """Return the bins from the first bulk stream to the last and how many of them were in each; None for fewer than two.

    It looks at every stream, so it is asked once for a member and direction.
    """
    shares = list(_bulk_shares(team, member, side))
    first, last = min(s.first_ns or 0 for s in shares), max(s.last_ns or 0 for s in shares)
    bins = _bins(team, member, first, last) if len(shares) > 1 else None
    return None if bins is None else (bins, _streams_by_bin(team, member, shares, bins))


def _keeps_to(level: float, rates: Array) -> Array:
    kept: Array = np.abs(rates - level) <= _FLAT * level
    return kept


def _streams_by_bin(team: TeamFacts, member: int, shares: Sequence[MemberShare], bins: tuple[int, int, int]) -> Array:
    """Return (count,) how many of these the member carried through the whole of each bin; -1 where one began or ended in it."""
    begin, count, group = bins
    number = np.zeros(count, dtype=np.int64)
    edges = np.zeros(count, dtype=bool)
    for share in shares:
        first, last = ((_place(team, member, ts_ns or 0) - begin) // group for ts_ns in (share.first_ns, share.last_ns))
        number[max(0, first) : max(0, min(count, last + 1))] += 1
        for at in (first, last):
            if 0 <= at < count:
                edges[at] = True
    return np.where(edges, -1, number)


def _bulk_shares(team: TeamFacts, member: int, side: Side) -> Iterator[MemberShare]:
    """Yield what bulk streams had on the member that mainly carried them."""
    least = team.settings.thresholds.bulk_min_bytes
    for stream in team.streams:
        d = stream.bulk
        if (
            d.payload_bytes >= least
            and d.side == side
            and (share := main_share(d)) is not None
            and share.member == member
        ):
            yield share


def _same_way(team: TeamFacts, directions: Sequence[Direction]) -> Array | None:
    """Return (members, bins) bytes that go the way that these directions go: from the host, or to it.

    Where it is not known which end is the host, what comes from the MAC of the sender or goes to that of the receiver,
    whichever is more.
    """
    load, sides = team.load, {direction.side for direction in directions}
    if load is None or len(sides) != 1:
        return None
    side = sides.pop()
    if side != "unknown":
        known: Array = load.wire[:, SIDES.index(side)]
        return known
    senders, receivers = _ends(directions)
    if not senders or not receivers or senders & receivers:
        return None
    more: Array = np.maximum(load.of_macs(senders, "tx"), load.of_macs(receivers, "rx"))
    return more


def _ends(directions: Sequence[Direction]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the MACs that these directions come from, and those that they go to."""
    senders, receivers = (frozenset(d.macs[end] for d in directions if d.macs[end]) for end in (0, 1))
    return senders, receivers


def _width(team: TeamFacts) -> int:
    return team.load.width_ns if team.load is not None else 1


def _bins(team: TeamFacts, member: int, first_ns: int, last_ns: int) -> tuple[int, int, int] | None:
    """Return (first bin, number of groups, bins to a group) wholly within the transfer, by the member's clock."""
    begin, end = _place(team, member, first_ns) + 1, _place(team, member, last_ns)
    group = max(1, min(-(-_BIN_NS // _width(team)), (end - begin) // _LEAST_BINS))
    count = (end - begin) // group
    return (begin, count, group) if count >= _LEAST_BINS else None


def _place(team: TeamFacts, member: int, true_ns: int) -> int:
    """Return the bin of a time of the reference clock."""
    start = team.load.start_ns if team.load is not None else 0
    return (team.member_time(member, true_ns) - start) // _width(team)


def _grouped(row: Array, begin: int, count: int, group: int) -> Array:
    """Return (count,) bytes of groups of bins of a member; bins beyond the grid are empty."""
    values = np.zeros(count * group)
    low, high = max(0, begin), min(len(row), begin + count * group)
    if low < high:
        values[low - begin : high - begin] = row[low:high]
    grouped: Array = values.reshape(count, group).sum(axis=1)
    return grouped


def _total(team: TeamFacts, row: Array, member: int, first_ns: int, last_ns: int) -> int:
    """Return all bytes of the bins that the transfer touches."""
    begin, end = _place(team, member, first_ns), _place(team, member, last_ns) + 1
    return int(row[max(0, begin) : max(0, end)].sum())


def _on_the_wire(directions: Sequence[Direction], shares: Sequence[MemberShare]) -> float:
    """Return bits on the wire for each bit that is in a capture: what frames of the transfer's size take besides."""
    wire = sum(share.wire_bytes for share in shares)
    packets = sum(share.wire_packets or share.packets for share in shares)
    frame = max(_LEAST_FRAME, wire / max(1, packets))
    return (frame + _FRAME_GAP) / frame


class _WhileFull(NamedTuple):
    """When a member was full: `full` (count,) says of which of its groups of bins, as `_bins` gives them."""

    member: int
    bins: tuple[int, int, int]
    full: Array


def _spare(team: TeamFacts, loads: Array, other: int, when: _WhileFull, speed_bps: int) -> int:
    """Return what `other`, of this speed, had to spare on the average while the member was full."""
    member, (begin, count, group), full = when
    at = (team.load.start_ns if team.load is not None else 0) + begin * _width(team)
    apart = team.member_time(other, team.true_time(member, at)) - at
    rates = _grouped(loads[other], begin + round(apart / _width(team)), count, group) * 8e9 / (group * _width(team))
    return max(0, int(speed_bps - (rates[full].mean() if full.any() else 0)))


def _concurrent(team: TeamFacts, member: int, first_ns: int, last_ns: int, side: Side) -> int:
    """Count the bulk streams that the member carried in that direction in that time."""
    if not team.bulk_times:
        team.bulk_times.update(_bulk_times(team))
    begins, ends = team.bulk_times[member, side]
    return bisect_right(begins, last_ns) - bisect_left(ends, first_ns)


def _bulk_times(team: TeamFacts) -> dict[tuple[int, Side], tuple[list[int], list[int]]]:
    sides: tuple[Side, ...] = ("tx", "rx", "unknown")
    found: dict[tuple[int, Side], tuple[list[int], list[int]]] = {
        (member.number, side): ([], []) for member in team.members for side in sides
    }
    for stream in team.streams:
        bulk = stream.bulk
        if bulk.payload_bytes >= team.settings.thresholds.bulk_min_bytes and (share := main_share(bulk)) is not None:
            begins, ends = found[share.member, bulk.side]
            begins.append(stream.first_ns)
            ends.append(stream.last_ns)
    for times in found.values():
        for one in times:
            one.sort()
    return found
