"""Throughput over time, for charts and exports: a document beside the report, which would be too long with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass

__all__ = ["Series"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Series:
    """Wire bytes (original length, all frames) of every member on one grid of at most 1024 bins.

    Bin `i` is the `width_ns` from `start_ns + i * width_ns` on, in the captures' own times; both are multiples of a
    power of two nanoseconds, 2^20 at least. `members` maps each name to its "tx", "rx" and "unknown", each (n_bins,)
    uint64: from the teamed host, to it, and frames of neither or of an unknown host. Members in `aggregates` carry
    the union of others. Packets outside --from and --to are left out, and those without a time.
    """

    start_ns: int = 0
    width_ns: int = 1 << 20
    members: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    aggregates: frozenset[str] = frozenset()

    @property
    def n_bins(self) -> int:
        """Return how many bins there are; 0 where nothing has a time."""
        return max((len(wire) for sides in self.members.values() for wire in sides.values()), default=0)
