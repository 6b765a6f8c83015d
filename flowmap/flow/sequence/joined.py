"""The states of one stream-direction on one member, of all captures of a series, as one; and what they say.

Positions of a later piece are moved to where its base is by the earlier one's count. Bytes are missing where neither piece
has them: holes that the later one fills are closed, and what lies between the two is a hole that opened when the later one
began. Three pieces miss the same bytes whichever two are joined first; of what was sent again over a
border only the first segment is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import field, replace
from functools import reduce
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.sequence.kept import Kept
from flowmap.flow.sequence.records import (
    BASE,
    BEGUN,
    HOLE,
    OPENED,
    REORDERED_WITHIN_NS,
    SEQUENCE,
    SOON_BINS,
    soon_bin,
)
from flowmap.flow.sequence.reference import LOW_SHIFT
from flowmap.types import TS_NONE

__all__ = [
    "LARGE_HOLE",
    "LEAST_HOLES",
    "NO_SPANS",
    "Handshake",
    "Piece",
    "join_pieces",
    "piece_of",
    "span_of",
    "spans_of",
    "spread_of",
]

Array = np.ndarray[Any, Any]
Hole = tuple[int, int, int]

NO_SPANS = np.zeros((0, 3), np.int64)
NO_SPANS.flags.writeable = False
_no_spans = NO_SPANS.view
_FAR = 1 << 62
_FIELDS = SEQUENCE.names or ()
LEAST_HOLES, LARGE_HOLE = 10, 7000
"""So many holes, or so large ones on the average, tell how bytes are missing."""


@dataclass(frozen=True)
class Handshake:
    """Of a direction's SYNs: the last one's time, the first packet's after it, and what they offer. `scale` as in TRACE."""

    syn_ns: int | None = None
    begun_ns: int | None = None
    mss: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Piece:
    """One direction as one capture, or some in a row, saw it.

    Of int64, a row each: `holes` and `early` are (start, end, time), `spread` is (start, end, bytes) of each bin of closed
    holes. There may be hundreds, and thousands of streams that have them.
    """

    first_ns: int
    base: int | None
    sent: int
    retransmitted: int = 0
    reordered: int = 0
    repeated: int = 0
    unsure: int = 0
    holes: Array = field(default_factory=_no_spans)
    early: Array = field(default_factory=_no_spans)
    retired: int = 0
    spread: Array = field(default_factory=_no_spans)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    handshake: Handshake = Handshake()
    soon: tuple[int, ...] = (0,) * SOON_BINS

    def within(self, round_trip_ns: int | None) -> Piece:
        """Return the piece in the knowledge of its path's least round trip: what came later than that was sent again."""
        if round_trip_ns is None:
            return self
        late = sum(count for k, count in enumerate(self.soon) if REORDERED_WITHIN_NS >> k > round_trip_ns)
        return replace(self, reordered=self.reordered - late, retransmitted=self.retransmitted + late) if late else self

    @property
    def copies(self) -> int:
        """Records of packets that were there already; see the page of this package for those that are `unsure`."""
        return self.repeated + (self.unsure if self._unsure_are_copies else 0)

    @property
    def sent_again(self) -> int:
        return self.retransmitted - (self.unsure if self._unsure_are_copies else 0)

    @property
    def _unsure_are_copies(self) -> bool:
        return self.repeated > max(0, self.retransmitted - self.unsure)

    @property
    def once(self) -> int:
        """How much of the sequence space was captured, each number once; a SYN and a FIN take one each (RFC 9293, 3.4)."""
        lacking = int((self.holes[:, 1] - self.holes[:, 0]).sum() + self.spread[:, 2].sum())
        before, covered = 0, -_FAR
        for start, end, _ in sorted(self.early.tolist()):
            before += max(0, min(end, 0) - max(start, covered))
            covered = max(covered, end)
        return self.sent - lacking + before

    def missing_below(self, acknowledged: int | None) -> int:
        """Return bytes below the 32-bit acknowledgment number `acknowledged` that were delivered, but not captured."""
        limit = self._limit(acknowledged)
        start, end = self._holes_below(limit)
        return int((end - start).sum() + self.spread[self.spread[:, 0] < limit, 2].sum())

    def missing_tenths(self, acknowledged: int | None) -> tuple[int, ...]:
        """Return the same by tenths of what was sent: whether a steady share is missing, or some stretches are.

        Empty where a few small holes do not tell. What is missing of closed holes is spread evenly over their bin.
        """
        limit = self._limit(acknowledged)
        start, end = self._holes_below(limit)
        begin, stop, lost = self.spread[self.spread[:, 0] < limit].T
        count, total = len(start) + self.retired, int((end - start).sum() + lost.sum())
        if not total or (count < LEAST_HOLES and total < count * LARGE_HOLE):
            return ()
        bounds = np.array([limit * k // 10 for k in range(11)])
        tenths = _inside(start, end, bounds).sum(axis=0)
        inside = _inside(begin, stop, bounds)
        for bin_, tenth in np.argwhere(inside).tolist():  # most bins are within a tenth; products need not fit int64
            tenths[tenth] += int(lost[bin_]) * int(inside[bin_, tenth]) // int(stop[bin_] - begin[bin_])
        return tuple(tenths.tolist())

    def _limit(self, acknowledged: int | None) -> int:
        """Return the position that the acknowledgment number is, 0 where nothing was acknowledged."""
        if self.base is None or acknowledged is None:
            return 0
        return min(self.sent, self.sent + _signed32(acknowledged - self.base - self.sent))

    def _holes_below(self, limit: int) -> tuple[Array, Array]:
        own = np.flatnonzero(self.holes[:, 0] < limit)
        return self.holes[own, 0], np.minimum(self.holes[own, 1], limit)


def _inside(start: Array, end: Array, bounds: Array) -> Array:
    """Return (parts, bounds - 1) how much of each part is between two bounds."""
    within: Array = np.minimum(end[:, None], bounds[1:]) - np.maximum(start[:, None], bounds[:-1])
    return np.maximum(within, 0, out=within)


def join_pieces(pieces: Sequence[Piece]) -> Piece:
    """Join pieces in order of time."""
    return reduce(_join_two, pieces)


def span_of(pieces: Sequence[Piece], controls: int) -> int:
    """Return how many bytes lie between the first and the last that pieces of one direction have, on several members.

    `controls` are taken off: its SYN and its FIN take a number each.
    """
    based = [(one.base, one.sent) for one in pieces if one.base is not None]
    starts = [_signed32(base - based[0][0]) for base, _ in based]
    ends = [start + sent for start, (_, sent) in zip(starts, based, strict=True)]
    return max(0, max(ends, default=0) - min(starts, default=0) - controls)


def _join_two(a: Piece, b: Piece) -> Piece:
    if a.base is None or b.base is None:
        holes, early = np.concatenate([a.holes, b.holes]), np.concatenate([a.early, b.early])
        base = b.base if a.base is None else a.base
        return replace(_summed(a, b, 0), base=base, sent=max(a.sent, b.sent), holes=holes, early=early)
    by = a.sent + _signed32(b.base - a.base - a.sent)
    below = by < a.sent
    later, moved = _moved(b.holes, by), _tuples(_moved(b.early, by))
    near = a.holes[:, 1] > min([by, *(start for start, _, _ in moved)])  # few of the thousands that a series makes
    open_holes = [*_tuples(a.holes[near]), *([(a.sent, by, b.first_ns)] if by > a.sent else [])]
    overtaken: list[int] = []
    for start, end, ts_ns in moved:
        overtaken += _soonest([hole for hole in open_holes if _meet(hole, start, end)], ts_ns)
        open_holes = _cut(open_holes, [(start, end)])
    covered = _between(later, by, b.sent, a.sent) if below else []
    overtaken_first = _soonest([hole for hole in open_holes if any(_meet(hole, *one) for one in covered)], b.first_ns)
    open_holes = _cut(open_holes, covered)
    if below:
        later[:, 0] = np.maximum(later[:, 0], a.sent)
        later = later[later[:, 0] < later[:, 1]]
    before = [*moved, *((start, min(end, 0), TS_NONE) for start, end in covered)]
    early = np.concatenate([a.early, spans_of([one for one in before if one[0] < 0])])
    holes = np.concatenate([a.holes[~near], spans_of(open_holes), later])
    joined = replace(_summed(a, b, by), sent=max(a.sent, by + b.sent), holes=holes, early=early)
    return _recounted(joined, overtaken, below, overtaken_first)


def _between(holes: Array, begin: int, length: int, limit: int) -> list[tuple[int, int]]:
    """Return what lies between holes of `length` bytes from `begin` on, as far as it begins below the limit."""
    starts, ends = holes[holes[:, 0] < limit, 1], holes[:, 0]
    between = zip([begin, *starts.tolist()], [*ends.tolist(), begin + length], strict=False)
    return [(start, end) for start, end in between if start < min(end, limit)]


def _moved(spans: Array, by: int) -> Array:
    moved: Array = spans + np.array([by, by, 0])
    return moved


def _recounted(joined: Piece, overtaken: Sequence[int], below: bool, overtaken_first: Sequence[int]) -> Piece:
    """Count what the later piece took for sent again, and for its beginning, in the light of the earlier one.

    `overtaken` and `overtaken_first`: the bins of what was not sent again.
    """
    bins = [*overtaken, *(overtaken_first if below else ())]
    return replace(
        joined,
        retransmitted=joined.retransmitted - len(overtaken) + (below and not overtaken_first),
        unsure=max(0, joined.unsure - len(overtaken)),
        reordered=joined.reordered + len(bins),
        soon=tuple(count + bins.count(k) for k, count in enumerate(joined.soon)),
    )


def _summed(a: Piece, b: Piece, by: int) -> Piece:
    """Return `a` with what is counted of `b` added; positions of `b` are `by` behind those of `a`."""
    opened = a.handshake if a.handshake.syn_ns is not None else b.handshake
    if opened.begun_ns is None and opened is a.handshake and opened.syn_ns is not None:
        opened = Handshake(opened.syn_ns, b.first_ns, opened.mss, opened.scale)
    return Piece(
        min(a.first_ns, b.first_ns),
        a.base,
        a.sent,
        a.retransmitted + b.retransmitted,
        a.reordered + b.reordered,
        a.repeated + b.repeated,
        a.unsure + b.unsure,
        a.holes,
        a.early,
        a.retired + b.retired,
        np.concatenate([a.spread, _moved(b.spread, by)]),
        a.sizes + b.sizes,
        opened,
        tuple(one + other for one, other in zip(a.soon, b.soon, strict=True)),
    )


def _meet(hole: Hole, start: int, end: int) -> bool:
    return hole[0] < end and start < hole[1]


def _soonest(holes: Sequence[Hole], ts_ns: int) -> list[int]:
    """Return the bin of the shortest time in which a segment filled some of the holes; nothing where that was not soon."""
    apart = [ts_ns - opened for _, _, opened in holes if TS_NONE not in (opened, ts_ns)]
    return [soon_bin(min(apart))] if apart and min(apart) <= REORDERED_WITHIN_NS else []


def _cut(holes: Sequence[Hole], covered: Sequence[tuple[int, int]]) -> list[Hole]:
    """Return what is left of holes."""
    left = list(holes)
    for start, end in covered:
        if start < end:
            left = [
                part
                for hole in left
                for part in (
                    ((hole[0], min(hole[1], start), hole[2]), (max(hole[0], end), hole[1], hole[2]))
                    if _meet(hole, start, end)
                    else (hole,)
                )
                if part[0] < part[1]
            ]
    return left


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


def piece_of(kept: Kept, number: int, holes: Array, sizes: Array) -> Piece:
    """Return what a capture has of its kept row `number`; `holes` and `sizes` are those of this row."""
    s = dict(zip(_FIELDS, kept.sequences[number].item(), strict=True))
    have = s["have"]
    first_ns = int(kept.rows["first_ns"][number])
    at = int(np.searchsorted(kept.closed["kept"], number)) if s["retired"] else 0
    spread = spread_of(kept.closed["bins"][at], int(kept.closed["shift"][at])) if s["retired"] else NO_SPANS
    spans, early = _columns(holes), holes["early"] != 0
    return Piece(
        first_ns,
        s["base"] if have & BASE else None,
        s["sent"],
        s["retransmitted"],
        s["reordered"],
        s["repeated"],
        s["unsure"],
        spans[~early],
        spans[early],
        s["retired"],
        spread,
        Counter({(payload, options): records for records, _, payload, options in sizes.tolist()}),
        Handshake(
            _time(first_ns, s["syn_low"]) if have & OPENED else None,
            _time(first_ns, s["begun_low"]) if have & BEGUN else None,
            s["mss"],
            s["scale"],
        ),
        tuple(s["soon"].tolist()),
    )


def spread_of(bins: Sequence[int] | Array, shift: int) -> Array:
    """Return bytes of closed holes as in Piece: those of bins of 2^shift bytes."""
    counts = np.asarray(bins, np.int64)
    own = np.flatnonzero(counts)
    return np.stack([own << shift, (own + 1) << shift, counts[own]], axis=1)


def spans_of(holes: Sequence[Hole]) -> Array:
    """Return the holes as in Piece."""
    return np.array(holes, np.int64).reshape(-1, 3)


def _columns(holes: Array) -> Array:
    """Return start, end and time of each HOLE, where they lie."""
    return holes.view(np.int64).reshape(-1, HOLE.itemsize // 8)[:, :3]


def _tuples(spans: Array) -> list[Hole]:
    return list(map(tuple, spans.tolist()))


def _time(first_ns: int, low: int) -> int:
    """Return the time of which the low bits were kept; it is at or after the row's first packet, as a rule."""
    apart = (low - (first_ns >> LOW_SHIFT)) & 0xFFFFFFFF
    return first_ns + (apart << LOW_SHIFT)
