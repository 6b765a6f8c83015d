"""Halves of members by their frames: who answers whom decides, not what the files are called."""

from __future__ import annotations

import pytest

from flowmap.capture.inputs.directions import find_halves, half_of, opposite
from flowmap.capture.inputs.traffic import Frames, Traffic

HOST = 1


def frames(number: int) -> Frames:
    return Frames(number, 0, 10**9)


def received(*stations: int, number: int = 100) -> dict[tuple[int, int], Frames]:
    return {(one, HOST): frames(number) for one in stations}


def sent(*stations: int, number: int = 100) -> dict[tuple[int, int], Frames]:
    return {(HOST, one): frames(number) for one in stations}


def test_the_last_word_of_direction_counts() -> None:
    assert half_of("in_eth1_out") == ("in_eth1", "out")
    assert half_of("host-inbound.rx") == ("host-inbound", "in")
    assert half_of("out") == ("", "out")


@pytest.mark.parametrize(
    ("one", "other", "halves"),
    [
        (received(2, 3), sent(2, 3), True),
        (received(2, 3), received(2, 3), False),  # nobody answers
        (received(2, 3) | sent(2, 3), sent(2, 3), False),  # it has both directions itself
        (received(2, 3), sent(3, 4), True),  # half of the frames have an answer
        (received(2, 3, 4), sent(4, 5, 6), False),  # a third has
        ({}, sent(2, 3), True),
        (received(2), {}, True),
    ],
)
def test_opposite(one: Traffic, other: Traffic, halves: bool) -> None:
    assert opposite(one, other) is halves
    assert opposite(other, one) is halves


def test_a_half_may_hold_two_percent_of_what_was_under_way() -> None:
    own = received(2, number=98) | received(3, number=1) | sent(3, number=1)
    assert opposite(own, sent(2))  # 2 of 100 frames
    assert not opposite(own | received(3, number=2), sent(2))


def test_halves_that_no_name_tells() -> None:
    team = [received(2, 3, 4), received(5, 6, 7), sent(5, 6, 7), sent(2, 3, 4)]
    assert find_halves(team) == ([(0, 3), (1, 2)], [])


def test_members_with_few_stations_are_a_doubt_from_four_on() -> None:
    few = [received(2), received(3), sent(3), sent(2)]
    assert find_halves(few) == ([], [0, 1, 2, 3])
    assert find_halves(few[1:3]) == ([], [])  # a team of one that receives and one that sends is an everyday one


def test_small_captures_neither_help_nor_hinder() -> None:
    team = [received(2, 3, 4), sent(2, 3, 4), received(2, number=19)]
    assert find_halves(team) == ([(0, 1)], [])
    assert find_halves([*team[:2], received(2, number=20)]) == ([], [])  # two captures hold what the second answers


def test_one_capture_with_both_directions_is_enough_to_join_none() -> None:
    team = [received(2, 3, 4), sent(2, 3, 4), received(8) | sent(8)]
    assert find_halves(team) == ([], [])
