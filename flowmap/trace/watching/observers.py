"""Observers of many directions at once, by number: the compiled ones, and the twin.

In: windows of TRACE rows in time order, and which observer each row is for. Out: an `Observation` of each, and what it misses.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Protocol

import numpy as np

from flowmap.flow.sequence.joined import NO_SPANS, Piece, spans_of, spread_of
from flowmap.flow.sequence.store import MISSING, NODE, STATE
from flowmap.trace.watching.observe import KEPT_BACK_NS, KEPT_OFFSETS, DirectionObserver, Observation, Switch
from flowmap.types import TRACE, TS_NONE

__all__ = ["CompiledObservers", "Observers", "PlainObservers"]

Array = np.ndarray[Any, Any]

_ROOM = 4096
BLOCK = 4096
"""Packets of a window that are put in order of direction, and of sending, together: see `observing.pyx`."""
_NO_TAIL = np.zeros(0, TRACE), np.zeros(0, np.uint32)
_COURSE = np.dtype(
    [
        ("total", "i8"),
        ("switches", "i8"),
        ("steps", "i8"),
        ("changes", "i8"),
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("run", "i8"),
        ("members", "u4"),
        ("runs", "u4"),
        ("runs_in_order", "u4"),
        ("last_member", "u4"),
        ("kept", "u4"),
        ("started", "u4"),
    ],
    align=True,
)
OBSERVED = np.dtype(
    [
        ("courses", _COURSE, (2,)),
        ("sent", "i8"),
        ("seen", "u8"),
        ("duplicates", "u8"),
        ("bin", "i8"),
        ("bin_bytes", "u8"),
        ("peak_bytes", "u8"),
        ("base", "u4"),
        ("repeated", "u4"),
        ("n_offsets", "u4"),
        ("dominant", "u4"),
        ("mss", "u2"),
        ("has_payload", "u1"),
        ("based", "u1"),
    ],
    align=True,
)
CHANGE = np.dtype(
    [
        ("ts_ns", "i8"),
        ("before_ns", "i8"),
        ("earlier", "i8"),
        ("observer", "u4"),
        ("course", "u4"),
        ("old", "u4"),
        ("new", "u4"),
    ],
    align=True,
)
OFFSET = np.dtype(
    [("delta_ns", "i8"), ("observer", "u4"), ("earlier", "u4"), ("later", "u4"), ("unused", "u4")], align=True
)


class Observers(Protocol):
    """Feed `update`, then `finish` each."""

    def update(self, window: Array, numbers: Array) -> Array:
        """`window` is (n,) TRACE in time order, later than all before; `numbers` (n,) uint32.

        Returns (n,) int64: where in its direction each packet begins.
        """

    def finish(self, number: int) -> tuple[Observation, Piece]:
        """Return the facts so far, and the state of the sequence numbers."""


class PlainObservers:
    """The twin. `subjects`: of each observer whether its direction has payload, and the member that has most of it."""

    def __init__(self, subjects: Sequence[tuple[bool, int]]) -> None:
        self._own = [DirectionObserver(*one) for one in subjects]
        self._outer, self._tail, self._tail_numbers = _OuterCounts(), *_NO_TAIL

    def update(self, window: Array, numbers: Array) -> Array:
        self._outer.count(window, numbers)
        positions, block = np.zeros(len(window), np.int64), max(BLOCK, len(self._own))
        for number in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == number)
            before = self._tail[self._tail_numbers == number]
            positions[own] = self._own[number].update(window[own], before, own // block)
        self._tail, self._tail_numbers = _end_of(window, numbers)
        return positions

    def finish(self, number: int) -> tuple[Observation, Piece]:
        own = deepcopy(self._own[number])  # it may go on
        found = own.finish()
        found.outer = self._outer.of(number)
        return found, own.coverage.piece()


class CompiledObservers:
    """The kernel. `subjects` as in the twin."""

    def __init__(self, subjects: Sequence[tuple[bool, int]]) -> None:
        from flowmap.trace.watching.observing import Observing

        n = len(subjects)
        self._kernel = Observing(secrets.randbits(64))
        self._observed, self._states, self._missing = np.zeros(n, OBSERVED), np.zeros(n, STATE), np.zeros(n, MISSING)
        self._observed["has_payload"] = [has_payload for has_payload, _ in subjects]
        self._observed["dominant"] = [dominant for _, dominant in subjects]
        self._nodes, self._changes, self._offsets = (
            np.zeros(_ROOM, NODE),
            np.zeros(_ROOM, CHANGE),
            np.zeros(_ROOM, OFFSET),
        )
        self._tail, self._tail_numbers = _NO_TAIL
        self._scratch: tuple[Array, ...] = ()
        self._outer = _OuterCounts()
        self._deltas: dict[int, dict[tuple[int, int], list[int]]] = {}
        self._attach()

    def _attach(self) -> None:
        self._kernel.attach(self._observed, self._states, self._nodes, self._missing, self._changes, self._offsets)

    def update(self, window: Array, numbers: Array) -> Array:
        self._outer.count(window, numbers)
        positions = np.zeros(len(window), np.int64)
        room = self._room(len(self._tail) + len(window))
        self._kernel.begin(self._tail, self._tail_numbers, window, numbers, *room, positions)
        while not self._kernel.go_on():
            n_nodes, n_changes, _ = self._kernel.used
            self._nodes = _grown(self._nodes, n_nodes, _ROOM + 4 * int(len(window) ** 0.5))
            self._changes = _grown(self._changes, n_changes, _ROOM)
            self._attach()
        self._take_offsets()
        self._tail, self._tail_numbers = _end_of(window, numbers)
        return positions

    def _room(self, n: int) -> tuple[Array, ...]:
        slots = np.zeros(1 << (2 * n + 1).bit_length(), np.uint32)
        if not self._scratch or len(self._scratch[0]) < n:
            dtypes = (np.uint32, np.uint8, np.uint32, np.int64, np.uint32, np.uint32)
            self._scratch = tuple(np.empty(n + n // 4, dtype) for dtype in dtypes)
        chain, flags, order, values, places, spare = self._scratch
        return slots, chain, flags, order, np.empty(len(self._observed) + 1, np.int64), values, places, spare

    def _take_offsets(self) -> None:
        for delta_ns, observer, earlier, later, _ in self._offsets[: self._kernel.used[2]].tolist():
            own = self._deltas.setdefault(observer, {})
            pair, delta = ((earlier, later), delta_ns) if earlier < later else ((later, earlier), -delta_ns)
            own.setdefault(pair, []).append(delta)

    def finish(self, number: int) -> tuple[Observation, Piece]:
        one = self._observed[number]
        everything, data = (self._observation(number, which) for which in (0, 1))
        chosen = data if len(data.packets) > 1 else everything
        chosen.seen, chosen.duplicates, chosen.mss = int(one["seen"]), int(one["duplicates"]), int(one["mss"])
        chosen.repeated, chosen.peak_bytes = self._counted(one["repeated"]), int(one["peak_bytes"])
        chosen.outer, chosen.offsets = self._outer.of(number), self._deltas.get(number, {})
        for (payload, key), count in self._sizes(number).items():
            chosen.sizes[key & 0xFFFFFFFF, payload, key >> 32] = count
        return chosen, self._piece(number)

    def _observation(self, number: int, which: int) -> Observation:
        c = self._observed["courses"][number][which]
        found = Observation(
            self._counted(c["members"]),
            int(c["switches"]),
            runs=self._counted(c["runs"]),
            steps_in_order=int(c["steps"]),
            changes_in_order=int(c["changes"]),
            runs_in_order=self._counted(c["runs_in_order"]),
            first_ns=int(c["first_ns"]),
            last_ns=int(c["last_ns"]),
        )
        if c["started"]:
            found.runs[min(int(c["run"]), 10_000)] += 1
        changes = self._changes[: self._kernel.used[1]]
        for one in changes[(changes["observer"] == number) & (changes["course"] == which)].tolist():
            ts_ns, before_ns, earlier, _, _, old, new = one
            found.switches.append(Switch(ts_ns, before_ns, old, new, ts_ns - before_ns, earlier))
        return found

    def _piece(self, number: int) -> Piece:
        one, state = self._observed[number], self._states[number]
        spread = NO_SPANS
        if state["missing"]:
            closed = self._missing[int(state["missing"]) - 1]
            spread = spread_of(closed["bins"], int(closed["shift"]))
        first_ns = int(one["courses"]["first_ns"][0]) if one["courses"]["started"][0] else TS_NONE
        return Piece(
            first_ns,
            int(one["base"]) if one["based"] else None,
            int(one["sent"]),
            int(state["retransmitted"]),
            int(state["reordered"]),
            holes=spans_of(self._list(int(state["oldest"]))),
            retired=int(state["retired"]),
            spread=spread,
            soon=tuple(state["soon"].tolist()),
        )

    def _sizes(self, number: int) -> dict[tuple[int, int], int]:
        return {(payload, key): count for payload, key, count in self._list(int(self._states["sizes"][number]))}

    def _counted(self, head: Any) -> Counter[int]:
        return Counter({key: count for key, count, _ in self._list(int(head))})

    def _list(self, number: int) -> list[tuple[int, int, int]]:
        found = []
        while number:
            start, end, other, _, number = self._nodes[number - 1].item()
            found.append((start, end, other))
        return found


class _OuterCounts:
    """Packets by observer and number of their outer header."""

    def __init__(self) -> None:
        self._counts: dict[int, Counter[int]] = {}

    def count(self, window: Array, numbers: Array) -> None:
        if not window["outer"].any():
            return
        inside = np.flatnonzero(window["outer"])
        key = numbers[inside].astype(np.int64) << 16 | window["outer"][inside]
        for value, count in zip(*(part.tolist() for part in np.unique(key, return_counts=True)), strict=True):
            self._counts.setdefault(value >> 16, Counter())[value & 0xFFFF] += count

    def of(self, number: int) -> Counter[int]:
        return self._counts.get(number, Counter())


def _end_of(window: Array, numbers: Array) -> tuple[Array, Array]:
    """Return what of a window may have copies in the next one."""
    late = max(int(np.searchsorted(window["ts_ns"], window["ts_ns"][-1] - KEPT_BACK_NS)), len(window) - KEPT_OFFSETS)
    return window[late:].copy(), numbers[late:].copy()


def _grown(array: Array, used: int, need: int) -> Array:
    """Return the array with room for `need` more than are used; pages that are not touched take no memory."""
    if used + need <= len(array):
        return array
    larger = np.zeros(used + max(need, used), array.dtype)
    larger[:used] = array[:used]
    return larger
