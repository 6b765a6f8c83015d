"""Second pass: the packets of the streams of interest, from all captures, in time order over all members."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowmap.config import Settings
from flowmap.flow.scan import Scan
from flowmap.flow.stream import Streams
from flowmap.pipeline.read import ReadResult, TraceOrder, Trail
from flowmap.team.clock import ClockSolution, solve_clocks
from flowmap.trace.causality import causal_pairs
from flowmap.trace.collect import wanted_rows
from flowmap.trace.copies import copies_on_a_member
from flowmap.trace.merge import SLACK_NS, TimeMerge
from flowmap.trace.observe import DirectionObserver
from flowmap.trace.outer import OuterHeaders
from flowmap.trace.packetlog import PacketLog, Slices
from flowmap.trace.sample import SAMPLED_DIRECTIONS, SequenceSampler
from flowmap.types import FLOW, TS_NONE, Have

__all__ = ["Followed", "Wanted", "first_ns", "follow_streams"]

Array = np.ndarray[Any, Any]

WHOLE_SEGMENT = 1460
"""Payload that one packet on the wire may carry where jumbo frames are not known of."""
MOST_CLOCKS = 256
"""Members whose clocks are compared; more are no team (a folder of fragments), and the comparison is of each with each."""


@dataclass
class Followed:
    """Observers by (stream, side: 0 a -> b, 1 b -> a), the last acknowledgment of each, the members' clocks, and the outer
    headers of what was in tunnels.

    `samplers`: of the largest directions on several members, with the same keys. `log`: packets of the `logged` streams,
    which are examined for what limited them and were followed to the end anyway.
    """

    observers: dict[tuple[int, int], DirectionObserver]
    acknowledged: dict[tuple[int, int], int]
    clock: ClockSolution
    outers: OuterHeaders
    samplers: dict[tuple[int, int], SequenceSampler] = field(default_factory=dict)
    log: PacketLog = field(default_factory=lambda: PacketLog(Slices(())))
    logged: frozenset[int] = frozenset()


class Wanted:
    """The directions to follow: two per 5-tuple, however many connections it had."""

    def __init__(self, streams: Streams, chosen: Sequence[int]) -> None:
        self.streams = streams
        self.of_tuple: list[list[int]] = []
        known: dict[tuple[int, ...], int] = {}
        rows = []
        for stream in chosen:
            t = streams.table[stream]
            key = tuple(int(t[name]) for name in ("a_hi", "a_lo", "b_hi", "b_lo", "a_port", "b_port", "version", "encap"))
            if key not in known:
                known[key] = len(self.of_tuple)
                self.of_tuple.append([])
                rows += [_direction_row(t, True), _direction_row(t, False)]
            self.of_tuple[known[key]].append(stream)
        self.rows = wanted_rows(np.concatenate(rows)) if rows else np.zeros(0, dtype=FLOW)

    def split(self, number: int, packets: Array) -> Iterator[tuple[int, Array]]:
        """(stream, its packets) of direction `number`, by when each connection of the 5-tuple began."""
        streams = self.of_tuple[number // 2]
        if len(streams) == 1:
            yield streams[0], packets
            return
        begins = np.array([int(self.streams.table["first_ns"][s]) for s in streams])
        which = np.maximum(np.searchsorted(begins, packets["ts_ns"], side="right") - 1, 0)
        for k, stream in enumerate(streams):
            if (which == k).any():
                yield stream, packets[which == k]


def _direction_row(t: Any, forward: bool) -> Array:
    row = np.zeros(1, dtype=FLOW)
    src, dst = ("a", "b") if forward else ("b", "a")
    for name in ("hi", "lo"):
        row[f"src_{name}"], row[f"dst_{name}"] = t[f"{src}_{name}"], t[f"{dst}_{name}"]
    row["sport"], row["dport"] = t[f"{src}_port"], t[f"{dst}_port"]
    row["version"], row["encap"] = t["version"], t["encap"]
    return row


def follow_streams(
    read: ReadResult, links: Sequence[Mapping[tuple[int, int], int]], streams: Streams, chosen: Sequence[int],
    n_members: int, settings: Settings, examined: Collection[int] = (),
) -> Followed:  # fmt: skip
    """Observe the `chosen` streams (ids in ascending order of beginning), and keep packets of those that are `examined`.

    What the first pass left open is followed to the end: directions on several members, in tunnels, with segments out of
    sequence or there before, or with more in a packet than Ethernet's usual frame has.
    Of the others only enough is read to compare the members' clocks, and nothing where no stream crosses members.
    """
    chosen = [stream for stream in chosen if _is_open(streams, stream) or _crosses_members(streams, stream)]
    wanted = Wanted(streams, chosen)
    active, outers = np.ones(len(wanted.rows), dtype=bool), OuterHeaders()
    trails = [
        Trail(one, first_ns(scan), TraceOrder(one.planned, one.size, settings, read.compiled, mapping))
        for one, scan, mapping in zip(read.inputs, read.scans, links, strict=True)
        if len(wanted.rows) and mapping
    ]
    chunks = read.reader.trace(trails, wanted.rows, active, outers)
    merge = TimeMerge([(trail.first_ns, own) for trail, own in zip(trails, chunks, strict=True)])
    clock = _compare_clocks(merge.head(), len(wanted.rows), n_members)
    for number, of_tuple in enumerate(wanted.of_tuple):
        active[2 * number : 2 * number + 2] = any(_is_open(streams, stream) for stream in of_tuple)
    samplers = {key: SequenceSampler() for key in _to_sample(streams, chosen)}
    followed_whole = {s for number, of_tuple in enumerate(wanted.of_tuple) if active[2 * number] for s in of_tuple}
    log = PacketLog(_slices(read, streams, sorted(examined), clock))
    logged = frozenset(followed_whole.intersection(examined))
    return _observe(merge, wanted, active, Followed({}, {}, clock, outers, samplers, log, logged))


def _slices(read: ReadResult, streams: Streams, examined: list[int], clock: ClockSolution) -> Slices:
    """Which packets to keep; the times of streams are those of the first pass, give or take the clocks' offsets."""
    t = streams.table[examined]
    slack = max((abs(c.offset_ns) for c in clock.members if c.corrected), default=0) + SLACK_NS
    lives = [(int(a) - slack, int(b) + slack) for a, b in zip(t["first_ns"], t["last_ns"], strict=True) if a != TS_NONE]
    return Slices.plan(lives, int(t["packets"].sum()), sum(one.size or 0 for one in read.inputs))


def _to_sample(streams: Streams, chosen: Sequence[int]) -> list[tuple[int, int]]:
    """(stream, side) of the directions on several members that have most packets."""
    table = streams.table
    found = [(s, side) for s in chosen for side in (0, 1) if table["members"][s, side] > 1]
    return sorted(found, key=lambda key: (-int(table["packets"][key]), key))[:SAMPLED_DIRECTIONS]


def _is_open(streams: Streams, stream: int) -> bool:
    """Whether the first pass could not tell all about the stream."""
    rows, forward = streams.rows_of(stream)
    one_row_each = int(forward.sum()) <= 1 and len(rows) - int(forward.sum()) <= 1
    if not one_row_each or streams.table["encap"][stream] or rows["max_payload"].max(initial=0) > WHOLE_SEGMENT:
        return True
    return bool(rows["ahead"].any() or rows["late"].any())


def _crosses_members(streams: Streams, stream: int) -> bool:
    rows, _ = streams.rows_of(stream)
    return len(np.unique(rows["link"])) > 1


def first_ns(scan: Scan) -> int:
    """Time of the first packet that has one, or 0."""
    timed = scan.links["first_ns"][scan.links["first_ns"] != TS_NONE]
    return int(timed.min()) if len(timed) else 0


def _compare_clocks(head: Array, n_directions: int, n_members: int) -> ClockSolution:
    if len(head) and n_members <= MOST_CLOCKS:
        head = head[~copies_on_a_member(head)]
        pairs = causal_pairs(head, np.arange(n_directions) ^ 1)
        return solve_clocks(n_members, pairs.member_a, pairs.member_b, pairs.t_a, pairs.t_b)
    none = np.zeros(0, dtype=np.int64)
    clock = solve_clocks(min(n_members, MOST_CLOCKS), none, none, none, none)
    return replace(clock, members=tuple(replace(clock.members[0], member=m) for m in range(n_members)))


def _observe(merge: TimeMerge, wanted: Wanted, active: Array, followed: Followed) -> Followed:
    if not active.any():
        return followed
    merge.keep_only(active)
    for window in merge.windows(*followed.clock.corrections()):
        _feed(followed, window[window["ts_ns"] != TS_NONE], wanted)
    return followed


def _feed(followed: Followed, window: Array, wanted: Wanted) -> None:
    if not len(window):
        return  # none of its packets has a time
    order = np.argsort(window["direction_id"], kind="stable")
    window = window[order]
    numbers, starts = np.unique(window["direction_id"], return_index=True)
    stops = np.append(starts[1:], len(window))
    for number, start, stop in zip(numbers.tolist(), starts.tolist(), stops.tolist(), strict=True):
        for stream, packets in wanted.split(number, window[start:stop]):
            key = (stream, number % 2)
            if key not in followed.observers:
                followed.observers[key] = _observer(wanted.streams, stream, number % 2)
            followed.observers[key].update(packets)
            if stream in followed.logged:
                followed.log.take(key, packets)
            if key in followed.samplers:
                followed.samplers[key].update(packets)
            _note_acknowledged(followed, key, packets)


def _observer(streams: Streams, stream: int, side: int) -> DirectionObserver:
    rows, forward = streams.rows_of(stream)
    own = rows[forward == (side == 0)]
    by_member = np.bincount(own["link"], weights=own["packets"].astype(float)) if len(own) else np.zeros(1)
    return DirectionObserver(bool(own["payload_bytes"].any()), int(by_member.argmax()))


def _note_acknowledged(followed: Followed, key: tuple[int, int], packets: Array) -> None:
    """The highest acknowledgment this direction gave."""
    acks = packets["ack"][(packets["have"] & Have.ACK != 0) & (packets["flags"] & 4 == 0)].astype(np.int64)
    if not len(acks):
        return
    base = followed.acknowledged.get(key, int(acks[0]))
    steps = np.diff(np.concatenate([[base], acks]))
    ahead = np.cumsum((steps + 2**31) % 2**32 - 2**31)
    followed.acknowledged[key] = (base + max(0, int(ahead.max()))) % 2**32
