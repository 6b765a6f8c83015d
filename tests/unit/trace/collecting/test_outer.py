"""Outer headers are numbered in the order in which they come, the same for one as for many at once."""

from __future__ import annotations

import numpy as np

from flowmap.decode.outer import OuterHeader
from flowmap.trace.collecting.outer import NOT_TOLD, OuterHeaders
from flowmap.types import OUTER


def header(number: int) -> OuterHeader:
    return OuterHeader(0, number, 1 << 63, 2, 50000, 4789, 4, 17)


def test_a_header_has_its_number_again() -> None:
    outers = OuterHeaders()
    assert [outers.number(header(one)) for one in (7, 8, 7)] == [1, 2, 1]
    assert outers.of([2, 1, 0, NOT_TOLD]) == [header(8), header(7)]


def test_many_at_once_have_the_numbers_that_each_has() -> None:
    rows = np.array([tuple(header(one)) for one in (9, 7, 9, 8)], dtype=OUTER)
    outers = OuterHeaders()
    first = outers.number(header(8))
    numbers = outers.numbers(rows)
    assert numbers.tolist()[3] == first
    assert [outers.of([number])[0] for number in numbers.tolist()] == [header(one) for one in (9, 7, 9, 8)]


def test_every_field_tells_headers_apart() -> None:
    rows = np.zeros(9, OUTER)
    for place, name in enumerate(OUTER.names or (), start=1):
        rows[name][place] = 1
    assert len(set(OuterHeaders().numbers(rows).tolist())) == len(OUTER.names or ()) + 1


def test_beyond_what_two_bytes_tell_all_have_one_number() -> None:
    outers = OuterHeaders()
    last = [outers.number(header(one)) for one in range(65_536)][-3:]
    assert last == [NOT_TOLD - 1, NOT_TOLD, NOT_TOLD]
    assert outers.of([NOT_TOLD]) == []
