"""What a capture leaves of its sequence numbers: columns, fit to travel to another process."""

from __future__ import annotations

from dataclasses import field, replace
from threading import Lock
from typing import Any, Protocol

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.sequence.grid import MOST_LEVEL, windows
from flowmap.flow.sequence.records import CLOSED, HOLE, KEPT_ROW, LOGGED, SEQUENCE, SIZE, kept_rows
from flowmap.flow.sequence.reference import SequenceTable
from flowmap.types import TS_NONE

__all__ = ["Kept", "LogBudget", "kept_by_twin", "thinned"]

Array = np.ndarray[Any, Any]

_ALL_LOGS = 1 << 19
"""Packets logged of all captures of a run, of 40 bytes each."""


@dataclass(frozen=True)
class Kept:
    """`rows` (KEPT_ROW) are those of which something is kept, `sequences` (SEQUENCE) beside them.

    `log` is in the capture's order, the others in that of `kept`.
    """

    rows: Array = field(default_factory=lambda: np.zeros(0, KEPT_ROW))
    sequences: Array = field(default_factory=lambda: np.zeros(0, SEQUENCE))
    holes: Array = field(default_factory=lambda: np.zeros(0, HOLE))
    sizes: Array = field(default_factory=lambda: np.zeros(0, SIZE))
    closed: Array = field(default_factory=lambda: np.zeros(0, CLOSED))
    log: Array = field(default_factory=lambda: np.zeros(0, LOGGED))
    level: int = 0


def kept_by_twin(table: SequenceTable, rows: Array) -> Kept:
    """Return what the twin has. `rows`: FLOW of all."""
    numbers = sorted(table.states.keys() | {one[1] for one in table.log})
    place = {row: k for k, row in enumerate(numbers)}
    sequences = np.zeros(len(numbers), SEQUENCE)
    holes, sizes, closed = [], [], []
    for k, row in enumerate(numbers):
        begin, state, out = table.begins[row], table.states.get(row), sequences[k]
        for name in ("sent", "base", "syn_low", "begun_low", "mss", "scale", "have"):
            out[name] = getattr(begin, name)
        if state is None:
            continue
        out["stated"] = 1
        for name in ("since", "retransmitted", "reordered", "repeated", "unsure", "retired", "soon"):
            out[name] = getattr(state, name)
        if state.retired:
            closed.append((state.missing.bins, k, state.missing.shift))
        holes += [(*hole, k, 0) for hole in state.holes] + [(*segment, k, 1) for segment in state.early]
        sizes += [(count, k, payload, options) for (payload, options), count in sorted(state.sizes.items())]
    log = np.array([(one[0], place[one[1]], *one[2:]) for one in table.log], LOGGED)
    lists = np.array(holes, HOLE), np.array(sizes, SIZE), np.array(closed, CLOSED)
    return Kept(kept_rows(rows, np.array(numbers, np.int64)), sequences, *lists, log, table.level)


def thinned(kept: Kept, level: int) -> Kept:
    """Return what was kept, with the log of a higher level."""
    if level <= kept.level:
        return kept
    inside = (windows(kept.log["ts_ns"], level) >= 0) & (kept.log["ts_ns"] != TS_NONE)
    return replace(kept, log=kept.log[inside], level=level)


class Holder(Protocol):
    """What has a `kept`: a scan."""

    kept: Kept


class LogBudget:
    """Bounds the logs of all captures of a run, in whatever order they come: all are thinned to the least level with room."""

    def __init__(self, most: int = _ALL_LOGS) -> None:
        self._level, self._most = 0, most
        self._holders: list[Holder] = []
        self._lock = Lock()

    def take(self, holder: Holder) -> None:
        """Count one more, and thin those before it as need be."""
        with self._lock:
            self._holders.append(holder)
            self._raise(max(self._level, holder.kept.level))
            while sum(len(one.kept.log) for one in self._holders) > self._most and self._level < MOST_LEVEL:
                self._raise(self._level + 1)

    def _raise(self, level: int) -> None:
        self._level = level
        for one in self._holders:
            one.kept = thinned(one.kept, level)
