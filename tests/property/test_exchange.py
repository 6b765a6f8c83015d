"""The kernel that makes Arrow streams against pyarrow, on any columns."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmap.report.formats.tables.arrow import arrow_table
from flowmap.report.formats.tables.columns import Column, Table
from flowmap.report.formats.tables.exchange import arrow_stream
from flowmap.types import TS_NONE

arrow: Any = pytest.importorskip("pyarrow", reason="one of the test extra's packages")
EXAMPLES = int(os.environ.get("FLOWMAP_TEST_EXAMPLES", "60"))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=6) | st.sampled_from(["", "nic\udcff", "=1+1"]),
    "bool": st.booleans(),
    "uint16": st.integers(0, 2**16 - 1),
    "int64": st.integers(TS_NONE + 1, 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
}


class Stream:
    """What has nothing but the interface."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.capsule


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, dict[str, Any]]:
    """A table of up to 20 rows, columns as lists or as arrays."""
    kinds: list[Any] = draw(st.lists(st.tuples(st.sampled_from(sorted(VALUES)), st.booleans()), min_size=1, max_size=5))
    rows = draw(st.integers(0, 20))
    columns, values = [], {}
    for number, (kind, nullable) in enumerate(kinds):
        name = f"c{number}"
        column: list[Any] = draw(
            st.lists(VALUES[kind] | st.none() if nullable else VALUES[kind], min_size=rows, max_size=rows)
        )
        columns.append(Column(name, kind, draw(st.text(max_size=3)), draw(st.sampled_from(["", "bytes"])), nullable))
        as_array = kind in ("int64", "uint16", "uint64") and None not in column and draw(st.booleans())
        values[name] = np.array(column, kind) if as_array else column
    return Table("t", "flowmap.t/1", tuple(columns)), values


@settings(max_examples=EXAMPLES)
@given(tables())
def test_the_kernel_gives_what_pyarrow_gives(made: tuple[Table, dict[str, Any]]) -> None:
    table, columns = made
    expected = arrow_table(table, columns)
    found = arrow.table(Stream(arrow_stream(table, columns)))
    found.validate(full=True)
    assert found.schema.equals(expected.schema, check_metadata=True)
    assert found.to_pylist() == expected.to_pylist()
