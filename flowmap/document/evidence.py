"""What pictures need beyond the report document: points and intervals, bounded in number, never part of the JSON.

Times are integer nanoseconds UTC on the reference member's clock, members are names as in the document.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.words import Party

__all__ = ["Evidence", "LacpHistory", "LacpSide", "LacpSpan", "SequencePoints"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class SequencePoints:
    """Some packets of one stream-direction: when, which byte of the stream, on which member.

    `ts_ns`, `position` (bytes from the first one sampled) and `member` (index into `members`) are (n,) int64 in time order.
    `closeup` says which of them are every packet around the first change of member.
    """

    stream: int
    source: tuple[str, int]
    members: tuple[str, ...]
    ts_ns: Array
    position: Array
    member: Array
    closeup: Array
    packets: int
    """How many packets the points were drawn from."""


@dataclass(frozen=True)
class LacpSpan:
    """The state that one side announced without a change; `end_ns` is when it was no longer valid, or the next state came."""

    start_ns: int
    end_ns: int
    state: int


@dataclass(frozen=True)
class LacpSide:
    """What one system announced on one member; `party` is unknown where the host's system is."""

    party: Party
    system: str
    spans: tuple[LacpSpan, ...]


@dataclass(frozen=True)
class LacpHistory:
    """What was heard of LACP on one member; `bundled`: (start_ns, end_ns) during which both sides had it in use."""

    member: str
    bundled: tuple[tuple[int, int], ...]
    sides: tuple[LacpSide, ...]
    cut: int = 0
    """Spans left out because there were too many."""


@dataclass(frozen=True)
class Evidence:
    """All of it; empty where there was nothing to follow."""

    sequences: tuple[SequencePoints, ...] = ()
    sequences_cut: int = 0
    """Stream-directions on several members that no points were kept of."""
    lacp: tuple[LacpHistory, ...] = field(default=())
