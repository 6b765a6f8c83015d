"""Median and quantiles are those of numpy, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowmap.flow.streams.statistics import median, quantiles

NUMBERS = st.lists(st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e12, 1e12)), min_size=1, max_size=30)


@given(NUMBERS)
def test_the_median_is_that_of_numpy(values: list[float]) -> None:
    assert median(np.array(values)) == float(np.median(np.array(values)))


@given(NUMBERS, st.lists(st.floats(0, 1), max_size=4))
def test_quantiles_are_those_of_numpy(values: list[float], parts: list[float]) -> None:
    assert quantiles(np.array(values), tuple(parts)) == np.quantile(np.array(values), parts).tolist()
