"""What is exchanged of states: bins of time by their definition, and rows by what they are found by."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowmap.flow.sequence.records import KEPT_ROW, REORDERED_WITHIN_NS, ROW_KEY, SOON_BINS, kept_rows, soon_bin
from flowmap.types import FLOW


@given(st.integers(0, REORDERED_WITHIN_NS))
def test_a_bin_reaches_from_half_its_time_to_the_whole(apart: int) -> None:
    number = soon_bin(apart)
    assert apart <= REORDERED_WITHIN_NS >> number
    assert number == SOON_BINS - 1 or apart > REORDERED_WITHIN_NS >> number + 1


def test_rows_keep_their_key_and_times_whatever_their_number() -> None:
    """More than are fetched at once, in any order, some of them twice."""
    rows = np.zeros(10_000, FLOW)
    for place, name in enumerate((*ROW_KEY, "first_ns", "last_ns")):
        rows[name] = (np.arange(10_000) * (place + 1)) % 251
    numbers = np.concatenate([np.arange(9_999, -1, -3), [5, 5]])
    kept = kept_rows(rows, numbers)
    assert kept.dtype == KEPT_ROW
    for name in KEPT_ROW.names or ():
        assert (kept[name] == rows[name][numbers]).all(), name
