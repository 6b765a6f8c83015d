"""Which packets are of the chosen streams, and which way they go: by 5-tuple, and where that was used again by time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowmap.analysis.described import describe
from flowmap.analysis.gather import Found, choose_streams, find_team_host, read_lacp
from flowmap.flow.streams.stream import Streams
from flowmap.settings.config import Settings
from flowmap.team.host import Address, TeamHost
from flowmap.team.members import Members
from flowmap.trace.collecting.collect import wanted_rows
from flowmap.trace.collecting.frames import Frame
from flowmap.types import FLOW

__all__ = ["Chosen", "teamed_host"]

Array = np.ndarray[Any, Any]
_TUPLE = ("a_hi", "a_lo", "b_hi", "b_lo", "a_port", "b_port", "version", "encap")
_INBOUND, _OUTBOUND = 1, 2


class Chosen:
    """`rows` is (2n,) FLOW: what to look for, a -> b and b -> a of each 5-tuple; `sides` the epb_flags direction of each."""

    def __init__(self, streams: Streams, chosen: Sequence[int], host: TeamHost) -> None:
        self._streams = streams
        self._chosen = frozenset(chosen)
        self.packets = int(streams.table["packets"][list(chosen)].sum())
        self.sides: list[int] = []
        self._begins: dict[tuple[int, int], list[tuple[int, int]]] = {}
        tuples = dict.fromkeys(tuple(int(streams.table[name][stream]) for name in _TUPLE) for stream in chosen)
        rows = []
        for number, key in enumerate(tuples):
            same = np.logical_and.reduce([streams.table[name] == part for name, part in zip(_TUPLE, key, strict=True)])
            for forward in (True, False):
                rows.append(_row(key, forward))
                self._note(np.flatnonzero(same).tolist(), 2 * number + (not forward), forward, host)
        self.rows = wanted_rows(np.concatenate(rows)) if rows else np.zeros(0, dtype=FLOW)

    def _note(self, same: list[int], direction: int, forward: bool, host: TeamHost) -> None:
        """Note when each connection of a 5-tuple began on each member, by that member's own clock."""
        side = 0
        for stream in same:
            rows, forwards = self._streams.rows_of(stream)
            for row in rows[forwards == forward]:
                self._begins.setdefault((direction, int(row["link"])), []).append((int(row["first_ns"]), stream))
                way = host.direction(_address(row, "src"), _address(row, "dst"), int(row["smac"]), int(row["dmac"]))
                side = side or {"tx": _OUTBOUND, "rx": _INBOUND}.get(way, 0)
        for (known, _), begins in self._begins.items():
            if known == direction:
                begins.sort()
        self.sides.append(side)

    def has(self, frame: Frame) -> bool:
        """Return whether a frame with a wanted 5-tuple is of a chosen stream."""
        begins = self._begins.get((frame.direction_id, frame.member))
        if not begins:
            return False
        place = bisect_right(begins, frame.ts_ns, key=lambda one: one[0]) - 1
        return begins[max(place, 0)][1] in self._chosen


def teamed_host(members: Members, rows: Array, streams: Streams, settings: Settings) -> TeamHost:
    """Return the teamed host as `analyze` finds it, also by what the settings say of the team."""
    found = Found(members, rows, streams, choose_streams(streams, settings), read_lacp(members))
    if settings.team:
        from flowmap.team.read import read_team_files

        found = describe(found, read_team_files(settings.team)[0], ((), None))
    return find_team_host(found, settings)[0]


def _address(row: Any, side: str) -> Address:
    return int(row["version"]), int(row[f"{side}_hi"]) << 64 | int(row[f"{side}_lo"])


def _row(key: tuple[int, ...], forward: bool) -> Array:
    a_hi, a_lo, b_hi, b_lo, a_port, b_port, version, encap = key
    ends = (a_hi, a_lo, b_hi, b_lo, a_port, b_port) if forward else (b_hi, b_lo, a_hi, a_lo, b_port, a_port)
    row = np.zeros(1, dtype=FLOW)
    for name, value in zip(("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport"), ends, strict=True):
        row[name] = value
    row["version"], row["encap"] = version, encap
    return row
