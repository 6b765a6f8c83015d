"""Parquet: typed columns, empty tables, odd names and times; read back by pyarrow, duckdb, polars and pandas."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import make_report, make_stream

from flowmap.document.series import Series
from flowmap.report.formats.flows import FLOW_COLUMNS
from flowmap.report.formats.tables.arrow import arrow_table, parquet_files, write_flows_parquet, write_parquet
from flowmap.report.formats.tables.columns import BINS, FLOWS, STREAMS, Table
from flowmap.types import TS_NONE

pytest.importorskip("pyarrow", reason="one of the test extra's packages")
ROOT = Path(__file__).parents[5]
WHY = "one of the test extra's packages"
HUGE = 2**64 - 1
T0 = 1_767_323_045_000_000_001


def flows(rows: int) -> dict[str, Any]:
    """Columns as the pipeline makes them: objects and numbers in their own widths."""
    texts = {name: np.array([f"{name}{row % 3}" for row in range(rows)], dtype=object) for name in ("src", "dst")}
    texts |= {name: np.array([""] * rows, dtype=object) for name in ("vlan", "encapsulation")}
    texts["member"] = np.array(["=1+1\n\x1b" if row % 2 else "nic\udcff" for row in range(rows)], dtype=object)
    numbers: dict[str, Any] = {name: np.full(rows, HUGE, "u8") for name in FLOW_COLUMNS if name not in texts}
    numbers |= {name: np.full(rows, 65535, "u2") for name in ("src_port", "dst_port")}
    times = np.where(np.arange(rows) == 1, TS_NONE, T0 + np.arange(rows))
    return texts | numbers | {"first_ns": times, "last_ns": times}


def series() -> Series:
    sides = {"tx": np.array([1, 0, HUGE], "u8"), "rx": np.zeros(3, "u8"), "unknown": np.array([0, 0, 7], "u8")}
    return Series(T0, 2**20, {"nic1": sides}, frozenset(["nic1"]))


def duckdb_rows(path: str) -> list[dict[str, Any]]:
    duckdb = pytest.importorskip("duckdb", reason=WHY)
    found = duckdb.connect().execute("select * from read_parquet(?)", [path])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def polars_rows(path: str) -> list[dict[str, Any]]:
    return list(pytest.importorskip("polars", reason=WHY).read_parquet(path).to_dicts())


def pandas_rows(path: str) -> list[dict[str, Any]]:
    pandas = pytest.importorskip("pandas", reason=WHY)
    frame = pandas.read_parquet(path, dtype_backend="pyarrow").astype(object)
    return list(frame.where(frame.notna(), None).to_dict("records"))


@pytest.mark.parametrize("read", [duckdb_rows, polars_rows, pandas_rows])
def test_numbers_names_and_missing_times_come_back(tmp_path: Path, read: Callable[[str], list[dict[str, Any]]]) -> None:
    write_flows_parquet(str(tmp_path / "f.parquet"), flows(3))
    rows = read(str(tmp_path / "f.parquet"))
    assert [row["member"] for row in rows] == [r"nic\xff", "=1+1\n\x1b", r"nic\xff"]
    assert [row["first_ns"] for row in rows] == [T0, None, T0 + 2]
    assert {row["wire_bytes"] for row in rows} == {HUGE}
    assert {row["src_port"] for row in rows} == {65535}
    assert list(rows[0]) == list(FLOW_COLUMNS)


@pytest.mark.parametrize("read", [duckdb_rows, polars_rows, pandas_rows])
def test_streams_and_bins_are_those_of_the_report(tmp_path: Path, read: Callable[[str], list[dict[str, Any]]]) -> None:
    report = make_report(streams=[make_stream(1), make_stream(2, directions=[absent()])])
    write_parquet(str(tmp_path), flows(2), report, series())
    streams = read(str(tmp_path / "streams.parquet"))
    assert [(row["stream"], row["direction"], row["member"], row["wire_bytes"]) for row in streams] == [
        (1, "rx", "nic1", 9_499_347),
        (1, "tx", "nic2", 133_510),
        (2, "rx", None, 0),
    ]
    assert (streams[0]["client"], streams[0]["client_port"], streams[0]["expected"]) == ("10.77.0.11", 53_001, None)
    bins = read(str(tmp_path / "bins.parquet"))
    assert [(row["direction"], row["wire_bytes"]) for row in bins] == [
        ("tx", 1),
        ("tx", 0),
        ("tx", HUGE),
        ("unknown", 0),
        ("unknown", 0),
        ("unknown", 7),
    ]
    assert [row["start_ns"] - T0 for row in bins] == [0, 2**20, 2**21] * 2
    assert {(row["member"], row["aggregate"], row["width_ns"]) for row in bins} == {("nic1", True, 2**20)}


def absent() -> Any:
    return make_stream(2).directions[0].model_copy(update={"placement": "absent", "members": []})


@pytest.mark.parametrize("rows", [0, 1, 65_536, 65_540])
def test_row_groups_are_bounded_and_nothing_is_lost(tmp_path: Path, rows: int) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason=WHY)
    write_flows_parquet(str(tmp_path / "f.parquet"), flows(rows))
    with parquet.ParquetFile(tmp_path / "f.parquet") as file:
        assert file.metadata.num_rows == rows
        assert all(file.metadata.row_group(n).num_rows <= 65_536 for n in range(file.metadata.num_row_groups))
        assert file.schema_arrow.names == list(FLOW_COLUMNS)


def test_the_same_tables_give_the_same_bytes_and_name_no_place(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_parquet(str(tmp_path / folder), flows(70_000), make_report(), series())
    for first, second in zip(parquet_files(str(tmp_path / "a")), parquet_files(str(tmp_path / "b")), strict=True):
        content = Path(first).read_bytes()
        assert content == Path(second).read_bytes()
        assert str(tmp_path).encode() not in content


def test_an_arrow_table_has_the_flows_with_units() -> None:
    table = arrow_table(FLOWS, flows(70_000))
    assert table.num_rows == 70_000
    assert table.column("member").chunk(1).dictionary.to_pylist() == [r"nic\xff", "=1+1\n\x1b"]
    assert table.schema.field("wire_bytes").metadata[b"unit"] == b"bytes"
    assert table.schema.metadata == {b"schema": b"flowmap.flows/1"}
    assert arrow_table(FLOWS, flows(0)).num_rows == 0


@pytest.mark.parametrize("table", [FLOWS, STREAMS, BINS], ids=lambda table: table.name)
def test_every_column_is_documented(table: Table) -> None:
    text = (ROOT / "docs" / "parquet.md").read_text(encoding="utf-8").partition(f"## {table.name}.parquet")[2]
    told = re.findall(r"^\| `(\w+)` \| (\w+)(, null)? \| (.*?) \| (.*?) \|$", text.partition("\n## ")[0], re.MULTILINE)
    assert told == [
        (one.name, one.type, ", null" if one.nullable else "", one.unit, one.meaning) for one in table.columns
    ]
    assert f"`{table.schema}`" in text.partition("\n## ")[0]


def test_flows_have_the_columns_of_the_other_formats() -> None:
    assert tuple(column.name for column in FLOWS.columns) == FLOW_COLUMNS
