"""What evenness chance alone gives: the numbers beside which a seen balance is read.

The null model is that of `chance`: K units fall independently and uniformly on n members. Counts are exact while there
are few outcomes; loads (bytes of each unit) are laid out in every way while these are few, else drawn with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.statistics import quantiles
from flowmap.verdict.chance.probability import MAX_OUTCOMES

__all__ = ["Evenness", "expected_evenness", "largest_count", "mean_largest"]

_EVERY_WAY = 1 << 16
_DRAWS = 20_000
_COUNTED = 60
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Evenness:
    """Quantiles (5 %, 50 %, 95 %) by chance of Jain's index and of the busiest member's share; `exact`: of every way."""

    jain: tuple[float, float, float]
    largest_share: tuple[float, float, float]
    exact: bool


def largest_count(total: int, members: int) -> list[float]:
    """Return P(the busiest of `members` gets exactly m of `total` units) for m = 0 ... total; sums to 1.

    >>> largest_count(4, 2)
    [0.0, 0.0, 0.375, 0.5, 0.125]
    """
    if members < 1 or total < 0:
        raise ValueError(f"no distribution of {total} units on {members} members")
    if comb(total + members - 1, members - 1) > MAX_OUTCOMES:
        return _drawn_counts(total, members)
    ways = [_ways_up_to(total, members, most) for most in range(total + 1)]
    return [(more - less) / members**total for more, less in zip(ways, [0, *ways], strict=False)]


def mean_largest(total: int, members: int) -> float:
    """Return how many units the busiest member gets on average; drawn, where there are many.

    >>> mean_largest(4, 2)
    2.75
    """
    shares = largest_count(total, members) if total <= _COUNTED else _drawn_counts(total, members)
    return sum(count * p for count, p in enumerate(shares))


def _ways_up_to(total: int, members: int, most: int) -> int:
    """Return in how many of the members^total ways no member gets more than `most`."""
    ways = [1] + [0] * total
    for _ in range(members):
        ways = [sum(ways[rest - k] * comb(rest, k) for k in range(min(most, rest) + 1)) for rest in range(total + 1)]
    return ways[total]


def _drawn_counts(total: int, members: int) -> list[float]:
    random = np.random.default_rng(_SEED)
    largest = random.multinomial(total, np.full(members, 1.0 / members), size=_DRAWS).max(axis=1)
    shares: list[float] = (np.bincount(largest, minlength=total + 1) / _DRAWS).tolist()
    return shares


def expected_evenness(loads: Sequence[int], members: int) -> Evenness | None:
    """Return how even these units' loads come to lie by chance; None without load or for one member.

    >>> expected_evenness([1, 1], 2).largest_share
    (0.5, 0.75, 1.0)
    """
    weights = np.array([load for load in loads if load > 0], dtype=float)
    if not len(weights) or members < 2:
        return None
    exact = members ** min(len(weights), 64) <= _EVERY_WAY
    if exact:
        every = np.indices((members,) * len(weights)).reshape(len(weights), -1).T
    else:
        every = np.random.default_rng(_SEED).integers(members, size=(_DRAWS, len(weights)))
    sums = np.stack([(weights * (every == member)).sum(axis=1) for member in range(members)], axis=1)
    jain = sums.sum(axis=1) ** 2 / (members * (sums**2).sum(axis=1))
    share = sums.max(axis=1) / weights.sum()
    return Evenness(_quantiles(jain), _quantiles(share), exact)


def _quantiles(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = quantiles(values, (0.05, 0.5, 0.95))
    return low, middle, high
