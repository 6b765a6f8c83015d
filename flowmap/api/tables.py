"""The tables of an analysis: flows, streams, and bytes over time. Use them as `flowmap.Flows`, `.Streams`, `.Series`.

Each is what it was made of (columns, or arrays a member), and gives itself to others: `__arrow_c_stream__` is Arrow's PyCapsule
interface, which polars, DuckDB and pyarrow read, `to_pandas` makes a DataFrame. Names, types and units are those of the Parquet
files, docs/parquet.md.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping
from typing import TYPE_CHECKING, Any

from flowmap.document.series import Series as Throughput
from flowmap.report.formats.tables.columns import BINS, FLOWS, STREAMS, Table
from flowmap.report.formats.tables.rows import Columns, bin_columns, stream_columns

if TYPE_CHECKING:
    from flowmap.document.model import Report

__all__ = ["Flows", "Series", "Streams"]


class _Exported:
    """A table that other programs read."""

    def _table(self) -> tuple[Table, Columns]:
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Return the table as a stream of Arrow data, for whatever takes one; what types are asked for is not looked at."""
        from flowmap.report.formats.tables.exchange import arrow_stream

        return arrow_stream(*self._table())

    def to_arrow(self) -> Any:
        """Return the table as a `pyarrow.Table`. Needs the extra `arrow`."""
        from flowmap.report.formats.tables.arrow import arrow_table

        return arrow_table(*self._table())

    def to_pandas(self) -> Any:
        """Return the table as a `pandas.DataFrame`: texts as categories, what may be missing in nullable types.

        Needs pandas, but not pyarrow.
        """
        from flowmap.report.formats.tables.exchange import pandas_frame

        return pandas_frame(*self._table())


class _Columns(_Exported):
    """A table with its columns by name, as a mapping has them.

    It is not registered as one: polars would take a mapping's arrays as they are, and a time that is missing for a number.
    """

    _kind: Table

    def __init__(self, columns: Mapping[str, Any]) -> None:
        import numpy as np

        self._columns = {name: np.asarray(column) for name, column in columns.items()}

    def _table(self) -> tuple[Table, Columns]:
        return self._kind, self._columns

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def keys(self) -> KeysView[str]:
        """Return the columns' names."""
        return self._columns.keys()

    def items(self) -> ItemsView[str, Any]:
        """Return names and arrays."""
        return self._columns.items()

    def __repr__(self) -> str:
        return f"<{self.rows} {self._kind.name}: {', '.join(self)}>"

    @property
    def rows(self) -> int:
        """How many rows there are; `len` tells how many columns."""
        return len(next(iter(self._columns.values()), ()))


class Flows(_Columns):
    """The flow table: one 1-D numpy array a column, named as in the CSV of `--flows`.

    A time that no packet has is the least int64 (`numpy.iinfo("int64").min`), and null in Arrow and pandas.
    """

    _kind = FLOWS


class Streams(_Columns):
    """The streams that the report lists: a row for each stream, direction and member that carried it, as in streams.parquet.

    One 1-D numpy array a column; texts and what may be missing are objects, missing is None.
    """

    _kind = STREAMS

    def __init__(self, report: Report) -> None:
        import numpy as np

        columns = stream_columns(report)
        super().__init__(
            {
                one.name: np.array(columns[one.name], object if one.nullable or one.type == "text" else one.type)
                for one in STREAMS.columns
            }
        )


class Series(_Exported, Throughput):
    """Wire bytes of every member over time: `members` has an array of bins for each member and direction.

    As a table it has a row for each member, direction and bin, as in bins.parquet.
    """

    @classmethod
    def of(cls, series: Throughput) -> Series:
        """Return the same numbers, as a table too."""
        return cls(series.start_ns, series.width_ns, series.members, series.aggregates)

    def _table(self) -> tuple[Table, Columns]:
        return BINS, bin_columns(self)

    def __repr__(self) -> str:
        return f"<{self.n_bins} bins of {self.width_ns} ns: {', '.join(self.members)}>"
