"""Flows, streams and throughput as Arrow tables and Parquet files. Needs pyarrow, which the extra `arrow` installs.

Rows are converted a piece at a time, so memory does not grow with a table beyond what it already takes. The same
analysis gives the same bytes with the same pyarrow. Nothing in a file names where it was made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from flowmap.document.base import encodable
from flowmap.errors import ConfigError, ReportError
from flowmap.message import msg
from flowmap.report.formats.files import open_output
from flowmap.report.formats.tables.columns import BINS, FLOWS, STREAMS, Column, Table
from flowmap.report.formats.tables.rows import Columns, bin_columns, stream_columns
from flowmap.types import TS_NONE

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.document.series import Series

__all__ = ["arrow_table", "parquet_files", "require_pyarrow", "write_flows_parquet", "write_parquet"]

_CHUNK = 65_536
"""Rows of a row group."""


def require_pyarrow(option: str) -> None:
    """Raise ConfigError where pyarrow is missing, before anything is read."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            msg("{option} needs pyarrow: in a clone of flowmap, pip install '.[arrow]'", option=option)
        ) from error


def parquet_files(folder: str) -> list[str]:
    """Return the files that `--parquet` writes in a folder. Raises ConfigError where it cannot."""
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
    tables = ((FLOWS, flows), (STREAMS, stream_columns(report)), (BINS, bin_columns(series)))
    for path, (table, columns) in zip(parquet_files(folder), tables, strict=True):
        _write(path, table, columns)


def write_flows_parquet(path: str, flows: Columns) -> None:
    """Write the flow table alone."""
    _write(path, FLOWS, flows)


def arrow_table(table: Table, columns: Columns) -> Any:
    """Return the table as a `pyarrow.Table`. Raises ConfigError where pyarrow is missing."""
    require_pyarrow("Arrow")
    import pyarrow as pa

    return pa.Table.from_batches(_batches(table, columns), schema=_schema(table)).unify_dictionaries()


def _write(path: str, table: Table, columns: Columns) -> None:
    from pyarrow import parquet

    with open_output(path) as out, parquet.ParquetWriter(out, _schema(table), compression="zstd") as writer:
        for batch in _batches(table, columns):
            writer.write_batch(batch, row_group_size=_CHUNK)


def _schema(table: Table) -> Any:
    import pyarrow as pa

    fields = [pa.field(one.name, _type(one), one.nullable, one.metadata) for one in table.columns]
    return pa.schema(fields, {"schema": table.schema})


def _type(column: Column) -> Any:
    import pyarrow as pa

    if column.type == "text":
        return pa.dictionary(pa.int32(), pa.string())
    return pa.bool_() if column.type == "bool" else getattr(pa, column.type)()


def _batches(table: Table, columns: Columns) -> Iterator[Any]:
    """Return the table in pieces; where it has no rows, one empty piece."""
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
