"""Simulated captures: a conversation whose true times are known, dated by clocks of known offset and drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.team.clock.fit import Constraints
from flowmap.team.clock.offsets import ClockSolution, solve_clocks

I64 = npt.NDArray[np.int64]
MS, S = 10**6, 10**9
T0 = 1_700_000_000 * S
DURATION = 60 * S


class Clock:
    """Reads offset_ns + ppm of the time since T0 more than the truth; rounds down to granularity_ns as captures do."""

    def __init__(self, offset_ns: int = 0, ppm: float = 0.0, granularity_ns: int = 1000) -> None:
        self.offset_ns, self.ppm, self.granularity_ns = offset_ns, ppm, granularity_ns

    def __call__(self, true_ns: I64) -> I64:
        reading = true_ns + self.offset_ns + np.rint((true_ns - T0) * self.ppm * 1e-6).astype(np.int64)
        return reading // self.granularity_ns * self.granularity_ns


Columns = tuple[npt.NDArray[Any], npt.NDArray[Any], I64, I64]


def conversation(
    a: int, b: int, clock_a: Callable[[I64], I64], clock_b: Callable[[I64], I64], *, n: int = 500, seed: int = 1
) -> tuple[Columns, int]:
    """Data on a, its acknowledgment on b (20 us to 0.5 ms later), what that released on a again (0.2 to 0.6 ms later).

    Also the narrowest true round: no estimate can be sure to be better than half of that.
    """
    random = np.random.default_rng(seed)
    data = np.sort(random.integers(0, DURATION, n)) + T0
    ack = data + random.integers(20_000, 500_000, n)
    released = ack + random.integers(200_000, 600_000, n)
    one, other = np.full(n, a), np.full(n, b)
    columns = ((one, other), (other, one), (clock_a(data), clock_b(ack)), (clock_b(ack), clock_a(released)))
    constraints = tuple(np.concatenate(column) for column in columns)
    return constraints, int((ack - data).min() + (released - ack).min())  # type: ignore[return-value]


def joined(*parts: Columns) -> Columns:
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def worst_error(solution: ClockSolution, member: int, clock: Clock) -> int:
    """Largest distance of corrected from true times over the whole conversation, ns."""
    true = T0 + np.arange(0, DURATION + 1, S // 10)
    return int(np.abs(solution.correct(member, clock(true)) - true).max())


@pytest.mark.parametrize("offset_ns", [250 * MS, -250 * MS, 3600 * S, -2 * MS])
def test_constant_offset_is_found_within_the_uncertainty(offset_ns: int) -> None:
    clock = Clock(offset_ns)
    constraints, narrowest = conversation(0, 1, Clock(), clock)
    solution = solve_clocks(2, Constraints(*constraints))
    found = solution.members[1]
    assert solution.consistent
    assert found.known
    assert found.corrected
    assert found.drift_ppm == 0
    assert found.lo_ns is not None
    assert found.hi_ns is not None
    assert found.lo_ns <= offset_ns <= found.hi_ns
    assert found.uncertainty_ns is not None
    assert worst_error(solution, 1, clock) <= found.uncertainty_ns + 1000
    assert found.uncertainty_ns <= narrowest / 2 + 2000


def test_one_clock_is_left_alone() -> None:
    solution = solve_clocks(2, Constraints(*conversation(0, 1, Clock(), Clock())[0]))
    found = solution.members[1]
    assert (found.offset_ns, found.drift_ppm, found.corrected, found.known) == (0, 0.0, False, True)
    assert found.uncertainty_ns is not None
    assert 50_000 < found.uncertainty_ns < 200_000
    times = np.array([T0, T0 + 5])
    assert solution.correct(1, times) is times


@pytest.mark.parametrize("ppm", [20.0, -20.0, 200.0])
@pytest.mark.parametrize("offset_ns", [0, 250 * MS, -250 * MS])
def test_drift_is_found(offset_ns: int, ppm: float) -> None:
    clock = Clock(offset_ns, ppm)
    solution = solve_clocks(2, Constraints(*conversation(0, 1, Clock(), clock, n=3000)[0]))
    found = solution.members[1]
    assert solution.consistent
    assert found.corrected
    assert found.drift_ppm == pytest.approx(ppm, abs=2)
    assert found.uncertainty_ns is not None
    # beside half the width, what 2 ppm more or less make over half a minute
    assert worst_error(solution, 1, clock) <= found.uncertainty_ns + 60_000


def test_bounds_from_one_side_only_are_not_knowledge() -> None:
    (a, b, t_a, t_b), _ = conversation(0, 1, Clock(), Clock(5 * MS))
    forward = slice(0, len(a) // 2)
    found = solve_clocks(2, Constraints(a[forward], b[forward], t_a[forward], t_b[forward])).members[1]
    assert not found.known
    assert found.uncertainty_ns is None
    assert found.lo_ns is None
    assert found.hi_ns is not None
    assert found.hi_ns >= 5 * MS
    assert not found.corrected  # 0 is possible as far as that side goes


def test_one_side_that_rules_out_zero_is_obeyed_as_little_as_needed() -> None:
    (a, b, t_a, t_b), _ = conversation(0, 1, Clock(), Clock(-5 * MS))
    forward = slice(0, len(a) // 2)
    found = solve_clocks(2, Constraints(a[forward], b[forward], t_a[forward], t_b[forward])).members[1]
    assert not found.known
    assert found.corrected
    assert found.offset_ns == found.hi_ns
    assert -5 * MS <= found.offset_ns < -4 * MS


def test_no_constraints() -> None:
    solution = solve_clocks(3)
    assert [clock.known for clock in solution.members] == [True, False, False]
    assert not any(clock.corrected for clock in solution.members)
    assert solution.constraints == 0


def test_a_member_is_reached_through_another() -> None:
    clocks = [Clock(), Clock(250 * MS), Clock(-80 * MS)]
    chain = joined(conversation(0, 1, clocks[0], clocks[1])[0], conversation(1, 2, clocks[1], clocks[2])[0])
    solution = solve_clocks(3, Constraints(*chain))
    for member in (1, 2):
        found = solution.members[member]
        assert found.known
        assert found.uncertainty_ns is not None
        assert worst_error(solution, member, clocks[member]) <= found.uncertainty_ns + 1000


@pytest.mark.parametrize("ppm", [0.0, 20.0])
def test_members_with_one_clock_keep_it_when_the_reference_is_the_odd_one(ppm: float) -> None:
    odd, one = Clock(), Clock(250 * MS, ppm)
    parts = [conversation(0, 1, odd, one)[0], conversation(0, 2, odd, one, seed=2)[0], conversation(1, 2, one, one)[0]]
    solution = solve_clocks(3, Constraints(*joined(*parts)))
    first, second = solution.members[1:]
    assert (first.offset_ns, first.drift_ppm) == (second.offset_ns, second.drift_ppm)
    assert first.corrected


def test_constraints_of_no_weight_are_left_out() -> None:
    good, _ = conversation(0, 1, Clock(), Clock(250 * MS))
    wrong = (np.array([0]), np.array([1]), np.array([T0 + 2 * S]), np.array([T0]))
    weight = np.r_[np.ones(len(good[0])), 0]
    assert solve_clocks(2, Constraints(*joined(good, wrong), weight)) == solve_clocks(2, Constraints(*good))


def test_a_wrong_constraint_shows() -> None:
    good, _ = conversation(0, 1, Clock(), Clock())
    wrong = (np.array([0]), np.array([1]), np.array([T0 + 30 * S]), np.array([T0 + 25 * S]))
    solution = solve_clocks(2, Constraints(*joined(good, wrong)))
    assert not solution.consistent
    assert solution.members[1].uncertainty_ns is not None
    assert solution.members[1].uncertainty_ns > S


@settings(max_examples=25)
@given(
    offsets=st.lists(st.integers(-500 * MS, 500 * MS), min_size=1, max_size=3),
    reference=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_offsets_of_any_team_are_within_their_bounds(offsets: list[int], reference: int, seed: int) -> None:
    clocks = [Clock(), *map(Clock, offsets)]
    reference %= len(clocks)
    parts = [conversation(m, m + 1, clocks[m], clocks[m + 1], n=40, seed=seed)[0] for m in range(len(offsets))]
    solution = solve_clocks(len(clocks), Constraints(*joined(*parts)), reference=reference)
    assert solution.consistent
    for found, clock in zip(solution.members, clocks, strict=True):
        relative = clock.offset_ns - clocks[reference].offset_ns
        assert found.lo_ns is not None
        assert found.hi_ns is not None
        assert found.lo_ns - 1000 <= relative <= found.hi_ns + 1000
        assert found.lo_ns <= found.offset_ns <= found.hi_ns
    assert solution.members[reference].offset_ns == 0
