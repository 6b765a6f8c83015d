"""Sets of instants as lists of (start_ns, end_ns)."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Span", "overlaps", "union"]

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same instants as disjoint spans, ascending; spans that touch are joined.

    >>> union([(5, 9), (0, 2), (2, 3), (6, 7)])
    [(0, 3), (5, 9)]
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def overlaps(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """Return the instants of both, as spans of some length; disjoint where each side is.

    >>> overlaps([(0, 4), (6, 9)], [(3, 7), (9, 10)])
    [(3, 4), (6, 7)]
    """
    others = list(other)
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in others]
    return [(start, end) for start, end in found if start < end]
