"""Points for pictures of streams: few, fair, and the same however the packets come in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.trace.watching.sample import CLOSEUP, POINTS, Sample, Samplers
from flowmap.types import TRACE


def packets(members: Any, payload: int = 1000) -> Any:
    """One packet each microsecond."""
    rows = np.zeros(len(members), dtype=TRACE)
    rows["member"], rows["payload"] = members, payload
    rows["ts_ns"] = np.arange(len(members)) * 1000
    return rows


def sampled(rows: Any, *cuts: int) -> Sample:
    """Of direction 3 beside direction 2, whose packets nobody asked for."""
    both, numbers = np.repeat(rows, 2), np.tile([3, 2], len(rows)).astype(np.uint32)
    positions = np.repeat(np.arange(len(rows)) * 1000, 2)
    samplers = Samplers([3])
    ends = [2 * cut for cut in cuts]
    for part, own, places in zip(*(np.split(one, ends) for one in (both, numbers, positions)), strict=True):
        samplers.update(part, own, places)
    return samplers.finish(3)


@pytest.mark.parametrize("number", [0, 1, 1_000, 100_000])
def test_there_are_never_two_thousand(number: int) -> None:
    sample = sampled(packets(np.arange(number) % 2))
    assert len(sample.ts_ns) == len(sample.position) == len(sample.member) == len(sample.closeup)
    assert int((~sample.closeup).sum()) == min(number, POINTS)
    assert len(sample.ts_ns) < 2_000
    assert sample.packets == number


def test_a_sprayed_stream_is_seen_on_both_members_as_often() -> None:
    """Every second packet, or every fourth, would be of one member only."""
    sample = sampled(packets(np.arange(64_000) % 2))
    share = sample.member[~sample.closeup].mean()
    assert 0.45 < share < 0.55


def test_the_whole_stream_is_covered() -> None:
    sample = sampled(packets(np.zeros(50_000, dtype=int)))
    counts, _edges = np.histogram(sample.ts_ns, bins=10, range=(0, 50_000_000))
    assert counts.min() > POINTS / 10 * 0.7


@pytest.mark.parametrize("cuts", [(1,), (500,), (4_999, 5_000, 5_001), tuple(range(100, 9_000, 700))])
def test_windows_make_no_difference(cuts: tuple[int, ...]) -> None:
    rows = packets(np.arange(9_000) >= 5_000)
    whole, parts = sampled(rows), sampled(rows, *cuts)
    for name in ("ts_ns", "position", "member", "closeup"):
        assert getattr(whole, name).tolist() == getattr(parts, name).tolist()


def test_positions_stay_with_their_packets() -> None:
    sample = sampled(packets(np.zeros(1_000, dtype=int)))
    assert sample.position.tolist() == sample.ts_ns.tolist()


def test_around_the_first_change_every_packet_is_kept() -> None:
    sample = sampled(packets(np.arange(9_000) >= 5_000), 1_000, 5_050)
    near = sample.ts_ns[sample.closeup] // 1000
    assert near.tolist() == list(range(5_000 - CLOSEUP // 3, 5_000 + CLOSEUP - CLOSEUP // 3))


def test_a_stream_that_stays_has_no_closeup_and_acknowledgments_are_no_points() -> None:
    assert not sampled(packets(np.zeros(5_000, dtype=int))).closeup.any()
    assert sampled(packets(np.zeros(5_000, dtype=int), payload=0)).packets == 0
