"""Windows of the log: each level's lie in those of the level before, and take half as much of the time."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.flow.sequence.grid import MOST_LEVEL, period_ns, sampled, width_ns, windows
from flowmap.types import TS_NONE

SECOND = 10**9


@pytest.mark.parametrize("level", range(MOST_LEVEL))
def test_windows_lie_in_those_of_the_level_before(level: int) -> None:
    assert period_ns(level + 1) % period_ns(level) == 0
    assert width_ns(level + 1) <= width_ns(level)
    assert period_ns(level) == width_ns(level) << level


@pytest.mark.parametrize("level", [0, 1, 3, 8])
def test_one_time_and_many_are_told_alike(level: int) -> None:
    times = np.random.default_rng(1).integers(-(10**6) * SECOND, 10**6 * SECOND, 20_000)
    numbers = windows(times, level)
    assert [sampled(time, level) for time in times.tolist()] == (numbers >= 0).tolist() or level == 0
    assert (numbers >= 0).mean() == pytest.approx(2.0**-level, rel=0.2)
    assert not sampled(TS_NONE, level)


def test_times_of_one_window_have_its_number() -> None:
    start = 7 * period_ns(4)
    inside = np.array([start, start + width_ns(4) - 1, start + width_ns(4), start + period_ns(4)])
    assert windows(inside, 4).tolist() == [7, 7, -1, 8]
