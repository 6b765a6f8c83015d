"""The rows of the tables that do not lie about as columns: streams of the report, bins of the throughput.

In: the report, the series. Out: a list for each column of `columns.py`, all of one length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowmap.report.formats.tables.columns import BINS, STREAMS

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.document.series import Series

__all__ = ["Columns", "bin_columns", "stream_columns"]

Columns = Mapping[str, Any]
"""A list or a 1-D numpy array for each column's name."""


def stream_columns(report: Report) -> Columns:
    """Return one row per stream, direction and member; a direction that no member carried has one too."""
    rows: list[Sequence[Any]] = []
    for stream in report.streams:
        head = (
            stream.id,
            stream.kind,
            stream.confidence,
            stream.migration_id,
            stream.judged,
            stream.client.ip,
            stream.client.port,
            stream.server.ip,
            stream.server.port,
            stream.source_host,
            stream.destination_host,
        )
        for way in stream.directions:
            middle = (
                way.direction,
                way.src.ip,
                way.src.port,
                way.dst.ip,
                way.dst.port,
                way.placement,
                way.cause,
                way.expected,
            )
            outer = (way.outer.src, way.outer.dst) if way.outer is not None else (None, None)
            tunnel = (stream.encapsulation, *outer)
            parts: list[Sequence[Any]] = [
                (
                    one.name,
                    one.packets,
                    one.wire_bytes,
                    one.payload_bytes,
                    one.first_ns,
                    one.last_ns,
                    *tunnel,
                    one.wire_packets,
                )
                for one in way.members
            ]
            rows += [(*head, *middle, *part) for part in parts or [(None, 0, 0, 0, None, None, *tunnel, 0)]]
    names = [column.name for column in STREAMS.columns]
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}


def bin_columns(series: Series) -> Columns:
    """Return one row per member, direction and bin; a direction in which a member had nothing at all has none."""
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
