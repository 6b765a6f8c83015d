"""Expected values: worked by hand from the definition (sums over outcomes), or brute force over all placements."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.verdict.chance import probability
from flowmap.verdict.chance.probability import ALPHA, MAX_OUTCOMES, all_on_one, one_in, p_value, smallest_failing_total


def likelihood(counts: tuple[int, ...]) -> int:
    return factorial(sum(counts)) // prod(factorial(count) for count in counts)


def brute_force(counts: tuple[int, ...]) -> Fraction:
    """Place each key on each member, in all n^K ways, and count the placements that are no likelier."""
    n, total = len(counts), sum(counts)
    outcomes = Counter(tuple(placed.count(m) for m in range(n)) for placed in product(range(n), repeat=total))
    return Fraction(sum(ways for y, ways in outcomes.items() if likelihood(y) <= likelihood(counts)), n**total)


@pytest.mark.parametrize(
    ("counts", "p"),
    [
        ((1, 3), Fraction(10, 16)),
        ((5, 0, 1), Fraction(39, 729)),
        ((0, 8), Fraction(2, 256)),
        ((4, 0), Fraction(1, 8)),
        ((2, 2), Fraction(1)),
        ((7,), Fraction(1)),
        ((0, 0), Fraction(1)),
        ((12, 0), Fraction(1, 2048)),
        ((0, 0, 4), Fraction(1, 27)),
    ],
)
def test_known_probabilities(counts: tuple[int, ...], p: Fraction) -> None:
    result = p_value(counts)
    assert result.p == pytest.approx(float(p), rel=1e-12)
    assert result.exact
    assert result.outcomes == comb(sum(counts) + len(counts) - 1, len(counts) - 1)


@settings(max_examples=60)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.integers(0, 3), min_size=n, max_size=n)))
def test_equals_brute_force(counts: list[int]) -> None:
    if sum(counts) > 8:
        counts = [min(count, 2) for count in counts]
    assert p_value(counts).p == pytest.approx(float(brute_force(tuple(counts))), rel=1e-12)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.randoms())
def test_order_of_members_does_not_matter(counts: list[int], random: object) -> None:
    assert p_value(counts) == p_value(sorted(counts))


def test_beyond_a_million_outcomes_it_is_sampled_always_alike() -> None:
    counts = [9, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    result = p_value(counts)
    assert not result.exact
    assert result.outcomes == comb(26, 9) > MAX_OUTCOMES
    assert result == p_value(counts[::-1])


def test_sampling_agrees_with_a_sum_that_can_be_done_by_hand() -> None:
    # 11 keys on 30 members: all apart is the likeliest outcome, one pair the next: only the former is likelier
    apart = Fraction(factorial(30), factorial(19) * 30**11)
    pair = [2] + [1] * 9 + [0] * 20
    result = p_value(pair)
    assert not result.exact
    assert result.p == pytest.approx(float(1 - apart), abs=0.004)
    assert 0 < p_value([11] + [0] * 29).p < 1e-4


def test_many_keys_are_summed_in_logarithms() -> None:
    # two members: the binomial tails, in integers
    total, small = 1001, 460
    tail = 2 * sum(comb(total, k) for k in range(small + 1))
    assert p_value([small, total - small]).p == pytest.approx(float(Fraction(tail, 2**total)), rel=1e-9)
    assert p_value([500, 501]).p == pytest.approx(1.0, abs=1e-9)


def test_the_likeliest_outcome_is_no_less_likely_than_itself() -> None:
    """Of numbers beyond 2^53 and of their logarithms alike: every outcome counts, so the sum is 1."""
    assert {p_value([k, k + 1]).p for k in range(27, 60)} == {1.0}
    assert p_value([20_000, 20_000]).p == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("counts", "integers"), [((150, 50), True), ((151, 50), False)])
def test_up_to_200_keys_are_summed_in_integers_and_more_alike(counts: tuple[int, int], integers: bool) -> None:
    total = sum(counts)
    tail = Fraction(2 * sum(comb(total, k) for k in range(counts[1] + 1)), 2**total)
    assert p_value(counts).p == pytest.approx(float(tail), rel=1e-11)
    assert (total <= probability._INTEGER_TOTAL) == integers


def test_as_many_outcomes_are_summed_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """C(6, 2) = 15 outcomes of four keys on three members."""
    monkeypatch.setattr(probability, "MAX_OUTCOMES", 15)
    assert p_value([4, 0, 0]).exact is True
    monkeypatch.setattr(probability, "MAX_OUTCOMES", 14)
    assert p_value([4, 0, 0]).exact is False


@pytest.mark.parametrize("counts", [(8, 2, 1), (6, 5, 0), (11, 0, 0), (4, 4, 3), (3, 1)])
def test_what_is_drawn_comes_near_to_what_is_summed(counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Five standard errors of 200,000 draws are 0.0056 at most."""
    exact = p_value(counts).p
    monkeypatch.setattr(probability, "MAX_OUTCOMES", 0)
    assert p_value(counts).p == pytest.approx(exact, abs=0.0056)


def test_the_outcome_that_was_seen_is_one_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four draws and it: all five are no likelier than the likeliest; of a thing that no draw gives it is the only one."""
    monkeypatch.setattr(probability, "MAX_OUTCOMES", 0)
    monkeypatch.setattr(probability, "_DRAWS", 4)
    assert p_value([3, 3]).p == 1
    assert p_value([60, 0, 0]).p == 1 / 5


def test_for_members_that_no_team_has_there_are_fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probability, "_MOST_CELLS", 3_000 * 400)
    monkeypatch.setattr(probability, "_CHUNK_CELLS", 500 * 400)
    apart = Fraction(factorial(400), factorial(389) * 400**11)
    assert p_value([2] + [1] * 9 + [0] * 390).p == pytest.approx(float(1 - apart), abs=0.04)


@pytest.mark.parametrize(("members", "total"), [(2, 8), (3, 6), (4, 5), (10, 4)])
def test_smallest_total_that_can_fail(members: int, total: int) -> None:
    assert smallest_failing_total(members) == total
    assert p_value([total] + [0] * (members - 1)).p < ALPHA <= p_value([total - 1] + [0] * (members - 1)).p


def test_no_key_and_one_key_are_on_one_member_always() -> None:
    assert [all_on_one(keys, 3) for keys in (0, 1)] == [1, 1]


def test_one_member_cannot_fail() -> None:
    assert smallest_failing_total(1) is None


# P(all on one member) as tabulated for k keys on n members
@pytest.mark.parametrize(
    ("keys", "members", "p"),
    [
        (2, 2, 0.5),
        (3, 2, 0.25),
        (4, 2, 0.125),
        (6, 2, 0.031),
        (8, 2, 0.0078),
        (16, 2, 3.1e-5),
        (2, 4, 0.25),
        (3, 4, 0.0625),
        (4, 4, 0.0156),
        (6, 4, 0.00098),
        (8, 4, 6.1e-5),
        (4, 3, 0.037),
        (8, 3, 0.00046),
    ],
)
def test_all_on_one(keys: int, members: int, p: float) -> None:
    assert float(all_on_one(keys, members)) == pytest.approx(p, rel=0.02)
    assert p_value([keys] + [0] * (members - 1)).p == pytest.approx(float(all_on_one(keys, members)))


@pytest.mark.parametrize("counts", [[], [1, -1]])
def test_nonsense_is_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        p_value(counts)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "every time"),
        (0.97, "97 times in 100"),
        (0.625, "6 times in 10"),
        (0.5, "1 time in 2"),
        (0.4, "4 times in 10"),
        (1 / 3, "1 time in 3"),
        (0.125, "1 time in 8"),
        (39 / 729, "1 time in 19"),
        (2 / 256, "1 time in 128"),
        (1e-5, "1 time in 100,000"),
        (1e-12, "less than 1 time in a million"),
    ],
)
def test_words(p: float, words: str) -> None:
    assert one_in(p) == words


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.995, "every time"),
        (0.9949, "99 times in 100"),
        (0.951, "95 times in 100"),
        (0.95, "9 times in 10"),
        (1e-6, "1 time in 1,000,000"),
        (0.99e-6, "less than 1 time in a million"),
        (0.26, "1 time in 4"),
        (0.3, "3 times in 10"),
        (1 / 3, "1 time in 3"),
    ],
)
def test_words_at_their_limits(p: float, words: str) -> None:
    assert one_in(p) == words
