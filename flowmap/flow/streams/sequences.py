"""What all captures kept, found again by the rows of streams.

A kept row belongs to the row of the merged flow table that has its key and member and is there at its time. The log's packets
come as TRACE rows with the windows of time they are in; those of all captures are of one level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.sequence.grid import MOST_LEVEL, windows
from flowmap.flow.sequence.joined import Piece, join_pieces, piece_of
from flowmap.flow.sequence.kept import Kept, thinned
from flowmap.flow.sequence.records import BEGUN, OPENED, ROW_KEY, kept_rows
from flowmap.flow.sequence.reference import LOW_SHIFT
from flowmap.flow.streams.grouping import distinct, grouped, hashed, stacked
from flowmap.types import TRACE

__all__ = ["Found", "Path", "find_kept", "path_of"]

Array = np.ndarray[Any, Any]
Path = tuple[int, tuple[int, int], tuple[int, int]]
"""Of two hosts, in whichever direction: the IP version and both addresses, each of 64 and 64 bits."""
_SLACK_NS = 1_000_000
_LOGGED = ("ts_ns", "seq", "ack", "payload", "tsval", "tsecr", "window", "flags", "have")


def path_of(version: int, one: tuple[int, int], other: tuple[int, int]) -> Path:
    """Return what both directions between two hosts have in common."""
    return version, *sorted((one, other))  # type: ignore[return-value]


@dataclass(frozen=True)
class _Places:
    """Where what was kept of rows is, once for each capture that did, in order of time.

    `row` (n,) in ascending order; `part` and `number` say which capture, and which of the rows that it kept.
    """

    row: Array
    part: Array
    number: Array


class Found:
    """What was kept of each of the rows that were asked for, by their numbers."""

    def __init__(
        self, parts: Sequence[Kept], places: _Places, level: int, opened: Sequence[tuple[Array, ...]] = ()
    ) -> None:
        self.level, self._opened = level, opened
        self._parts, self._row, self._part, self._number = parts, places.row, places.part, places.number
        self._holes = [_bounds(one.holes["kept"], len(one.rows)) for one in parts]
        self._sizes = [_bounds(one.sizes["kept"], len(one.rows)) for one in parts]
        self._order = [np.argsort(one.log["kept"], kind="stable") for one in parts]
        self._log = [
            _bounds(one.log["kept"][order], len(one.rows)) for one, order in zip(parts, self._order, strict=True)
        ]

    def _of_row(self, row: int) -> list[tuple[int, int]]:
        """Return where what was kept of a row is: (part, number) in order of time."""
        begin, end = np.searchsorted(self._row, [row, row + 1]).tolist()
        return list(zip(self._part[begin:end].tolist(), self._number[begin:end].tolist(), strict=True))

    def piece(self, row: int) -> Piece | None:
        """Return the sequence state of a row, None where nothing had to be kept."""
        own = self._of_row(row)
        return join_pieces([self._piece(part, number) for part, number in own]) if own else None

    @property
    def _repeated(self) -> Array:
        """(n,) bool: whether the row is there more than once."""
        same = self._row[1:] == self._row[:-1]
        return np.append(same, False) | np.append(False, same) if len(self._row) else np.zeros(0, bool)

    @property
    def told(self) -> Array:
        """(n,) rows of which a state was kept, or which several captures hold."""
        told = self._repeated
        for part, one in enumerate(self._parts):
            own = np.flatnonzero(self._part == part)
            told[own] |= one.sequences["stated"][self._number[own]] != 0
        return distinct(self._row[told])

    @property
    def mixed(self) -> Array:
        """(n,) rows whose packets come from captures, or interfaces of one, that do not follow each other in time."""
        several = distinct(self._row[self._repeated]).tolist()
        return np.array([row for row in several if self._overlap(self._of_row(row))], dtype=np.int64)

    @cached_property
    def round_trips(self) -> dict[Path, int]:
        """Return the least time from a SYN to the packet after it, by the two hosts.

        No answer comes sooner, and so nothing that is sent again.
        """
        if not self._opened:
            return {}
        version, src_hi, src_lo, dst_hi, dst_lo, took = (
            np.concatenate(parts) for parts in zip(*self._opened, strict=True)
        )
        back = (src_hi > dst_hi) | ((src_hi == dst_hi) & (src_lo > dst_lo))
        ends = [
            np.where(back, *pair) for pair in ((dst_hi, src_hi), (dst_lo, src_lo), (src_hi, dst_hi), (src_lo, dst_lo))
        ]
        order, new = grouped([version, *ends], took)
        first = order[new]  # the least of each path
        columns = (column[first].tolist() for column in (version, *ends, took))
        return {(one, (a, b), (c, d)): units << LOW_SHIFT for one, a, b, c, d, units in zip(*columns, strict=True)}

    def _overlap(self, own: Sequence[tuple[int, int]]) -> bool:
        lives = [self._parts[part].rows[number][["first_ns", "last_ns"]].item() for part, number in own]
        return any(begin < end - _SLACK_NS for (_, end), (begin, _) in pairwise(lives))

    def _piece(self, part: int, number: int) -> Piece:
        kept = self._parts[part]
        holes, sizes = self._holes[part][number : number + 2], self._sizes[part][number : number + 2]
        return piece_of(kept, number, kept.holes[holes[0] : holes[1]], kept.sizes[sizes[0] : sizes[1]])

    def packets(self, rows: Sequence[int], direction_id: int = 0) -> Array:
        """Return the logged packets of rows, (n,) TRACE, by row and in the order of their captures, in members' times."""
        found = [self._packets(part, number, direction_id) for row in rows for part, number in self._of_row(row)]
        return stacked(found, TRACE)

    def _packets(self, part: int, number: int, direction_id: int) -> Array:
        kept, bounds = self._parts[part], self._log[part]
        own = kept.log.take(self._order[part][bounds[number] : bounds[number + 1]])
        packets = np.zeros(len(own), TRACE)
        for name in _LOGGED:
            packets[name] = own[name]
        packets["direction_id"], packets["member"] = direction_id, kept.rows["link"][number]
        return packets

    def fewer(self, packets: Array, most: int) -> Array:
        """Return at most this many logged packets: those in the windows of a higher level."""
        level = self.level
        while len(packets) > most and level < MOST_LEVEL:
            level += 1
            packets = packets.compress(windows(packets["ts_ns"], level) >= 0)
        return packets[:most]

    def windows(self, ts_ns: Array) -> Array:
        """Return (n,) which window each of the members' own times is in."""
        return windows(ts_ns, self.level)


def _bounds(kept: Array, n_rows: int) -> Array:
    """Return (n_rows + 1,) where those of each row begin, `kept` being in ascending order."""
    return np.searchsorted(kept, np.arange(n_rows + 1))


def find_kept(captures: Sequence[tuple[Kept, Array]], rows: Array, wanted: Array) -> Found:
    """Find what was kept of the `wanted` rows.

    `captures`: what each kept, and the member of each of its links (-1: none). `rows`: FLOW with `link` = member, whose
    numbers `wanted` are asked for.
    """
    level = max((one.level for one, _ in captures), default=0)
    wanted = np.asarray(wanted, np.int64)
    asked = kept_rows(rows, wanted)
    opened = [_handshakes(one) for one, _ in captures]
    parts = [_asked_for(thinned(one, level), member, asked) for one, member in captures]
    everything = np.concatenate([asked, *(one.rows for one in parts)])
    part = np.repeat(np.arange(-1, len(parts)), [len(asked), *(len(one.rows) for one in parts)])
    number = np.concatenate([wanted, *(np.arange(len(one.rows)) for one in parts)])
    order, new = grouped([everything[name] for name in ROW_KEY], everything["first_ns"] * 2 + (part >= 0))
    first, last, part, number = everything["first_ns"][order], everything["last_ns"][order], part[order], number[order]
    place = np.arange(len(order))
    group = np.maximum.accumulate(np.where(new, place, 0)) if len(order) else place
    before = np.maximum.accumulate(np.where(part < 0, place, -1)) if len(order) else place  # the row that it may be of
    own = np.flatnonzero((part >= 0) & (before >= group))
    own = own[first[own] <= last[before[own]]]
    row = number[before[own]]
    by_row = np.argsort(row, kind="stable")
    own = own[by_row]
    return Found(parts, _Places(row[by_row], part[own], number[own]), level, opened)


def _handshakes(kept: Kept) -> tuple[Array, ...]:
    """Return IP version, hosts (four columns) and the time to the packet after the SYN, of each row that began with one."""
    sequences = kept.sequences
    opened = np.flatnonzero(sequences["have"] & (OPENED | BEGUN) == OPENED | BEGUN)
    took = sequences["begun_low"][opened] - sequences["syn_low"][opened]
    opened, took = opened[took != 0], took[took != 0]
    return *(kept.rows[name][opened] for name in ("version", "src_hi", "src_lo", "dst_hi", "dst_lo")), took


def _asked_for(kept: Kept, member: Array, asked: Array) -> Kept:
    """Return what was kept, with `link` = member, of rows with a key that is asked for, and perhaps of some more.

    Of a million rows few are of streams that are listed, and to sort the others takes longer than all else here.
    """
    keys = distinct(hashed([asked[name] for name in ROW_KEY]))
    if not len(keys) or not len(kept.rows):
        return Kept(level=kept.level)
    link = member[kept.rows["link"]].astype(np.uint32)  # -1 becomes a member that there is not
    own = hashed([*(kept.rows[name] for name in ROW_KEY[:-1]), link])
    chosen = np.flatnonzero(keys[np.minimum(np.searchsorted(keys, own), len(keys) - 1)] == own)
    place = np.full(len(kept.rows), -1)
    place[chosen] = np.arange(len(chosen))
    rows = kept.rows[chosen]
    rows["link"] = link[chosen]
    if len(chosen) == len(kept.rows):
        return replace(kept, rows=rows)  # the rest is as it was: no copy of it
    return Kept(
        rows,
        kept.sequences[chosen],
        _renumbered(kept.holes, place),
        _renumbered(kept.sizes, place),
        _renumbered(kept.closed, place),
        _renumbered(kept.log, place),
        kept.level,
    )


def _renumbered(part: Array, place: Array) -> Array:
    """Return those of rows that have a place, by it."""
    own: Array = part.compress(place[part["kept"]] >= 0)  # part[mask] copies field by field, in ten times as long
    own["kept"] = place[own["kept"]]
    return own
