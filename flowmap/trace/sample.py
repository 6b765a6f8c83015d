"""Points of one stream-direction for a picture of its sequence numbers over time, few however long it is.

Packets are drawn at random with a fixed seed, each with the same chance: taking every k-th one would show a sprayed
stream as if it sat on one member. Around the first change of member every packet is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CLOSEUP", "POINTS", "SAMPLED_DIRECTIONS", "Sample", "SequenceSampler"]

Array = np.ndarray[Any, Any]

POINTS = 1_600
"""Packets drawn; with the close-up they stay below 2,000 a direction, of 33 bytes each."""
CLOSEUP = 300
SAMPLED_DIRECTIONS = 32
_BEFORE = CLOSEUP // 3
_SEED = 20260101

_POINT = np.dtype([("ts_ns", "i8"), ("position", "i8"), ("priority", "f8"), ("member", "u4"), ("closeup", "?")])


@dataclass(frozen=True)
class Sample:
    """(n,) columns in time order; `packets` is how many they were drawn from."""

    ts_ns: Array
    position: Array
    member: Array
    closeup: Array
    packets: int


class SequenceSampler:
    """Feed `update` with TRACE rows of one direction in time order, then `finish`."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(_SEED)
        self._drawn = np.zeros(0, dtype=_POINT)
        self._before = np.zeros(0, dtype=_POINT)
        self._closeup = np.zeros(0, dtype=_POINT)
        self._changed = False
        self._packets = 0
        self._last: tuple[int, int] | None = None

    def update(self, packets: Array) -> None:
        """Of the packets those with payload count: acknowledgments have no place in the stream."""
        packets = packets[packets["payload"] > 0]
        if not len(packets):
            return
        points = np.zeros(len(packets), dtype=_POINT)
        points["ts_ns"], points["member"] = packets["ts_ns"], packets["member"]
        points["position"] = self._positions(packets["seq"].astype(np.int64))
        points["priority"] = self._random.random(len(points))
        self._packets += len(points)
        self._draw(points)
        self._look_closer(points)

    def _positions(self, seq: Array) -> Array:
        """Bytes from the first packet on, each step the nearer way round the 32 bits."""
        seen, position = self._last or (int(seq[0]), 0)
        steps = np.diff(np.concatenate([[seen], seq]))
        positions = position + np.cumsum((steps + 2**31) % 2**32 - 2**31)
        self._last = int(seq[-1]), int(positions[-1])
        return positions

    def _draw(self, points: Array) -> None:
        """Those with the lowest of random numbers are a fair draw, and stay one as more come."""
        pool = np.concatenate([self._drawn, points])
        if len(pool) > POINTS:
            pool = pool[np.argpartition(pool["priority"], POINTS)[:POINTS]]
        self._drawn = pool

    def _look_closer(self, points: Array) -> None:
        if not self._changed:
            points = np.concatenate([self._before, points])
            changes = np.flatnonzero(points["member"][1:] != points["member"][:-1])
            if not len(changes):
                self._before = points[-_BEFORE:].copy()
                return
            self._changed, self._before = True, self._before[:0]
            points = points[max(0, int(changes[0]) + 1 - _BEFORE) :]
        if len(self._closeup) < CLOSEUP:
            self._closeup = np.concatenate([self._closeup, points[: CLOSEUP - len(self._closeup)]])

    def finish(self) -> Sample:
        """The points, the drawn ones first, then those of the close-up; a packet may be in both."""
        drawn, near = np.sort(self._drawn, order="ts_ns"), self._closeup.copy()
        near["closeup"] = True
        points = np.concatenate([drawn, near])
        return Sample(
            points["ts_ns"].copy(), points["position"].copy(), points["member"].astype(np.int64), points["closeup"].copy(),
            self._packets,
        )  # fmt: skip
