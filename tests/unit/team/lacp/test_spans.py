"""Sets of instants: each result holds exactly the instants that the definition names, counted one by one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flowmap.team.lacp.spans import beside, overlaps, union

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: (min(pair), max(pair))), max_size=6)


def instants(spans: list[tuple[int, int]]) -> set[int]:
    """[start, end): the unit steps that lie in them."""
    return {at for start, end in spans for at in range(start, end)}


@given(SPANS)
def test_a_union_has_the_same_instants_apart_from_each_other(spans: list[tuple[int, int]]) -> None:
    joined = union(spans)
    assert instants(joined) == instants(spans)
    assert all(before[1] < after[0] for before, after in pairwise(joined))


@given(SPANS, SPANS)
def test_an_overlap_has_the_instants_of_both(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    found = overlaps(union(one), union(other))
    assert instants(found) == instants(one) & instants(other)
    assert all(start < end for start, end in found)
    assert sum(end - start for start, end in found) == len(instants(found))  # no instant twice


@given(SPANS)
def test_who_is_apart_is_as_far_from_all_others(spans: list[tuple[int, int]]) -> None:
    found = dict(beside(dict(enumerate(spans))))
    for number, (start, end) in enumerate(spans):
        others = [max(a - end, start - b) for other, (a, b) in enumerate(spans) if other != number]
        assert bool(found[number]) == bool(others)
        if others:
            assert max(0, min(found[number])) == max(0, min(others))
