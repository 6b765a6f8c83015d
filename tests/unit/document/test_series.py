"""Throughput beside the report: how many bins there are."""

from __future__ import annotations

import numpy as np

from flowmap.document.series import Series


def test_the_grid_is_as_long_as_the_longest_side() -> None:
    assert Series().n_bins == 0
    short, long = np.zeros(3, np.uint64), np.zeros(7, np.uint64)
    assert Series(members={"nic1": {"tx": short}, "nic2": {"rx": long, "tx": short}}).n_bins == 7
