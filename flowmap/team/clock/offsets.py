"""Offsets between the members' clocks, from what cannot have happened before its cause.

Members captured by different processes, machines or NICs may have different clocks. What is known are constraints: the
event that b's capture dates t_b (an acknowledgment) did not happen before the event that a's capture dates t_a (the
data it acknowledges). With o the offset to subtract from a clock's readings, t_b - o_b >= t_a - o_a, that is

    o_b - o_a <= t_b - t_a                                                                                     (1)

Constraints are first thinned: for each pair (a, b) and time segment only the least t_b - t_a counts, with its time, and
the rest follow from it as long as clocks do not drift within a segment; leaving some out can only widen the answer.

*One constant offset each.* (1) is a system of difference constraints. With D[a, b] the least right side over all
segments, and d its closure by shortest paths (Floyd-Warshall), it has a solution iff no cycle is negative, and then
o_b - o_r lies in [-d[b, r], d[r, b]] for the reference r, every value of the interval being possible. A clock for
which 0 is possible keeps it: the clocks may well be one, and half the width says how wrong that may be. Otherwise the
offset of a member fixed before it is taken if possible (members 1 and 2 may share a clock that is not the
reference's), else the middle. Fixing one after the other is safe because d is closed.

*Drift.* Where a cycle is negative, o_b - o_a = alpha + beta * (t - epoch) for pairs with bounds from both sides: each
segment gives a point above or below the line, and the line that stays farthest from all points is found by ternary
search over beta (the gap left for alpha is concave in it). A tree of the pairs with the narrowest gaps, those that
need no drift first, carries beta to all members; with it taken out, (1) is solved for constants as before.

Timestamps are rounded, so every constraint is loosened by their granularity. If there is still no solution, some
constraint is wrong (a retransmission paired with the wrong data, say): `consistent` is False, and then half of the
contradiction is the uncertainty.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowmap.dataclass import dataclass
from flowmap.team.clock.fit import Constraints, Thinned, fit_drift, fix_offsets, shortest_paths, thin
from flowmap.types import TS_NONE

__all__ = ["ClockSolution", "MemberClock", "solve_clocks"]

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MemberClock:
    """Clock of one member against the reference member's: true time = t - offset.

    The offset at time t is offset_ns + drift_ppm * 1e-6 * (t - epoch_ns of the solution). `lo_ns`, `hi_ns` bound it at
    the epoch, None where nothing does from that side; `uncertainty_ns` is half their distance, `known` says that both
    are there. `corrected`: no offset is impossible (or the clock drifts), so times have to be corrected; with one bound
    only, the correction is the least that causality asks for.
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
    """Clocks of all members; `consistent` False: the constraints contradict each other beyond offset and drift.

    `constraints` is how many were given, `epoch_ns` the time at which offsets are stated (the middle of them).
    """

    reference: int
    epoch_ns: int
    members: tuple[MemberClock, ...]
    consistent: bool
    constraints: int

    @property
    def corrects(self) -> bool:
        """Whether times of any member are corrected."""
        return any(clock.corrected for clock in self.members)

    def corrections(self) -> tuple[I64, F64, int]:
        """Return (offset, drift, epoch) to take out of times: by member, nothing where a clock is not corrected."""
        offsets = np.array([c.offset_ns if c.corrected else 0 for c in self.members], dtype=np.int64)
        drift = np.array([c.drift_ppm * 1e-6 if c.corrected else 0.0 for c in self.members])
        return offsets, drift, self.epoch_ns

    def true_time(self, member: int, ts_ns: int) -> int:
        """Return a time of a member's clock on the reference clock."""
        clock = self.members[member]
        if not clock.corrected:
            return ts_ns
        return ts_ns - clock.offset_ns - round(clock.drift_ppm * 1e-6 * (ts_ns - self.epoch_ns))

    def true_times(self, member: npt.NDArray[Any], ts_ns: I64) -> I64:
        """Return the same of (n,) int64 times, each by the clock of its member; a time that is not known stays so."""
        times = ts_ns.copy()
        for clock in self.members:
            if clock.corrected:
                own = (member == clock.member) & (ts_ns != TS_NONE)
                drift = np.rint(clock.drift_ppm * 1e-6 * (ts_ns[own] - self.epoch_ns)).astype(np.int64)
                times[own] -= clock.offset_ns + drift
        return times

    def member_time(self, member: int, true_ns: int) -> int:
        """Return a time of the reference clock on the member's clock."""
        return true_ns + (true_ns - self.true_time(member, true_ns))

    def correct(self, member: int, ts_ns: I64) -> I64:
        """Return times on the member's clock as times on the reference clock, (n,) int64 ns."""
        clock = self.members[member]
        if not clock.corrected:
            return ts_ns
        drift = np.rint((ts_ns - self.epoch_ns) * (clock.drift_ppm * 1e-6))
        corrected: I64 = ts_ns - clock.offset_ns - drift.astype(np.int64)
        return corrected


def solve_clocks(n_members: int, constraints: Constraints | None = None, *, reference: int = 0) -> ClockSolution:
    """Return clocks from up to about ten million constraints; offsets are relative to `reference`, whose own is 0."""
    none = np.zeros(0, np.int64)
    constraints = Constraints(none, none, none, none) if constraints is None else constraints.counted()
    t_a = constraints.t_a
    epoch = int(t_a.min() + (t_a.max() - t_a.min()) // 2) if len(t_a) else 0
    points = thin(n_members, constraints, epoch)
    drift = np.zeros(n_members)
    paths, violation = shortest_paths(_bounds(n_members, points, drift))
    if violation > 0:
        drift = fit_drift(n_members, points, reference)
        paths, violation = shortest_paths(_bounds(n_members, points, drift))
    solved = _Solved(paths, reference, fix_offsets(paths, reference), drift, violation)
    clocks = tuple(_clock(member, solved) for member in range(n_members))
    return ClockSolution(reference, epoch, clocks, violation <= 0, len(t_a))


class _Solved(NamedTuple):
    """The closed bounds, and what was chosen within them, in ns and ns per ns; `violation`: how far they contradict."""

    paths: F64
    reference: int
    offsets: F64
    drift: F64
    violation: float


def _bounds(n_members: int, points: Thinned, drift: F64) -> F64:
    """Return d of (1), (n, n) float64 ns: the least t_b - t_a of each pair with drift taken out, infinity where none is."""
    bounds = np.full((n_members, n_members), np.inf)
    np.fill_diagonal(bounds, 0.0)
    rate = drift[points.member_b] - drift[points.member_a]
    np.minimum.at(bounds, (points.member_a, points.member_b), points.difference_ns - rate * points.since_epoch_ns)
    return bounds


def _clock(member: int, solved: _Solved) -> MemberClock:
    paths, reference, offsets, drift, violation = solved
    high, low = paths[reference, member], -paths[member, reference]
    known = bool(np.isfinite(high) and np.isfinite(low))
    half_width = max((high - low) / 2, violation / 2)
    offset = round(float(offsets[member]))
    return MemberClock(
        member=member,
        offset_ns=offset,
        uncertainty_ns=round(float(half_width)) if known else None,
        drift_ppm=float(drift[member] * 1e6),
        lo_ns=round(float(low)) if np.isfinite(low) else None,
        hi_ns=round(float(high)) if np.isfinite(high) else None,
        known=known,
        corrected=bool(offset or drift[member]),
    )
