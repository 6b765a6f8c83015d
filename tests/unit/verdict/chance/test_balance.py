"""Expected values worked by hand from the definitions."""

from __future__ import annotations

from math import isclose, log2, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowmap
from flowmap.verdict.chance.balance import Balance, balance, entropy, peak_concurrency

CAPTURES = Path(__file__).parents[4] / "captures"


def test_all_on_one_of_four() -> None:
    found = balance([8, 0, 0, 0], flow_counts=[4, 0, 0, 0], intervals=[[(0, 9), (1, 2), (2, 3)], [], [], []])
    # FIM: deviations 3, 1, 1, 1 from the ideal 1
    assert found == Balance(jain=0.25, max_over_mean=4, cov=sqrt(3), entropy=0, fim=150, peak_concurrency=3)


def test_even() -> None:
    found = balance([5, 5], flow_counts=[3, 3], intervals=[[(0, 1)], [(5, 6)]])
    assert found == Balance(jain=1, max_over_mean=1, cov=0, entropy=1, fim=0, peak_concurrency=1)


def test_three_to_one() -> None:
    found = balance([3, 1], flow_counts=[3, 1])
    assert found.jain == 16 / 20
    assert found.max_over_mean == 1.5
    assert found.cov == 0.5
    assert found.entropy is not None
    assert isclose(found.entropy, 0.75 * log2(4 / 3) + 0.25 * 2)
    assert found.fim == 50
    assert found.peak_concurrency is None


def test_no_load_is_not_fair() -> None:
    assert balance([0, 0], flow_counts=[0, 0], intervals=[[], []]) == Balance(None, None, None, None, None, None)
    assert balance([]) == Balance(None, None, None, None, None, None)


def test_entropy_is_a_share_of_what_so_many_members_can_have() -> None:
    """Two of four members alike: one bit, of the two that four have."""
    assert entropy([1, 1, 0, 0]) == 0.5
    assert entropy([1, 1, 1, 1]) == 1


def test_one_member_has_no_entropy() -> None:
    assert balance([7]) == Balance(jain=1, max_over_mean=1, cov=0, entropy=None, fim=None, peak_concurrency=None)


def test_capacities_weigh() -> None:
    assert balance([10, 1], capacities=[10, 1]).jain == 1
    with pytest.raises(ValueError, match="zip"):
        balance([1, 2], capacities=[1])


@pytest.mark.parametrize(
    ("intervals", "peak"),
    [
        ([], 0),
        ([(3, 3)], 1),
        ([(0, 5), (5, 9)], 2),
        ([(0, 4), (5, 9)], 1),
        ([(0, 9), (1, 2), (3, 4), (3, 8)], 3),
        ([(0, 1), (2, 3), (4, 5), (4, 6)], 2),
    ],
)
def test_peak_concurrency(intervals: list[tuple[int, int]], peak: int) -> None:
    assert peak_concurrency(intervals) == peak


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=8).filter(any))
def test_jain_and_cov_say_the_same(loads: list[int]) -> None:
    found = balance(loads)
    assert found.jain is not None
    assert found.cov is not None
    assert isclose(found.jain, 1 / (1 + found.cov**2), rel_tol=1e-9)


def test_idle_members_count_in_a_report() -> None:
    """One of two members carries all, the other was kept out by LACP (captures/MANIFEST.toml): numbers by their definitions."""
    report = flowmap.analyze(str(CAPTURES / "lacp-down")).report
    numbers = report.balance.rx
    assert [member.rx_bytes > 0 for member in report.members] == [True, False]
    assert (numbers.jain, numbers.max_over_mean, numbers.cov, numbers.entropy, numbers.fim) == (0.5, 2, 1, 0, 100)
