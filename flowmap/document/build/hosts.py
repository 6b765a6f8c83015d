"""Hosts as rows of the report: wire bytes by member, the teamed host's own in sum.

In: facts of the listed streams. Out: a listing in order of address text, the teamed host's addresses first. There may be as
many hosts as streams, so what each exchanged is summed in columns, and rows are made when they are asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from flowmap.document import model as doc
from flowmap.document.base import encodable, unchecked
from flowmap.document.build.written import written
from flowmap.document.listing import Listing
from flowmap.facts.model import TeamFacts
from flowmap.flow.streams.grouping import changes
from flowmap.team.host import Address, address_text

__all__ = ["host_rows"]

Array = np.ndarray[Any, Any]

_SOURCE, _DESTINATION, _TEAMED = 1, 2, 4
_ROLES = {0: "other", _SOURCE: "source", _DESTINATION: "destination", _SOURCE | _DESTINATION: "both"}
_SENT, _RECEIVED = 1, 2
_SIDES = {"tx": _SENT, "rx": _RECEIVED, "unknown": 0}
_OBJECT = unchecked(doc.Host)


def host_rows(team: TeamFacts) -> Sequence[doc.Host]:
    """Hosts of the listed streams. What each exchanged is summed where the first row is asked for."""
    count = len({end[0] for stream in team.streams for way in stream.directions for end in (way.src, way.dst)})
    hosts = cache(lambda: _Hosts(team))
    return Listing(count, lambda places: hosts().rows(places, _OBJECT), lambda places: hosts().rows(places, _text()))


class _Hosts:
    """All hosts in the order of their rows, and what they exchanged."""

    def __init__(self, team: TeamFacts) -> None:
        numbers: dict[Address, int] = {}
        ends, sides, shares = _columns(team, numbers)
        self._roles = roles = [0] * len(numbers)
        for stream in team.judged:
            roles[numbers[stream.bulk.src[0]]] |= _SOURCE if stream.bulk.bulk else 0
            roles[numbers[stream.bulk.dst[0]]] |= _DESTINATION if stream.bulk.bulk else 0
        self._texts = [address_text(address) for address in numbers]
        for address in team.host.addresses:
            if address in numbers:
                roles[numbers[address]] |= _TEAMED
        self._order = sorted(range(len(roles)), key=self._texts.__getitem__)
        self._order.sort(key=lambda number: not roles[number] & _TEAMED)
        place = np.empty(len(roles), np.int64)
        place[self._order] = np.arange(len(roles))
        self._names = [str(encodable(member.name)) for member in team.members]
        self._sums = [
            _Sums(place[ends], shares, chosen, len(roles))
            for chosen in (np.ones(len(sides), bool), *(sides == side for side in (_SENT, _RECEIVED)))
        ]

    def rows(self, places: Sequence[int], make: Callable[..., Any]) -> list[Any]:
        """Those at these places, made by `make`."""
        every, sent, received = (own.of(places, self._names) for own in self._sums)
        numbers = [self._order[place] for place in places]
        found = []
        for number, members, tx, rx in zip(numbers, every, sent, received, strict=True):
            role = "teamed" if self._roles[number] & _TEAMED else _ROLES[self._roles[number]]
            found.append(make(host=self._texts[number], role=role, members=members, tx=tx, rx=rx))
        return found


@cache
def _text() -> Callable[..., str]:
    """Return what is compiled where hosts are written."""
    return written(doc.Host, 4)


def _columns(team: TeamFacts, numbers: dict[Address, int]) -> tuple[Array, Array, Array]:
    """Give the hosts numbers, and return what their sums are made of.

    By direction: the numbers of its source and destination host, (n, 2), and its side. By share: direction, member, wire bytes.
    """
    ends, shares, sides = array("q"), array("q"), array("b")
    number = numbers.setdefault
    for stream in team.streams:
        for direction in stream.directions:
            for share in direction.shares:
                shares.extend((len(sides), share.member, share.wire_bytes))
            ends.append(number(direction.src[0], len(numbers)))
            ends.append(number(direction.dst[0], len(numbers)))
            sides.append(_SIDES[direction.side])
    return (
        np.array(ends, np.int64).reshape(-1, 2),
        np.array(sides, np.int8),
        np.array(shares, np.int64).reshape(-1, 3),
    )


class _Sums:
    """What hosts exchanged on each member, of some directions."""

    def __init__(self, ends: Array, shares: Array, chosen: Array, hosts: int) -> None:
        """`chosen` (n,) bool by direction; `hosts` is how many there are."""
        own = shares[chosen[shares[:, 0]]]
        host = ends[own[:, 0]].ravel()
        member, wire = np.repeat(own[:, 1], 2), np.repeat(own[:, 2], 2)
        order = np.lexsort((member, host))
        starts = np.flatnonzero(changes([host[order], member[order]]))
        sums = np.add.reduceat(wire[order], starts) if len(starts) else wire
        first = order[starts]  # the order of members is that in which they come
        by_host = np.lexsort((first, host[first]))
        self._member, self._bytes = member[first][by_host], sums[by_host]
        self._start = np.searchsorted(host[first][by_host], np.arange(hosts + 1))

    def of(self, hosts: Sequence[int], names: Sequence[str]) -> list[dict[str, int]]:
        """Wire bytes by name of member, of some hosts that are near each other."""
        first = min(hosts, default=0)
        start = self._start[first : max(hosts, default=0) + 2].tolist()
        member, size = (column[start[0] : start[-1]].tolist() for column in (self._member, self._bytes))
        begin = start[0]
        return [
            {names[member[at]]: size[at] for at in range(start[host - first] - begin, start[host - first + 1] - begin)}
            for host in hosts
        ]
