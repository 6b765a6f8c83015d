"""Which bytes of a direction were seen: sequence numbers of some segments, and the holes between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowmap.flow.sequence.joined import Piece
from flowmap.trace.watching.coverage import Coverage
from flowmap.types import TRACE, Have

SYN, FIN, RST, ACK = 2, 1, 4, 16


def rows(*segments: tuple[int, int, int, int]) -> Any:
    """Segments of (sequence number, payload, flags, time)."""
    table = np.zeros(len(segments), TRACE)
    for row, (seq, payload, flags, ts_ns) in zip(table, segments, strict=True):
        row["seq"], row["payload"], row["flags"], row["ts_ns"] = seq & 0xFFFFFFFF, payload, flags, ts_ns
    table["have"] = Have.SEQUENCE
    return table


def seen(*segments: tuple[int, int, int, int], window: int = 99) -> Piece:
    coverage = Coverage()
    for begin in range(0, len(segments), window):
        coverage.update(rows(*segments[begin : begin + window]))
    return coverage.piece()


@pytest.mark.parametrize("base", [1000, 2**32 - 50])
@pytest.mark.parametrize("window", [1, 2, 99])
def test_bytes_in_order_leave_no_hole(base: int, window: int) -> None:
    piece = seen(*[(base + 100 * k, 100, ACK, k) for k in range(5)], window=window)
    assert (piece.base, piece.sent, piece.once, len(piece.holes)) == (base, 500, 500, 0)


def test_a_hole_is_what_nobody_saw() -> None:
    piece = seen((0, 100, ACK, 1), (300, 100, ACK, 2))
    assert (piece.sent, piece.once) == (400, 200)
    assert piece.missing_below(400) == 200
    assert piece.missing_below(150) == 50
    assert piece.missing_below(100) == 0


def test_a_segment_that_comes_late_fills_its_hole() -> None:
    soon = seen((0, 100, ACK, 1), (200, 100, ACK, 2), (100, 100, ACK, 3))
    assert (soon.once, soon.reordered, soon.retransmitted) == (300, 1, 0)
    second = 10**9
    later = seen((0, 100, ACK, 1), (200, 100, ACK, 2), (100, 100, ACK, second))
    assert (later.once, later.reordered, later.retransmitted) == (300, 0, 1)


def test_what_was_seen_already_was_sent_again() -> None:
    piece = seen((0, 100, ACK, 1), (100, 100, ACK, 2), (100, 100, ACK, 10**9))
    assert (piece.sent, piece.once, piece.retransmitted) == (200, 200, 1)


def test_syn_and_fin_take_a_number_each_and_resets_none() -> None:
    piece = seen((5, 0, SYN, 1), (6, 100, ACK, 2), (106, 0, FIN | ACK, 3), (900, 0, RST, 4), (107, 0, ACK, 5))
    assert (piece.base, piece.sent) == (5, 102)


def test_places_continue_from_where_the_direction_is() -> None:
    coverage = Coverage()
    packets = rows((7, 0, ACK, 0), (1000, 100, ACK, 1), (1100, 100, ACK, 2))
    assert coverage.places(packets, np.ones(3, bool)).tolist() == [0, 0, 100]
    coverage.update(packets)
    assert coverage.places(rows((1100, 100, ACK, 3), (1300, 1, ACK, 4)), np.ones(2, bool)).tolist() == [100, 300]
