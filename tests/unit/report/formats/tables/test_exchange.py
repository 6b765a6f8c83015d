"""Arrow's layout of columns, as its columnar format and C data interface have it: bits from the lowest, offsets, codes."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from flowmap.report.formats.tables.columns import Column, Table
from flowmap.report.formats.tables.exchange import Field, pandas_frame, table_field


def field(column: Column, values: object) -> Field:
    (one,) = table_field(Table("t", "t/1", (column,)), {column.name: values}).children
    return one


def test_texts_are_codes_into_a_dictionary() -> None:
    one = field(Column("c", "text", "m", nullable=True), ["b", None, "a", "b"])
    assert (one.format, one.length, one.nulls) == (b"i", 4, 1)
    assert one.buffers == [bytes([0b1101]), struct.pack("=4i", 0, 0, 1, 0)]
    assert one.dictionary is not None
    assert one.dictionary.buffers == [None, struct.pack("=3i", 0, 1, 2), b"ba"]


def test_truths_are_bits_from_the_lowest() -> None:
    one = field(Column("c", "bool", "m", nullable=True), [True, None, True, False, False, False, False, False, True])
    assert (one.format, one.nulls) == (b"b", 1)
    assert one.buffers == [bytes([0b11111101, 1]), bytes([0b101, 1])]


def test_numbers_are_themselves() -> None:
    assert field(Column("c", "uint64", "m"), [1, 2**64 - 1]).buffers == [None, struct.pack("=2Q", 1, 2**64 - 1)]
    assert field(Column("c", "uint16", "m"), np.array([1, 65535], "u2")).buffers == [None, struct.pack("=2H", 1, 65535)]


def test_meaning_and_unit_are_in_the_metadata() -> None:
    one = field(Column("c", "uint16", "mm", "byte"), [1])
    assert one.metadata == struct.pack("=ii7si2si4si4s", 2, 7, b"meaning", 2, b"mm", 4, b"unit", 4, b"byte")


def test_a_frame_has_nullable_types_where_something_may_be_missing() -> None:
    pytest.importorskip("pandas", reason="one of the test extra's packages")
    table = Table(
        "t", "t/1", (Column("a", "int64", "m", nullable=True), Column("b", "int64", "m"), Column("c", "text", "m"))
    )
    frame = pandas_frame(table, {"a": [1, None], "b": [1, 2], "c": ["x", "x"]})
    assert [str(kind) for kind in frame.dtypes] == ["Int64", "int64", "category"]
    assert frame["a"].isna().tolist() == [False, True]
