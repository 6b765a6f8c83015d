"""Claim 1: what each placement, and each cause of a move, means for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import move, moved, stream, streams, team, way

from flowmap.facts.model import Direction, Placed, TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.verdict.claims.pinned import direction_verdict, judge_pinned


def placed(placement: Any, side: str = "rx") -> Direction:
    return way(side, 1, *(() if placement == "absent" else (0, 1)), placed=Placed(placement, msg("so it was made")))


@pytest.mark.parametrize(
    ("placement", "verdict"),
    [
        ("single", "pass"),
        ("mirrored", "pass"),
        ("sprayed", "fail"),
        ("undecided", "inconclusive"),
        ("absent", "inconclusive"),
    ],
)
def test_each_placement_has_its_verdict(placement: str, verdict: str) -> None:
    assert direction_verdict(placed(placement), team()) == verdict


def test_a_reverse_direction_that_was_not_captured_decides_nothing() -> None:
    acks = replace(placed("absent", "tx"), bulk=False)
    assert direction_verdict(acks, team()) == "pass"


@pytest.mark.parametrize(
    ("cause", "mode", "side", "verdict"),
    [
        ("failover", None, "rx", "pass"),
        ("member-set-change", None, "rx", "pass"),
        ("rebalance", None, "tx", "fail"),
        ("flowlet", None, "tx", "fail"),
        ("unexplained", None, "tx", "fail"),
        ("rebalance", "balance-slb", "tx", "pass"),
        ("unexplained", "balance-slb", "tx", "fail"),  # not known to be what the mode does
        ("rebalance", "balance-slb", "unknown", "fail"),  # nobody knows whose choice it was
        ("rebalance", "balance-xor", "tx", "fail"),
    ],
)
def test_a_move_needs_a_reason_or_a_mode_that_moves(cause: str, mode: str | None, side: str, verdict: str) -> None:
    assert direction_verdict(moved(side, 1, move(4, 0, 1, cause)), team(mode=mode)) == verdict


@pytest.mark.parametrize(("side", "verdict"), [("tx", "pass"), ("rx", "fail")])
def test_a_mode_may_move_what_is_sent_and_nothing_that_comes_in(side: str, verdict: str) -> None:
    """Windows' dynamic algorithm: flowlets of what is sent; what comes in stays on the member that it is tied to."""
    facts = team(mode="switch-independent", algorithm="dynamic")
    assert direction_verdict(moved(side, 1, move(4, 0, 1, "flowlet")), facts) == verdict


def test_a_move_too_near_the_end_is_open_unless_it_has_a_reason() -> None:
    assert direction_verdict(moved("rx", 1, move(9, 0, 1, too_soon=True)), team()) == "inconclusive"
    assert direction_verdict(moved("rx", 1, move(9, 0, 1, "failover", too_soon=True)), team()) == "pass"


def test_the_worst_direction_decides_and_its_placement_is_told() -> None:
    claim = judge_pinned(team(*streams("rx", [0, 1]), stream(5, placed("undecided")), stream(6, placed("absent"))))
    assert (claim.verdict, claim.why, claim.streams, claim.directions) == ("inconclusive", "undecided", 4, 4)
    assert claim.counts == {"single": 2, "undecided": 1, "absent": 1}
    fails = judge_pinned(team(stream(0, placed("undecided")), stream(1, moved("rx", 1, move(4, 0, 1)))))
    assert (fails.verdict, fails.why) == ("fail", "moved")
    both = judge_pinned(team(stream(0, placed("sprayed")), stream(1, moved("rx", 1, move(4, 0, 1)))))
    assert (both.verdict, both.why) == ("fail", "sprayed")
    absent = judge_pinned(team(stream(0, placed("absent"))))
    assert (absent.verdict, absent.why) == ("inconclusive", "absent")


def test_all_on_one_member_each_holds() -> None:
    claim = judge_pinned(team(*streams("rx", [0, 1])))
    assert (claim.verdict, claim.why, claim.undermined_by) == ("pass", "holds", [])


def test_without_streams_or_with_two_hosts_nothing_holds() -> None:
    assert (judge_pinned(team()).verdict, judge_pinned(team()).why) == ("inconclusive", "no_streams")
    two = team(*streams("rx", [0, 1]), two_hosts=TwoHosts(msg("a; b"), ()))
    assert (judge_pinned(two).verdict, judge_pinned(two).why) == ("inconclusive", "two_hosts")


def test_incomplete_captures_undermine_a_pass() -> None:
    lost = Notice("capture_drops", msg("lost"), undermines=True)
    claim = judge_pinned(team(*streams("rx", [0, 1]), notices=[lost]))
    assert (claim.verdict, claim.why, claim.undermined_by) == ("inconclusive", "holds", ["capture_drops"])
