"""Tables for other programs in the same process: as a stream of Arrow data in a capsule, and as a pandas frame.

In: a table's columns. Out: `arrow_stream` gives what `__arrow_c_stream__` of Arrow's PyCapsule interface has to give, which
polars, DuckDB and pyarrow read without a detour; `pandas_frame` a DataFrame. Neither needs pyarrow: the columns are laid out
here as Arrow's columnar format (version 1) has them, `capsule.pyx` puts that into C. Where that was not compiled, pyarrow
makes the stream, and where that is missing too, the error says what to install.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.document.base import encodable
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.report.formats.tables.arrow import arrow_table
from flowmap.report.formats.tables.columns import Column, Table
from flowmap.report.formats.tables.rows import Columns
from flowmap.types import TS_NONE

__all__ = ["Field", "arrow_stream", "pandas_frame", "table_field"]

_FORMATS = {"bool": b"b", "uint16": b"S", "int64": b"l", "uint64": b"L"}
_TEXT, _STRUCT, _CODE = b"u", b"+s", b"i"


@dataclass(frozen=True)
class Field:
    """A column and its values, as Arrow lays them out.

    `format` and `metadata` as in the C data interface, the buffers of its layout (None: no value is missing), and what
    dictionary its codes lead to.
    """

    name: bytes
    format: bytes
    length: int
    buffers: Sequence[bytes | None]
    nulls: int = 0
    nullable: bool = False
    metadata: bytes = b""
    children: Sequence[Field] = ()
    dictionary: Field | None = None


def arrow_stream(table: Table, columns: Columns) -> Any:
    """Return a capsule with the table as an Arrow stream. Raises ConfigError where neither kernel nor pyarrow is there."""
    try:
        from flowmap.report.formats.tables.capsule import stream_capsule
    except ImportError:
        return arrow_table(table, columns).__arrow_c_stream__()
    return stream_capsule(table_field(table, columns))


def table_field(table: Table, columns: Columns) -> Field:
    """Return the table as Arrow's struct of its columns."""
    children = [_field(column, columns[column.name]) for column in table.columns]
    metadata = _metadata({"schema": table.schema})
    return Field(b"", _STRUCT, children[0].length, [None], metadata=metadata, children=children)


def _field(column: Column, values: Sequence[Any]) -> Field:
    metadata = _metadata(column.metadata)
    name = column.name.encode()
    if column.type == "text":
        codes, texts = _coded(values)
        missing = codes < 0
        return Field(
            name,
            _CODE,
            len(codes),
            [_validity(missing), np.where(missing, 0, codes).astype(np.int32).tobytes()],
            int(missing.sum()),
            column.nullable,
            metadata,
            dictionary=_text_field(texts),
        )
    plain, missing = _numbers(column, values)
    data = np.packbits(plain, bitorder="little") if column.type == "bool" else plain
    buffers = [_validity(missing), data.tobytes()]
    return Field(name, _FORMATS[column.type], len(plain), buffers, int(missing.sum()), column.nullable, metadata)


def _text_field(texts: Sequence[str]) -> Field:
    """Return the dictionary: offsets, then all texts behind one another."""
    encoded = [text.encode() for text in texts]
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in encoded], dtype=np.int64))).astype(np.int32)
    return Field(b"", _TEXT, len(texts), [None, offsets.tobytes(), b"".join(encoded)])


def _coded(values: Iterable[Any]) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Return (codes, texts): the place of each value among the texts in the order they come up; -1 for None."""
    known: dict[Any, int] = {None: -1}
    texts: dict[str, int] = {}
    codes = []
    for value in values:
        code = known.get(value)
        if code is None:
            code = known[value] = texts.setdefault(str(encodable(value)), len(texts))
        codes.append(code)
    return np.array(codes, np.int32), list(texts)


def _numbers(column: Column, values: Sequence[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return (values of the column's type, which of them are missing)."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        missing = values == TS_NONE if column.nullable and column.type == "int64" else np.zeros(len(values), bool)
        return np.where(missing, 0, values).astype(column.type), missing
    absent = [column.nullable and (value is None or value == TS_NONE) for value in values]
    given = [0 if none else value for value, none in zip(values, absent, strict=True)]
    return np.array(given, column.type), np.array(absent, bool)


def _validity(missing: np.ndarray[Any, Any]) -> bytes | None:
    return np.packbits(~missing, bitorder="little").tobytes() if missing.any() else None


def _metadata(values: Mapping[str, str]) -> bytes:
    """Return names and values as the C data interface has them: a count, lengths and bytes, in the machine's byte order."""
    parts = [struct.pack("=i", len(values))]
    for text in (one for pair in values.items() for one in pair):
        encoded = text.encode()
        parts.append(struct.pack("=i", len(encoded)) + encoded)
    return b"".join(parts)


def pandas_frame(table: Table, columns: Columns) -> Any:
    """Return the table as a `pandas.DataFrame`: texts as categories, what may be missing in pandas' nullable types.

    Raises ConfigError where pandas is missing.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ConfigError(msg("to_pandas needs pandas: pip install pandas")) from error

    made: dict[str, Any] = {}
    for column in table.columns:
        if column.type == "text":
            made[column.name] = pd.Categorical.from_codes(*_coded(columns[column.name]))
            continue
        plain, missing = _numbers(column, columns[column.name])
        if column.nullable:
            kind = pd.arrays.BooleanArray if column.type == "bool" else pd.arrays.IntegerArray
            made[column.name] = kind(plain, missing)
        else:
            made[column.name] = plain
    return pd.DataFrame(made)
