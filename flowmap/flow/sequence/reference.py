"""The meaning of what is kept of sequence numbers: TCP packets of flow rows in, states as the page of this package says."""

from __future__ import annotations

from dataclasses import field

from flowmap.dataclass import dataclass
from flowmap.decode.numbers import ACK, FLAGS, SEQUENCE
from flowmap.decode.options import MAX_SHIFT, option
from flowmap.decode.reference import Header
from flowmap.flow.sequence.grid import LOG_ROWS, MOST_LEVEL, sampled
from flowmap.flow.sequence.records import (
    BASE,
    BEGUN,
    LARGE_PAYLOAD,
    MISSING_BINS,
    MISSING_SHIFT,
    MOST_EARLY,
    MOST_HOLES,
    MOST_SIZES,
    NEAR_IDS,
    OPENED,
    RECENT,
    REORDERED_WITHIN_NS,
    SMALL_PAYLOAD,
    SOON_BINS,
    TIMED,
    WITH_ID_NS,
    WITHOUT_ID_NS,
    soon_bin,
)
from flowmap.types import TS_NONE

__all__ = ["NO_PORTS", "Begin", "Missing", "SequenceTable", "State", "digest", "low_time"]

_FIN, _SYN, _RST = 1, 2, 4
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
"""Odd, so that no bit of a word is lost; of `digest`."""
NO_PORTS = bytes(65536)
_NEVER = 1 << 62
LOW_SHIFT = 8
"""Such times are kept in units of 256 ns, modulo 2^32: 18 minutes."""


@dataclass(slots=True)
class Begin:
    """What is kept of every row. `last_*` are those of its latest packet; `*_low` are times, see LOW_SHIFT."""

    base: int = 0
    sent: int = 0
    last_ack: int = 0
    last_low: int = 0
    last_id: int = 0
    syn_low: int = 0
    begun_low: int = 0
    mss: int = 0
    scale: int = 0
    have: int = 0


@dataclass(slots=True)
class Missing:
    """Bytes of holes that were closed for good, by position: bins of 2^shift bytes."""

    shift: int = MISSING_SHIFT
    bins: list[int] = field(default_factory=lambda: [0] * MISSING_BINS)

    def add(self, start: int, end: int) -> None:
        """Count the bytes of a hole."""
        while (end - 1) >> self.shift >= MISSING_BINS:
            self.widen()
        while start < end:
            stop = min(end, ((start >> self.shift) + 1) << self.shift)
            self.bins[start >> self.shift] += stop - start
            start = stop

    def widen(self) -> None:
        """Add up neighbours."""
        half = MISSING_BINS // 2
        self.bins = [self.bins[2 * k] + self.bins[2 * k + 1] for k in range(half)] + [0] * half
        self.shift += 1


@dataclass(slots=True)
class State:
    """What is kept of a row in which something was not as it should be, or large. `since`: how far it had sent by then."""

    since: int = 0
    retransmitted: int = 0
    reordered: int = 0
    soon: list[int] = field(default_factory=lambda: [0] * SOON_BINS)
    repeated: int = 0
    unsure: int = 0
    retired: int = 0
    holes: list[tuple[int, int, int]] = field(default_factory=list)
    early: list[tuple[int, int, int]] = field(default_factory=list)
    opened_id: int = 0
    """IP ID of the segment that left the newest hole."""
    missing: Missing = field(default_factory=Missing)
    sizes: dict[tuple[int, int], int] = field(default_factory=dict)
    size_shift: int = 0
    recent: list[tuple[int, int]] = field(default_factory=list)
    """(digest, low time) of the latest packets."""

    def add_hole(self, start: int, end: int, ts_ns: int, ip_id: int) -> None:
        """Add the hole that a segment at `end` leaves behind what was sent."""
        self.holes.append((start, end, ts_ns))
        self.opened_id = ip_id
        self.retire()

    def late(self, start: int, end: int, ts_ns: int, ip_id: int) -> None:
        """Cut a segment below what was sent out of the holes that it covers.

        It was overtaken where its IP ID is from before that of its overtaker; where IDs do not show it, where it comes soon.
        """
        filled, soonest = False, _NEVER
        kept = []
        for hole in self.holes:
            hole_start, hole_end, opened = hole
            if hole_end <= start or hole_start >= end:
                kept.append(hole)
                continue
            filled = True
            soonest = min(soonest, ts_ns - opened) if TS_NONE not in (ts_ns, opened) else soonest
            kept += [(hole_start, start, opened)] if hole_start < start else []
            kept += [(end, hole_end, opened)] if hole_end > end else []
        self.holes = kept
        self.retire()
        order = _order_of_ids(ip_id, self.opened_id)
        if filled and (order < 0 or (not order and soonest <= REORDERED_WITHIN_NS)):
            self.reordered += 1
            if not order:
                self.soon[soon_bin(soonest)] += 1
        else:
            self.retransmitted += 1
            self.unsure += not filled and start < self.since
        if start < 0 and len(self.early) < MOST_EARLY:
            self.early.append((start, end, ts_ns))
        elif start < 0:
            first, stop, since = self.early[-1]
            if first <= start <= stop:
                self.early[-1] = first, max(stop, end), since

    def retire(self) -> None:
        """Close the oldest holes of too many."""
        while len(self.holes) > MOST_HOLES:
            start, end, _ = self.holes.pop(0)
            self.retired += 1
            self.missing.add(start, end)

    def count_size(self, payload: int, options: int) -> None:
        """Count a record; sizes are rounded up where there are too many different ones."""
        key = _rounded(payload, self.size_shift), options
        self.sizes[key] = self.sizes.get(key, 0) + 1
        while len(self.sizes) > MOST_SIZES and self.size_shift < 32:
            self.size_shift += 1
            coarser: dict[tuple[int, int], int] = {}
            for (size, own), count in self.sizes.items():
                key = _rounded(size, self.size_shift), own
                coarser[key] = coarser.get(key, 0) + count
            self.sizes = coarser

    def recalls(self, identity: int, low: int, within_ns: int) -> bool:
        """Return whether the packet is among the latest."""
        return any(one == identity and _near(then, low, within_ns) for one, then in self.recent)

    def remember(self, identity: int, low: int) -> None:
        """Remember the latest segment."""
        self.recent = [*self.recent[1 - RECENT :], (identity, low)]


def _order_of_ids(one: int, other: int) -> int:
    """Return -1 where `one` was counted before `other`, 1 where after, 0 where the two do not tell (0 is no ID)."""
    apart = (one - other + 0x8000 & 0xFFFF) - 0x8000
    if not one or not other or abs(apart) > NEAR_IDS:
        return 0
    return (apart > 0) - (apart < 0)


def _rounded(payload: int, shift: int) -> int:
    return -(-payload >> shift) << shift


class SequenceTable:
    """States by number of the flow row. `interest`: 1 for each port on which a migration may be."""

    def __init__(self, interest: bytes) -> None:
        self.begins: dict[int, Begin] = {}
        self.states: dict[int, State] = {}
        self.log: list[tuple[int, ...]] = []
        """LOGGED, `kept` being the row."""
        self.level = 0
        self._interest = interest

    def follow(self, row: int, h: Header, ts_ns: int, frame: bytes) -> None:
        """Take in a TCP packet of `row`."""
        begin = self.begins.get(row)
        if begin is None:
            begin = self.begins[row] = Begin()
        wanted = bool(self._interest[h.sport] | self._interest[h.dport])
        if ts_ns != TS_NONE:
            _note_handshake(begin, h, ts_ns, frame)
        follows = not h.flags & _RST and h.have & SEQUENCE != 0
        if follows and self._sequence(row, begin, h, ts_ns, frame, wanted):
            return
        begin.last_id, begin.last_ack, begin.last_low = h.ip_id, h.ack, low_time(ts_ns)
        begin.have = begin.have & ~TIMED | (TIMED if ts_ns != TS_NONE else 0)
        if wanted and sampled(ts_ns, self.level):
            self._log(row, h, ts_ns, frame)

    def _sequence(self, row: int, begin: Begin, h: Header, ts_ns: int, frame: bytes, wanted: bool) -> bool:
        """Follow the sequence number. Whether the packet is a copy of one that is there already."""
        consumed = h.payload + (h.flags >> 1 & 1) + (h.flags & 1)
        if consumed and not begin.have & BASE:
            begin.have |= BASE
            begin.base, begin.sent = h.seq, 0
        start = begin.sent + _signed32(h.seq - begin.base - begin.sent)
        ahead, late = consumed > 0 and start > begin.sent, consumed > 0 and start < begin.sent
        acked = _signed32(h.ack - begin.last_ack)
        behind = not consumed and h.have & ACK != 0 and h.ip_id != 0 and begin.have & TIMED != 0 and acked <= 0
        copied = (late or behind) and _follows_itself(begin, h, start + consumed, ts_ns)
        state = self.states.get(row)
        if state is None and (
            h.payload > LARGE_PAYLOAD or (wanted and (ahead or late or copied or (behind and acked < 0)))
        ):
            state = self.states[row] = State(since=begin.sent)
        if state is not None:
            identity, low, timed = digest(h, frame), low_time(ts_ns), ts_ns != TS_NONE
            if copied or ((late or behind) and timed and state.recalls(identity, low, _within(h))):
                state.repeated += 1
                return True
            if timed:
                state.remember(identity, low)
            _advance(state, begin, h, start, consumed, ts_ns)
        if consumed:
            begin.sent = max(begin.sent, start + consumed)
        return False

    def _log(self, row: int, h: Header, ts_ns: int, frame: bytes) -> None:
        while len(self.log) >= LOG_ROWS and self.level < MOST_LEVEL:
            self.level += 1
            self.log = [one for one in self.log if sampled(one[0], self.level)]
        if len(self.log) < LOG_ROWS and sampled(ts_ns, self.level):
            stamps = option(h, frame, 8, 10)
            tsval, tsecr = int.from_bytes(stamps[:4], "big"), int.from_bytes(stamps[4:], "big")
            have = h.have & (SEQUENCE | ACK | FLAGS)
            self.log.append((ts_ns, row, h.seq, h.ack, h.payload, tsval, tsecr, h.window, h.flags, have))


def _follows_itself(begin: Begin, h: Header, end: int, ts_ns: int) -> bool:
    """Return whether the packet is the one before it in its row again."""
    same = h.ip_id == begin.last_id and h.ack == begin.last_ack and (end == begin.sent or not h.payload)
    return same and ts_ns != TS_NONE and begin.have & TIMED != 0 and _near(begin.last_low, low_time(ts_ns), _within(h))


def low_time(ts_ns: int) -> int:
    """Return a time in 32 bits, see LOW_SHIFT."""
    return ts_ns >> LOW_SHIFT & 0xFFFFFFFF


def _near(one: int, other: int, within_ns: int) -> bool:
    """Return whether two such times are at most so far apart."""
    return abs(_signed32(one - other)) <= within_ns >> LOW_SHIFT


def _advance(state: State, begin: Begin, h: Header, start: int, consumed: int, ts_ns: int) -> None:
    """Take in a segment, or none, that is no copy."""
    if h.payload > SMALL_PAYLOAD:
        state.count_size(h.payload, max(20, h.data_offset) - 20)
    if consumed and start > begin.sent:
        state.add_hole(begin.sent, start, ts_ns, h.ip_id)
    elif consumed and start < begin.sent:
        state.late(start, start + consumed, ts_ns, h.ip_id)


def _note_handshake(begin: Begin, h: Header, ts_ns: int, frame: bytes) -> None:
    """Note the last SYN and the first packet after it, and what the SYNs offer (RFC 9293, 3.7.1; RFC 7323, 2.2)."""
    low = low_time(ts_ns)
    if h.flags & _SYN:
        begin.mss = max(begin.mss, int.from_bytes(option(h, frame, 2, 4), "big"))
        shift = option(h, frame, 3, 3)
        if not begin.have & OPENED:
            begin.scale = min(shift[0], MAX_SHIFT) + 1 if shift else 0
        begin.syn_low = low
        begin.have = (begin.have | OPENED) & ~BEGUN
    elif begin.have & OPENED and not begin.have & BEGUN:
        begin.begun_low = low
        begin.have |= BEGUN


def _within(h: Header) -> int:
    """Return for how long the same packet is a copy."""
    return WITH_ID_NS if h.ip_id else WITHOUT_ID_NS


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


def digest(h: Header, frame: bytes) -> int:
    """Return 32 bits that distinguish packets of one direction; of the timestamp where it stands as senders put it."""
    stamped = h.data_offset >= 32 and h.l4_offset + 28 <= len(frame)
    stamp = int.from_bytes(frame[h.l4_offset + 24 : h.l4_offset + 28], "big") if stamped else 0
    rest = (h.data_offset << 26 | h.flags << 16 | h.window) & 0xFFFFFFFF
    words = (h.ip_id << 32 | h.payload, h.seq << 32 | h.ack, rest << 32 | stamp)
    total = sum(word * factor for word, factor in zip(words, _FACTORS, strict=True))
    return total >> 32 & 0xFFFFFFFF
