"""Flows, streams and throughput as Arrow tables and Parquet files. Needs pyarrow, which the extra `arrow` installs.

Rows are converted a piece at a time, so memory does not grow with a table beyond what it already takes. The same
analysis gives the same bytes with the same pyarrow. Nothing in a file names where it was made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from flowmap.errors import ConfigError, ReportError
from flowmap.message import msg
from flowmap.report.base import encodable
from flowmap.report.columns import BINS, FLOWS, STREAMS, Column, Table
from flowmap.report.files import open_output
from flowmap.types import TS_NONE

if TYPE_CHECKING:
    from flowmap.report.document import Report
    from flowmap.report.series import Series

__all__ = ["flow_table", "parquet_files", "require_pyarrow", "write_flows_parquet", "write_parquet"]

_CHUNK = 65_536
"""Rows of a row group."""
Columns = Mapping[str, Any]


def require_pyarrow(option: str) -> None:
    """Raise ConfigError where pyarrow is missing, before anything is read."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            msg("{option} needs pyarrow: pip install 'flowmap[arrow]', or in a clone pip install '.[arrow]'", option=option)
        ) from error


def parquet_files(folder: str) -> list[str]:
    """The files that `--parquet` writes in a folder. Raises ConfigError where it cannot."""
    if folder in ("", "-"):
        raise ConfigError(msg("--parquet needs the name of a folder: it writes {count} files", count=3))
    require_pyarrow("--parquet")
    return [os.path.join(folder, f"{table.name}.parquet") for table in (FLOWS, STREAMS, BINS)]


def write_parquet(folder: str, flows: Columns, report: Report, series: Series) -> None:
    """Write flows, streams and bins into a folder, which is made where it is missing. Raises ReportError."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError(msg("{path}: cannot be written: {reason}", path=folder, reason=reason)) from error
    tables = ((FLOWS, flows), (STREAMS, _stream_columns(report)), (BINS, _bin_columns(series)))
    for path, (table, columns) in zip(parquet_files(folder), tables, strict=True):
        _write(path, table, columns)


def write_flows_parquet(path: str, flows: Columns) -> None:
    """Write the flow table alone."""
    _write(path, FLOWS, flows)


def flow_table(flows: Columns) -> Any:
    """The flow table as a `pyarrow.Table`. Raises ConfigError where pyarrow is missing."""
    require_pyarrow("Arrow")
    import pyarrow as pa

    return pa.Table.from_batches(_batches(FLOWS, flows), schema=_schema(FLOWS)).unify_dictionaries()


def _write(path: str, table: Table, columns: Columns) -> None:
    from pyarrow import parquet

    with open_output(path) as out, parquet.ParquetWriter(out, _schema(table), compression="zstd") as writer:
        for batch in _batches(table, columns):
            writer.write_batch(batch, row_group_size=_CHUNK)


def _schema(table: Table) -> Any:
    import pyarrow as pa

    fields = [
        pa.field(
            one.name, _type(one), one.nullable, {"meaning": one.meaning, **({"unit": one.unit} if one.unit else {})}
        )
        for one in table.columns
    ]
    return pa.schema(fields, {"schema": table.schema})


def _type(column: Column) -> Any:
    import pyarrow as pa

    if column.type == "text":
        return pa.dictionary(pa.int32(), pa.string())
    return pa.bool_() if column.type == "bool" else getattr(pa, column.type)()


def _batches(table: Table, columns: Columns) -> Iterator[Any]:
    """The table in pieces; where it has no rows, one empty piece."""
    import pyarrow as pa

    schema = _schema(table)
    rows = len(columns[table.columns[0].name])
    for start in range(0, max(rows, 1), _CHUNK):
        piece = [_array(one, columns[one.name][start : start + _CHUNK]) for one in table.columns]
        yield pa.record_batch(piece, schema=schema)


def _array(column: Column, values: Any) -> Any:
    import pyarrow as pa

    if column.type == "text":
        shown = {value: encodable(value) for value in set(values)}
        return pa.array([shown[value] for value in values], pa.string()).dictionary_encode()
    if isinstance(values, np.ndarray):
        missing = values == TS_NONE if column.nullable and column.type == "int64" else None
        return pa.array(values, _type(column), mask=missing)
    return pa.array([None if column.nullable and value == TS_NONE else value for value in values], _type(column))


def _stream_columns(report: Report) -> Columns:
    """One row per stream, direction and member; a direction that no member carried has one too."""
    rows: list[Sequence[Any]] = []
    for stream in report.streams:
        head = (
            stream.id, stream.kind, stream.confidence, stream.migration_id, stream.judged, stream.client.ip,
            stream.client.port, stream.server.ip, stream.server.port, stream.source_host, stream.destination_host,
        )  # fmt: skip
        for way in stream.directions:
            middle = (
                way.direction, way.src.ip, way.src.port, way.dst.ip, way.dst.port, way.placement, way.cause, way.expected,
            )  # fmt: skip
            outer = (way.outer.src, way.outer.dst) if way.outer is not None else (None, None)
            tunnel = (stream.encapsulation, *outer)
            parts: list[Sequence[Any]] = [
                (one.name, one.packets, one.wire_bytes, one.payload_bytes, one.first_ns, one.last_ns, *tunnel, one.wire_packets)
                for one in way.members
            ]
            rows += [(*head, *middle, *part) for part in parts or [(None, 0, 0, 0, None, None, *tunnel, 0)]]
    names = [column.name for column in STREAMS.columns]
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}


def _bin_columns(series: Series) -> Columns:
    """One row per member, direction and bin; a direction in which a member had nothing at all has none."""
    columns: dict[str, list[Any]] = {column.name: [] for column in BINS.columns}
    for member, sides in series.members.items():
        for side, wire in sides.items():
            if not wire.any():
                continue
            count = len(wire)
            columns["start_ns"] += [series.start_ns + number * series.width_ns for number in range(count)]
            columns["width_ns"] += [series.width_ns] * count
            columns["member"] += [member] * count
            columns["aggregate"] += [member in series.aggregates] * count
            columns["direction"] += [side] * count
            columns["wire_bytes"] += wire.tolist()
    return columns
