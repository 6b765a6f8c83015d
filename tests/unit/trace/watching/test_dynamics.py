"""What a sender waited for, from packets of transfers that are worked out on paper."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from flowmap.trace.watching.dynamics import Dynamics, Sampled, measure
from flowmap.types import TRACE, Have

MS = 1_000_000
US = 1_000
SYN, ACK = 2, 16
SEGMENT = 1000
ISN = 2**32 - 5000  # sequence numbers wrap
Windows = list[tuple[int, int]]


def rows(packets: list[dict[str, int]]) -> np.ndarray:
    found = np.zeros(len(packets), TRACE)
    for k, packet in enumerate(sorted(packets, key=lambda one: one["ts_ns"])):
        for name, value in packet.items():
            found[k][name] = value
        found[k]["have"] = Have.SEQUENCE | Have.ACK | Have.FLAGS
        found[k]["digest"] = k + 1
        found[k]["ip_id"] = k % 60000 + 1
    return found


def sampled(packets: np.ndarray, windows: Windows | None) -> Sampled:
    """Of the windows [start, end), all the time if None."""
    ts = packets["ts_ns"]
    if windows is None:
        return Sampled(packets, np.where(np.abs(ts) < 2**60, 0, -1), True)
    numbers = np.full(len(packets), -1)
    for number, (start, end) in enumerate(windows):
        numbers[(ts >= start) & (ts < end)] = number
    return Sampled(packets, numbers, False)


class Transfer:
    """Packets of a transfer as a capture sees it that is `down` from the sender and back, and `up` from the receiver and back.

    Times that are given are when the sender sends.
    """

    def __init__(self, down: int, up: int, window: int, scale: int = 2, syn: bool = True) -> None:
        self.down, self.up, self.window, self.scale = down, up, window, scale
        self.data: list[dict[str, int]] = []
        self.back: list[dict[str, int]] = []
        if syn:
            start = -10 * (down + up) - 100 * MS
            self.data.append({"ts_ns": start, "seq": ISN, "flags": SYN, "scale": scale + 1, "mss": SEGMENT})
            self.back.append(
                {"ts_ns": start + up, "seq": 77, "ack": ISN + 1, "flags": SYN | ACK, "scale": scale + 1, "mss": SEGMENT}
            )
            self.data.append({"ts_ns": start + up + down, "seq": ISN + 1, "ack": 78, "flags": ACK})

    def segment(self, number: int, at: int, acked: bool = True, late: int = 0) -> None:
        """Segment `number` leaves the sender at `at`; the receiver acknowledges it at once."""
        here = at + self.down // 2
        self.data.append(
            {
                "ts_ns": here + late,
                "seq": (ISN + 1 + number * SEGMENT) % 2**32,
                "ack": 78,
                "flags": ACK,
                "payload": SEGMENT,
            }
        )
        if acked:
            self.acknowledge(number, here + self.up)

    def acknowledge(self, number: int, here: int, window: int | None = None) -> None:
        value = (self.window if window is None else window) >> self.scale
        self.back.append(
            {"ts_ns": here, "seq": 78, "ack": (ISN + 1 + (number + 1) * SEGMENT) % 2**32, "flags": ACK, "window": value}
        )

    def measured(self, windows: Windows | None = None) -> Dynamics:
        return measure(sampled(rows(self.data), windows), sampled(rows(self.back), windows))


def in_windows(transfer: Transfer, segments: int, trips: int) -> Transfer:
    """The sender sends a window's worth each round trip, evenly, as acknowledgments let it."""
    trip = transfer.down + transfer.up
    for k in range(segments * trips):
        transfer.segment(k, k * trip // segments)
    return transfer


ENDS = [(0, 10 * MS, "sender"), (5 * MS, 5 * MS, "between"), (10 * MS, 0, "receiver")]


@pytest.mark.parametrize(("down", "up", "near"), ENDS)
def test_a_sender_that_waits_for_the_window(down: int, up: int, near: str) -> None:
    found = in_windows(Transfer(down, up, 20 * SEGMENT), 20, 100).measured()
    assert found.blocked_share is not None
    assert found.blocked_share > 0.95
    assert (found.round_trip_ns, found.captured_near, found.window_bytes) == (10 * MS, near, 20 * SEGMENT)
    assert found.rate_bps == pytest.approx(20 * SEGMENT * 8 / 0.01, rel=0.02)
    assert found.variation is not None
    assert found.variation < 0.03
    assert (found.idle_share, found.resent, found.zero_windows) == (0, 0, 0)


@pytest.mark.parametrize(("down", "up", "near"), ENDS)
def test_the_same_rate_with_twice_the_window_is_not_limited_by_it(down: int, up: int, near: str) -> None:
    found = in_windows(Transfer(down, up, 40 * SEGMENT), 20, 100).measured()
    assert found.blocked_share == 0
    assert found.captured_near == near


@pytest.mark.parametrize(("down", "up", "near"), ENDS)
@pytest.mark.parametrize(("window", "least", "most"), [(40, 0.0, 0.0), (20, 0.95, 1.0)])
def test_where_acknowledgments_end_early_shares_are_of_the_time_before(
    down: int, up: int, near: str, window: int, least: float, most: float
) -> None:
    """Their member's capture ends after 60 of 100 round trips; those of less than half of them tell nothing."""
    transfer = in_windows(Transfer(down, up, window * SEGMENT), 20, 100)
    transfer.back = [packet for packet in transfer.back if packet["ts_ns"] < 600 * MS]
    found = transfer.measured()
    assert found.blocked_share is not None
    assert least <= found.blocked_share <= most
    assert found.span_ns == pytest.approx(600 * MS, abs=20 * MS)
    assert (found.packets, found.captured_near) == (2000, near)
    transfer.back = [packet for packet in transfer.back if packet["ts_ns"] < 300 * MS]
    found = transfer.measured()
    assert (found.span_ns, found.blocked_share, found.idle_share) == (0, None, None)


@pytest.mark.parametrize(("down", "up", "near"), ENDS)
def test_a_sender_that_pauses(down: int, up: int, near: str) -> None:
    """Each 100 ms forty segments within 10 ms: until the last is acknowledged, 20 of the 100 ms, something is on the way."""
    transfer = Transfer(down, up, 100 * SEGMENT)
    for k in range(1200):
        transfer.segment(k, k // 40 * 100 * MS + k % 40 * MS // 4)
    found = transfer.measured()
    assert found.idle_share == pytest.approx(0.8, abs=0.03)
    assert found.blocked_share == 0


def test_a_clock_that_leaps_by_fifty_years_costs_no_memory() -> None:
    steady, leaping = (in_windows(Transfer(0, 10 * MS, 20 * SEGMENT), 20, 100) for _ in range(2))
    leaping.segment(2000, 50 * 365 * 86_400_000 * MS)
    tracemalloc.start()
    found = leaping.measured()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
    assert found.rate_bps == pytest.approx(steady.measured().rate_bps, rel=0.1)


def test_even_pacing_is_no_pause() -> None:
    """One segment each 5 ms with a round trip of 1 ms: a slow link looks the same."""
    transfer = Transfer(0, MS, 100 * SEGMENT)
    for k in range(200):
        transfer.segment(k, k * 5 * MS)
    assert transfer.measured().idle_share == 0


def test_a_window_that_closes_is_no_pause() -> None:
    transfer = Transfer(0, MS, 10 * SEGMENT)
    for k in range(200):
        burst, place = divmod(k, 10)
        transfer.segment(k, burst * 100 * MS + place * US, acked=False)
        left = 9 - place
        transfer.acknowledge(k, burst * 100 * MS + MS + place * US, left * SEGMENT)
        if not left:
            transfer.acknowledge(k, burst * 100 * MS + 99 * MS)
    found = transfer.measured()
    assert found.zero_windows == 20
    assert found.idle_share is not None
    assert found.blocked_share is not None
    assert found.blocked_share > 0.95
    assert found.idle_share < 0.02


def test_without_syns_windows_mean_nothing_and_without_timestamps_too_the_place_is_unknown() -> None:
    found = in_windows(Transfer(0, 10 * MS, 20 * SEGMENT, syn=False), 20, 100).measured()
    assert (found.blocked_share, found.idle_share, found.window_bytes, found.down_ns) == (None, None, None, None)
    assert found.captured_near == "unknown"


@pytest.mark.parametrize("seen_first", [False, True])
def test_a_segment_sent_again_is_told_from_one_that_was_overtaken(seen_first: bool) -> None:
    """Segments 50 and 150 come a round trip late, or once more; 200 and 201 are overtaken by some others."""
    transfer = Transfer(10 * MS, 0, 1000 * SEGMENT, scale=7)
    late = {50: 15 * MS, 150: 30 * MS, 200: 2 * MS, 201: MS}
    for k in range(300):
        if seen_first or k not in (50, 150):
            transfer.segment(k, k * MS // 2, acked=False, late=late.get(k, 0) if k >= 200 else 0)
        if k in (50, 150):
            transfer.segment(k, k * MS // 2, acked=False, late=late[k])
    there: set[int] = set()
    for packet in sorted(transfer.data[2:], key=lambda one: one["ts_ns"]):
        there.add(((packet["seq"] - ISN - 1) % 2**32) // SEGMENT)
        transfer.acknowledge(next(k for k in range(301) if k not in there) - 1, packet["ts_ns"])
    found = transfer.measured()
    assert (found.resent, found.overtaken) == (2, 2)


def test_windows_are_measured_each_by_itself() -> None:
    """What is between two windows is not taken for a pause; what is in none counts nowhere."""
    transfer = in_windows(Transfer(0, 10 * MS, 20 * SEGMENT), 20, 100)
    found = transfer.measured([(-(10**12), 200 * MS), (700 * MS, 900 * MS)])
    assert found.blocked_share is not None
    assert found.blocked_share > 0.9
    assert found.idle_share == 0
    assert found.span_ns == pytest.approx(400 * MS, rel=0.1)


def test_timestamps_prove_that_a_segment_waited_in_a_queue() -> None:
    """Bursts each 100 ms whose first segment echoes an old timestamp were made long before: a queue held them."""
    for stale, idle in ((0, True), (50, False)):
        transfer = Transfer(0, MS, 100 * SEGMENT)
        for k in range(200):
            transfer.segment(k, k // 10 * 100 * MS + k % 10 * 10 * US)
        for packet in transfer.data:
            packet["tsecr"] = (
                max(1, 10_000 + packet["ts_ns"] // (100 * MS) * 100 - 99 - stale) if packet["ts_ns"] >= 0 else 1
            )
        for packet in transfer.back:
            packet["tsval"] = 10_001 + packet["ts_ns"] // (100 * MS) * 100 if packet["ts_ns"] >= 0 else 1
        found = transfer.measured()
        assert found.idle_share is not None
        assert (found.idle_share > 0.9) is idle
