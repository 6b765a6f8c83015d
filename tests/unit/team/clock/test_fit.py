"""The arithmetic of clocks: bounds written by hand, whose tightest closing, offsets and drift are plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.team.clock.fit import Constraints, Thinned, fit_drift, fix_offsets, shortest_paths, thin

INF = np.inf
GRANULARITY = 1000


def constraints(*events: tuple[int, int, int, int], weight: list[int] | None = None) -> Constraints:
    columns = [np.array(column, dtype=np.int64) for column in zip(*events, strict=True)]
    return Constraints(*columns, weight=None if weight is None else np.array(weight))


def test_the_tightest_of_a_pair_is_kept_loosened_by_a_microsecond() -> None:
    found = thin(2, constraints((0, 1, 100, 150), (0, 1, 100, 130), (1, 0, 100, 90)), epoch_ns=100)
    pairs = zip(found.member_a.tolist(), found.member_b.tolist(), found.difference_ns.tolist(), strict=True)
    assert sorted(pairs) == [(0, 1, 30.0 + GRANULARITY), (1, 0, -10.0 + GRANULARITY)]
    assert set(found.since_epoch_ns.tolist()) == {0.0}


def test_each_of_64_parts_of_the_time_keeps_its_own() -> None:
    events = [(0, 1, 1000 * k, 1000 * k + 5) for k in range(128)]
    found = thin(2, constraints(*events), epoch_ns=0)
    assert len(found.difference_ns) == 64
    assert (found.difference_ns == 5 + GRANULARITY).all()


def test_constraints_without_weight_do_not_count() -> None:
    both = constraints((0, 1, 0, 5), (0, 1, 0, 1), weight=[1, 0])
    assert both.counted().t_b.tolist() == [5]
    assert constraints((0, 1, 0, 5)).counted().t_b.tolist() == [5]


def test_nothing_to_go_by_gives_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert len(thin(2, Constraints(none, none, none, none), 0).difference_ns) == 0


def test_bounds_are_closed_over_a_third_member() -> None:
    bounds = np.array([[0.0, 5, 20], [INF, 0, 5], [INF, INF, 0]])
    closed, contradiction = shortest_paths(bounds)
    assert closed[0, 2] == 10  # by way of 1
    assert contradiction == 0


def test_bounds_that_contradict_are_loosened_by_what_it_takes() -> None:
    """1 is at most 2 after 0, and at least 6: either bound has to give 2."""
    closed, contradiction = shortest_paths(np.array([[0.0, 2], [-6, 0]]))
    assert contradiction == pytest.approx(2, abs=1)
    assert closed[0, 1] == pytest.approx(4, abs=1)
    assert closed[1, 0] == pytest.approx(-4, abs=1)


@pytest.mark.parametrize(
    ("above", "below", "offset"),
    [
        (5.0, 5.0, 0.0),  # -5 to 5: it may be one clock
        (9.0, -5.0, 7.0),  # 5 to 9: the middle
        (INF, -5.0, 5.0),  # at least 5
        (-3.0, INF, -3.0),  # at most -3
        (INF, INF, 0.0),
    ],
)
def test_an_offset_is_none_if_it_can_be_else_the_middle_of_its_bounds(
    above: float, below: float, offset: float
) -> None:
    assert fix_offsets(np.array([[0.0, above], [below, 0.0]]), 0).tolist() == [0.0, offset]


def test_a_member_takes_the_offset_of_one_before_rather_than_a_middle() -> None:
    paths = np.array([[0.0, 12, 14], [-8, 0, 50], [-9, 50, 0]])
    assert fix_offsets(paths, 0).tolist() == [0.0, 10.0, 10.0]  # 8 to 12, and 9 to 14: one clock of both


def points(drift: float, *, slack: float = 10.0, both: bool = True) -> Thinned:
    """Events over 100 s of two members, of which the second drifts, with some slack on either side."""
    at = np.arange(0, 100 * 10**9, 10**9, dtype=float)
    ahead = drift * at + slack
    behind = -drift * at + slack
    zeros, ones = np.zeros(len(at), np.int64), np.ones(len(at), np.int64)
    if not both:
        return Thinned(zeros, ones, ahead, at)
    return Thinned(
        np.concatenate([zeros, ones]),
        np.concatenate([ones, zeros]),
        np.concatenate([ahead, behind]),
        np.concatenate([at, at]),
    )


@pytest.mark.parametrize("ppm", [50, -200, 900])
def test_the_drift_is_found_that_the_bounds_allow(ppm: int) -> None:
    drift = fit_drift(2, points(ppm * 1e-6), 0)
    assert drift[0] == 0
    assert drift[1] == pytest.approx(ppm * 1e-6, abs=1e-9)


def test_no_drift_is_claimed_where_a_constant_will_do_or_one_side_is_open() -> None:
    assert fit_drift(2, points(0.0), 0).tolist() == [0.0, 0.0]
    assert fit_drift(2, points(1e-10), 0).tolist() == [0.0, 0.0]  # 10 ns in 100 s, within the slack
    assert fit_drift(2, points(500e-6, both=False), 0).tolist() == [0.0, 0.0]
