"""Whether a capture is of mirrored frames, by its first packets.

ERSPAN and TZSP exist for mirroring: a capture that mostly holds them is one. VXLAN and GRE are what hosts talk through as well.
Two hosts send each other their halves of a conversation; a mirror sends both halves the same way, to the collector, and gets
nothing back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.capture.mirror.outer import ERSPAN, GRE, TZSP, VXLAN, Outer, find_outer
from flowmap.capture.reader import Block

__all__ = ["mirrored_kinds", "source_keys"]

Array = np.ndarray[Any, Any]

_MOST = 2048
_SHARE = 0.5
_LEAST_BOTH = 2


def mirrored_kinds(block: Block, ifaces: Array) -> frozenset[int]:
    """Return the encapsulations that are mirrors in a capture that begins with `block`; none if it is no such capture."""
    index = block.index[:_MOST]
    if not len(index):
        return frozenset()
    found = find_outer(block.data, index, ifaces)
    kinds = frozenset(
        kind
        for kind in (ERSPAN, TZSP, VXLAN, GRE)
        if (found.kind == kind).any() and (kind in (ERSPAN, TZSP) or _one_way(block.data, found, found.kind == kind))
    )
    share = np.isin(found.kind, list(kinds)).mean()
    return kinds if share >= _SHARE else frozenset()


def _one_way(data: Array, found: Outer, own: Array) -> bool:
    """Return whether inner conversations have both directions in one outer direction, and none has them in two."""
    rows = np.flatnonzero(own)
    sources, targets = source_keys(data, found, rows)
    here: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for place, source, target in zip(found.inner[rows].tolist(), sources.tolist(), targets.tolist(), strict=True):
        dmac, smac = (int.from_bytes(data[at : at + 6].tobytes(), "big") for at in (place, place + 6))
        here.setdefault((source, target), set()).add((smac, dmac))
    both = sum((dmac, smac) in pairs for pairs in here.values() for smac, dmac in pairs)
    return both >= _LEAST_BOTH and not any((target, source) in here for source, target in here)


def source_keys(data: Array, found: Outer, rows: Array) -> tuple[Array, Array]:
    """Return (rows,) uint64 each: outer source and destination address, those of IPv6 folded."""
    return _address(data, found, rows, 0), _address(data, found, rows, 1)


def _address(data: Array, found: Outer, rows: Array, number: int) -> Array:
    width, last = found.width[rows], len(data) - 1
    at = found.addresses[rows] + number * width
    value = np.zeros(len(rows), np.uint64)
    for byte in range(16):
        inside = byte < width
        value = np.where(inside, value * np.uint64(257) + data[np.minimum(at + byte, last)], value)
    return value
