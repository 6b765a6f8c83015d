"""Finds the captures taken above the members: the bond, the team NIC, its VLAN interfaces, the virtual switch.

Such a capture holds packets of the members a second time; taken for a member it would make each stream look mirrored. The
packets decide: an interface above carries exactly what the members below it carry together, at the same time, and in
sequence. Where that could be said of the members as well, a sign is needed that they are the lower ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowmap.flow.grouping import grouped
from flowmap.types import TS_NONE

__all__ = ["CapturePoint", "find_aggregates"]

Array = np.ndarray[Any, Any]

_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")
_SAME = 0.95
_LEAST_PACKETS = 20
_MOST_AHEAD = 0.2
"""Of a part of a sprayed stream about every segment begins ahead of the one before it; of the whole hardly any does."""
_MOST_COPIES = 0.9
_LATEST = np.iinfo(np.int64).max
_MOST_MEMBERS = 256
"""More are no team, and each is compared with all others."""
_NAMES = re.compile(
    r"bond|team|lag|aggr|vswitch|virtual switch|vethernet|virtual ethernet|\bvNIC:|br-|port-?channel|\bpo\d|multiplexor"
    r"|lightweight filter|wfplwfs|packet scheduler|pacer\.sys|tcpip",
    re.IGNORECASE,
)
"""Names and descriptions of what is no port: by Linux, Windows (pktmon, etl2pcapng) and switches."""


@dataclass(frozen=True)
class CapturePoint:
    """`text`: name and description; `has_mac`: whether the capture states its MAC, None where it is not comparable."""

    text: str
    has_lacp: bool = False
    has_mac: bool | None = None


def find_aggregates(rows: Array, points: Sequence[CapturePoint]) -> list[int]:
    """Members that carry what others carry together. `rows` is FLOW with link = member.

    First those that hold at least two others whole, which those do not hold of each other. Then, of those with a sign
    (name; no LACPDUs or no MAC where all others have them), those whose flows are the others' flows.
    """
    if not 2 <= len(points) <= _MOST_MEMBERS or not len(rows):
        return []
    table = _Carried(rows, len(points))
    found = [member for member in table.active if _holds_others(member, table)]
    for signed in (_by_name, _without_lacp, _without_mac):
        left = [member for member in table.active if member not in found]
        above = [member for member in left if signed(member, left, points)]
        below = [member for member in left if member not in above]
        found += [member for member in above if below and table.carries_the_same(member, below)]
    return sorted(found)


def _by_name(member: int, _left: Sequence[int], points: Sequence[CapturePoint]) -> bool:
    return bool(_NAMES.search(points[member].text))


def _without_lacp(member: int, left: Sequence[int], points: Sequence[CapturePoint]) -> bool:
    return not points[member].has_lacp and any(points[other].has_lacp for other in left)


def _without_mac(member: int, left: Sequence[int], points: Sequence[CapturePoint]) -> bool:
    return points[member].has_mac is False and any(points[other].has_mac for other in left)


class _Carried:
    """Packets of each flow on each member, and when they were there."""

    def __init__(self, rows: Array, n: int) -> None:
        order, new = grouped([rows[name] for name in _KEY], rows["link"])
        flow = np.empty(len(rows), np.int64)
        flow[order] = np.cumsum(new) - 1
        place = flow, rows["link"]
        shape = (int(flow.max()) + 1, n)
        self._ahead, late, self._data = (
            np.bincount(rows["link"], weights=rows[name].astype(float), minlength=n)
            for name in ("ahead", "late", "data_packets")
        )
        first, last = rows["first_ns"], rows["last_ns"]
        self.first, self.last = np.full(shape, _LATEST), np.full(shape, TS_NONE)
        np.minimum.at(self.first, place, np.where(first == TS_NONE, _LATEST, first))
        np.maximum.at(self.last, place, last)
        once = 1 - np.minimum(late / np.maximum(self._data, 1), _MOST_COPIES)
        self.packets = np.rint(_records(rows, place, shape) * once).astype(np.int64)
        self.active = [m for m in range(n) if self.packets[:, m].any()]

    def in_sequence(self, member: int) -> bool:
        return bool(self._ahead[member] <= _MOST_AHEAD * self._data[member])

    def within(self, part: int, whole: int) -> bool:
        """Whether `whole` has all packets of `part`, and more."""
        own, theirs = self.packets[:, part], self.packets[:, whole]
        common = int(np.minimum(own, theirs).sum())
        return (
            _SAME * int(theirs.sum()) > int(own.sum())
            and common >= _SAME * int(own.sum())
            and self.together(part, whole)
        )

    def together(self, part: int, whole: int) -> bool:
        """Whether their common flows were on both at the same time, by packets of `part`."""
        common = (self.packets[:, part] > 0) & (self.packets[:, whole] > 0)
        begin = np.maximum(self.first[common, part], self.first[common, whole])
        end = np.minimum(self.last[common, part], self.last[common, whole])
        weight = self.packets[common, part]
        return int(weight[begin <= end].sum()) * 2 > int(weight.sum())

    def carries_the_same(self, member: int, others: Sequence[int]) -> bool:
        """Whether its flows are, packet for packet by number, those that are on the others together."""
        flows = self.packets[:, member] > 0
        own, theirs = self.packets[flows, member], self.packets[np.ix_(flows, others)].sum(axis=1)
        common = int(np.minimum(own, theirs).sum())
        if common < _LEAST_PACKETS or common < _SAME * max(int(own.sum()), int(theirs.sum())):
            return False
        parts = [other for other in others if self.packets[flows, other].any()]
        return self.in_sequence(member) and all(self.together(part, member) for part in parts)


def _records(rows: Array, place: tuple[Array, Array], shape: tuple[int, int]) -> Array:
    """Records of each flow on each member. Equal rows of one time are of interfaces that are layers of one port: counted once.

    (Layers recorded as one interface make one row, in which each segment is there several times, all but the first late.)
    """
    packets = rows["packets"].astype(float)
    number, total, most = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    begun, ended = np.full(shape, TS_NONE), np.full(shape, _LATEST)
    np.add.at(number, place, 1)
    np.add.at(total, place, packets)
    np.maximum.at(most, place, packets)
    np.maximum.at(begun, place, rows["first_ns"])
    np.minimum.at(ended, place, rows["last_ns"])
    layers = (number > 1) & (begun <= ended) & (_SAME * most * number <= total)
    return np.where(layers, most, total)


def _holds_others(member: int, table: _Carried) -> bool:
    """Whether at least two others are parts of it that make it up."""
    parts = [other for other in table.active if other != member and table.within(other, member)]
    if len(parts) < 2 or not table.in_sequence(member):
        return False
    own, theirs = table.packets[:, member], table.packets[:, parts].sum(axis=1)
    common = int(np.minimum(own, theirs).sum())
    return common >= _LEAST_PACKETS and common >= _SAME * int(own.sum())
