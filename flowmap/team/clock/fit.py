"""The arithmetic behind clock.py: thinning constraints, closing bounds, choosing offsets, fitting drift."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowmap.dataclass import dataclass

__all__ = ["Constraints", "Thinned", "fit_drift", "fix_offsets", "shortest_paths", "thin"]

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

MAX_DRIFT = 1e-3
"""Fastest drift looked for, 1000 ppm: ten times what a bad crystal does."""

_SEARCH_STEPS = 100
_SEGMENTS = 64
"""Parts of the time in which clocks are taken not to drift against each other."""
_GRANULARITY_NS = 1000
"""Of the timestamps of captures with microseconds; finer ones lose a microsecond of certainty."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """The tightest constraint of each (member_a, member_b, time segment), as (k,) columns.

    `difference_ns` is t_b - t_a loosened by the granularity, `since_epoch_ns` the time it was seen at; both float64.
    """

    member_a: I64
    member_b: I64
    difference_ns: F64
    since_epoch_ns: F64


class Constraints(NamedTuple):
    """Events of which the one at t_b on b's clock did not truly happen before the one at t_a on a's clock, (m,) columns.

    `member_a`, `member_b`: integers below the number of members; `t_a`, `t_b`: int64 ns; `weight`: those with 0 do not count.
    """

    member_a: npt.NDArray[Any]
    member_b: npt.NDArray[Any]
    t_a: I64
    t_b: I64
    weight: npt.NDArray[Any] | None = None

    def counted(self) -> Constraints:
        """Return those that count."""
        if self.weight is None:
            return self
        used = np.asarray(self.weight) > 0
        return Constraints(self.member_a[used], self.member_b[used], self.t_a[used], self.t_b[used])


def thin(n_members: int, constraints: Constraints, epoch_ns: int) -> Thinned:
    """Keep the least t_b - t_a of each pair and segment; segments are equal parts of the time that t_a spans."""
    member_a, member_b, t_a, t_b, _ = constraints
    if not len(t_a):
        none = np.zeros(0, np.int64)
        return Thinned(none, none, none.astype(float), none.astype(float))
    first = t_a.min()
    width = (t_a.max() - first) // _SEGMENTS + 1
    cell = (member_a.astype(np.int64) * n_members + member_b.astype(np.int64)) * _SEGMENTS + (t_a - first) // width
    difference = t_b - t_a
    least = np.full(n_members * n_members * _SEGMENTS, np.iinfo(np.int64).max)
    np.minimum.at(least, cell, difference)
    (tightest,) = np.nonzero(difference == least[cell])
    cells, at = np.unique(cell[tightest], return_index=True)
    kept = tightest[at]
    pair = cells // _SEGMENTS
    return Thinned(
        pair // n_members,
        pair % n_members,
        (difference[kept] + _GRANULARITY_NS).astype(np.float64),
        (t_a[kept] - epoch_ns).astype(np.float64),
    )


def shortest_paths(bounds: F64) -> tuple[F64, float]:
    """Close (n, n) difference bounds (Floyd-Warshall); also by how much they contradict each other (0: not at all).

    Contradicting bounds are all loosened by the same amount, the least that leaves no negative cycle, and closed then.
    """
    closed = _close(bounds)
    if np.diagonal(closed).min() >= 0:
        return closed, 0.0
    low, high = 0.0, float(-bounds[np.isfinite(bounds)].min()) * 2 + 1.0
    while high - low > 1.0:
        middle = (low + high) / 2
        low, high = (low, middle) if np.diagonal(_close(_loosen(bounds, middle))).min() >= 0 else (middle, high)
    return _close(_loosen(bounds, high)), high


def _loosen(bounds: F64, by: float) -> F64:
    loosened: F64 = bounds + by
    np.fill_diagonal(loosened, 0.0)
    return loosened


def _close(bounds: F64) -> F64:
    closed = bounds.copy()
    for via in range(len(closed)):
        np.minimum(closed, closed[:, via, None] + closed[None, via, :], out=closed)
        if np.diagonal(closed).min() < 0:  # a negative cycle: more rounds would only run away
            break
    return closed


def fix_offsets(paths: F64, reference: int) -> F64:
    """Choose an offset for each member: 0 if it can be, else that of a member before, else the middle of its bounds.

    paths: (n, n) closed, without a negative cycle. Returns (n,) float64 ns; with no bound on one side the other bound.
    """
    offsets = np.zeros(len(paths))
    fixed = [reference]
    for member in (other for other in range(len(paths)) if other != reference):
        high = min(offsets[other] + paths[other, member] for other in fixed)
        low = max(offsets[other] - paths[member, other] for other in fixed)
        possible = [offsets[other] for other in fixed if low <= offsets[other] <= high]
        if possible:
            offsets[member] = possible[0]
        elif np.isfinite(low) and np.isfinite(high):
            offsets[member] = (low + high) / 2
        else:
            offsets[member] = low if np.isfinite(low) else high
        fixed.append(member)
    return offsets


def fit_drift(n_members: int, points: Thinned, reference: int) -> F64:
    """Return the drift of each member against the reference, (n,) float64 ns per ns; 0 where it is not bounded."""
    drift = np.zeros(n_members)
    reached, outside = [reference], set(range(n_members)) - {reference}
    fits = {(a, b): _fit_pair(points, a, b) for a in range(n_members) for b in range(n_members) if a != b}
    while outside:
        edges = [(fits[a, b], a, b) for a in reached for b in sorted(outside)]
        (needs_drift, width, rate), a, b = min(edges, key=lambda edge: (edge[0][:2], edge[1:]))
        if not np.isfinite(width):
            break
        drift[b] = drift[a] + (rate if needs_drift else 0.0)
        reached.append(b)
        outside.remove(b)
    return drift


def _fit_pair(points: Thinned, a: int, b: int) -> tuple[bool, float, float]:
    """Return (whether one constant is impossible, gap left for it in ns, drift of b against a) of one pair.

    A gap of infinity: not bounded from both sides.
    """
    above = (points.member_a == a) & (points.member_b == b)
    below = (points.member_a == b) & (points.member_b == a)
    if not above.any() or not below.any():
        return True, np.inf, 0.0
    upper, upper_at = points.difference_ns[above], points.since_epoch_ns[above]
    lower, lower_at = -points.difference_ns[below], points.since_epoch_ns[below]

    def gap(rate: float) -> float:
        return float((upper - rate * upper_at).min() - (lower - rate * lower_at).max())

    if gap(0.0) >= 0:
        return False, gap(0.0), 0.0
    low, high = -MAX_DRIFT, MAX_DRIFT
    for _ in range(_SEARCH_STEPS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if gap(left) < gap(right) else (low, right)
    rate = (low + high) / 2
    return True, -gap(rate) if gap(rate) < 0 else gap(rate), rate
