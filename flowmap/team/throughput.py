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

__all__ = ["SIDES", "CaptureBins", "capture_bins", "on_one_grid"]

Array = np.ndarray[Any, Any]
SIDES = ("unknown", "rx", "tx")
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


def on_one_grid(captures: Sequence[CaptureBins], macs: Set[int], n_members: int) -> tuple[int, int, Array]:
    """Return (start_ns, width_ns, (n_members, 3, n_bins) uint64 wire bytes by member and side); `macs`: the teamed host's."""
    kept = [(one, one.keys["member"][one.bins["row"]] >= 0) for one in captures]
    binned = [(one, one.bins[own]) for one, own in kept if own.any()]
    if not binned:
        return 0, 1 << SHIFT, np.zeros((n_members, len(SIDES), 0), np.uint64)
    shift, low, high = _grid([bins for _, bins in binned])
    total = np.zeros((n_members, len(SIDES), high - low + 1), np.uint64)
    for one, bins in binned:
        key, side = one.keys[bins["row"]], _sides(one.keys, macs)[bins["row"]]
        time = (bins["bin"] >> (shift - bins["shift"].astype(np.int64))) - low
        np.add.at(total, (key["member"], side, time), bins["wire_bytes"])
    return low << shift, 1 << shift, total


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
