"""When enough packets of a stream were looked at: it is proven to be sprayed, whatever the rest of its packets show.

The first pass has counted all packets already: how many each member carried, and after how many of them something was missing
on their member, which in a sprayed stream was on another one. If both show a direction to be dealt out over its members from
its first packet to its last, LOOKED_AT of them tell the rest (in which order they were, how long the runs are, how many are
copies), and the captures need not be read to their end a second time. A direction that moved, or is in a tunnel, of which each
outer header counts, is always followed to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowmap.flow.streams.stream import Streams
from flowmap.passes.kept import KeptStreams
from flowmap.settings.config import Thresholds
from flowmap.trace.watching.observers import Observers
from flowmap.trace.watching.spraying import is_sprayed

__all__ = ["LOOKED_AT", "Enough", "dealt_out"]

Array = np.ndarray[Any, Any]
Key = tuple[int, int]

LOOKED_AT = 16_384
"""Packets of a direction: the shares that make it sprayed (a twentieth at the least) are known to a fraction of a percent."""
LEAST_OTHER = 1_024
"""Packets of a direction without payload, which are fewer."""


def dealt_out(rows: Array, limits: Thresholds) -> bool:
    """Return whether the counts of the first pass show a direction (its FLOW rows, one a member) on all its members throughout.

    A segment that begins after what its member has seen counts as `ahead`: what was missing before it, in a stream of which
    all was captured, was on another member. So `ahead` counts the neighbours in sequence order that change member.
    """
    packets = rows["data_packets" if rows["payload_bytes"].any() else "packets"].astype(np.int64)
    if packets.min() < limits.spray_min_share / len(rows) * packets.sum():
        return False
    changes = int(rows["ahead"].sum())
    return not rows["payload_bytes"].any() or changes >= limits.spray_sequence_switch_rate * packets.sum()


class Enough:
    """The followed streams that may be sprayed by the first pass; `several` are the sides of each that are on several members.

    Sides are 0: a -> b, 1: b -> a.
    """

    def __init__(self, streams: Streams, kept: KeptStreams, followed: Sequence[int], limits: Thresholds) -> None:
        self._limits = limits
        self.several: dict[int, list[int]] = {}
        mixed = set(kept.mixed.tolist())
        table = streams.table
        large = table["packets"][followed].sum(axis=1) > 2 * LOOKED_AT if len(followed) else ()
        for stream, worth in zip(followed, large, strict=True):
            if not worth or table["encap"][stream] or not mixed.isdisjoint(streams.row_numbers(stream).tolist()):
                continue
            rows, forward = streams.rows_of(stream)
            sides = [rows[forward == (side == 0)] for side in (0, 1)]
            several = [side for side, own in enumerate(sides) if len(own) > 1]
            if any(sides[side]["payload_bytes"].any() for side in several) and all(
                len(np.unique(sides[side]["link"])) == len(sides[side]) and dealt_out(sides[side], limits)
                for side in several
            ):
                self.several[stream] = several

    def proven(self, stream: int, counts: Sequence[int], observers: Observers, numbers: Sequence[int]) -> bool:
        """Return whether a stream was looked at for long enough.

        By side: `counts` of its packets so far, and `numbers` of its observers.
        """
        sides = self.several.get(stream)
        seen = [counts[side] for side in sides or ()]
        if sides is None or max(seen) < LOOKED_AT or min(seen) < LEAST_OTHER:
            return False
        found = [observers.finish(numbers[side])[0] for side in sides]
        return all(is_sprayed(o, self._limits, by_time) for o in found for by_time in (True, False))
