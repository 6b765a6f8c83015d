"""The clock of a log in integers: what fits 64 bits is used, by exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from flowmap.capture.etl.layout import MOST_FREQUENCY
from flowmap.capture.etl.log.clock import clock_words

MOST = 2**63 - 1
NOW = 1_700_000_000 * 10**9


@pytest.mark.parametrize("frequency", [1, 1000, 3_579_545, 10_000_000, 2_400_000_000, MOST_FREQUENCY])
@pytest.mark.parametrize("stamp", [0, 5, 10**15, MOST, -MOST])
@pytest.mark.parametrize("start_ns", [0, NOW, -NOW, MOST - 2 * 10**9, -MOST + 2 * 10**9])
def test_every_tick_of_the_range_fits(frequency: int, stamp: int, start_ns: int) -> None:
    words = [int(word) for word in clock_words(frequency, stamp, start_ns)]
    assert words[:3] == [frequency, stamp, start_ns]
    first, last = words[3:]
    assert first <= stamp <= last
    for tick in (first, stamp, last):
        assert abs(tick - stamp) <= MOST
        assert abs(start_ns + Fraction((tick - stamp) * 10**9, frequency)) <= MOST


@pytest.mark.parametrize("start_ns", [0, NOW, -NOW])
def test_the_range_is_no_narrower_than_it_must_be(start_ns: int) -> None:
    words = [int(word) for word in clock_words(10**9, 0, start_ns)]  # a tick is a nanosecond
    assert MOST - (words[4] + start_ns) <= 1 or words[4] >= MOST - 1
    assert words[3] - max(-MOST, -MOST - start_ns) <= 1


@pytest.mark.parametrize("start_ns", [2**63, -(2**63), MOST, 10**30])
def test_a_start_that_does_not_fit_leaves_no_tick(start_ns: int) -> None:
    frequency, *_, first, last = (int(word) for word in clock_words(10_000_000, 5, start_ns))
    assert (frequency, first > last) == (10_000_000, True)
