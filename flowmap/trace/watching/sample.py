"""Points of one stream-direction for a picture of its sequence numbers over time, few however long it is.

Packets are drawn at random with a fixed seed, each with the same chance: taking every k-th one would show a sprayed
stream as if it sat on one member. Around the first change of member every packet is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass

__all__ = ["CLOSEUP", "POINTS", "SAMPLED_DIRECTIONS", "Sample", "Samplers"]

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


class Samplers:
    """Of the directions `numbers`. Feed `update` with TRACE rows in time order, then `finish` each."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._own = {number: _Sampler() for number in numbers}
        self._highest = np.zeros(1 + max(self._own, default=0))
        self._highest[list(self._own)] = 1.0
        self._random = np.random.default_rng(_SEED)

    def update(self, packets: Array, numbers: Array, positions: Array) -> None:
        """Take packets: `numbers` (n,) are their directions, `positions` (n,) where in them they begin.

        Packets with payload count: acknowledgments have no place in the stream.
        """
        if not self._own:
            return
        highest = np.where(
            numbers < len(self._highest), self._highest[np.minimum(numbers, len(self._highest) - 1)], 0.0
        )
        data = np.flatnonzero((packets["payload"] > 0) & (highest > 0))
        priority = self._random.random(len(data))
        own = numbers[data]
        counts = np.bincount(own, minlength=len(self._highest))
        for number in np.flatnonzero(counts).tolist():
            self._own[number].packets += int(counts[number])
        open_ones = [number for number, one in self._own.items() if len(one.closeup) < CLOSEUP]
        drawn = priority < highest[data]
        for number in np.unique(own[drawn]).tolist():
            chosen = np.flatnonzero(drawn & (own == number))
            self._highest[number] = self._own[number].draw(_points(packets, positions, data[chosen], priority[chosen]))
        for number in open_ones:
            chosen = np.flatnonzero(own == number)
            if len(chosen):
                self._own[number].look_closer(_points(packets, positions, data[chosen], priority[chosen]))

    def finish(self, number: int) -> Sample:
        """Return the points, the drawn ones first, then those of the close-up; a packet may be in both."""
        return self._own[number].finish()


def _points(packets: Array, positions: Array, chosen: Array, priority: Array) -> Array:
    points = np.zeros(len(chosen), dtype=_POINT)
    points["ts_ns"], points["member"] = packets["ts_ns"][chosen], packets["member"][chosen]
    points["position"], points["priority"] = positions[chosen], priority
    return points


class _Sampler:
    """One direction's points."""

    def __init__(self) -> None:
        self.packets = 0
        self.closeup = np.zeros(0, dtype=_POINT)
        self._drawn = np.zeros(0, dtype=_POINT)
        self._before = np.zeros(0, dtype=_POINT)
        self._changed = False

    def draw(self, points: Array) -> float:
        """Return those with the lowest of random numbers are a fair draw, and stay one as more come.

        Returns what others must be below.
        """
        pool = np.concatenate([self._drawn, points])
        if len(pool) > POINTS:
            pool = pool[np.argpartition(pool["priority"], POINTS)[:POINTS]]
        self._drawn = pool
        return float(pool["priority"].max()) if len(pool) == POINTS else 1.0

    def look_closer(self, points: Array) -> None:
        """Keep packets around the first change of member."""
        if not self._changed:
            points = np.concatenate([self._before, points])
            changes = np.flatnonzero(points["member"][1:] != points["member"][:-1])
            if not len(changes):
                self._before = points[-_BEFORE:].copy()
                return
            self._changed, self._before = True, self._before[:0]
            points = points[max(0, int(changes[0]) + 1 - _BEFORE) :]
        self.closeup = np.concatenate([self.closeup, points[: CLOSEUP - len(self.closeup)]])

    def finish(self) -> Sample:
        drawn, near = np.sort(self._drawn, order="ts_ns"), self.closeup.copy()
        near["closeup"] = True
        points = np.concatenate([drawn, near])
        return Sample(
            points["ts_ns"].copy(),
            points["position"].copy(),
            points["member"].astype(np.int64),
            points["closeup"].copy(),
            self.packets,
        )
