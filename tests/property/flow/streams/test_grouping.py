"""Rows are grouped alike by the kernel's hash and by its twin's, and as sorting by all columns groups them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.flow.streams.grouping import grouped, plainly_hashed
from flowmap.kernels import available
from flowmap.types import FLOW

KEY = ("src_hi", "src_lo", "sport", "version", "encap", "vlan", "link")


@pytest.mark.skipif(not available(), reason="the kernels are not built")
@settings(max_examples=50)
@given(st.binary(min_size=FLOW.itemsize, max_size=FLOW.itemsize * 9))
def test_kernel_hashes_as_its_twin(data: bytes) -> None:
    from flowmap.flow.kernel import hash_columns

    rows = np.frombuffer(data[: len(data) // FLOW.itemsize * FLOW.itemsize], FLOW)
    columns = [rows[name] for name in KEY]
    assert hash_columns(columns, np.empty(len(rows), np.uint64)).tolist() == plainly_hashed(columns).tolist()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=40))
def test_equal_keys_are_neighbours_in_order_of_the_second(rows: list[tuple[int, int, int]]) -> None:
    a, b, then = (np.array(column) for column in zip(*rows, strict=True))
    order, new = grouped([a.astype(np.uint64), b.astype(np.uint16)], then)
    groups = [[rows[at] for at in own] for own in np.split(order, np.flatnonzero(new)[1:])]
    assert sorted(groups) == [
        sorted((row for row in rows if row[:2] == key), key=lambda row: row[2])
        for key in sorted({row[:2] for row in rows})
    ]
