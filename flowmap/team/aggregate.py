"""Finds the captures taken above the members: the bond, the team NIC, its VLAN interfaces, the virtual switch.

Such a capture holds packets of the members a second time; taken for a member it would make each stream look mirrored. The
packets decide: an interface above carries exactly what the members below it carry together, at the same time, and in
sequence. Where that could be said of the members as well, a sign is needed that they are the lower ones.

With one member loaded, what is above it carries the same as that member alone, as a member that gets mirrored packets does.
Interfaces of one cooked capture (`-i any`) are of one host, and those of one file that record a packet within microseconds of
each other are layers of one: copies there are left out, however many, all but the lowest. What is sent passes the upper layer
first, what comes in the lower one; where times do not tell, devices that are made later have the higher number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import changes, grouped
from flowmap.flow.streams.statistics import median
from flowmap.types import TS_NONE

__all__ = ["CapturePoint", "find_aggregates"]

Array = np.ndarray[Any, Any]

_KEY = ("src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "version", "encap")
_OUTBOUND = 2
_AT_ONCE_NS = 20_000
_COUNTED = ("directions", "link", "packets", "data_packets", "ahead", "late", "first_ns", "last_ns")
_SAME = 0.95
_LEAST_PACKETS = 20
_LEAST_MORE, _LEAST_SHARE_MORE = 3, 0.002
"""What a whole has more than a part, at least: a second member may be as good as idle."""
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
    files: frozenset[str] = frozenset()
    """The captures that it is an interface of, if these have several; `cooked`: by number, as `-i any` records them."""
    cooked: bool = False
    number: int = 0


def find_aggregates(rows: Array, points: Sequence[CapturePoint]) -> list[int]:
    """Return members that carry what others carry together. `rows` is FLOW with link = member.

    First those that hold at least two others whole, which those do not hold of each other. Then, of those with a sign
    (name; no LACPDUs or no MAC where all others have them), those whose flows are the others' flows.
    """
    if not 2 <= len(points) <= _MOST_MEMBERS or not len(rows):
        return []
    table = _Carried(rows, len(points))
    found = [member for member in table.active if _holds_others(member, table)]
    found += _upper_copies([member for member in table.active if member not in found], table, points)
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


def _upper_copies(members: Sequence[int], table: _Carried, points: Sequence[CapturePoint]) -> list[int]:
    """Return all but the lowest of members that are copies of each other within one capture of one host."""
    lowest_first = sorted(members, key=lambda member: points[member].number)
    found: list[int] = []
    for place, one in enumerate(lowest_first):
        copies = [one]
        for other in lowest_first[place + 1 :]:
            same_host = points[one].cooked and points[other].cooked
            if other in found or not points[one].files & points[other].files or one in found:
                continue
            if table.is_copy(one, other) and (same_host or table.at_once(one, other)):
                copies.append(other)
        if len(copies) > 1:
            above = {member: sum(table.is_above(member, other) for other in copies) for member in copies}
            lowest = min(copies, key=lambda member: (above[member], points[member].number))
            found += [member for member in copies if member != lowest]
    return found


@dataclass(frozen=True)
class _Flows:
    """What one member carries: (flows,) each; `number` ascending, the same for the same flow on any member."""

    number: Array
    packets: Array
    first: Array
    last: Array
    sent: Array

    @property
    def total(self) -> int:
        return int(self.packets.sum())

    def common(self, other: _Flows) -> tuple[Array, Array]:
        """Return positions here and in `other` of the flows that both have."""
        at = np.searchsorted(other.number, self.number)
        own = np.flatnonzero(np.append(other.number, -1)[at] == self.number)
        return own, at[own]


class _Carried:
    """Packets of each flow on each member, and when they were there: as many numbers as there are rows."""

    def __init__(self, rows: Array, n: int) -> None:
        order, new = grouped([rows[name] for name in _KEY], rows["link"])
        counts, flow = {name: rows[name][order] for name in _COUNTED}, np.cumsum(new) - 1
        starts = np.flatnonzero(changes([flow, counts["link"]]))
        self._ahead, late, self._data = (
            np.bincount(counts["link"], weights=counts[name].astype(float), minlength=n)
            for name in ("ahead", "late", "data_packets")
        )
        self.flows = int(flow[-1]) + 1
        flow, link = flow[starts], counts["link"][starts]
        once = 1 - np.minimum(late / np.maximum(self._data, 1), _MOST_COPIES)
        packets = np.rint(_records(counts, starts) * once[link]).astype(np.int64)
        first = np.minimum.reduceat(np.where(counts["first_ns"] == TS_NONE, _LATEST, counts["first_ns"]), starts)
        last = np.maximum.reduceat(counts["last_ns"], starts)
        sent = np.bitwise_or.reduceat(counts["directions"], starts) == _OUTBOUND
        self.of = {}
        by_member = np.argsort(link, kind="stable")
        by_member = by_member[packets[by_member] > 0]
        for own in np.split(by_member, np.flatnonzero(np.diff(link[by_member])) + 1):
            if len(own):
                self.of[int(link[own[0]])] = _Flows(flow[own], packets[own], first[own], last[own], sent[own])
        self.active = list(self.of)

    def in_sequence(self, member: int) -> bool:
        return bool(self._ahead[member] <= _MOST_AHEAD * self._data[member])

    def within(self, part: int, whole: int) -> bool:
        """Return whether `whole` has all packets of `part`, and more."""
        own, theirs = self.of[part], self.of[whole]
        if theirs.total - own.total < max(_LEAST_MORE, _LEAST_SHARE_MORE * theirs.total):
            return False
        here, there = own.common(theirs)
        common = int(np.minimum(own.packets[here], theirs.packets[there]).sum())
        return common >= _SAME * own.total and self.together(part, whole)

    def together(self, part: int, whole: int) -> bool:
        """Return whether their common flows were on both at the same time, by packets of `part`."""
        own, theirs = self.of[part], self.of[whole]
        here, there = own.common(theirs)
        at_once = np.maximum(own.first[here], theirs.first[there]) <= np.minimum(own.last[here], theirs.last[there])
        weight = own.packets[here]
        return int(weight[at_once].sum()) * 2 > int(weight.sum())

    def is_copy(self, one: int, other: int) -> bool:
        """Return whether two members carry the same packets at the same time."""
        own, theirs = self.of[one], self.of[other]
        here, there = own.common(theirs)
        common = int(np.minimum(own.packets[here], theirs.packets[there]).sum())
        return common >= max(_LEAST_MORE, _SAME * max(own.total, theirs.total)) and self.together(one, other)

    def at_once(self, one: int, other: int) -> bool:
        """Return whether two members record the start of their common flows within microseconds."""
        here, there = self.of[one].common(self.of[other])
        apart = np.abs(self.of[one].first[here] - self.of[other].first[there])
        return bool(len(apart)) and median(apart) < _AT_ONCE_NS

    def is_above(self, one: int, other: int) -> bool:
        """Return whether `one` records what is sent before `other` does, and after it what comes in."""
        own, theirs = self.of[one], self.of[other]
        here, there = own.common(theirs)
        later = np.sign(own.first[here] - theirs.first[there])
        return int(np.where(own.sent[here], -later, later).sum()) > 0

    def sums(self, members: Sequence[int]) -> Array:
        """Return (flows,) packets of each flow on `members` together."""
        sums = np.zeros(self.flows, np.int64)
        for member in members:
            sums[self.of[member].number] += self.of[member].packets
        return sums

    def carries_the_same(self, member: int, others: Sequence[int]) -> bool:
        """Return whether its flows are, packet for packet by number, those that are on the others together."""
        own = self.of[member]
        theirs = self.sums(others)[own.number]
        common = int(np.minimum(own.packets, theirs).sum())
        if common < _LEAST_PACKETS or common < _SAME * max(own.total, int(theirs.sum())):
            return False
        parts = [other for other in others if len(own.common(self.of[other])[0])]
        return self.in_sequence(member) and all(self.together(part, member) for part in parts)


def _records(counts: dict[str, Array], starts: Array) -> Array:
    """Return the records of each flow on each member, whose rows begin at `starts`.

    Equal rows of one time are of interfaces that are layers of one port: counted once.

    (Layers recorded as one interface make one row, in which each segment is there several times, all but the first late.)
    """
    packets = counts["packets"].astype(float)
    number = np.diff(np.append(starts, len(packets)))
    total, most = np.add.reduceat(packets, starts), np.maximum.reduceat(packets, starts)
    begun, ended = np.maximum.reduceat(counts["first_ns"], starts), np.minimum.reduceat(counts["last_ns"], starts)
    layers = (number > 1) & (begun <= ended) & (_SAME * most * number <= total)
    return np.where(layers, most, total)


def _holds_others(member: int, table: _Carried) -> bool:
    """Return whether at least two others are parts of it that make it up."""
    parts = [other for other in table.active if other != member and table.within(other, member)]
    if len(parts) < 2 or not table.in_sequence(member):
        return False
    own = table.of[member]
    common = int(np.minimum(own.packets, table.sums(parts)[own.number]).sum())
    return common >= _LEAST_PACKETS and common >= _SAME * own.total
