"""Which streams are looked into for what limited them, and what their packets and the load of the members show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from flowmap.config import Settings
from flowmap.flow.migration import MigrationStream
from flowmap.flow.stream import Streams
from flowmap.pipeline.follow import Followed, Wanted, first_ns
from flowmap.pipeline.read import ReadResult, TraceOrder, Trail
from flowmap.team.clock import ClockSolution
from flowmap.team.throughput import CaptureBins, on_one_grid
from flowmap.trace.collect import Sliced
from flowmap.trace.dynamics import Dynamics, measure
from flowmap.trace.merge import TimeMerge
from flowmap.trace.outer import OuterHeaders
from flowmap.verdict.facts import MemberLoad

__all__ = ["dynamics_of", "member_load", "streams_to_examine"]

_MOST = 64
"""The largest streams; each takes a slice of its own."""


def streams_to_examine(
    streams: Streams, judged: Sequence[tuple[int, MigrationStream | None]], settings: Settings
) -> dict[int, int]:
    """Judged streams that carried much, the largest, by number: the side (0: a -> b, 1: b -> a) that carried it."""
    payload = streams.table["payload_bytes"]
    bulk = {number: m.bulk if m is not None else int(np.argmax(payload[number])) for number, m in judged}
    much = [number for number, side in bulk.items() if payload[number, side] >= settings.thresholds.bulk_min_bytes]
    largest = sorted(much, key=lambda number: (-int(payload[number, bulk[number]]), number))[:_MOST]
    return {number: bulk[number] for number in sorted(largest)}


def member_load(captures: Sequence[CaptureBins], macs: AbstractSet[int], members: int) -> MemberLoad:
    """Throughput over time of all members."""
    start_ns, width_ns, wire = on_one_grid(captures, macs, members)
    return MemberLoad(start_ns, width_ns, wire, lambda own: on_one_grid(captures, own, members)[2])


def dynamics_of(
    read: ReadResult, links: Sequence[Mapping[tuple[int, int], int]], streams: Streams, examined: Mapping[int, int],
    followed: Followed, settings: Settings,
) -> dict[int, Dynamics]:  # fmt: skip
    """What the streams' packets show, by stream. Of those that the second pass did not follow, slices of time are read now."""
    log, others = followed.log, [number for number in examined if number not in followed.logged]
    _read_others(read, links, Wanted(streams, others), followed, settings)
    return {
        number: measure(log.packets((number, side)), log.packets((number, 1 - side)), log.slices)
        for number, side in examined.items()
    }


def _read_others(
    read: ReadResult, links: Sequence[Mapping[tuple[int, int], int]], wanted: Wanted, followed: Followed, settings: Settings
) -> None:
    """Put into the log what the second pass left out: clean streams on one member, of which it read the beginning at most."""
    if not len(wanted.rows):
        return
    log, clock = followed.log, followed.clock
    trails = [
        Trail(one, first_ns(scan), TraceOrder(
            one.planned, one.size, settings, read.compiled, mapping, Sliced(log.slices, _offset(clock, mapping), scan.marks)
        ))
        for one, scan, mapping in zip(read.inputs, read.scans, links, strict=True) if mapping
    ]  # fmt: skip
    chunks = read.reader.trace(trails, wanted.rows, np.ones(len(wanted.rows), dtype=bool), OuterHeaders())
    merge = TimeMerge([(trail.first_ns, own) for trail, own in zip(trails, chunks, strict=True)])
    for window in merge.windows(*clock.corrections()):
        window = window[log.slices.numbers(window["ts_ns"]) >= 0]
        for direction in np.unique(window["direction_id"]).tolist():
            for stream, packets in wanted.split(direction, window[window["direction_id"] == direction]):
                log.take((stream, direction % 2), packets)


def _offset(clock: ClockSolution, mapping: Mapping[tuple[int, int], int]) -> int:
    """Of the clock of a capture, by its first member."""
    c = clock.members[min(mapping.values())]
    return c.offset_ns if c.corrected else 0
