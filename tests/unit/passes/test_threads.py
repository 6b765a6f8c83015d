"""Several captures at once, and what the caller does meanwhile."""

from __future__ import annotations

from threading import Event

import pytest

from flowmap.passes.threads import any_left, in_threads


def test_results_come_in_the_order_of_the_items() -> None:
    waits = [Event(), Event()]
    waits[1].set()

    def work(number: int) -> int:
        assert waits[number].wait(10)
        waits[1 - number].set()
        return number

    assert in_threads(work, [0, 1], 2, Event()) == [0, 1]


def test_the_caller_does_something_else_after_work_has_begun_and_before_it_is_over() -> None:
    begun, done = Event(), Event()

    def work(number: int) -> int:
        begun.set()
        assert done.wait(10)
        return number

    def meanwhile() -> None:
        assert begun.wait(10)
        done.set()

    assert in_threads(work, [5], 1, Event(), meanwhile) == [5]


def test_what_goes_wrong_meanwhile_stops_the_threads() -> None:
    stop = Event()

    def meanwhile() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_threads(lambda _: stop.wait(10), [1, 2], 2, stop, meanwhile)
    assert stop.is_set()


def test_no_thread_is_left() -> None:
    in_threads(str, range(5), 3, Event())
    assert not any_left()
