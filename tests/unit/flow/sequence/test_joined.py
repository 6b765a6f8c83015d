"""What many pieces with many holes say: byte by byte, and in a time that grows with the holes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from durations import seconds

from flowmap.flow.sequence.joined import Piece, join_pieces, spans_of, spread_of

SEGMENT, HOLES = 1000, 100


def halved(number: int) -> Piece:
    """A piece of a transfer of which every second segment is missing, its `number`-th."""
    holes = [(k * SEGMENT, (k + 1) * SEGMENT, 7) for k in range(1, 2 * HOLES, 2)]
    return Piece(
        10**9 * number, (number * 2 * HOLES * SEGMENT) % 2**32, (2 * HOLES + 1) * SEGMENT, holes=spans_of(holes)
    )


def tenths_by_bytes(missing: set[int], limit: int) -> list[int]:
    bounds = [limit * k // 10 for k in range(11)]
    return [sum(byte in missing for byte in range(*part)) for part in pairwise(bounds)]


@pytest.mark.parametrize("acknowledged", [3, 499, 500, 777, 1000, 5000])
def test_tenths_are_those_of_the_bytes(acknowledged: int) -> None:
    holes = [(start, start + 30 + start % 7, 5) for start in range(10, 990, 60)]
    missing = {byte for start, end, _ in holes for byte in range(start, end)}
    limit = min(acknowledged, 1000)
    found = Piece(0, 2**32 - 50, 1000, holes=spans_of(holes))
    number = (acknowledged - 50) % 2**32
    assert found.missing_below(number) == sum(byte < limit for byte in missing)
    if found.missing_tenths(number):
        assert list(found.missing_tenths(number)) == tenths_by_bytes(missing, limit)
    assert found.once == 1000 - len(missing)


def test_what_is_missing_of_closed_holes_is_even_within_their_bins() -> None:
    """Of two bins of 2^40 bytes, 2^39 and none are missing: the product of both does not fit 64 bits."""
    found = Piece(0, 0, 2**41, retired=10_000, spread=spread_of([2**39, 0], 40))
    assert found.missing_below(2**41 % 2**32) == 2**39
    tenths = found.missing_tenths(2**41 % 2**32)
    assert tenths[5:] == (0,) * 5
    assert tenths[:5] == pytest.approx([2**39 / 5] * 5, abs=2)


def test_bins_that_begin_above_what_was_acknowledged_do_not_count() -> None:
    found = Piece(0, 0, 4096, retired=50, spread=spread_of([100, 0, 300], 10))
    assert (found.missing_below(2048), found.missing_below(2049)) == (100, 400)
    assert sum(found.missing_tenths(2048)) == pytest.approx(100, abs=10)


def test_joining_a_series_grows_with_its_pieces() -> None:
    series = {count: [halved(number) for number in range(count)] for count in (4, 32)}
    for count, pieces in series.items():
        assert join_pieces(pieces).missing_below((pieces[-1].base or 0) + pieces[-1].sent) == count * HOLES * SEGMENT
    few, many = (seconds(lambda own=own: join_pieces(own)) for own in series.values())  # type: ignore[misc]
    assert many < 3 * 8 * few
