"""What was on which member at each moment, for all stream-directions at once: what the causes of moves are judged by.

Built once for a team; each question costs a binary search, so thousands of streams that move together are no trouble.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import field
from itertools import accumulate

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, Moved, Side, TeamFacts
from flowmap.team.host import Address
from flowmap.trace.watching.observe import Switch

__all__ = ["TOGETHER_NS", "Departure", "Scene", "follows_host"]

TOGETHER_NS = 1_000_000_000
"""Moves of one event: streams that pause notice it later than those that do not."""
_MOMENT_NS = 100_000_000


@dataclass
class Departure:
    """Moves away from one member at one moment.

    `news` are the members they went to, `last` by side the last packet on the old member, `end_ns` the last first
    packet on a new one.
    """

    member: int
    end_ns: int = 0
    news: set[int] = field(default_factory=set)
    last: dict[Side, int] = field(default_factory=dict)

    def add(self, side: Side, switch: Switch) -> None:
        self.end_ns = max(self.end_ns, switch.ts_ns)
        self.news.add(switch.new)
        self.last[side] = max(self.last.get(side, 0), switch.before_ns)


class _Spans:
    """Spans with weights: how much weight there is at a moment, and how many spans touch a time."""

    def __init__(self, spans: Iterable[tuple[int, int, float]]) -> None:
        known = list(spans)
        by_start, by_end = sorted(known), sorted((end, weight) for _, end, weight in known)
        self._starts, self._ends = [start for start, *_ in by_start], [end for end, _ in by_end]
        self._begun = [0.0, *accumulate(weight for *_, weight in by_start)]
        self._over = [0.0, *accumulate(weight for _, weight in by_end)]

    def within(self, ts_ns: int) -> int:
        """Return spans that began before this moment and end after it."""
        return bisect_left(self._starts, ts_ns) - bisect_right(self._ends, ts_ns)

    def weight(self, ts_ns: int) -> float:
        """Return the weight of the spans that hold this moment, their ends included."""
        return self._begun[bisect_right(self._starts, ts_ns)] - self._over[bisect_left(self._ends, ts_ns)]

    def touched(self, start_ns: int, end_ns: int) -> bool:
        """Return whether some span has a moment of [start_ns, end_ns]."""
        return bisect_right(self._starts, end_ns) > bisect_left(self._ends, start_ns)

    @property
    def first_ns(self) -> int:
        return self._starts[0] if self._starts else 0


class Scene:
    """All directions of a team on their members, and all their moves."""

    def __init__(self, directions: Sequence[Direction], moving: Sequence[Direction]) -> None:
        shares: dict[tuple[int, Side | None], list[tuple[int, int, float]]] = {}
        for direction in directions:
            for share in direction.shares:
                if share.first_ns is not None and share.last_ns is not None:
                    rate = share.wire_bytes / max(1, share.last_ns - share.first_ns)
                    for side in (direction.side, None):
                        shares.setdefault((share.member, side), []).append((share.first_ns, share.last_ns, rate))
        self._shares = {key: _Spans(spans) for key, spans in shares.items()}
        moves = [(d, switch) for d in moving if d.observation for switch in d.observation.switches]
        moves.sort(key=lambda one: (one[1].ts_ns, one[1].before_ns))
        left: dict[tuple[int, Side], list[tuple[int, int, float]]] = {}
        ends: dict[tuple[int, bool], list[tuple[int, int, float]]] = {}
        self._pairs: dict[tuple[int, tuple[Address, int], tuple[Address, int]], list[tuple[int, int]]] = {}
        for d, s in moves:
            left.setdefault((s.old, d.side), []).append((s.before_ns, s.ts_ns, 1.0))
            ends.setdefault((s.old, False), []).append((s.before_ns, s.ts_ns, 1.0))
            ends.setdefault((s.new, True), []).append((s.before_ns, s.ts_ns, 1.0))
            self._pairs.setdefault((s.old, d.src, d.dst), []).append((s.before_ns, s.ts_ns))
        self._left = {key: _Spans(spans) for key, spans in left.items()}
        self._moves = {key: _Spans(spans) for key, spans in ends.items()}
        self.moments = sorted({s.ts_ns // _MOMENT_NS * _MOMENT_NS for _, s in moves})
        """When something moved, to a tenth of a second."""
        self._departures: dict[tuple[int, int, int], Departure] = {}
        self._gather_departures(moves)

    def _gather_departures(self, moves: Sequence[tuple[Direction, Switch]]) -> None:
        latest: dict[int, Departure] = {}
        for direction, switch in moves:
            one = latest.get(switch.old)
            if one is None or switch.before_ns > one.end_ns + TOGETHER_NS:
                one = latest[switch.old] = Departure(switch.old)
            one.add(direction.side, switch)
            self._departures[switch.old, switch.before_ns, switch.ts_ns] = one

    def departure(self, switch: Switch) -> Departure:
        """Return the moves away from the old member that this one is among."""
        return self._departures[switch.old, switch.before_ns, switch.ts_ns]

    def staying(self, member: int, ts_ns: int, side: Side | None = None) -> int:
        """Return directions that are on the member before and after this moment."""
        spans = self._shares.get((member, side))
        return spans.within(ts_ns) if spans else 0

    def load(self, member: int, ts_ns: int, side: Side | None = None) -> float:
        """Return the wire bytes per nanosecond on the member at this moment, by mean rates of the directions there."""
        spans = self._shares.get((member, side))
        return spans.weight(ts_ns) if spans else 0.0

    def in_use_since(self, member: int) -> int:
        """Return when the first stream was on the member; 0 for never."""
        spans = self._shares.get((member, None))
        return spans.first_ns if spans else 0

    def both_left(self, direction: Direction, switch: Switch) -> bool:
        """Return whether a direction that the other side places left the same member at the same time."""
        opposite: dict[Side, Side] = {"tx": "rx", "rx": "tx"}
        if direction.side in opposite:
            spans = self._left.get((switch.old, opposite[direction.side]))
            return spans is not None and spans.touched(switch.before_ns, switch.ts_ns)
        back = self._pairs.get((switch.old, direction.dst, direction.src), ())
        return any(before <= switch.ts_ns and ts_ns >= switch.before_ns for before, ts_ns in back)

    def moved_with(self, switch: Switch, member: int, arriving: bool) -> bool:
        """Return whether something moved to (`arriving`) or from the member together with this move."""
        spans = self._moves.get((member, arriving))
        return spans is not None and spans.touched(switch.before_ns - TOGETHER_NS, switch.ts_ns + TOGETHER_NS)


def follows_host(direction: Direction, move: Moved, team: TeamFacts) -> bool:
    """Tell whether this move of what comes in only follows the host, at about the same time and by the same way.

    Without a channel a switch sends to where it last saw the host's MAC: where the host begins to send from one MAC on another
    member, what the switch delivers to that MAC goes there too. That is the host's doing, not a choice of the switch. In a
    channel the switch chooses by a hash, and learns nothing from the port that a frame came in on: there no move follows.
    """
    channel = team.expectation.switch_chooses or any(
        team.lacp.bundled_spans(member.number) for member in team.team_members
    )
    if direction.side != "rx" or channel:
        return False
    return any(
        (own.old, own.new) == (move.old, move.new) and abs(own.ts_ns - move.ts_ns) <= TOGETHER_NS
        for stream in team.judged
        for sent in stream.directions
        if sent.side == "tx" and sent.macs[0] == direction.macs[1] != 0
        for own in sent.placed.moves
    )
