"""How likely chance alone puts keys on members as unevenly as seen.

The null model: K keys (hosts or streams, never packets or bytes) fall independently and uniformly on n members. The
test is the exact multinomial one: the sum of the probabilities of all outcomes that are no likelier than the observed
one, computed in integers, so that ties are ties. Where there are too many outcomes it is estimated with a fixed seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import comb, exp, factorial, fsum, lgamma, log, perm, prod

from flowmap.dataclass import dataclass
from flowmap.message import Message, msg

__all__ = ["ALPHA", "MAX_OUTCOMES", "ChanceResult", "all_on_one", "one_in", "p_value", "smallest_failing_total"]

ALPHA = Fraction(1, 100)
"""Below this probability an uneven spread is no longer put down to chance."""

MAX_OUTCOMES = 10**6
"""More outcomes than this are sampled instead of summed."""

_INTEGER_TOTAL = 200
"""Up to this many keys the sum is made of integers, beyond it of logarithms (equal to 12 digits, and not slow)."""

_SEED = 20260101
_DRAWS = 200_000
_CHUNK, _LEAST_DRAWS = 20_000, 2_000
_CHUNK_CELLS, _MOST_CELLS = 2_000_000, 60_000_000
"""Numbers drawn at a time, and in all: with more than 300 members, which no team has, there are fewer draws."""


@dataclass(frozen=True, slots=True)
class ChanceResult:
    """`p` as a float; `outcomes` = C(K+n-1, n-1), the number of count vectors; `exact` False where p was sampled."""

    p: float
    exact: bool
    outcomes: int


def p_value(counts: Sequence[int]) -> ChanceResult:
    """Return the probability that chance makes counts no likelier than these.

    counts: keys on each usable member, zeros of idle members included; their number is n, their sum is K.
    Exact up to MAX_OUTCOMES outcomes, else by sampling with a fixed seed (standard error at p = 0.01 with up to
    300 members: 0.0002).
    Raises ValueError on no members or a negative count.

    >>> p_value([1, 3]).p
    0.625
    >>> round(p_value([5, 0, 1]).p, 4)
    0.0535
    """
    n, total = len(counts), sum(counts)
    if n == 0 or min(counts) < 0:
        raise ValueError(f"counts must be non-negative, one for each member: {list(counts)}")
    outcomes = comb(total + n - 1, n - 1)
    if outcomes > MAX_OUTCOMES:
        return ChanceResult(_sampled(counts), False, outcomes)
    p = float(_exact(counts)) if total <= _INTEGER_TOTAL else _summed(counts)
    return ChanceResult(p, True, outcomes)


def _exact(counts: Sequence[int]) -> Fraction:
    """Return the sum over partitions of K into at most n parts: all orderings of a partition are equally likely."""
    n, total = len(counts), sum(counts)
    ways = factorial(total)
    observed = ways // prod(factorial(count) for count in counts)
    hits = 0
    for parts in _partitions(total, n, total):
        likelihood = ways // prod(factorial(part) for part in parts)
        if likelihood <= observed:
            hits += likelihood * _orderings(parts, n)
    return Fraction(hits, n**total)


def _summed(counts: Sequence[int]) -> float:
    """Return the same sum in logarithms, for totals whose factorials have thousands of digits."""
    n, total = len(counts), sum(counts)
    logs = [lgamma(count + 1) for count in range(total + 1)]
    least = _least_log(counts, logs)
    everything = logs[total] - total * log(n)
    hits = []
    for parts in _partitions(total, n, total):
        product = fsum(logs[part] for part in parts)
        if product >= least:
            hits.append(exp(everything - product) * _orderings(parts, n))
    return min(1.0, fsum(hits))


def _least_log(counts: Sequence[int], logs: Sequence[float]) -> float:
    """Return the log of the product of factorials from which outcomes are no likelier than the observed one.

    The margin keeps ties ties: far above lgamma's rounding, far below the 1/K by which unequal neighbours differ.
    """
    observed = fsum(logs[count] for count in counts)
    return observed - 1e-9 - 1e-13 * observed


def _partitions(total: int, parts: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Yield ways to write `total` as a non-increasing sum of at most `parts` positive numbers <= `largest`."""
    if total == 0:
        yield ()
    elif parts == 2:  # without a generator in each: of ten thousand partitions this takes half the time
        for first in range(min(total, largest), (total - 1) // 2, -1):
            yield (first, total - first) if first < total else (first,)
    elif parts > 0:
        for first in range(min(total, largest), 0, -1):
            if first * parts < total:
                return
            for rest in _partitions(total - first, parts - 1, first):
                yield (first, *rest)


def _orderings(parts: tuple[int, ...], n: int) -> int:
    """Return in how many ways the parts, filled up with zeros, can be laid on n members."""
    if len(set(parts)) == len(parts):
        return perm(n, len(parts))
    repeats = [*Counter(parts).values(), n - len(parts)]
    return factorial(n) // prod(factorial(repeat) for repeat in repeats)


def _sampled(counts: Sequence[int]) -> float:
    """Estimate by drawing; the observed outcome counts as one draw, so the answer is never 0."""
    import numpy as np

    n, total = len(counts), sum(counts)
    logs = [lgamma(count + 1) for count in range(total + 1)]
    least = _least_log(counts, logs)
    table = np.array(logs)
    random = np.random.default_rng(_SEED)
    share = np.full(n, 1.0 / n)
    draws, hits = min(_DRAWS, max(_MOST_CELLS // n, _LEAST_DRAWS)), 0
    size = max(1, min(_CHUNK, _CHUNK_CELLS // n))
    for begin in range(0, draws, size):
        drawn = table[random.multinomial(total, share, size=min(size, draws - begin))].sum(axis=1)
        hits += int(np.count_nonzero(drawn >= least))
    return (hits + 1) / (draws + 1)


def all_on_one(keys: int, members: int) -> Fraction:
    """Return the probability that all keys fall on one member, whichever: n^(1-K); 1 where there is no key.

    >>> all_on_one(4, 2)
    Fraction(1, 8)
    """
    return Fraction(1, members ** max(0, keys - 1))


def smallest_failing_total(members: int, alpha: Fraction = ALPHA) -> int | None:
    """Return least K at which some outcome (all keys on one member) has p < alpha; None for fewer than two members.

    >>> [smallest_failing_total(n) for n in (2, 3, 4)]
    [8, 6, 5]
    """
    if members < 2:
        return None
    keys = 1
    while all_on_one(keys, members) >= alpha:
        keys += 1
    return keys


def one_in(p: float) -> Message:
    """Return a probability in words that a reader can picture.

    >>> one_in(0.125), one_in(0.625), one_in(1.0)
    ('1 time in 8', '6 times in 10', 'every time')
    """
    if p >= 0.995:
        return msg("every time")
    if p < 1e-6:
        return msg("less than 1 time in a million")
    if p > 0.95:
        return msg("{times} times in 100", times=round(p * 100))
    nearest = round(1 / p)
    if nearest >= 4 or abs(1 / p - nearest) < 0.01:
        return msg("1 time in {times:,}", times=nearest)
    return msg("{times} times in 10", times=min(9, round(p * 10)))
