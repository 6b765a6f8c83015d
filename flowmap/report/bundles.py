"""Streams as pictures show them: each by itself, or together with others that were placed alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowmap.report.labels import TROUBLE, remote_host

if TYPE_CHECKING:
    from flowmap.report.document import Direction, Report, Stream

__all__ = ["Bundle", "bulk_direction", "bundles_of", "data_bytes", "drawn_streams", "worst_direction"]


@dataclass
class Bundle:
    """One stream, or several. `lead` is the one with most trouble, whose words stand for all.

    `data`: wire bytes of the direction that carries most payload, by member; `answers`: those of the other one.
    """

    hosts: tuple[str, ...]
    lead: Stream
    data: dict[str, int]
    answers: dict[str, int]
    total: int
    """Wire bytes of the data, those that several members recorded once."""
    streams: list[Stream] = field(default_factory=list)
    mixed: bool = False
    """Whether the others were placed otherwise than the lead."""

    @property
    def trouble(self) -> int:
        worst = worst_direction(self.lead)
        return TROUBLE.index(worst.placement) if worst is not None else len(TROUBLE)

    def placed(self) -> tuple[tuple[object, ...], ...]:
        """How the lead was placed, in all directions."""
        return tuple((one.direction, one.placement, one.cause, one.expected) for one in self.lead.directions)

    def joined(self, other: Bundle) -> Bundle:
        """Both in one; trouble of one is trouble of both."""
        worse = min(self, other, key=lambda one: one.trouble)
        return Bundle(
            tuple(dict.fromkeys([*self.hosts, *other.hosts])), worse.lead, _sum(self.data, other.data),
            _sum(self.answers, other.answers), self.total + other.total, [*self.streams, *other.streams],
            self.mixed or other.mixed or self.placed() != other.placed(),
        )  # fmt: skip


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def bulk_direction(stream: Stream) -> Direction | None:
    """The direction that carries most payload."""
    payload = [(sum(m.payload_bytes for m in d.members), d) for d in stream.directions]
    return max(payload, key=lambda one: one[0])[1] if payload else None


def worst_direction(stream: Stream) -> Direction | None:
    """The direction with most trouble."""
    return min(stream.directions, key=lambda one: TROUBLE.index(one.placement), default=None)


def drawn_streams(report: Report) -> list[Stream]:
    """Judged streams, or all listed ones where none is judged."""
    return [s for s in report.streams if s.judged] or list(report.streams)


def bundles_of(report: Report, most: int) -> list[Bundle]:
    """At most `most` bundles, in the order of the members that carried them.

    Where there are more, streams of one host that were placed alike are one, then those of all hosts, then the rest.
    """
    bundles = [_bundle(stream, report) for stream in drawn_streams(report)]
    for by_host in (True, False):
        if len(bundles) > most:
            bundles = _grouped(bundles, by_host)
    bundles.sort(key=lambda one: (one.trouble, -one.total))
    if len(bundles) > most:
        rest = bundles[most - 1]
        for one in bundles[most:]:
            rest = rest.joined(one)
        bundles = [*bundles[: most - 1], rest]
    order = {member.name: number for number, member in enumerate(report.members)}
    return sorted(bundles, key=lambda one: (_centre(one, order), one.hosts[0], one.streams[0].id))


def _bundle(stream: Stream, report: Report) -> Bundle:
    bulk, host = bulk_direction(stream), remote_host(stream, report)
    loads: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for direction in stream.directions:
        for member in direction.members:
            loads[direction is not bulk][member.name] = member.wire_bytes
    return Bundle((host,), stream, *loads, data_bytes(stream), [stream])


def data_bytes(stream: Stream) -> int:
    """Wire bytes of the direction that carries most payload: those that several members recorded count once."""
    bulk = bulk_direction(stream)
    loads = [member.wire_bytes for member in bulk.members] if bulk is not None else []
    return max(loads, default=0) if bulk is not None and bulk.placement == "mirrored" else sum(loads)


def _grouped(bundles: Sequence[Bundle], by_host: bool) -> list[Bundle]:
    groups: dict[tuple[object, ...], Bundle] = {}
    for one in bundles:
        key = (one.hosts if by_host else (), one.placed(), *sorted(one.data))
        groups[key] = groups[key].joined(one) if key in groups else one
    return list(groups.values())


def _centre(bundle: Bundle, order: dict[str, int]) -> float:
    """Where among the members most of its bytes are: sorted by it, ribbons cross little."""
    loads = sum(bundle.data.values())
    return sum(order.get(n, 0) * load for n, load in bundle.data.items()) / loads if loads else len(order)
