"""When a member was full while others idled: over which time, which one, how full, and what the others carried.

As probes of a running network do it (Apstra's "LAG imbalance"), there are a threshold and a duration: a second counts where
a member carries at least `imbalance_full` of what its speed allows in one direction, and another one that could have been used
at most `imbalance_idle`; seconds in a row that last `imbalance_seconds` are told. Nothing is told of a team where no member was
full, however uneven: speed that is not missed is no trouble. Nor where no speed is known, or it is not known which
frames the host
sent: a link carries its speed in each direction.

Rejected: the deviation of all members from their mean, as Apstra has it, because it calls a nearly idle team unbalanced; and
the shares of a whole run, which hide ten full seconds in an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.team.throughput import SIDES
from flowmap.words import Way

__all__ = ["FullSpan", "full_spans", "is_measurable"]

Array = np.ndarray[Any, Any]
_SECOND = 10**9
_FRAME_GAP = 24
"""Of each frame on the wire captures do not have: preamble 8, frame check sequence 4, gap 12 bytes (IEEE 802.3)."""
_MOST = 1000
"""Spans: at most this many are kept of a month, the longest."""


@dataclass(frozen=True)
class FullSpan:
    """A time in which a member was full while others idled, by its own clock.

    `used`: part of its speed on the average; `idle_bps`: by other member what that carried, of those that idled through
    most of it.
    """

    side: Way
    member: int
    first_ns: int
    last_ns: int
    used: float
    load_bps: int
    speed_bps: int
    idle_bps: dict[int, int]


def is_measurable(team: TeamFacts) -> bool:
    """Return whether a full member would show: a speed is known, and in which direction frames went."""
    return team.load is not None and any(
        team.speed_of(member.number) and team.load.wire[member.number, 1:].any() for member in team.team_members
    )


def full_spans(team: TeamFacts, members: Sequence[int]) -> list[FullSpan]:
    """Return all such times of these members, which could have been used, in order."""
    if team.load is None or team.two_hosts or not team.load.wire.size:
        return []
    group = max(1, _SECOND // team.load.width_ns)
    rates = {(m, side): _rates(team, m, side, group) for m in members for side in ("tx", "rx")}
    found = [span for m in members for side in ("tx", "rx") for span in _of_member(team, rates, m, side, group)]
    longest = sorted(found, key=lambda span: span.first_ns - span.last_ns)[:_MOST]
    return sorted(longest, key=lambda span: (span.first_ns, span.member, span.side))


def _rates(team: TeamFacts, member: int, side: str, group: int) -> Array:
    """Return (seconds,) bits a second on the wire; NaN where the member's capture had not begun or had ended."""
    assert team.load is not None
    own, width = team.members[member], team.load.width_ns
    row = team.load.wire[member, SIDES.index(side)].astype(np.float64)
    count = -(-len(row) // group)
    row = np.pad(row, (0, count * group - len(row))).reshape(count, group).sum(axis=1)
    frame = max(60.0, own.wire_bytes / max(1, own.packets))
    rates: Array = row * 8e9 / (group * width) * (frame + _FRAME_GAP) / frame
    if own.first_ns is None or own.last_ns is None:
        return np.full(count, np.nan)
    at = team.load.start_ns + np.arange(count) * group * width
    rates[(at + group * width <= own.first_ns) | (at > own.last_ns)] = np.nan
    return rates


def _of_member(
    team: TeamFacts, rates: dict[tuple[int, str], Array], member: int, side: Way, group: int
) -> Iterator[FullSpan]:
    speed, limits = team.speed_of(member), team.settings.thresholds
    if not speed or team.load is None:
        return
    used = rates[member, side] / speed
    full = used >= limits.imbalance_full
    if not full.any():
        return
    idle = {
        other: rates[other, side] <= limits.imbalance_idle * own
        for other, where in rates
        if where == side and other != member and (own := team.speed_of(other) or speed)
    }
    if not idle:
        return
    counts = full & np.any(list(idle.values()), axis=0)
    step = group * team.load.width_ns
    for first, last in _runs(counts):
        if (last - first) * step < limits.imbalance_seconds * _SECOND:
            continue
        mostly = [other for other, mask in idle.items() if mask[first:last].mean() > 0.5]
        others = {other: int(rates[other, side][first:last].mean()) for other in mostly}
        mean = float(used[first:last].mean())
        start = team.load.start_ns + first * step
        yield FullSpan(side, member, start, start + (last - first) * step, mean, int(mean * speed), speed, others)


def _runs(mask: Array) -> Iterator[tuple[int, int]]:
    """Yield (first, behind the last) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
