"""Streams as pictures show them: each by itself, or together with others that were placed alike.

A report may have tens of thousands of streams: each is looked at once, and what is kept of them does not grow with their
number but with what a picture has room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from flowmap.dataclass import dataclass
from flowmap.document.listing import TROUBLE
from flowmap.report.sections.streams.order import judged_of, remote_host

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Report, Stream

__all__ = ["Bundle", "Drawn", "bulk_direction", "drawn_of", "worst_direction"]

_ROOM = 64
"""No picture has room for more bundles."""


@dataclass
class Bundle:
    """One stream, or several. `lead` is the one with most trouble, whose words stand for all.

    `data`: wire bytes of the direction that carries most payload, by member; `answers`: those of the other one.
    """

    names: dict[str, None]
    lead: Stream
    data: dict[str, int]
    answers: dict[str, int]
    total: int
    """Wire bytes of the data, those that several members recorded once."""
    first: int
    """The lowest number of a stream."""
    count: int = 1
    mixed: bool = False
    """Whether the others were placed otherwise than the lead."""

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(self.names)

    @property
    def trouble(self) -> int:
        worst = worst_direction(self.lead)
        return TROUBLE.index(worst.placement) if worst is not None else len(TROUBLE)

    def placed(self) -> tuple[tuple[object, ...], ...]:
        """Return how the lead was placed, in all directions."""
        return tuple((one.direction, one.placement, one.cause, one.expected) for one in self.lead.directions)

    def add(self, other: Bundle) -> None:
        """Take in another one; trouble of one is trouble of both."""
        self.mixed = self.mixed or other.mixed or self.placed() != other.placed()
        self.names |= other.names
        self.lead = min(self, other, key=lambda one: one.trouble).lead
        _add(self.data, other.data)
        _add(self.answers, other.answers)
        self.total += other.total
        self.first = min(self.first, other.first)
        self.count += other.count

    def copy(self) -> Bundle:
        """Return one that can take in others without this one changing."""
        return Bundle(
            dict(self.names),
            self.lead,
            dict(self.data),
            dict(self.answers),
            self.total,
            self.first,
            self.count,
            self.mixed,
        )


@dataclass
class Drawn:
    """What pictures and their texts say of the streams that are drawn: the judged ones, or all listed where none is judged.

    `loads`: wire bytes of the data by member; `total`: the same, those that several members recorded once; `ways`: directions
    of the data; `outer`: pairs of outer addresses of tunnels, in the order in which they were found.
    """

    order: dict[str, int]
    count: int = 0
    total: int = 0
    loads: dict[str, int] = field(default_factory=dict)
    ways: set[str] = field(default_factory=set)
    outer: dict[tuple[str, str], None] = field(default_factory=dict)
    _levels: list[dict[object, Bundle] | None] = field(default_factory=lambda: [{}, {}, {}])
    """Streams by themselves; those of one host that were placed alike; those of all hosts. None: there is no room for them."""

    def take(self, stream: Stream, host: str) -> None:
        """Look at one more stream."""
        bulk = bulk_direction(stream)
        one = _bundle(stream, host, bulk)
        self.count += 1
        self.total += one.total
        _add(self.loads, one.data)
        self.outer |= dict.fromkeys((d.outer.src, d.outer.dst) for d in stream.directions if d.outer is not None)
        if bulk is not None:
            self.ways.add(bulk.direction)
        alike = (one.placed(), *sorted(one.data))
        for number, key in enumerate((stream.id, (host, *alike), alike)):
            level = self._levels[number]
            if level is None:
                continue
            if key in level:
                level[key].add(one)
            else:
                level[key] = one.copy()
            if number < len(self._levels) - 1 and len(level) > _ROOM:
                self._levels[number] = None

    def bundles(self, most: int) -> list[Bundle]:
        """Return at most `most` bundles, in the order of the members that carried them.

        Where there are more, streams of one host that were placed alike are one, then those of all hosts, then the rest.
        """
        few = (level for level in self._levels if level is not None and len(level) <= most)
        bundles = [one.copy() for one in (next(few, None) or self._levels[-1] or {}).values()]
        bundles.sort(key=lambda one: (one.trouble, -one.total))
        for one in bundles[most:]:
            bundles[most - 1].add(one)
        return sorted(bundles[:most], key=lambda one: (_centre(one, self.order), next(iter(one.names)), one.first))


def drawn_of(report: Report) -> Drawn:
    """Return what there is to draw of a report."""
    drawn = Drawn({member.name: number for number, member in enumerate(report.members)})
    for stream in _streams(report):
        drawn.take(stream, remote_host(stream, report))
    return drawn


def _streams(report: Report) -> Iterator[Stream]:
    some = judged_of(report.streams) > 0
    return (stream for stream in report.streams if stream.judged or not some)


def bulk_direction(stream: Stream) -> Direction | None:
    """Return the direction that carries most payload."""
    payload = [(sum(m.payload_bytes for m in d.members), d) for d in stream.directions]
    return max(payload, key=lambda one: one[0])[1] if payload else None


def worst_direction(stream: Stream) -> Direction | None:
    """Return the direction with most trouble."""
    return min(stream.directions, key=lambda one: TROUBLE.index(one.placement), default=None)


def _bundle(stream: Stream, host: str, bulk: Direction | None) -> Bundle:
    loads: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for direction in stream.directions:
        for member in direction.members:
            loads[direction is not bulk][member.name] = member.wire_bytes
    mirrored = bulk is not None and bulk.placement == "mirrored"
    total = max(loads[0].values(), default=0) if mirrored else sum(loads[0].values())
    return Bundle({host: None}, stream, *loads, total, stream.id)


def _add(loads: dict[str, int], others: dict[str, int]) -> None:
    for name, load in others.items():
        loads[name] = loads.get(name, 0) + load


def _centre(bundle: Bundle, order: dict[str, int]) -> float:
    """Return where among the members most of its bytes are: sorted by it, ribbons cross little."""
    loads = sum(bundle.data.values())
    return sum(order.get(n, 0) * load for n, load in bundle.data.items()) / loads if loads else len(order)
