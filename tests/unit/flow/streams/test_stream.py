"""What reads rows by number refuses numbers of rows, streams and members that there are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.flow.streams.stream import STREAM
from flowmap.types import FLOW

arranging = pytest.importorskip("flowmap.flow.streams.arranging")

Array = np.ndarray[Any, Any]
RIGHT = [0, 1, 2], [0, 1, 3]


def filled(order: list[int], starts: list[int], by_id: list[int], members: int) -> None:
    """Make two streams of three rows on the members 0, 1 and 5."""
    rows = np.zeros(3, FLOW)
    rows["link"] = 0, 1, 5
    times, seen = np.zeros(len(starts) - 1, np.int64), np.zeros(2 * members, np.int64)
    numbers, places = np.array(order), np.array(starts)
    arranging.first_times(rows, numbers, places, times)
    streams = np.zeros(len(times), STREAM)
    arranging.fill(rows, numbers, np.zeros(3, bool), places, times, np.array(by_id), seen, streams)
    assert streams["row_count"].tolist() == [1, 2]


def test_what_is_right_is_taken() -> None:
    filled(*RIGHT, [0, 1], 6)


@pytest.mark.parametrize(
    ("order", "starts", "by_id", "members"),
    [
        ([0, 1, 3], [0, 1, 3], [0, 1], 6),
        ([0, 1, -1], [0, 1, 3], [0, 1], 6),
        ([0, 1, 2], [0, 1, 4], [0, 1], 6),
        ([0, 1, 2], [0, 0, 3], [0, 1], 6),
        ([0, 1, 2], [1, 2, 3], [0, 1], 6),
        ([0, 1, 2], [0, 1, 3], [0, 2], 6),
        ([0, 1, 2], [0, 1, 3], [0, -1], 6),
        ([0, 1, 2], [0, 1, 3], [0], 6),
        ([0, 1, 2], [0, 1, 3], [0, 1], 5),
    ],
)
def test_what_is_not_there_is_refused(order: list[int], starts: list[int], by_id: list[int], members: int) -> None:
    with pytest.raises(ValueError, match=r"rows|streams?|members|length"):
        filled(order, starts, by_id, members)
