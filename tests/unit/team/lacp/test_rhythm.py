"""The rhythm of LACPDUs: 1 s and 30 s, and three intervals until what was heard is no longer true (802.1AX-2020, 6.4)."""

from __future__ import annotations

import pytest
from lacp_frames import FAST, HOST, SLOW, SWITCH, S, lacpdu, talk

from flowmap.team.lacp.lacpdu import Lacpdu, decode_frames
from flowmap.team.lacp.rhythm import asked_ns, gap_ns, other_side, outlives, pauses, sends_too_seldom

EXPIRED = 0x80


def sent(times: list[float], state: int = FAST, *, actor: int = HOST, partner: int = SWITCH) -> list[Lacpdu]:
    return list(decode_frames(talk(0, times, lacpdu(actor, state, partner, FAST))).pdus)


def test_the_other_side_is_the_one_other_system() -> None:
    host, switch = sent([1]), sent([2], actor=SWITCH, partner=HOST)
    assert other_side(HOST, {HOST: host, SWITCH: switch}) == switch
    assert other_side(HOST, {HOST: host}) == ()
    assert other_side(HOST, {HOST: host, SWITCH: switch, 5: host}) == ()


def test_the_rate_that_is_asked_for_is_the_other_sides_timeout_bit() -> None:
    host = sent([1])
    assert asked_ns(HOST, {HOST: host, SWITCH: sent([1], FAST, actor=SWITCH)}) == S
    assert asked_ns(HOST, {HOST: host, SWITCH: sent([1], SLOW, actor=SWITCH)}) == 30 * S
    mixed = sent([1], FAST, actor=SWITCH) + sent([2], SLOW, actor=SWITCH)
    assert asked_ns(HOST, {HOST: host, SWITCH: mixed}) is None
    lonely = sent([1], FAST | EXPIRED, actor=SWITCH) + sent([2], SLOW, actor=SWITCH)
    assert asked_ns(HOST, {HOST: host, SWITCH: lonely}) == 30 * S  # fast only until it has a partner


def test_a_rhythm_is_the_lower_median_of_at_least_two_gaps() -> None:
    assert gap_ns(sent([0, 1])) is None
    assert gap_ns(sent([0, 1, 31])) == S
    assert gap_ns(sent([0, 1, 2, 40])) == S
    assert gap_ns(sent([0, 30, 60, 61])) == 30 * S


def test_a_pause_is_the_longest_gap_before_a_side_expired() -> None:
    suffering = sent([0, 1, 2]) + sent([6], FAST | EXPIRED) + sent([7])
    sender = sent([0, 1, 2.5, 5.5, 7], actor=SWITCH)
    assert pauses(suffering, sender) == [3 * S]  # from 2.5 to 5.5
    silent = sent([0, 1], actor=SWITCH)
    assert pauses(suffering, silent) == [5 * S]  # from its last one on
    assert pauses(sent([0, 1, 2]), sender) == []


@pytest.mark.parametrize(("gap", "dead"), [(2.9, True), (2.89, False), (3.0, True)])
def test_what_was_heard_lives_three_intervals_less_a_tick(gap: float, dead: bool) -> None:
    assert outlives(round(gap * S), S) == dead


@pytest.mark.parametrize(
    ("median", "asked", "gaps", "slow"),
    [
        (None, 1, [9], False),
        (1, None, [9], False),
        (3.1, 1, [], True),
        (3, 1, [], False),
        (1.6, 1, [3], True),
        (1.6, 1, [2.5], False),
        (1.5, 1, [9], False),  # its rhythm is right: frames were lost
    ],
)
def test_who_is_too_slow(median: float | None, asked: int | None, gaps: list[float], slow: bool) -> None:
    values = [None if one is None else round(one * S) for one in (median, asked)]
    assert sends_too_seldom(values[0], values[1], [round(gap * S) for gap in gaps]) == slow
