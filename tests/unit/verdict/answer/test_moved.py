"""Moves between healthy members: who moved how many of how many, when, and what moved beside them for a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import case, move, moved, stream, streams, team, way

from flowmap.facts.model import TeamFacts
from flowmap.verdict.answer.case import Answer
from flowmap.verdict.answer.moved import moved as moved_answer

MAC = 0x30


def told(facts: TeamFacts, **changes: Any) -> Answer:
    answer = moved_answer(case(facts, **changes))
    assert answer is not None
    return answer


def of(side: str, changed: int, whole: int) -> TeamFacts:
    ways = [moved(side, k + 1, move(4, 0, 1)) if k < changed else way(side, k + 1, 0) for k in range(whole)]
    return team(*[stream(k, one) for k, one in enumerate(ways)])


@pytest.mark.parametrize(
    ("side", "changed", "whole", "begin"),
    [
        ("rx", 1, 1, "The switch moved the only incoming stream to another member"),
        ("rx", 2, 2, "The switch moved both incoming streams to another member"),
        ("rx", 3, 3, "The switch moved all three incoming streams to another member"),
        ("rx", 1, 4, "The switch moved one of four incoming streams to another member"),
        ("rx", 2, 4, "The switch moved two of four incoming streams to another member"),
        ("tx", 1, 1, "The host moved the only outgoing stream to another member"),
        ("tx", 2, 2, "The host moved both outgoing streams to another member"),
        ("tx", 1, 4, "The host moved one of four outgoing streams to another member"),
        ("tx", 3, 4, "The host moved three of four outgoing streams to another member"),
        ("unknown", 2, 2, "Both stream directions moved to another member"),
        ("unknown", 3, 3, "All three stream directions moved to another member"),
        ("unknown", 1, 3, "One of three stream directions moved to another member"),
        ("unknown", 2, 3, "Two of three stream directions moved to another member"),
    ],
)
def test_who_moved_how_many_of_how_many(side: str, changed: int, whole: int, begin: str) -> None:
    answer = told(of(side, changed, whole))
    assert answer.sentence == f"{begin} while both were up, from nic1 to nic2 at 22:13:24.0 UTC."
    assert (answer.code, answer.tone) == ("FM102", "bad")
    assert answer.decider == {"rx": "switch", "tx": "host", "unknown": "unknown"}[side]


def test_moves_that_a_failure_explains_are_none_of_it() -> None:
    lost = stream(0, moved("rx", 1, move(4, 0, 1, "failover")))
    assert moved_answer(case(team(lost, *streams("rx", [0, 1])))) is None


def test_only_the_moves_that_are_a_fault_are_dated_and_the_others_are_told_after() -> None:
    both = moved("rx", 1, move(2, 0, 1, "failover", 0.1), move(6, 1, 0))
    answer = told(team(stream(0, both)))
    assert "from nic2 to nic1 at 22:13:26.0 UTC." in answer.sentence
    assert "nic1 lost its link at 22:13:22.0 UTC" in answer.sentence


@pytest.mark.parametrize(("side", "mode", "ruled"), [("tx", "balance-xor", True), ("rx", "lacp", False)])
def test_a_mode_that_moves_nothing_is_told_where_it_rules_that_side(side: str, mode: str, ruled: bool) -> None:
    fault = replace(moved(side, 1, move(4, 0, 1, "rebalance")), expected=False)
    assert ("In this mode none should move." in told(team(stream(0, fault), mode=mode)).sentence) == ruled


def follow(sent: Any, came: Any, **changes: Any) -> TeamFacts:
    """A stream whose both directions moved; the host's MAC is the same in both."""
    ways = replace(came, macs=(1, MAC)), replace(sent, macs=(MAC, 1))
    return team(stream(0, *ways), **changes)


def test_what_comes_in_the_way_the_host_sends_is_the_hosts_doing() -> None:
    facts = follow(moved("tx", 1, move(4, 0, 1), payload=1), moved("rx", 1, move(4.5, 0, 1)))
    answer = told(facts)
    assert answer.decider == "host"
    assert answer.sentence.startswith("The host moved the only outgoing stream")
    assert answer.sentence.endswith("without a channel the switch delivers where it last saw the host send.")
    assert "runs the switch" not in str(answer.action)


def test_what_comes_in_another_way_or_much_later_is_the_switchs() -> None:
    for came in (moved("rx", 1, move(5.5, 0, 1)), moved("rx", 1, move(4, 1, 0))):
        answer = told(follow(moved("tx", 1, move(4, 0, 1), payload=1), came))
        assert answer.decider == "switch"
        assert "The host did so with one that it sends, at 22:13:24.0 UTC." in answer.sentence
        assert "its team moved streams at 22:13:24.0 UTC" in str(answer.action)


def test_the_switch_is_told_beside_the_host_where_the_host_moved_more() -> None:
    facts = follow(moved("tx", 1, move(4, 0, 1)), moved("rx", 1, move(8, 0, 1), payload=1))
    answer = told(facts)
    assert answer.decider == "host"
    assert "The switch did so with one that it delivers, at 22:13:28.0 UTC." in answer.sentence
    assert "runs the switch: it moved streams at 22:13:28.0 UTC" in str(answer.action)


def test_what_the_mode_of_the_other_side_means_is_told_as_such() -> None:
    came, sent = moved("rx", 1, move(4, 0, 1)), moved("tx", 1, move(5, 0, 1, "rebalance"), payload=1)
    answer = told(team(stream(0, came, sent), mode="balance-slb"))
    assert answer.sentence.endswith("The host moved one that it sends, as its mode does.")
    assert "did so" not in answer.sentence


def test_actions_look_for_what_keeps_to_a_grid() -> None:
    steps = [stream(k, moved("tx", k + 1, move(when, 0, 1))) for k, when in enumerate((1, 11, 21))]
    assert "every 10 s" in str(told(team(*steps)).action)
    assert "what moved streams at 22:13:21.0 UTC" in str(told(team(*steps[:2])).action)
    received = [stream(k, moved("rx", k + 1, move(when, 0, 1))) for k, when in enumerate((1, 11, 21))]
    assert "a hash that follows load or gaps" in str(told(team(*received)).action)
    unknown = [stream(k, moved("unknown", k + 1, move(4, 0, 1))) for k in range(2)]
    assert "on the host for what it sends and on the switch for what it receives" in str(told(team(*unknown)).action)
