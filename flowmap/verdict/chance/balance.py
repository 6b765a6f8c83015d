"""How even a load is over the members: numbers beside the claims, never a verdict.

Loads are per member, idle members included (a team of two with everything on one is as uneven as two can be). With
capacities given, each load is divided by its member's capacity first. A load of nothing is not even: it has no numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, log2, sqrt

from flowmap.dataclass import dataclass

__all__ = [
    "Balance",
    "balance",
    "coefficient_of_variation",
    "entropy",
    "fim",
    "jain",
    "max_over_mean",
    "peak_concurrency",
]


@dataclass(frozen=True, slots=True)
class Balance:
    """The evenness of one direction; None where a number has no meaning (no load, no member, entropy of one member)."""

    jain: float | None
    max_over_mean: float | None
    cov: float | None
    entropy: float | None
    fim: float | None
    peak_concurrency: int | None


def balance(
    loads: Sequence[float],
    flow_counts: Sequence[int] | None = None,
    intervals: Sequence[Iterable[tuple[int, int]]] | None = None,
    capacities: Sequence[float] | None = None,
) -> Balance:
    """Return all numbers of one direction.

    loads: (n,) bytes (or keys) per member. flow_counts: (n,) flows per member, for FIM. intervals: for each member the
    (first_ns, last_ns) of its bulk streams, for the peak concurrency. capacities: (n,) any unit, all positive.
    """
    weighted = list(loads) if capacities is None else [x / c for x, c in zip(loads, capacities, strict=True)]
    peaks = None if intervals is None else [peak_concurrency(one) for one in intervals]
    return Balance(
        jain=jain(weighted),
        max_over_mean=max_over_mean(weighted),
        cov=coefficient_of_variation(weighted),
        entropy=entropy(weighted),
        fim=None if flow_counts is None else fim(flow_counts),
        peak_concurrency=max(peaks) if peaks and max(peaks) else None,
    )


def jain(loads: Sequence[float]) -> float | None:
    """Return Jain's index (sum x)^2 / (n sum x^2): 1/n (all on one) to 1 (even).

    >>> jain([1, 1, 0, 0])
    0.5
    """
    total = fsum(loads)
    return total * total / (len(loads) * fsum(x * x for x in loads)) if total else None


def max_over_mean(loads: Sequence[float]) -> float | None:
    """Return the largest load over the mean: 1 (even) to n; n divided by it is the effective speed-up."""
    total = fsum(loads)
    return max(loads) * len(loads) / total if total else None


def coefficient_of_variation(loads: Sequence[float]) -> float | None:
    """Return the population standard deviation over the mean: 0 (even) to sqrt(n-1)."""
    total = fsum(loads)
    if not total:
        return None
    mean = total / len(loads)
    return sqrt(fsum((x - mean) ** 2 for x in loads) / len(loads)) / mean


def entropy(loads: Sequence[float]) -> float | None:
    """Return the normalised entropy -sum(p log2 p) / log2 n: 0 (all on one) to 1 (even); None for fewer than two members."""
    total = fsum(loads)
    if not total or len(loads) < 2:
        return None
    shares = [x / total for x in loads if x]
    return abs(fsum(p * log2(p) for p in shares)) / log2(len(loads))


def fim(flow_counts: Sequence[int]) -> float | None:
    """Return flow imbalance in percent: mean over members of |f - ideal| / ideal, the ideal being the mean flow count.

    After FlowTracer (arXiv 2410.17078); its exact wording of the formula is unverified.
    """
    total = sum(flow_counts)
    if not total:
        return None
    ideal = total / len(flow_counts)
    return 100 * fsum(abs(f - ideal) for f in flow_counts) / (ideal * len(flow_counts))


def peak_concurrency(intervals: Iterable[tuple[int, int]]) -> int:
    """Return the largest number of (first_ns, last_ns) intervals that hold one instant; both ends belong to an interval.

    >>> peak_concurrency([(0, 5), (5, 9), (6, 7)])
    2
    """
    own = list(intervals)
    ends = sorted([last for _, last in own])
    over = peak = 0
    for begun, first in enumerate(sorted([first for first, _ in own]), start=1):
        while ends[over] < first:
            over += 1
        peak = max(peak, begun - over)
    return peak
