"""Offsets between the members' clocks from causality: stub of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MemberClock:
    """Clock of one member against the reference member: true time = t - offset.

    The offset at time t is offset_ns + drift_ppm * 1e-6 * (t - epoch_ns of the solution). `lo_ns`, `hi_ns` are the bounds
    at epoch_ns, None where nothing bounds it on that side; `known` says both are there; `corrected` that 0 is impossible
    (or the clock drifts), so times have to be corrected.
    """

    member: int
    offset_ns: int
    uncertainty_ns: int | None
    drift_ppm: float
    lo_ns: int | None
    hi_ns: int | None
    known: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class ClockSolution:
    """Clocks of all members; `consistent` False: the constraints contradict each other beyond offset and drift."""

    reference: int
    epoch_ns: int
    members: tuple[MemberClock, ...]
    consistent: bool
    constraints: int

    def correct(self, member: int, ts_ns: I64) -> I64:
        """Times of the member's clock on the reference clock, (n,) int64 ns."""
        raise NotImplementedError


def solve_clocks(
    n_members: int,
    member_a: npt.NDArray[Any],
    member_b: npt.NDArray[Any],
    t_a: I64,
    t_b: I64,
    weight: npt.NDArray[Any] | None = None,
    *,
    reference: int = 0,
    segments: int = 64,
    granularity_ns: int = 1000,
) -> ClockSolution:
    """Solve "the event at t_b on b's clock truly happened not before the event at t_a on a's clock", (m,) arrays."""
    raise NotImplementedError
