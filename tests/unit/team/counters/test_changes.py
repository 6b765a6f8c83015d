"""Two readings become a difference."""

from __future__ import annotations

from dataclasses import replace

from flowmap.team.counters.changes import changes_of
from flowmap.team.counters.model import Reading


def reading(**values: int) -> Reading:
    return Reading("eth1", "ip -s -j link", "counters.json", values)  # type: ignore[arg-type]


def test_names_tell_before_from_after_and_then_the_order_given() -> None:
    small, large = reading(rx_packets=5), reading(rx_packets=9)
    named = changes_of([replace(large, source="after/x.json"), replace(small, source="before/x.json")])
    given = changes_of([replace(small, source="1.json"), replace(large, source="2.json")])
    assert [dict(one.values) for one in (*named, *given)] == [{"rx_packets": 4}, {"rx_packets": 4}]


def test_files_in_the_wrong_order_are_told_by_growing_numbers_of_several_interfaces() -> None:
    both = [
        replace(reading(rx_packets=9 - 4 * file), interface=name, source=f"{file}.json")
        for file in (0, 1)
        for name in "ab"
    ]
    assert [dict(one.values) for one in changes_of(both)] == [{"rx_packets": 4}] * 2


def test_a_counter_that_fell_is_told_and_not_used() -> None:
    (change,) = changes_of([reading(rx_packets=(1 << 32) - 5, tx_packets=1), reading(rx_packets=10, tx_packets=3)])
    assert (dict(change.values), change.backwards) == ({"tx_packets": 2}, ("rx_packets",))
