"""What the sequence numbers of mirror sessions say of frames that never came."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.capture.mirror.gaps import Gaps


def lost(numbers: list[int], block: int = 10) -> int:
    gaps = Gaps()
    for begin in range(0, len(numbers), block):
        own = np.array(numbers[begin : begin + block], np.int64)
        gaps.add(np.full(len(own), 3), own)
    return gaps.lost.get(3, 0)


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize("first", [0, 1, 77, 2**32 - 50])
def test_numbers_that_are_not_there_were_lost(first: int, block: int) -> None:
    sent = [(first + k) % 2**32 for k in range(200)]
    assert lost(sent, block) == 0
    assert lost([number for k, number in enumerate(sent) if k not in (3, 50, 51, 52, 120)], block) == 5


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_frames_that_come_late_are_not_lost(block: int) -> None:
    sent = list(range(200))
    for k in range(10, 190, 9):
        sent[k], sent[k + 3] = sent[k + 3], sent[k]
    assert lost(sent, block) == 0
    assert lost([number for number in sent if number != 100], block) == 1


@pytest.mark.parametrize(
    "numbers",
    [[0] * 200, [-1] * 200, [k // 2 + k % 2 * 3_000_000 for k in range(200)], list(range(0, 2000, 10))],
    ids=["always 0", "none", "by line card", "a filter chose"],
)
def test_numbers_that_tell_nothing(numbers: list[int]) -> None:
    assert lost(numbers) == 0


def test_each_session_has_its_own() -> None:
    gaps = Gaps()
    gaps.add(np.array([1, 2] * 50), np.array([number for k in range(50) for number in (k, 2 * k)]))
    assert gaps.lost == {2: 49}
