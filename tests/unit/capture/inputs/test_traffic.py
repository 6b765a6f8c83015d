"""Captures that go on where others end: all who talked go on at once, or it is no piece."""

from __future__ import annotations

from flowmap.capture.inputs.traffic import Frames, Traffic, successors

S, MS = 10**9, 10**6
A, B, C = (1, 2), (2, 1), (3, 1)


def steady(first: int, last: int, *pairs: tuple[int, int], number: int = 1001) -> dict[tuple[int, int], Frames]:
    """Frames in even gaps: of 10 s, one each 10 ms."""
    return dict.fromkeys(pairs, Frames(number, first, last))


def after(pause_ns: int, *pairs: tuple[int, int], before: Traffic | None = None) -> dict[int, list[int]]:
    first = steady(0, 10 * S, A, B) if before is None else before
    begin = 10 * S + pause_ns
    return successors([(0, 10 * S), (begin, begin + 10 * S)], [first, steady(begin, begin + 10 * S, *pairs)])


def test_all_go_on() -> None:
    assert after(10 * MS, A, B) == {0: [1]}


def test_a_pause_is_five_gaps_or_50_ms() -> None:
    assert after(50 * MS, A, B) == {0: [1]}
    assert after(51 * MS, A, B) == {}
    slow = steady(0, 10 * S, A, B, number=101)  # one each 100 ms
    assert after(500 * MS, A, B, before=slow) == {0: [1]}
    assert after(501 * MS, A, B, before=slow) == {}


def test_one_that_stays_away_is_a_link_that_died_or_a_stream_that_moved() -> None:
    assert after(10 * MS, A) == {}
    ten = steady(0, 10 * S, *((n, 1) for n in range(2, 12)))
    assert after(10 * MS, *list(ten)[:9], before=ten) == {0: [1]}  # nine of ten
    assert after(10 * MS, *list(ten)[:8], before=ten) == {}


def test_one_pair_or_a_few_frames_tell_nothing() -> None:
    assert after(10 * MS, A, B, before=steady(0, 10 * S, A)) == {}
    assert after(10 * MS, A, B, before=steady(0, 10 * S, A, B, number=3)) == {}


def test_who_was_silent_before_the_end_need_not_go_on() -> None:
    before = steady(0, 10 * S, A, B) | steady(0, 5 * S, C)
    assert after(10 * MS, A, B, before=before) == {0: [1]}


def test_the_next_one_not_the_one_after() -> None:
    spans = [(0, 10 * S), (20 * S + 20 * MS, 30 * S), (10 * S + 10 * MS, 20 * S), None]
    each = [steady(*span, A, B) if span else {} for span in spans]
    assert successors(spans, each) == {0: [2], 2: [1]}
