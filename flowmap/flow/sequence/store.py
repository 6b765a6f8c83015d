"""Owns the arrays in which the kernel keeps what there is of sequence numbers, and puts them into exchange form."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.flow.growing import Growing
from flowmap.flow.sequence.grid import LOG_ROWS
from flowmap.flow.sequence.kept import Kept
from flowmap.flow.sequence.records import (
    CLOSED,
    HOLE,
    LOGGED,
    MISSING_BINS,
    RECENT,
    SEQUENCE,
    SIZE,
    SOON_BINS,
    copy_fields,
    kept_rows,
)

__all__ = ["BEGIN", "MISSING", "NODE", "RING", "STATE", "SequenceStore"]

Array = np.ndarray[Any, Any]

_NODES = 3
_SPARE = 8
"""Batches: with one, each hole in the first seconds of a capture made the arrays grow."""
_FEW = 4
_COMMON = ("sent", "base", "syn_low", "begun_low", "mss", "scale", "have")
_COUNTERS = ("since", "retransmitted", "reordered", "repeated", "unsure", "retired", "soon")

BEGIN = np.dtype(
    [
        ("sent", "i8"),
        ("base", "u4"),
        ("last_ack", "u4"),
        ("last_low", "u4"),
        ("syn_low", "u4"),
        ("begun_low", "u4"),
        ("state", "u4"),
        ("last_id", "u2"),
        ("mss", "u2"),
        ("scale", "u1"),
        ("have", "u1"),
    ],
    align=True,
)
STATE = np.dtype(
    [
        ("since", "i8"),
        ("retransmitted", "u8"),
        ("reordered", "u8"),
        ("repeated", "u8"),
        ("unsure", "u8"),
        ("retired", "u8"),
        ("row", "u4"),
        ("missing", "u4"),
        ("oldest", "u4"),
        ("newest", "u4"),
        ("early", "u4"),
        ("sizes", "u4"),
        ("n_holes", "u2"),
        ("n_early", "u2"),
        ("n_sizes", "u2"),
        ("size_shift", "u1"),
        ("latest", "u1"),
        ("recent", "u4", (_FEW,)),
        ("recent_low", "u4", (_FEW,)),
        ("filled", "u4"),
        ("ring", "u4"),
        ("soon", "u4", (SOON_BINS,)),
        ("opened_id", "u2"),
    ],
    align=True,
)
NODE = np.dtype([("start", "i8"), ("end", "i8"), ("opened_ns", "i8"), ("earlier", "u4"), ("later", "u4")], align=True)
RING = np.dtype([("recent", "u4", (RECENT,)), ("recent_low", "u4", (RECENT,))], align=True)
MISSING = np.dtype([("bins", "u8", (MISSING_BINS,)), ("shift", "u4")], align=True)


class SequenceStore:
    """`arrays` are what the kernel is given; `reserve` makes room for a batch of packets."""

    def __init__(self, interest: bytes, batch: int) -> None:
        self._batch = batch
        self.interest = np.frombuffer(interest, np.uint8)
        self._begins, self._states = Growing(BEGIN, 1), Growing(STATE, 0)
        self._nodes, self._missing, self._rings = Growing(NODE, 0), Growing(MISSING, 0), Growing(RING, 0)
        self.log = np.zeros(LOG_ROWS, LOGGED)

    @property
    def begins(self) -> Array:
        return self._begins.array

    @property
    def states(self) -> Array:
        return self._states.array

    @property
    def nodes(self) -> Array:
        return self._nodes.array

    @property
    def missing(self) -> Array:
        return self._missing.array

    @property
    def arrays(self) -> tuple[Array, ...]:
        return self.begins, self.states, self.nodes, self.missing, self._rings.array, self.log, self.interest

    def reserve(self, rows: int, n_states: int, n_nodes: int, n_missing: int, n_rings: int) -> None:
        """Make room for `rows` rows of the flow table, and for what a batch may take besides what is used."""
        self._begins.reserve(rows)
        used_of = (
            (self._states, n_states, 1),
            (self._nodes, n_nodes, _NODES),
            (self._missing, n_missing, 1),
            (self._rings, n_rings, 1),
        )
        for growing, used, each in used_of:
            need = each * self._batch
            if used + need > len(growing.array):  # with some to spare: the kernel must find all flows anew afterwards
                growing.reserve(used + max(_SPARE * need, used // 2))

    def kept(self, rows: Array, n_states: int, n_log: int, level: int) -> Kept:
        """Return what there is, by the rows (FLOW) that it is of.

        The kernel can go on no more: what only it needs is let go of.
        """
        self._rings = Growing(RING, 0)
        states, log = self.states[:n_states], self.log[:n_log].copy()
        stated = np.zeros(len(rows), np.bool_)
        stated[states["row"]] = True
        stated[log["kept"]] = True
        numbers = np.flatnonzero(stated)
        place_of = np.cumsum(stated, dtype=np.uint32) - np.uint32(1)
        place = place_of[states["row"]].astype(np.int64)
        log["kept"] = place_of[log["kept"]]
        sequences = np.zeros(len(numbers), SEQUENCE)
        copy_fields(self.begins, numbers, sequences, _COMMON)
        for name in _COUNTERS:
            sequences[name][place] = states[name]
        sequences["stated"][place] = 1
        lists = self._holes(states, place), self._sizes(states, place), self._closed(states, place)
        return Kept(kept_rows(rows, numbers), sequences, *lists, log, level)

    def _holes(self, states: Array, place: Array) -> Array:
        """Return open holes and early segments by row, each where it belongs at once: of a million, a copy is 32 MB."""
        order = np.argsort(place)
        each = states["n_holes"].astype(np.int64) + states["n_early"]
        begin = np.zeros(len(states), np.int64)
        begin[order] = np.cumsum(each[order]) - each[order]
        holes = np.zeros(each.sum(), HOLE)
        self._fill(holes, states["oldest"], place, begin, 1)
        self._fill(holes, states["early"], place, begin + each - 1, -1)  # the latest is the first of its list
        return holes

    def _fill(self, holes: Array, first: Array, place: Array, at: Array, step: int) -> None:
        """Put the lists that begin at these nodes where their rows' are, `step` 1 for holes, -1 for segments seen early.

        One node of every list is taken at a time.
        """
        having = np.flatnonzero(first)
        number, kept, at = first[having], place[having], at[having]
        while len(number):
            own = self.nodes[number - 1]
            for name in ("start", "end", "opened_ns"):
                holes[name][at] = own[name]
            holes["kept"][at], holes["early"][at] = kept, step < 0
            on = np.flatnonzero(own["later"])
            number, kept, at = own["later"][on], kept[on], at[on] + step

    def _sizes(self, states: Array, place: Array) -> Array:
        nodes, kept, depths = self._lists(states["sizes"], place)
        sizes = np.zeros(len(nodes), SIZE)
        sizes["kept"], sizes["payload"] = kept, nodes["start"]
        sizes["options"], sizes["records"] = nodes["end"], nodes["opened_ns"]
        if not depths.any():  # one of each row, most often
            return sizes.take(np.argsort(kept, kind="stable"))
        return sizes.take(np.lexsort((sizes["options"], sizes["payload"], kept)))

    def _closed(self, states: Array, place: Array) -> Array:
        own = np.flatnonzero(states["missing"])
        own = own[np.argsort(place[own])]
        closed = np.zeros(len(own), CLOSED)
        missing = self.missing[states["missing"][own] - 1]
        closed["kept"], closed["bins"], closed["shift"] = place[own], missing["bins"], missing["shift"]
        return closed

    def _lists(self, first: Array, place: Array) -> tuple[Array, Array, Array]:
        """Return all lists that begin at these nodes: (NODE, whose it is, its place in the list).

        One node of every list is taken at a time.
        """
        having = np.flatnonzero(first)
        number, kept = first[having], place[having]
        nodes, owners, depths = [np.zeros(0, NODE)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        while len(number):
            own = self.nodes[number - 1]
            nodes.append(own)
            owners.append(kept)
            depths.append(np.full(len(own), len(depths)))
            on = np.flatnonzero(own["later"])
            number, kept = own["later"][on], kept[on]
        return np.concatenate(nodes), np.concatenate(owners), np.concatenate(depths)
