"""How one direction of a TCP connection behaved over time: what the sender waited for, round trips, losses, rates.

In: the packets of both directions in time order, wherever they were captured. The sender's view is rebuilt: it knows of an
acknowledgment `down_ns` after the acknowledgment was captured, and sent a segment when it was captured or at most as long
before. `down_ns` is the least time from the capture to the sender and back, by the handshake and by timestamps echoed (RFC
7323, section 4); `up_ns` that to the receiver and back. After T-RAT (Zhang, Breslau, Paxson, Shenker, SIGCOMM 2002).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.flow.streams.grouping import distinct
from flowmap.flow.streams.statistics import median
from flowmap.trace.watching.observe import unwrap
from flowmap.types import Have
from flowmap.words import Near

__all__ = ["BIN_NS", "Dynamics", "Sampled", "measure"]

Array = np.ndarray[Any, Any]

BIN_NS = 100_000_000
_MOST_BINS = 20
_LEAST_PACKETS, _LEAST_ECHOES = 20, 3
_OVERTAKEN_NS = 3_000_000
_NEAR = 0.25
_PAUSE, _LONG_PAUSE = 5, 20
"""A sender pauses where it is idle for so many times the mean time between packets: even pacing, by it or by a link, does not.
Where it has timestamps, they prove that what comes after was not waiting in a queue; else the pause must be long."""
_SYN, _RST, _ACK = 2, 4, 16


@dataclass
class Dynamics:
    """Shares are of the time in which both directions are there, `span_ns`: that ends with the last acknowledgment.

    0: that is less than half of the time in which data is there, and tells of most of it nothing. None: cannot be told.
    """

    packets: int = 0
    segments: int = 0
    """Packets on the wire that they stand for: one record may be a large frame of segmentation offload."""
    span_ns: int = 0
    blocked_share: float | None = None
    """The sender had filled the receiver's window, to within two segments; where its scale is not known, a closed one only."""
    idle_share: float | None = None
    """Everything sent was acknowledged, the window open, and the sender paused."""
    recovering_share: float = 0.0
    """Nothing was sent although data was on the way, until some of it was sent again."""
    up_ns: int | None = None
    up_median_ns: int | None = None
    down_ns: int | None = None
    down_median_ns: int | None = None
    window_bytes: int | None = None
    """Median of what the receiver offered; None where the window scale is not known."""
    zero_windows: int = 0
    flight_bytes: int | None = None
    resent: int = 0
    """Of `segments`."""
    overtaken: int = 0
    segment: int = 0
    rates_bps: tuple[float, ...] = ()
    """Payload per second in bins of 100 ms at least, those left out in which next to nothing came."""

    @property
    def resent_share(self) -> float:
        return self.resent / self.segments if self.segments else 0.0

    @property
    def round_trip_ns(self) -> int | None:
        return None if self.up_ns is None or self.down_ns is None else self.up_ns + self.down_ns

    @property
    def rate_bps(self) -> float:
        return median(np.array(self.rates_bps)) if self.rates_bps else 0.0

    @property
    def variation(self) -> float | None:
        """Standard deviation of the rates over their mean."""
        rates = np.array(self.rates_bps)
        return float(rates.std() / rates.mean()) if len(rates) >= 5 else None

    @property
    def captured_near(self) -> Near:
        """Which end the capture is close to, by round trips."""
        if self.up_ns is None or self.down_ns is None or not self.round_trip_ns:
            return "unknown"
        part = self.down_ns / self.round_trip_ns
        return "sender" if part <= _NEAR else "receiver" if part >= 1 - _NEAR else "between"


@dataclass(frozen=True)
class Sampled:
    """Packets of a direction in windows of time: `packets` is (n,) TRACE in time order, without copies.

    `windows` (n,) says which window of time each is in, -1: none (SYNs and what is known of the handshake besides).
    `whole`: there is one window, and nothing is left out.
    """

    packets: Array
    windows: Array
    whole: bool

    def where(self, kept: Array) -> Sampled:
        """Return those packets, copied as a whole: rows[mask] does it field by field, in fifteen times as long."""
        return Sampled(self.packets.compress(kept), self.windows.compress(kept), self.whole)


def measure(sent: Sampled, answered: Sampled) -> Dynamics:
    """Return what packets of the direction and of the one that acknowledges it show."""
    d = Dynamics()
    data, back = sent.packets, answered.packets
    handshake = _handshake(data, back)
    scale = _scale(data, back)
    sent = sent.where((data["payload"] > 0) & (data["have"] & Have.SEQUENCE != 0) & (data["flags"] & _RST == 0))
    answered = answered.where((back["have"] & Have.ACK != 0) & (back["flags"] & (_SYN | _RST) == 0))
    full, acks = sent.packets, answered.packets
    d.packets, d.segment = len(full), int(data["mss"].max(initial=0)) or min(int(full["payload"].max(initial=0)), 1460)
    d.segments = int(_on_wire(full["payload"], d.segment).sum())
    echoes = _echoes(full, acks)
    known = [value for value in (handshake, int(echoes.min()) if len(echoes) else None) if value is not None]
    d.down_ns = min(known) if known else None
    d.down_median_ns = int(median(echoes)) if len(echoes) else None
    parts = []
    for number in distinct(sent.windows[sent.windows >= 0]).tolist():
        own = full.compress(sent.windows == number)
        if len(own) >= _LEAST_PACKETS or sent.whole:
            parts.append(_Part(own, acks.compress(answered.windows == number), scale))
    _add_round_trips(d, parts)
    _add_losses(d, parts)
    _add_shares(d, parts, scale)
    _add_rates(d, parts)
    return d


def _on_wire(payload: Array, segment: int) -> Array:
    """Return how many packets of `segment` bytes each of these payloads is."""
    packets: Array = -(-payload.astype(np.int64) // max(segment, 1))
    return packets


def _handshake(data: Array, back: Array) -> int | None:
    """Return time from the capture to the data's sender and back, as the handshake shows it."""
    own, other = data[data["flags"] & _SYN != 0], back[back["flags"] & _SYN != 0]
    if not len(own) or not len(other):
        return None
    if int(own["flags"][0]) & _ACK:  # the sender listens: from the last SYN to its answer
        asked = other["ts_ns"][other["ts_ns"] <= own["ts_ns"][0]]
        return int(own["ts_ns"][0]) - int(asked[-1]) if len(asked) else None
    answered = int(other["ts_ns"][-1])
    after = data["ts_ns"][(data["ts_ns"] >= answered) & (data["flags"] & _SYN == 0)]
    return int(after[0]) - answered if len(after) else None


def _scale(data: Array, back: Array) -> int | None:
    """Return the shift of the windows that `back` announces (RFC 7323, section 2.2); None where a SYN is missing."""
    own, other = data[data["flags"] & _SYN != 0], back[back["flags"] & _SYN != 0]
    if not len(own) or not len(other):
        return None
    both = int(own["scale"][0]) > 0 and int(other["scale"][0]) > 0
    return int(other["scale"][0]) - 1 if both else 0


def _echoes(data: Array, acks: Array) -> Array:
    """Return times from an acknowledgment with a new timestamp to the first segment that echoes it; none where they are few."""
    stamped, echoing = acks.compress(acks["tsval"] > 0), data.compress(data["tsecr"] > 0)
    values, first = np.unique(stamped["tsval"], return_index=True)
    echoed, at = np.unique(echoing["tsecr"], return_index=True)
    _, of_value, of_echo = np.intersect1d(values, echoed, assume_unique=True, return_indices=True)
    waits: Array = echoing["ts_ns"][at[of_echo]] - stamped["ts_ns"][first[of_value]]
    waits = waits[waits >= 0]
    return waits if len(waits) >= _LEAST_ECHOES else waits[:0]


class _Part:
    """A slice: positions in the stream of both directions, relative to its first segment."""

    def __init__(self, data: Array, acks: Array, scale: int | None) -> None:
        ts = np.concatenate([data["ts_ns"], acks["ts_ns"]])
        order = np.argsort(ts, kind="stable")
        place = np.empty(len(ts), dtype=np.int64)
        place[order] = unwrap(np.concatenate([data["seq"], acks["ack"]])[order], 32)
        place -= place[0]
        self.ts = data["ts_ns"].astype(np.int64)
        self.start = place[: len(data)]
        self.payload = data["payload"].astype(np.int64)
        self.end = self.start + self.payload
        self.sent = np.maximum.accumulate(self.end)
        self.before = np.concatenate([[self.start[0]], self.sent[:-1]])
        self.late = self.start < self.before
        self.ack_ts = acks["ts_ns"].astype(np.int64)
        self.window = acks["window"].astype(np.int64) << (scale or 0)
        self.acked = np.maximum.accumulate(place[len(data) :]) if len(acks) else place[len(data) :]
        edges = place[len(data) :] + self.window
        self.edge = np.maximum.accumulate(edges) if len(acks) else edges
        self.resent = self.late.copy()
        self.echo, self.stamp = data["tsecr"].astype(np.int64), acks["tsval"].astype(np.int64)


def _add_round_trips(d: Dynamics, parts: list[_Part]) -> None:
    samples = []
    for part in parts:
        fresh = ~part.late
        at = np.searchsorted(part.acked, part.end[fresh], side="left")
        there = at < len(part.acked)
        waits = part.ack_ts[at[there]] - part.ts[fresh][there]
        samples.append(waits[waits >= 0])
    waits = np.concatenate(samples) if samples else np.zeros(0, dtype=np.int64)
    if len(waits):
        d.up_ns, d.up_median_ns = int(waits.min()), int(median(waits))


def _add_losses(d: Dynamics, parts: list[_Part]) -> None:
    """Add segments below what was sent before as sent again, if they are late enough, else as overtaken on the way.

    Late enough is at least a part of the round trip.
    """
    trips = [value for value in (d.up_ns, d.down_ns) if value is not None]
    soonest = 0.8 * max(trips) if trips else _OVERTAKEN_NS
    for part in parts:
        late = np.flatnonzero(part.late)
        overtaker = np.searchsorted(part.sent, part.start[late], side="right")
        waited = part.ts[late] - part.ts[np.minimum(overtaker, len(part.ts) - 1)]
        part.resent[late[waited < soonest]] = False
        again = np.minimum(part.end, part.before) - part.start  # new bytes may follow in the same record
        d.resent += int(_on_wire(again[part.resent], d.segment).sum())
        d.overtaken += int((waited < soonest).sum())


def _add_shares(d: Dynamics, parts: list[_Part], scale: int | None) -> None:
    blocked = idle = recovering = total = 0
    windows, flights = [], []
    whole = sum(int(part.ts[-1] - part.ts[0]) for part in parts)
    for part in parts:
        if not len(part.ack_ts):
            continue
        ts, sent, acked, edge, window, after = _sender_view(part, d.down_ns or 0)
        lasted = np.diff(ts)
        sent, acked, edge, window, after = sent[:-1], acked[:-1], edge[:-1], window[:-1], after[1:]
        again = (after >= 0) & part.resent[after]
        flight = np.maximum(sent - acked, 0)
        room = np.clip(window // 4, d.segment, 2 * d.segment)
        full = (edge - sent < room) if scale is not None else (window == 0) & (edge <= sent)
        nothing = (flight == 0) & ~full & _pauses(part, ts[:-1], lasted, after, d.down_ns or 0)
        blocked += int(lasted[full].sum())
        idle += int(lasted[nothing].sum())
        recovering += int(lasted[again & (flight > 0) & ~full].sum())
        total += int(lasted.sum())
        windows.append(part.window)
        flights.append(flight)
        d.zero_windows += int(((part.window[1:] == 0) & (part.window[:-1] > 0)).sum())
    if not total or 2 * total < whole:
        return
    d.span_ns = total
    d.flight_bytes = int(median(np.concatenate(flights)))
    d.recovering_share = recovering / total
    if scale is not None:
        d.window_bytes = int(median(np.concatenate(windows)))
    if d.down_ns is not None:
        d.idle_share = idle / total
        if scale is not None or d.zero_windows:
            d.blocked_share = blocked / total


def _sender_view(part: _Part, down_ns: int) -> tuple[Array, ...]:
    """Return (time, sent, acknowledged, right edge of the window, window, number of the segment or -1) after each event.

    Up to the last acknowledgment: where they end before the data, as in a capture that ends early, nobody knows what was open.
    """
    ts = np.concatenate([part.ts, part.ack_ts + down_ns])
    order = np.argsort(ts, kind="stable")
    is_data = order < len(part.ts)
    data_seen, acks_seen = np.cumsum(is_data) - 1, np.cumsum(~is_data) - 1
    both = (data_seen >= 0) & (acks_seen >= 0) & (ts[order] <= ts[-1])
    ts, segment = ts[order][both], np.where(is_data, order, -1)[both]
    data_seen, acks_seen = data_seen[both], acks_seen[both]
    return (
        ts,
        np.maximum(part.sent[data_seen], part.acked[acks_seen]),
        part.acked[acks_seen],
        part.edge[acks_seen],
        part.window[acks_seen],
        segment,
    )


def _pauses(part: _Part, begin: Array, lasted: Array, after: Array, down_ns: int) -> Array:
    """Return which intervals are too long for even pacing.

    Those that end with a segment that was made before they began are not: such a segment echoes an older timestamp than
    that of the last acknowledgment, and waited in a queue before the capture.
    """
    spacing = (part.ts[-1] - part.ts[0]) / len(part.ts)
    heard = np.maximum(np.searchsorted(part.ack_ts + down_ns, begin, side="right") - 1, 0)
    stamp, echo = part.stamp[heard], np.where(after >= 0, part.echo[after], 0)
    stamped = (stamp > 0) & (echo > 0)
    older = stamped & ((echo - stamp + 2**31) % 2**32 < 2**31)
    pauses: Array = (lasted > np.where(stamped, _PAUSE, _LONG_PAUSE) * spacing) & ~older
    return pauses


def _add_rates(d: Dynamics, parts: list[_Part]) -> None:
    """Add the rates of whole bins: the first and the last one of a slice are cut by its ends, and left out."""
    span = sum(int(part.ts[-1] - part.ts[0]) for part in parts)
    width = min(max(BIN_NS, span // _MOST_BINS), 10 * BIN_NS)
    rates: list[float] = []
    for part in parts:
        first, last = int(part.ts[0]), int(part.ts[-1])
        own = width if last - first >= 3 * width else max(1, (last - first) // 3)
        _, bins = np.unique((part.ts - first) // own, return_inverse=True)  # a clock may leap: only bins with packets
        new = np.bincount(bins, weights=np.where(part.late, 0, part.payload))
        rates += (new[1:-1] * 8e9 / own).tolist()
    most = max(rates, default=0.0)
    d.rates_bps = tuple(rate for rate in rates if rate > most / 10)
