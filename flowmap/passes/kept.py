"""What the first pass kept of the streams that a report lists: sequence states, and logged packets on the reference clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flowmap.flow.scanning.scan import Scan
from flowmap.flow.sequence.joined import Handshake, Piece
from flowmap.flow.streams.grouping import acknowledged, changes, distinct
from flowmap.flow.streams.sequences import find_kept, path_of
from flowmap.flow.streams.stream import Streams
from flowmap.team.clock.fit import Constraints
from flowmap.team.clock.offsets import ClockSolution, solve_clocks
from flowmap.trace.ordering.causality import Causality, causal_pairs
from flowmap.trace.ordering.merge import corrected, joined
from flowmap.trace.watching.dynamics import Sampled
from flowmap.types import TRACE, Have

__all__ = ["KeptStreams", "last_acknowledged"]

Array = np.ndarray[Any, Any]
Links = Sequence[Mapping[tuple[int, int], int]]
_SYN, _ACK = 2, 16
_MOST_CAUSES = 1 << 16
"""Packets by which clocks are compared."""


class KeptStreams:
    """Of the streams `numbers`; sides as in Streams (0: a -> b, 1: b -> a).

    `links` gives the member of each link, by capture.
    """

    def __init__(self, scans: Sequence[Scan], links: Links, streams: Streams, numbers: Array) -> None:
        self.streams, self.links = streams, links
        captures = [(scan.take_kept(), _member_of_link(scan, own)) for scan, own in zip(scans, links, strict=True)]
        self._found = find_kept(captures, streams.rows, streams.rows_of_all(numbers)[0])

    @property
    def told(self) -> Array:
        """(n,) numbers of rows of Streams of which a state was kept, or which several captures hold."""
        return self._found.told

    @property
    def mixed(self) -> Array:
        """(n,) numbers of rows that are put together from captures that do not follow each other."""
        return self._found.mixed

    def piece(self, row: int) -> Piece | None:
        """Return the sequence state of a row; None where nothing had to be kept."""
        return self._found.piece(row)

    def round_trip(self, number: int) -> int | None:
        """Return the least round trip between the hosts of a stream that any handshake shows, in ns."""
        s = self.streams.table[number]
        ends = [(int(s[f"{end}_hi"]), int(s[f"{end}_lo"])) for end in "ab"]
        return self._found.round_trips.get(path_of(int(s["version"]), *ends))

    def _rows(self, number: int, side: int) -> list[int]:
        rows = self.streams.row_numbers(number).tolist()
        return [row for row in rows if bool(self.streams.forward[row]) == (side == 0)]

    def causes(self, numbers: Sequence[int]) -> Causality:
        """Return cross-member pairs among the logged packets of these streams; of many packets, those of rarer windows."""
        directions = [(number, side) for number in numbers for side in (0, 1)]
        parts = [self._found.packets(self._rows(*key), place) for place, key in enumerate(directions)]
        packets = joined(parts)
        return causal_pairs(self._found.fewer(packets, _MOST_CAUSES), np.arange(len(directions)) ^ 1)

    def sampled(self, number: int, side: int, corrections: tuple[Array, Array, int]) -> Sampled:
        """Return logged packets of a direction in order of time, those of the handshake before them."""
        packets = self._found.packets(self._rows(number, side))
        windows = self._found.windows(packets["ts_ns"])
        opening = self._handshake(number, side)
        _add_offers(packets, opening)
        if opening.syn_ns is not None and not (packets["flags"] & _SYN).any():
            own = self._opening_rows(number, side, opening)
            packets, windows = joined([own, packets]), np.concatenate([np.full(len(own), -1), windows])
        packets["ts_ns"] = corrected(packets, *corrections)
        order = np.argsort(packets["ts_ns"], kind="stable")
        return Sampled(packets.take(order), windows[order], self._found.level == 0)

    def _handshake(self, number: int, side: int) -> Handshake:
        """Return the handshake, of the member that has the SYN."""
        pieces = [piece for row in self._rows(number, side) if (piece := self._found.piece(row)) is not None]
        opened = [piece.handshake for piece in pieces if piece.handshake.syn_ns is not None]
        return min(opened, key=lambda one: one.syn_ns or 0, default=Handshake())

    def _opening_rows(self, number: int, side: int, opening: Handshake) -> Array:
        """Return the SYN, and the packet after it, as TRACE rows."""
        begins = [row for row in self._rows(number, side) if self.streams.rows["have"][row] & Have.ISN]
        row = self.streams.rows[begins[0] if begins else self._rows(number, side)[0]]
        packets = np.zeros(2 if opening.begun_ns is not None else 1, TRACE)
        packets["ts_ns"] = [opening.syn_ns, opening.begun_ns][: len(packets)]
        packets["flags"] = [_SYN | (_ACK if row["have"] & Have.SYN_ACK else 0), _ACK][: len(packets)]
        packets["member"], packets["seq"] = row["link"], row["isn"]
        _add_offers(packets, opening)
        return packets


def _add_offers(packets: Array, opening: Handshake) -> None:
    syn = packets["flags"] & _SYN != 0
    packets["mss"][syn], packets["scale"][syn] = opening.mss, opening.scale


def _member_of_link(scan: Scan, links: Mapping[tuple[int, int], int]) -> Array:
    return np.array([links.get((int(one["interface"]), int(one["ifindex"])), -1) for one in scan.links], dtype=np.int64)


def last_acknowledged(streams: Streams, numbers: Array, sides: Array) -> list[int | None]:
    """Return the last 32-bit number of the other direction that each (stream, side) confirmed; None: it confirmed none."""
    row, place = streams.rows_of_all(numbers)
    own = (streams.forward[row] == (sides[place] == 0)) & (streams.rows["have"][row] & Have.ACK != 0)
    row, place = row[own], place[own]
    first, present = np.flatnonzero(changes([place])), distinct(place)
    confirmed = streams.rows["ack_base"][row[first]] + acknowledged(streams.rows[row], place, len(numbers))[present]
    found: list[int | None] = [None] * len(numbers)
    for one, number in zip(present.tolist(), (confirmed & 0xFFFFFFFF).tolist(), strict=True):
        found[one] = number
    return found


def clocks_by(causes: Sequence[Causality], n_members: int) -> ClockSolution:
    """Return the members' clocks by pairs of all origins."""
    columns = [np.concatenate([getattr(one, name) for one in causes]) for name in Causality._fields]
    return solve_clocks(n_members, Constraints(*columns))
