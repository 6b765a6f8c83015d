"""Tables of an analysis in other programs: polars, DuckDB, pandas and pyarrow read the same rows of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import make_report, make_stream

import flowmap
from flowmap.api.tables import Flows, Series, Streams
from flowmap.document.series import Series as Throughput
from flowmap.report.formats.flows import FLOW_COLUMNS
from flowmap.types import TS_NONE

WHY = "one of the test extra's packages"
ROOT = Path(__file__).parents[3]
HUGE = 2**64 - 1
ODD = "nic\udcff"


def flows(rows: int = 3) -> Flows:
    """Names that are no Unicode, the largest numbers, a packet without a time."""
    names = ("src", "dst", "vlan", "encapsulation")
    text = {name: np.array([f"{name}{row % 2}" for row in range(rows)], object) for name in names}
    text["member"] = np.array([ODD if row % 2 else "nic1" for row in range(rows)], object)
    numbers: dict[str, Any] = {name: np.full(rows, HUGE, "u8") for name in FLOW_COLUMNS if name not in text}
    numbers |= {name: np.full(rows, 65535, "u2") for name in ("src_port", "dst_port")}
    numbers |= {name: np.array([TS_NONE, 5, 6][:rows], "i8") for name in ("first_ns", "last_ns")}
    return Flows({name: (text | numbers)[name] for name in FLOW_COLUMNS})


def series() -> Series:
    sides = {"tx": np.array([1, 0, HUGE], "u8"), "rx": np.zeros(3, "u8"), "unknown": np.zeros(3, "u8")}
    return Series.of(Throughput(2**30, 2**20, {"nic1": sides}))


def in_polars(table: Any) -> list[dict[str, Any]]:
    return list(pytest.importorskip("polars", reason=WHY).DataFrame(table).to_dicts())


def in_duckdb(rows: Any) -> list[dict[str, Any]]:
    connection = pytest.importorskip("duckdb", reason=WHY).connect()
    found = connection.sql("select * from rows")  # the variable
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def in_pandas(table: Any) -> list[dict[str, Any]]:
    frame = table.to_pandas().astype(object)
    return list(frame.where(frame.notna(), None).to_dict("records"))


def in_pyarrow(table: Any) -> list[dict[str, Any]]:
    return list(pytest.importorskip("pyarrow", reason=WHY).table(table).to_pylist())


READERS = [in_polars, in_duckdb, in_pandas, in_pyarrow]


@pytest.mark.parametrize("read", READERS)
def test_flows_come_out_as_they_are(read: Any) -> None:
    rows = read(flows())
    assert [row["member"] for row in rows] == ["nic1", r"nic\xff", "nic1"]
    assert [row["first_ns"] for row in rows] == [None, 5, 6]
    assert {row["wire_bytes"] for row in rows} == {HUGE}
    assert {row["dst_port"] for row in rows} == {65535}
    assert list(rows[0]) == list(FLOW_COLUMNS)
    assert read(flows(0)) == []


@pytest.mark.parametrize("read", READERS)
def test_streams_are_those_of_the_report(read: Any) -> None:
    nowhere = make_stream(2).directions[0].model_copy(update={"placement": "absent", "members": []})
    streams = Streams(make_report(streams=[make_stream(1), make_stream(2, directions=[nowhere])]))
    rows = read(streams)
    assert [(row["stream"], row["direction"], row["member"], row["wire_bytes"]) for row in rows] == [
        (1, "rx", "nic1", 9_499_347),
        (1, "tx", "nic2", 133_510),
        (2, "rx", None, 0),
    ]
    assert (rows[0]["client"], rows[0]["client_port"]) == ("10.77.0.11", 53_001)
    assert (rows[0]["expected"], rows[2]["first_ns"]) == (None, None)
    assert streams["member"].tolist() == ["nic1", "nic2", None]
    assert streams["wire_bytes"].dtype == np.uint64


@pytest.mark.parametrize("read", READERS)
def test_bytes_over_time_have_a_row_for_each_bin(read: Any) -> None:
    rows = read(series())
    assert [(row["start_ns"] - 2**30, row["wire_bytes"]) for row in rows] == [(0, 1), (2**20, 0), (2**21, HUGE)]
    assert {(row["member"], row["direction"], row["aggregate"]) for row in rows} == {("nic1", "tx", False)}


@pytest.mark.parametrize("table", [flows(), flows(0), series(), Streams(make_report(streams=[make_stream(1)]))])
def test_the_stream_is_that_of_pyarrow(table: Any) -> None:
    """Names, types, what may be null, units, and all values."""
    arrow = pytest.importorskip("pyarrow", reason=WHY)
    made = arrow.table(table)
    assert made.schema.equals(table.to_arrow().schema, check_metadata=True)
    assert made.equals(table.to_arrow())
    made.validate(full=True)


def test_a_table_can_be_taken_as_often_as_one_likes() -> None:
    arrow = pytest.importorskip("pyarrow", reason=WHY)
    table = flows()
    assert arrow.table(table).equals(arrow.table(table))
    table.__arrow_c_stream__()  # that nobody takes
    reader = arrow.RecordBatchReader.from_stream(table)
    assert [batch.num_rows for batch in reader] == [3]
    assert reader.schema == arrow.table(table).schema


def test_columns_are_there_by_name() -> None:
    table = flows()
    assert (table.rows, len(table)) == (3, 15)
    assert dict(table).keys() == table.keys() == dict(table.items()).keys()
    assert repr(table).startswith("<3 flows: member, src, ")
    assert repr(series()) == "<3 bins of 1048576 ns: nic1>"


def test_neither_polars_nor_duckdb_nor_pandas_needs_pyarrow() -> None:
    for name in ("polars", "duckdb", "pandas"):
        pytest.importorskip(name, reason=WHY)
    program = """if True:
        import sys
        sys.modules["pyarrow"] = None
        import duckdb, polars, flowmap
        analysis = flowmap.analyze({"A": "captures/06-failover/nic1.pcap", "B": "captures/06-failover/nic2.pcap"})
        flows, streams, series = analysis.flows, analysis.streams, analysis.series
        for rows in (flows, streams, series):
            total = int(polars.DataFrame(rows)["wire_bytes"].sum())
            assert int(rows.to_pandas()["wire_bytes"].sum()) == total
            assert duckdb.sql("select sum(wire_bytes) from rows").fetchall() == [(total,)]
        try:
            flows.to_arrow()
        except flowmap.ConfigError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "'.[arrow]'" in done.stdout


def test_without_kernel_pyarrow_does_it_and_without_that_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    arrow = pytest.importorskip("pyarrow", reason=WHY)
    monkeypatch.setitem(sys.modules, "flowmap.report.formats.tables.capsule", None)
    assert arrow.table(flows()).equals(flows().to_arrow())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(flowmap.ConfigError, match="needs pyarrow"):
        flows().__arrow_c_stream__()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(flowmap.ConfigError, match="needs pandas"):
        flows().to_pandas()
