"""What the plain flow table counts in has the columns that the compiled one fills, and begins as they do."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import numpy as np
import pytest

from flowmap.flow.records import Link, Pair, Row
from flowmap.types import FLOW, LINK, MACPAIR, TS_NONE

TIMES = {"first_ns", "last_ns", "bin_ns", "previous_ns"}


@pytest.mark.parametrize(("record", "dtype"), [(Row, FLOW), (Link, LINK), (Pair, MACPAIR)])
def test_every_column_has_its_field(record: Any, dtype: np.dtype[Any]) -> None:
    names = {one.name for one in fields(record)}
    assert dtype.names is not None
    assert {*dtype.names} <= names | {"bins"}


@pytest.mark.parametrize("record", [Row, Link, Pair])
def test_counts_begin_at_zero_and_times_with_none(record: Any) -> None:
    for one in fields(record):
        if one.default is not MISSING:
            assert one.default == (TS_NONE if one.name in TIMES else 0), one.name
        elif one.default_factory is not MISSING:
            assert not any(one.default_factory())


def test_lists_are_as_long_as_their_columns() -> None:
    made, other = Link(0, 0), Link(0, 0)
    for name in ("classes", "recent", "bins"):
        assert len(getattr(made, name)) == LINK[name].shape[0]
        assert getattr(made, name) is not getattr(other, name)
