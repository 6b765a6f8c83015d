"""Reading ahead gives the same chunks, and the same error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from flowmap.errors import UnreadableCapture
from flowmap.message import msg
from flowmap.passes.ahead import Ahead


def chunks(number: int, breaks: bool = False) -> Iterator[np.ndarray]:
    for k in range(number):
        yield np.full(3, k)
    if breaks:
        raise UnreadableCapture("a.pcap", msg("breaks"), offset=7)


@pytest.mark.parametrize("number", [0, 1, 2, 50])
@pytest.mark.parametrize("captures", [1, 40])
def test_chunks_are_the_same(number: int, captures: int) -> None:
    """Also of more captures than there are processors."""
    ahead = Ahead()
    found = [ahead.of(chunks(number)) for _ in range(captures)]
    for _ in range(number):
        first = [next(one)[0] for one in found]
        assert len(set(first)) == 1
    assert [list(one) for one in found] == [[]] * captures


def test_what_is_raised_comes_after_the_chunks_before_it() -> None:
    found = Ahead().of(chunks(3, breaks=True))
    assert [int(next(found)[0]) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(UnreadableCapture, match="breaks"):
        next(found)


def test_one_that_is_left_in_the_middle_makes_room_for_others() -> None:
    ahead = Ahead()
    for _ in range(100):
        found = ahead.of(chunks(50))
        next(found)
        found.close()  # type: ignore[attr-defined]
    assert len(list(ahead.of(chunks(5)))) == 5
