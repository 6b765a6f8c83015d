"""Readings of counters: keys to compare by, numbers that are counts, sums of both directions."""

from __future__ import annotations

import pytest

from flowmap.team.counters.model import MemberCounters, Reading, plain, whole


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (5, 5),
        ("1,234,567", 1234567),
        ("12 345", 12345),
        (2**64 - 1, 2**64 - 1),
        (2**64, None),
        (-1, None),
        (True, None),
        (1.5, None),
        ("-5", None),
        ("5.0", None),
        ("", None),
        ("٣", None),
        ("9" * 27, None),
        (None, None),
    ],
)
def test_a_count_is_a_whole_number_of_64_bits(value: object, count: int | None) -> None:
    assert whole(value) == count


def test_names_are_compared_by_letters_and_digits_of_any_case() -> None:
    assert plain("Intel(R) X710 #2") == plain("intel[r]_x710-2") == "intelrx7102"


def test_readings_of_one_interface_by_one_output_have_one_key() -> None:
    one = Reading("Eth1/1", "show interfaces", "a.txt", {}, host="sw1")
    assert one.key == Reading("eth1_1", "show interfaces", "b.txt", {"rx_bytes": 5}, host="sw1").key
    assert one.key != Reading("Eth1/1", "show interfaces", "a.txt", {}, host="sw2").key
    assert one.key != Reading("Eth1/1", "ethtool -S", "a.txt", {}, host="sw1").key
    assert Reading(None, "x", "a", {}, label="Port 1").key[1] == "port1"


def test_both_directions_are_known_or_none() -> None:
    own = MemberCounters("x", (), {"rx_packets": 3, "tx_packets": 4, "rx_bytes": 5})
    assert (own.both("packets"), own.both("bytes")) == (7, None)
