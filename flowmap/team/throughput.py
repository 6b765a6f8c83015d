"""Wire bytes of each member over time, apart by direction: the bins of all captures on one grid.

In: bins of captures by MAC pair. Out: per member what the teamed host sent, what it received, and what is neither for sure.
Times are the captures' own, as everywhere in the report's members: offsets between clocks are not taken out, so that a
bin is a plain sum and does not depend on what was found out about clocks.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.bins.reference import N_BINS, SHIFT
from flowmap.flow.scanning.scan import Scan
from flowmap.words import Side

__all__ = ["SIDES", "CaptureBins", "Grid", "capture_bins"]

Array = np.ndarray[Any, Any]
SIDES: tuple[Side, ...] = ("unknown", "rx", "tx")
"""Names by number; inbound and outbound packets (HEADER.direction) are rx and tx."""
_KEY = np.dtype([("member", "i8"), ("smac", "u8"), ("dmac", "u8"), ("direction", "u1")])


@dataclass(frozen=True)
class CaptureBins:
    """`bins` (BIN) of a capture, and for each row of them whose they are (`keys`; member -1: of none)."""

    bins: Array
    keys: Array


def capture_bins(scan: Scan, member_of_link: Array) -> CaptureBins:
    """Return bins of a scan whose links are still its own; `member_of_link` is -1 for links that are left out."""
    last = max(int(scan.pairs["bins"].max(initial=0)), int(scan.links["bins"].max(initial=0)))
    keys = np.zeros(1 + last, _KEY)
    keys["member"] = -1
    pairs = scan.pairs[scan.pairs["bins"] > 0]
    own = keys[pairs["bins"]]
    own["member"], own["smac"], own["dmac"] = member_of_link[pairs["link"]], pairs["smac"], pairs["dmac"]
    keys[pairs["bins"]] = own
    for direction in range(3):
        with_row = np.flatnonzero(scan.links["bins"][:, direction])
        rows = scan.links["bins"][with_row, direction]
        keys["member"][rows], keys["direction"][rows] = member_of_link[with_row], direction
    return CaptureBins(scan.bins, keys)


class Grid:
    """The bins of all captures of a run, on one grid: bins of `width_ns` from `start_ns` on by each member's clock.

    `macs`: the addresses that bins are known by; others make no difference.
    """

    def __init__(self, captures: Sequence[CaptureBins], n_members: int) -> None:
        kept = [(one.keys, one.bins[one.keys["member"][one.bins["row"]] >= 0]) for one in captures]
        kept = [(keys, bins) for keys, bins in kept if len(bins)]
        shift, low, high = _grid([bins for _, bins in kept]) if kept else (SHIFT, 0, -1)
        self.start_ns, self.width_ns = low << shift, 1 << shift
        self._shape = n_members, high - low + 1
        none = np.zeros(0, np.int64)
        keys, rows, times, wire = [np.zeros(0, _KEY)], [none], [none], [none.astype(np.uint64)]
        for own, bins in kept:
            rows.append(bins["row"].astype(np.int64) + sum(map(len, keys)))
            keys.append(own)
            times.append((bins["bin"] >> (shift - bins["shift"].astype(np.int64))) - low)
            wire.append(bins["wire_bytes"])
        self._keys, self._row = np.concatenate(keys), np.concatenate(rows)
        self._time, self._wire = np.concatenate(times), np.concatenate(wire)
        self._member = self._keys["member"][self._row]
        self.macs = frozenset(self._keys["smac"].tolist()) | frozenset(self._keys["dmac"].tolist())

    def wire(self, macs: Set[int]) -> Array:
        """Return (n_members, 3, n_bins) uint64 wire bytes by member and side of SIDES; `macs`: the teamed host's."""
        n_members, n_bins = self._shape
        total = np.zeros((n_members, len(SIDES), n_bins), np.uint64)
        np.add.at(total, (self._member, _sides(self._keys, macs)[self._row], self._time), self._wire)
        return total

    def one_way(self, macs: Set[int], side: Side) -> Array:
        """Return (n_members, n_bins) uint64, of `wire` that of one side."""
        own = np.flatnonzero((_sides(self._keys, macs) == SIDES.index(side))[self._row])
        total = np.zeros(self._shape, np.uint64)
        np.add.at(total, (self._member[own], self._time[own]), self._wire[own])
        return total


def _grid(bins: Sequence[Array]) -> tuple[int, int, int]:
    """Return the narrowest shift, none of the captures' being wider, with which all fit N_BINS bins; lowest and highest bin."""
    shift = max(int(one["shift"][0]) for one in bins)
    ends = [(int(one["bin"].min()), int(one["bin"].max()), shift - int(one["shift"][0])) for one in bins]
    low, high = min(first >> by for first, _, by in ends), max(last >> by for _, last, by in ends)
    while high - low >= N_BINS:
        shift, low, high = shift + 1, low >> 1, high >> 1
    return shift, low, high


def _sides(keys: Array, macs: Set[int]) -> Array:
    """Return (len(keys),) number of the side of SIDES: by the host's MACs, else as recorded with the packets."""
    own = np.array(sorted(macs), dtype=np.uint64)
    sends, receives = np.isin(keys["smac"], own), np.isin(keys["dmac"], own)
    return np.where(sends & ~receives, 2, np.where(receives & ~sends, 1, keys["direction"]))
