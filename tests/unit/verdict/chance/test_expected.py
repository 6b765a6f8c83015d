"""What chance gives, against counting every outcome and against published values."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from flowmap.verdict.chance import expected as chances
from flowmap.verdict.chance.balance import jain
from flowmap.verdict.chance.expected import expected_evenness, largest_count, mean_largest


@pytest.mark.parametrize(("units", "members"), [(0, 2), (1, 1), (2, 2), (5, 2), (5, 3), (6, 4), (4, 6)])
def test_the_largest_count_is_that_of_all_outcomes(units: int, members: int) -> None:
    outcomes = Counter(max(Counter(each).values(), default=0) for each in product(range(members), repeat=units))
    expected = [outcomes[most] / members**units for most in range(units + 1)]
    assert largest_count(units, members) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("units", "of_two", "of_four"),
    [(2, 1.50, 1.25), (3, 2.25, 1.69), (4, 2.75, 2.13), (6, 3.94, 2.82), (8, 5.09, 3.54), (16, 9.57, 6.14)],
)
def test_its_mean_is_that_of_the_table_of_balls_and_bins(units: int, of_two: float, of_four: float) -> None:
    for members, mean in ((2, of_two), (4, of_four)):
        likely = largest_count(units, members)
        assert sum(number * p for number, p in enumerate(likely)) == pytest.approx(mean, abs=0.006)


def test_too_many_outcomes_are_drawn() -> None:
    drawn = largest_count(60, 8)
    assert sum(drawn) == pytest.approx(1)
    assert drawn[:8] == [0.0] * 8
    assert len(drawn) == 61  # from none to all sixty
    assert drawn == largest_count(60, 8)


def test_evenness_is_that_of_every_way_to_lay_out_the_loads() -> None:
    loads = [5, 3, 2, 2]
    sums = [
        [sum(x for x, m in zip(loads, way, strict=True) if m == member) for member in range(3)]
        for way in product(range(3), repeat=4)
    ]
    expected = expected_evenness(loads, 3)
    assert expected is not None
    assert expected.exact
    assert expected.jain == pytest.approx(np.quantile([jain(one) for one in sums], (0.05, 0.5, 0.95)))
    assert expected.largest_share == pytest.approx(np.quantile([max(one) / 12 for one in sums], (0.05, 0.5, 0.95)))


def test_many_loads_are_drawn_and_come_close_to_even() -> None:
    drawn = expected_evenness([1_000] * 400, 2)
    assert drawn is not None
    assert not drawn.exact
    assert 0.5 <= drawn.largest_share[0] < drawn.largest_share[1] < drawn.largest_share[2] < 0.56
    assert drawn == expected_evenness([1_000] * 400, 2)


@pytest.mark.parametrize(("loads", "members"), [([], 2), ([0, 0], 2), ([1, 2], 1)])
def test_without_load_or_choice_there_is_nothing_to_expect(loads: list[int], members: int) -> None:
    assert expected_evenness(loads, members) is None


@pytest.mark.parametrize(("total", "members"), [(-1, 2), (4, 0), (0, -1)])
def test_there_is_no_distribution_on_nothing(total: int, members: int) -> None:
    with pytest.raises(ValueError, match=f"no distribution of {total} units on {members} members"):
        largest_count(total, members)


def test_as_many_outcomes_are_counted_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six units on three members have C(8, 2) = 28 outcomes. All on one: 3 of 3^6 ways, which no drawing hits exactly."""
    monkeypatch.setattr(chances, "MAX_OUTCOMES", 28)
    assert largest_count(6, 3)[6] == 3 / 3**6
    monkeypatch.setattr(chances, "MAX_OUTCOMES", 27)
    assert largest_count(6, 3)[6] != 3 / 3**6
    assert len(largest_count(6, 3)) == 7


def test_means_are_counted_for_sixty_units_and_drawn_for_more() -> None:
    counted = sum(count * p for count, p in enumerate(largest_count(60, 2)))
    assert mean_largest(60, 2) == counted
    exact = sum(count * p for count, p in enumerate(largest_count(61, 2)))
    assert mean_largest(61, 2) == pytest.approx(exact, abs=0.1)
    assert mean_largest(61, 2) != exact


def test_each_load_counts_and_every_way_up_to_65536() -> None:
    """Sixteen units on two members are 2^16 ways; seventeen are drawn."""
    sixteen, seventeen = expected_evenness([1] * 16, 2), expected_evenness([1] * 17, 2)
    assert sixteen is not None
    assert seventeen is not None
    assert (sixteen.exact, seventeen.exact) == (True, False)
    assert expected_evenness([1, 10**9], 2) != expected_evenness([10**9], 2)
    large = expected_evenness([2**62] * 4, 2)
    small = expected_evenness([1] * 4, 2)
    assert large is not None
    assert small is not None
    assert large.jain == pytest.approx(small.jain)  # no sum of loads is too large


def test_what_is_drawn_is_drawn_alike_each_time() -> None:
    """Of loads that all differ, quantiles of other draws are others."""
    loads = [1_000 + 37 * number * number for number in range(40)]
    assert expected_evenness(loads, 3) == expected_evenness(loads, 3)
    shifted = expected_evenness([load + number % 2 for number, load in enumerate(loads)], 3)
    assert shifted != expected_evenness(loads, 3)
