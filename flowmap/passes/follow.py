"""Second pass: the packets of streams on several members, from all captures, in time order over all members.

Of all others the first pass kept what is needed; where no stream is on several members, nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.scanning.scan import Scan
from flowmap.flow.sequence.joined import Piece
from flowmap.flow.streams.stream import Streams
from flowmap.passes.enough import Enough
from flowmap.passes.kept import KeptStreams, clocks_by
from flowmap.passes.read import ReadResult, TraceOrder, Trail
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution
from flowmap.trace.collecting.collect import Sought, wanted_rows
from flowmap.trace.collecting.outer import OuterHeaders
from flowmap.trace.ordering.causality import Causality, causal_pairs
from flowmap.trace.ordering.merge import TimeMerge
from flowmap.trace.watching.copies import copies_on_a_member
from flowmap.trace.watching.observe import Observation
from flowmap.trace.watching.observers import CompiledObservers, Observers, PlainObservers
from flowmap.trace.watching.sample import SAMPLED_DIRECTIONS, Sample, Samplers
from flowmap.types import FLOW, TS_NONE

__all__ = ["Clocks", "Followed", "first_ns", "follow_streams", "to_follow"]

Array = np.ndarray[Any, Any]

MOST_CLOCKS = 256
"""Members whose clocks are compared; more are no team (a folder of fragments), and the comparison is of each with each."""


@dataclass
class Followed:
    """What was observed of each (stream, side: 0 a -> b, 1 b -> a), the members' clocks, and outer headers of tunnels.

    `samples`: points of the largest directions on several members, with the same keys.
    """

    observed: dict[tuple[int, int], tuple[Observation, Piece]]
    clock: ClockSolution
    outers: OuterHeaders
    samples: dict[tuple[int, int], Sample] = field(default_factory=dict)


class Wanted:
    """The directions to follow: two per 5-tuple, however many connections it had.

    `subjects` are the streams, in ascending order; the number of an observer is twice a stream's place among them, and
    one more for the side b -> a.
    """

    def __init__(self, streams: Streams, followed: Sequence[int], chosen: Sequence[int]) -> None:
        """Of the `chosen` streams those that are `followed`, and others of their 5-tuples."""
        known: dict[tuple[int, ...], int] = {}
        rows: list[Array] = []
        of_tuple: list[list[int]] = []
        for stream in followed:
            key = _key(streams, stream)
            if key not in known:
                known[key] = len(of_tuple)
                of_tuple.append([])
                rows += [_direction_row(streams.table[stream], True), _direction_row(streams.table[stream], False)]
        for stream in chosen if known else ():
            place = known.get(_key(streams, stream))
            if place is not None:
                of_tuple[place].append(stream)
        self.rows = wanted_rows(np.concatenate(rows)) if rows else np.zeros(0, dtype=FLOW)
        self.subjects = sorted(stream for own in of_tuple for stream in own)
        place_of = {stream: place for place, stream in enumerate(self.subjects)}
        self._places = [np.array([place_of[stream] for stream in own]) for own in of_tuple]
        self._first = np.array([own[0] for own in self._places], dtype=np.int64)
        self._pair = np.zeros(len(self.subjects), dtype=np.int64)
        for pair, own in enumerate(self._places):
            self._pair[own] = pair
        self._several = np.array([len(own) > 1 for own in of_tuple], dtype=bool)
        self._begins = streams.table["first_ns"][self.subjects]
        self._observers = (2 * np.repeat(self._first, 2) + np.tile([0, 1], len(self._first))).astype(np.uint32)

    def alone(self, place: int) -> bool:
        """Return whether the stream at this place is the only one of its 5-tuple."""
        return not bool(self._several[self._pair[place]])

    def rows_of(self, place: int) -> list[int]:
        """Return the numbers in `rows` of both directions of the stream at this place."""
        pair = int(self._pair[place])
        return [2 * pair, 2 * pair + 1]

    def observers(self, packets: Array) -> Array:
        """Return (n,) uint32: the observer of each packet, by when each connection of the 5-tuple began."""
        direction = packets["direction_id"]
        if not self._several.any():
            numbers: Array = self._observers.take(direction)
            return numbers
        pair = direction >> 1
        stream = self._first[pair]
        for own in np.unique(pair[self._several[pair]]).tolist():
            places = self._places[own]
            its = np.flatnonzero(pair == own)
            which = np.searchsorted(self._begins[places], packets["ts_ns"][its], side="right") - 1
            stream[its] = places[np.maximum(which, 0)]
        found: Array = (2 * stream + (direction & 1)).astype(np.uint32)
        return found


def _key(streams: Streams, stream: int) -> tuple[int, ...]:
    t = streams.table[stream]
    return tuple(int(t[name]) for name in ("a_hi", "a_lo", "b_hi", "b_lo", "a_port", "b_port", "version", "encap"))


def _direction_row(t: Any, forward: bool) -> Array:
    row = np.zeros(1, dtype=FLOW)
    src, dst = ("a", "b") if forward else ("b", "a")
    for name in ("hi", "lo"):
        row[f"src_{name}"], row[f"dst_{name}"] = t[f"{src}_{name}"], t[f"{dst}_{name}"]
    row["sport"], row["dport"] = t[f"{src}_port"], t[f"{dst}_port"]
    row["version"], row["encap"] = t["version"], t["encap"]
    return row


@dataclass(frozen=True)
class Clocks:
    """The clocks that are compared: of how many members, and those that have two, which are compared with none."""

    members: int
    two: Collection[int] = ()


def follow_streams(
    read: ReadResult, kept: KeptStreams, chosen: Sequence[int], clocks: Clocks, settings: Settings
) -> Followed:
    """Compare the members' clocks by the `chosen` streams, and observe those that the first pass left open.

    `chosen` are ids in ascending order of beginning.
    """
    streams = kept.streams
    numbers = np.array(chosen, dtype=np.int64)
    crossing = numbers[_crossing(streams, numbers)].tolist()
    followed = numbers[_needs_packets(streams, kept, numbers)].tolist()
    wanted = Wanted(streams, followed, chosen)
    sought = Sought.all_of(wanted.rows)
    trails = [
        Trail(one, first_ns(scan), TraceOrder(one.planned, one.size, settings, read.compiled, mapping))
        for one, scan, mapping in zip(read.inputs, read.scans, kept.links, strict=True)
        if len(wanted.rows) and mapping
    ]
    chunks = read.reader.trace(trails, sought)
    merge = TimeMerge([(trail.first_ns, own) for trail, own in zip(trails, chunks, strict=True)], read.compiled)
    clock = _compare_clocks(kept, crossing, merge.head(), len(wanted.rows), clocks)
    if not followed:
        return Followed({}, clock, sought.outers)
    subjects = [_subject(streams, stream, side) for stream in wanted.subjects for side in (0, 1)]
    observers: Observers = CompiledObservers(subjects) if read.compiled else PlainObservers(subjects)
    place_of = {stream: place for place, stream in enumerate(wanted.subjects)}
    sampled = {(stream, side): 2 * place_of[stream] + side for stream, side in _to_sample(streams, followed)}
    watch = _Watch(
        wanted,
        sought.active,
        observers,
        Samplers(sampled.values()),
        Enough(streams, kept, followed, settings.thresholds),
    )
    watch.follow(merge, clock)
    observed = {(s, side): watch.finish(s, side) for s in followed for side in (0, 1)}
    samples = {key: watch.samplers.finish(number) for key, number in sampled.items()}
    return Followed({key: one for key, one in observed.items() if one is not None}, clock, sought.outers, samples)


def to_follow(streams: Streams, kept: KeptStreams, numbers: Array, judged: Array) -> list[int]:
    """Return those of the streams `numbers` that are judged, and those that take a second pass, in ascending order."""
    chosen: list[int] = numbers[judged | _needs_packets(streams, kept, numbers)].tolist()
    return chosen


def _needs_packets(streams: Streams, kept: KeptStreams, numbers: Array) -> Array:
    """Return which directions need their packets read, (n,) bool.

    These are on several members, have rows of several VLANs or of interfaces that share a member, or are in a tunnel
    whose outer headers are not kept.
    """
    row, place = streams.rows_of_all(numbers)
    rows = np.bincount(2 * place + ~streams.forward[row], minlength=2 * len(numbers)).reshape(-1, 2)
    needed: Array = (rows > 1).any(axis=1) | (streams.table["encap"][numbers] != 0)
    needed[place[np.isin(row, kept.mixed)]] = True
    return needed


def _crossing(streams: Streams, numbers: Array) -> Array:
    """Return (n,) bool: packets are on several members, in one direction or another."""
    row, place = streams.rows_of_all(numbers)
    low, high = np.full(len(numbers), 2**32), np.full(len(numbers), -1)
    np.minimum.at(low, place, streams.rows["link"][row])
    np.maximum.at(high, place, streams.rows["link"][row])
    return low < high


def _to_sample(streams: Streams, chosen: Sequence[int]) -> list[tuple[int, int]]:
    """Return (stream, side) of the directions on several members that have most packets."""
    table = streams.table
    found = [(s, side) for s in chosen for side in (0, 1) if table["members"][s, side] > 1]
    return sorted(found, key=lambda key: (-int(table["packets"][key]), key))[:SAMPLED_DIRECTIONS]


def first_ns(scan: Scan) -> int:
    """Return time of the first packet that has one, or 0."""
    timed = scan.links["first_ns"][scan.links["first_ns"] != TS_NONE]
    return int(timed.min()) if len(timed) else 0


def _compare_clocks(
    kept: KeptStreams, crossing: Sequence[int], head: Array, n_directions: int, clocks: Clocks
) -> ClockSolution:
    """Compare clocks by what the first pass logged, and by the beginning of what is followed."""
    if clocks.members <= MOST_CLOCKS:
        head = head.compress(~copies_on_a_member(head))
        causes = [kept.causes(crossing), causal_pairs(head, np.arange(n_directions) ^ 1)]
        return clocks_by([_without(one, clocks.two) for one in causes], clocks.members)
    clock = clocks_by([kept.causes(())], MOST_CLOCKS)
    return replace(clock, members=tuple(replace(clock.members[0], member=m) for m in range(clocks.members)))


def _without(causes: Causality, members: Collection[int]) -> Causality:
    """Return the pairs that are of none of these members."""
    if not members:
        return causes
    others = ~(np.isin(causes.member_a, list(members)) | np.isin(causes.member_b, list(members)))
    return Causality(*(column[others] for column in causes))


class _Watch:
    """Feeds observers and samplers with windows of packets, until of each stream enough was looked at."""

    def __init__(self, wanted: Wanted, active: Array, observers: Observers, samplers: Samplers, enough: Enough) -> None:
        self.samplers = samplers
        self._wanted, self._active, self._observers, self._enough = wanted, active, observers, enough
        self._place_of = {stream: place for place, stream in enumerate(wanted.subjects)}
        self._open = {stream for stream in enough.several if wanted.alone(self._place_of[stream])}
        self._counts = np.zeros(2 * len(wanted.subjects), dtype=np.int64)
        self._ended: dict[int, list[tuple[Observation, Piece] | None]] = {}

    def follow(self, merge: TimeMerge, clock: ClockSolution) -> None:
        """Read on until there is no more, or nothing of interest."""
        for found in merge.windows(*clock.corrections()):
            window = found if int(found["ts_ns"][0]) != TS_NONE else found[found["ts_ns"] != TS_NONE]
            if self._ended:
                window = window.compress(self._active[window["direction_id"]])
            if len(window):  # else none of its packets has a time
                numbers = self._wanted.observers(window)
                self.samplers.update(window, numbers, self._observers.update(window, numbers))
                self._end_what_is_proven(numbers)
            if not self._active.any():
                break

    def finish(self, stream: int, side: int) -> tuple[Observation, Piece] | None:
        """Return what was observed of a direction; None where the first pass knows all of it.

        It does so for the side on one member of a stream that was not followed to its end.
        """
        if stream in self._ended:
            return self._ended[stream][side]
        return self._observers.finish(2 * self._place_of[stream] + side)

    def _end_what_is_proven(self, numbers: Array) -> None:
        if not self._open:
            return
        self._counts += np.bincount(numbers, minlength=len(self._counts))
        for stream in sorted(self._open):
            both = [2 * self._place_of[stream], 2 * self._place_of[stream] + 1]
            if self._enough.proven(stream, self._counts[both].tolist(), self._observers, both):
                self._open.remove(stream)
                self._ended[stream] = [None, None]
                for side in self._enough.several[stream]:
                    observation, piece = self._observers.finish(both[side])
                    self._ended[stream][side] = replace(observation, whole=False), piece
                self._active[self._wanted.rows_of(self._place_of[stream])] = False


def _subject(streams: Streams, stream: int, side: int) -> tuple[bool, int]:
    """Return whether a direction has payload, and the member that has most of it."""
    rows, forward = streams.rows_of(stream)
    own = rows[forward == (side == 0)]
    by_member = np.bincount(own["link"], weights=own["packets"].astype(float)) if len(own) else np.zeros(1)
    return bool(own["payload_bytes"].any()), int(by_member.argmax())
