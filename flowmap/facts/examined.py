"""Which streams are looked into for what limited them, and what their packets and the load of the members show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import numpy as np

from flowmap.facts.model import MemberLoad
from flowmap.flow.streams.migration import MigrationStream
from flowmap.flow.streams.stream import Streams
from flowmap.passes.kept import KeptStreams
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution
from flowmap.team.throughput import CaptureBins, Grid
from flowmap.trace.watching.dynamics import Dynamics, measure

__all__ = ["dynamics_of", "member_load", "streams_to_examine"]

_MOST = 64
"""The largest streams."""
_WAYS = 64
"""Hosts of which the load is kept, where the teamed one is not known: some kilobytes each."""


def streams_to_examine(
    streams: Streams, judged: Sequence[tuple[int, MigrationStream | None]], settings: Settings
) -> dict[int, int]:
    """Return the judged streams that carried much, the largest, by number: the side (0: a -> b, 1: b -> a) that carried it."""
    payload = streams.table["payload_bytes"]
    bulk = {number: m.bulk if m is not None else int(np.argmax(payload[number])) for number, m in judged}
    much = [number for number, side in bulk.items() if payload[number, side] >= settings.thresholds.bulk_min_bytes]
    largest = sorted(much, key=lambda number: (-int(payload[number, bulk[number]]), number))[:_MOST]
    return {number: bulk[number] for number in sorted(largest)}


def member_load(captures: Sequence[CaptureBins], macs: AbstractSet[int], members: int) -> MemberLoad:
    """Return the throughput over time of all members."""
    grid = Grid(captures, members)
    one_way = lru_cache(maxsize=_WAYS)(grid.one_way)
    return MemberLoad(grid.start_ns, grid.width_ns, grid.wire(macs), lambda own, side: one_way(own & grid.macs, side))


def dynamics_of(kept: KeptStreams, examined: Mapping[int, int], clock: ClockSolution) -> dict[int, Dynamics]:
    """Return what the streams' logged packets show, by stream."""
    corrections = clock.corrections()
    return {
        number: measure(kept.sampled(number, side, corrections), kept.sampled(number, 1 - side, corrections))
        for number, side in examined.items()
    }
