"""Frames that Windows before 8.1 logs in several events are put together.

The parts of a frame stand one behind the other on one thread of one processor, and 0/0 is the idle thread of every processor:
so the key is processor (whose events alone are looked at here), process, thread and interface. Parts without a start or an end
are counted and not used: nothing tells how much of the frame is missing.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np

from flowmap.capture.etl.layout import EVENT
from flowmap.dataclass import dataclass

__all__ = ["WHOLE", "Joined", "in_order", "join", "join_edges", "together"]

Array = np.ndarray[Any, Any]

WHOLE = np.dtype((np.void, EVENT.itemsize))
"""A row without its fields: copied at once, where numpy would copy field by field."""
_MOST_EDGE = 16
"""Parts of a frame that goes over the edge of a buffer, where nothing else is in parts."""
_NONE = np.zeros(0, np.int64)
_NO_ROWS = np.zeros(0, EVENT)


@dataclass(frozen=True)
class Joined:
    """`frames` (EVENT) in order of time; joined ones (F_JOINED) name their pieces by number and count.

    `open` are the parts of frames that have begun and not ended, `orphans` counts parts that are of no whole frame.
    """

    frames: Array
    offsets: Array = field(default_factory=lambda: _NONE)
    """Of the pieces, in the log."""
    sizes: Array = field(default_factory=lambda: _NONE)
    open: Array = field(default_factory=lambda: _NO_ROWS)
    orphans: int = 0


def in_order(rows: Array) -> Array:
    """Return whole frames by their stamps."""
    ordered: Array = rows[np.argsort(rows["stamp"], kind="stable")]
    return ordered


def join(rows: Array, walkers: Any) -> Joined:
    """Join the parts among `rows` (EVENT, of one processor, in the order of its events, open parts of before first).

    `walkers` is the module with the function that does it, compiled or plain.
    """
    frames, following, kept = np.empty_like(rows), np.empty(len(rows), np.int64), np.zeros(len(rows), np.uint8)
    offsets, sizes = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    count, pieces, orphans = walkers.join(rows, frames, offsets, sizes, following, kept)
    return Joined(in_order(frames[:count]), offsets[:pieces].copy(), sizes[:pieces].copy(), rows[kept != 0], orphans)


def join_edges(rows: Array, carried: Array, parts: int, walkers: Any) -> Joined | None:
    """Join the frame that goes on from the buffer before and the one that begins with the last rows.

    As `join`, for the case that no other frame is in parts (`parts` rows); `carried` is what the buffer before left.
    Returns None where it is not so simple.
    """
    pieces = np.empty((2, _MOST_EDGE), np.int64)
    head, tail = walkers.edges(rows, carried, parts, pieces)
    if head < 0:
        return None
    opened = rows[len(rows) - tail :]
    if not head:
        return Joined(rows[: len(rows) - tail], open=opened)
    count = len(carried) + head
    return Joined(rows[head - 1 : len(rows) - tail], pieces[0, :count], pieces[1, :count], opened)


def together(first: Array, second: Array) -> Array:
    """Return rows behind each other, copied whole: numpy would compare the types of their fields first."""
    rows = np.empty(len(first) + len(second), EVENT)
    whole = rows.view(WHOLE)
    whole[: len(first)], whole[len(first) :] = first.view(WHOLE), second.view(WHOLE)
    return rows
