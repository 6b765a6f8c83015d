"""A stream-direction of which more is known than the first pass counts, while that is added.

In: a `Direction` as the first pass counts it; functions of `facts/streams.py` set what the first pass kept besides, or what the
second pass saw. Out: a `Direction` again, complete and frozen. Most directions need none of this and are made once. Every field
is named and means what it does there; what is judged later has no place here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, InPart, MemberShare, Recorded, Tunnel
from flowmap.team.host import Address
from flowmap.trace.watching.observe import Observation
from flowmap.trace.watching.sample import Sample
from flowmap.words import Side

__all__ = ["Draft"]


@dataclass(slots=True)
class Draft:
    """The fields of a `Direction`, in its order."""

    src: tuple[Address, int]
    dst: tuple[Address, int]
    side: Side
    bulk: bool
    payload_bytes: int
    shares: Sequence[MemberShare]
    smac_changed: bool
    macs: tuple[int, int]
    macs_alike: bool
    vlan: int
    observation: Observation | None
    sample: Sample | None
    peak_bytes: int | None
    recorded: Recorded | None
    duplicates: int | None
    retransmitted: int | None
    once_bytes: int | None
    resent_bytes: int | None
    reordered: int | None
    in_part: InPart | None
    missing_bytes: int
    missing_tenths: tuple[int, ...]
    tunnel: Tunnel | None

    @classmethod
    def of(cls, direction: Direction) -> Draft:
        """Return a draft of the direction, to add to."""
        return cls(*_VALUES(direction))

    def finished(self) -> Direction:
        """Return the direction, complete; one call of `attrgetter`, for there may be tens of thousands."""
        return Direction(*_VALUES(self))


_VALUES = attrgetter(*[one.name for one in fields(Draft)])
