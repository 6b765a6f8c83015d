"""What one stream-direction did, packet by packet over all members: runs, switches, moves, duplicates, losses, peaks.

An observer is fed windows of packets in time order and keeps bounded state, so that a direction of any length can be
judged. It states facts; `verdict` decides what they mean.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.statistics import median
from flowmap.trace.watching.copies import copies_on_a_member
from flowmap.trace.watching.coverage import Coverage
from flowmap.types import Have

__all__ = ["DirectionObserver", "Observation", "Switch"]

Array = np.ndarray[Any, Any]

KEPT_SWITCHES = 64
KEPT_OFFSETS = 4096
DUPLICATE_WITHIN_NS = 1_000_000_000
KEPT_BACK_NS = 1_000_000
SMALL_SEGMENT = 1220
"""Payload that one packet on the wire carries, whatever the MSS: what IPv6's least MTU leaves (RFC 8200, section 5)."""
BIN_NS = 100_000_000
_LONG_RUN = 10_000


@dataclass(frozen=True)
class Switch:
    """The direction's next packet is on another member. `gap_ns` is the pause before it, `earlier` packets were seen before."""

    ts_ns: int
    before_ns: int
    old: int
    new: int
    gap_ns: int
    earlier: int


@dataclass
class Observation:
    """Counts are of deduplicated packets: those with payload where the direction has any, else all.

    `seen` counts a packet once on each member, `duplicates` those of them that are copies of one on another; `repeated`
    is left out of both: records, by member, of a packet that is there already, from another layer of the host. `outer`
    counts packets by the number of their outer header; `mss` is the largest that its SYNs announce; `sizes` counts
    records without repeats by (member, payload, bytes of TCP options), those of one small segment left out: together
    they tell how many packets were on the wire. `whole` is False where only its first packets were looked at, which
    proved what it is.
    """

    packets: Counter[int] = field(default_factory=Counter)
    switch_count: int = 0
    switches: list[Switch] = field(default_factory=list)
    runs: Counter[int] = field(default_factory=Counter)
    steps_in_order: int = 0
    changes_in_order: int = 0
    runs_in_order: Counter[int] = field(default_factory=Counter)
    seen: int = 0
    duplicates: int = 0
    repeated: Counter[int] = field(default_factory=Counter)
    outer: Counter[int] = field(default_factory=Counter)
    mss: int = 0
    sizes: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    offsets: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    peak_bytes: int = 0
    first_ns: int = 0
    last_ns: int = 0
    whole: bool = True

    @property
    def total(self) -> int:
        return sum(self.packets.values())

    @property
    def median_run(self) -> float:
        """Median number of packets on one member without a break, in time order."""
        return _median(self.runs)

    @property
    def median_run_in_order(self) -> float:
        """The same in the order in which the packets were sent."""
        return _median(self.runs_in_order)

    @property
    def spacing_ns(self) -> float:
        """Mean time between packets."""
        return (self.last_ns - self.first_ns) / max(1, self.total - 1)


def _median(lengths: Counter[int]) -> float:
    return median(np.repeat(list(lengths.keys()), list(lengths.values()))) if lengths else 0.0


class DirectionObserver:
    """Feed `update` with windows of this direction's TRACE rows in time order, then `finish`."""

    def __init__(self, has_payload: bool, dominant: int) -> None:
        """`dominant` is the member that has most of the packets: of duplicates the one there is kept."""
        self.coverage = Coverage()
        self._payload_only = has_payload
        self._dominant = dominant
        self._o = Observation()
        self._all = Observation()
        self._tail: dict[int, Any] = {}
        self._bin = (0, 0)

    def update(self, packets: Array, before: Array | None = None, blocks: Array | None = None) -> Array:
        """Observe more packets of this direction; return (n,) int64, where in the direction each begins.

        `packets` is (n,) TRACE sorted by corrected time, later than all before; `before` are the last of those, of
        which there may be copies. The order of sending is looked at in each of the `blocks` (n,) by itself.
        """
        n_before = 0 if before is None else len(before)
        joined = packets if before is None else np.concatenate([before, packets])
        again = copies_on_a_member(joined)
        extra = np.zeros(len(joined), dtype=bool)
        extra[~again] = self._duplicates(joined[~again], n_before - int(again[:n_before].sum()))
        again, extra = again[n_before:], extra[n_before:]
        self._count_repeated(packets["member"][again])
        self._all.seen += int((~again).sum())
        self._all.duplicates += int(extra.sum())
        self._count_sizes(packets[~again])
        kept = packets[~again & ~extra]
        places = self.coverage.places(packets, ~again & ~extra)
        if len(kept):
            self._count_peak(kept)
            self.coverage.update(kept)
            parts = np.zeros(len(kept), np.int64) if blocks is None else blocks[~again & ~extra]
            self._follow(self._all, kept, False, parts)
            if self._payload_only:
                data = kept["payload"] > 0
                self._follow(self._o, kept[data], True, parts[data])
        return places

    def finish(self) -> Observation:
        """Return the facts: over the packets with payload if these are on several members, else over all."""
        for name, observation in ((False, self._all), (True, self._o)):
            if (tail := self._tail.get(name)) is not None:
                observation.runs[min(tail["run"], _LONG_RUN)] += 1
        chosen = self._o if len(self._o.packets) > 1 else self._all
        chosen.seen, chosen.duplicates, chosen.repeated = self._all.seen, self._all.duplicates, self._all.repeated
        chosen.offsets, chosen.peak_bytes = self._all.offsets, self._all.peak_bytes
        chosen.outer, chosen.mss, chosen.sizes = self._all.outer, self._all.mss, self._all.sizes
        return chosen

    def _count_repeated(self, members: Array) -> None:
        for member, count in zip(*np.unique(members, return_counts=True), strict=True):
            self._all.repeated[int(member)] += int(count)

    def _count_sizes(self, packets: Array) -> None:
        if not len(packets):
            return
        o = self._all
        o.mss = max(o.mss, int(packets["mss"].max()))
        inside = packets["outer"][packets["outer"] > 0]
        if len(inside):
            o.outer.update(dict(zip(*(part.tolist() for part in np.unique(inside, return_counts=True)), strict=True)))
        large = packets[packets["payload"] > SMALL_SEGMENT]
        if len(large):
            key = (large["member"].astype(np.int64) << 32 | large["payload"]) << 8 | large["options"]
            for value, count in zip(*(part.tolist() for part in np.unique(key, return_counts=True)), strict=True):
                o.sizes[value >> 40, value >> 8 & 0xFFFFFFFF, value & 0xFF] += count

    def _duplicates(self, packets: Array, n_before: int) -> Array:
        """Return which packets are further copies of one on another member.

        Of the copies of a packet, however many and in whatever order, those on the dominant member stay, else the
        first. The first `n_before` were looked at before.
        """
        extra = np.zeros(len(packets), dtype=bool)
        if not len(packets) or (packets["member"] == packets["member"][0]).all():
            return extra
        order = np.lexsort((packets["ts_ns"], packets["digest"]))
        digest, ts, member = (packets[name][order] for name in ("digest", "ts_ns", "member"))
        near = (digest[1:] == digest[:-1]) & (ts[1:] - ts[:-1] < DUPLICATE_WITHIN_NS) & (member[1:] != member[:-1])
        for at in np.flatnonzero(near & (order[1:] >= n_before)).tolist():
            self._keep_offset(int(member[at]), int(member[at + 1]), int(ts[at + 1] - ts[at]))
        starts = np.flatnonzero(np.append(True, ~near))
        favourite = member == self._dominant
        present = np.repeat(np.maximum.reduceat(favourite, starts), np.diff(np.append(starts, len(member))))
        kept = favourite.copy()
        kept[starts] |= ~present[starts]
        extra[order] = ~kept
        return extra

    def _keep_offset(self, earlier: int, later: int, delta_ns: int) -> None:
        pair, delta = ((earlier, later), delta_ns) if earlier < later else ((later, earlier), -delta_ns)
        kept = self._all.offsets.setdefault(pair, [])
        if len(kept) < KEPT_OFFSETS:
            kept.append(delta)

    def _count_peak(self, packets: Array) -> None:
        bins = packets["ts_ns"] // BIN_NS
        starts = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
        sums = np.add.reduceat(packets["wire_len"].astype(np.int64), starts)
        if self._bin[0] == int(bins[0]):
            sums[0] += self._bin[1]
        self._all.peak_bytes = max(self._all.peak_bytes, int(sums.max()))
        self._bin = (int(bins[-1]), int(sums[-1]))

    def _follow(self, o: Observation, packets: Array, name: bool, blocks: Array) -> None:
        if not len(packets):
            return
        member, ts = packets["member"], packets["ts_ns"]
        tail = self._tail.get(name)
        if tail is not None:
            member = np.concatenate([[tail["member"]], member])
            ts = np.concatenate([[tail["ts"]], ts])
        else:
            o.first_ns = int(ts[0])
        o.last_ns = int(ts[-1])
        at = np.flatnonzero(member[1:] != member[:-1]) + 1
        seen_before = o.total - (tail is not None)
        for k in at[: max(0, KEPT_SWITCHES - len(o.switches))].tolist():
            gap = int(ts[k] - ts[k - 1])
            o.switches.append(
                Switch(int(ts[k]), int(ts[k - 1]), int(member[k - 1]), int(member[k]), gap, seen_before + k)
            )
        o.switch_count += len(at)
        self._tail[name] = {"member": int(member[-1]), "ts": int(ts[-1]), "run": self._runs(o, at, len(member), tail)}
        numbers, counts = np.unique(packets["member"], return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            o.packets[number] += count
        for block in np.unique(blocks).tolist():
            self._steps_in_order(o, packets[blocks == block])

    @staticmethod
    def _runs(o: Observation, at: Array, length: int, tail: dict[str, int] | None) -> int:
        """Return book the runs that ended; returns the length of the one that goes on."""
        open_run = tail["run"] - 1 if tail is not None else 0
        if not len(at):
            return open_run + length
        ended = np.diff(np.concatenate([[0], at]))
        ended[0] += open_run
        for run, count in zip(*np.unique(np.minimum(ended, _LONG_RUN), return_counts=True), strict=True):
            o.runs[int(run)] += int(count)
        return length - int(at[-1])

    def _steps_in_order(self, o: Observation, packets: Array) -> None:
        """Count how many neighbours in the order of sending change member, whatever the clocks."""
        order = _sending_order(packets)
        if order is None or len(order) < 2:
            return
        member = packets["member"][order]
        o.steps_in_order += len(member) - 1
        at = np.flatnonzero(member[1:] != member[:-1]) + 1
        o.changes_in_order += len(at)
        lengths = np.diff(np.concatenate([[0], at, [len(member)]]))
        for run, count in zip(*np.unique(np.minimum(lengths, _LONG_RUN), return_counts=True), strict=True):
            o.runs_in_order[int(run)] += int(count)


def _sending_order(packets: Array) -> Array | None:
    """Return positions in the order of sending, or None where nothing orders the packets.

    Sequence numbers order payload, then IP IDs, then acknowledgment numbers.
    """
    if (packets["payload"] > 0).all() and (packets["have"] & Have.SEQUENCE).all():
        seq = unwrap(packets["seq"], 32)
        order = np.lexsort((packets["ts_ns"], seq))
        first = np.ones(len(order), dtype=bool)
        first[1:] = seq[order][1:] != seq[order][:-1]
        return order[first]
    if len(np.unique(packets["ip_id"])) > len(packets) // 2:
        return np.argsort(unwrap(packets["ip_id"], 16), kind="stable")
    if (packets["have"] & Have.ACK).all() and len(np.unique(packets["ack"])) > len(packets) // 2:
        return np.argsort(unwrap(packets["ack"], 32), kind="stable")
    return None


def unwrap(values: Array, bits: int) -> Array:
    """Return (n,) int64: modular counters made monotone-ish by taking each step as the nearer way round (RFC 1982)."""
    half, full = 1 << bits - 1, 1 << bits
    wide = values.astype(np.int64)
    steps = (np.diff(wide) + half) % full - half
    result = np.empty(len(wide), dtype=np.int64)
    if len(wide):
        result[0] = wide[0]
        result[1:] = wide[0] + np.cumsum(steps)
    return result
