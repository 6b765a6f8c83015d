"""The columns of the tables: what docs/parquet.md says of them, and what the report's own fields are called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flowmap.document.model import Direction, DirectionMember, Stream
from flowmap.report.formats.tables.columns import BINS, FLOWS, STREAMS, Table

PAGE = (Path(__file__).parents[5] / "docs" / "parquet.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [FLOWS, STREAMS, BINS], ids=lambda table: table.name)
def test_the_page_names_each_column_and_its_type(table: Table) -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\w+)", PAGE, re.MULTILINE))
    assert {column.name for column in table.columns} <= told.keys()
    assert len({column.name for column in table.columns}) == len(table.columns)


@pytest.mark.parametrize("table", [FLOWS, STREAMS, BINS], ids=lambda table: table.name)
def test_names_tell_the_unit(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("_bytes"):
            assert column.unit == "bytes", column.name
        if column.name.endswith("_ns"):
            assert column.unit.startswith("ns"), column.name
            assert column.type == "int64", column.name
        assert ("unit" in column.metadata) == bool(column.unit)


def test_columns_of_streams_are_called_as_the_report_calls_them() -> None:
    known = {*Stream.model_fields, *Direction.model_fields, *DirectionMember.model_fields}
    own = {column.name for column in STREAMS.columns}
    ends = {"stream", "member", "client_port", "server_port", "src_port", "dst_port", "outer_src", "outer_dst"}
    assert own - known == ends
