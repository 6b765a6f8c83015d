"""Rows of streams and bins: each as long as every other, none for a direction in which a member had nothing."""

from __future__ import annotations

import numpy as np
from factories import make_report, make_stream

from flowmap.document.series import Series
from flowmap.report.formats.tables.columns import BINS, STREAMS
from flowmap.report.formats.tables.rows import bin_columns, stream_columns


def test_every_column_is_there_and_of_one_length() -> None:
    report = make_report(streams=[make_stream(1), make_stream(2)])
    columns = stream_columns(report)
    assert list(columns) == [column.name for column in STREAMS.columns]
    parts = sum(max(1, len(way.members)) for stream in report.streams for way in stream.directions)
    assert {len(values) for values in columns.values()} == {parts}


def test_idle_directions_have_no_bins() -> None:
    sides = {"tx": np.array([0, 3], "u8"), "rx": np.zeros(2, "u8"), "unknown": np.zeros(2, "u8")}
    columns = bin_columns(Series(0, 10, {"nic1": sides, "nic2": {"tx": np.zeros(2, "u8")}}, frozenset(["nic1"])))
    assert list(columns) == [column.name for column in BINS.columns]
    assert list(zip(*columns.values(), strict=True)) == [
        (0, 10, "nic1", True, "tx", 0),
        (10, 10, "nic1", True, "tx", 3),
    ]
