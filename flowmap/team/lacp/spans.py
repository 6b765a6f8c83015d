"""Sets of instants as lists of (start_ns, end_ns)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import TypeVar

__all__ = ["Span", "beside", "overlaps", "union"]

Name = TypeVar("Name")

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


def beside(spans: Mapping[Name, Span]) -> Iterator[tuple[Name, list[int]]]:
    """Yield each span's name, ascending, with how far it is from those that begin before and after it; below 0: they overlap.

    >>> list(beside({"c": (20, 25), "a": (0, 9), "b": (4, 12)}))
    [('a', [-5]), ('b', [-5, 8]), ('c', [8])]
    """
    in_order, ended = sorted(spans, key=lambda name: spans[name]), None
    for name, following in zip_longest(in_order, in_order[1:]):
        start, end = spans[name]
        gaps = [] if ended is None else [start - ended]
        if following is not None:
            gaps.append(spans[following][0] - end)
        yield name, gaps
        ended = end if ended is None else max(ended, end)
