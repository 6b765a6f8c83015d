"""Members that were lost, came or went, or took over by command: which, when, and for how long streams stood still."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import at, case, lacp, move, moved, stream, team

from flowmap.facts.model import TeamFacts
from flowmap.verdict.answer.case import Answer
from flowmap.verdict.answer.took_over import events, switched_over, took_over


def told(facts: TeamFacts, **changes: Any) -> Answer:
    answer = took_over(case(facts, verdict="pass", **changes))
    assert answer is not None
    return answer


def over(*moves: tuple[str, float, float]) -> TeamFacts:
    """A switch-over from nic1 to nic2: side, when, after which gap."""
    made = [
        stream(k, moved(side, k + 1, move(when, 0, 1, "member-set-change", gap, switched_over=True)))
        for k, (side, when, gap) in enumerate(moves)
    ]
    return team(*made)


def test_a_lost_link_is_the_networks() -> None:
    answer = told(team(stream(0, moved("rx", 1, move(4, 0, 1, "failover", 0.1)))))
    assert (answer.code, answer.tone, answer.decider) == ("FM103", "warning", "network")
    assert answer.sentence.startswith("nic1 lost its link at 22:13:24.0 UTC")
    assert str(answer.action).startswith("Find out why nic1 lost its link then")


def test_two_lost_links_are_told_each() -> None:
    facts = team(
        stream(0, moved("rx", 1, move(4, 0, 2, "failover"))),
        stream(1, moved("rx", 2, move(8, 1, 2, "failover"))),
        count=3,
    )
    answer = told(facts)
    assert answer.sentence.count("lost its link") == 2
    assert "why nic1 and nic2 lost their links" in str(answer.action)


@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_nothing_is_told_where_the_verdict_is_another(verdict: str) -> None:
    assert took_over(case(team(stream(0, moved("rx", 1, move(4, 0, 1, "failover")))), verdict=verdict)) is None
    assert took_over(case(team(), verdict="pass")) is None


def test_a_switch_over_is_dated_by_what_the_host_sent_last() -> None:
    """It left nic1 at 4.8 s, the switch at 5.2 s."""
    answer = told(over(("tx", 5, 0.2), ("rx", 6, 0.8)))
    assert (answer.code, answer.tone, answer.decider) == ("FM104", "warning", "host")
    assert answer.sentence == (
        "The team switched over from nic1 to nic2 at 22:13:24.8 UTC, although the link of nic1 was up; "
        "all its streams stood still for up to 800 ms."
    )
    assert "gratuitous" not in str(answer.action)


def test_of_streams_that_only_came_in_the_last_packet_dates_it() -> None:
    assert "at 22:13:25.2 UTC" in told(over(("rx", 6, 0.8))).sentence


def test_a_long_standstill_is_the_switchs_where_the_host_had_announced_itself() -> None:
    facts = over(("tx", 5, 0.2), ("rx", 7, 1.1))
    silent = told(facts)
    assert silent.sentence.endswith(
        "The host did not announce itself on nic2, and the switch went on sending to nic1 until 22:13:25.9 UTC."
    )
    assert "gratuitous ARP" in str(silent.action)
    heard = told(replace(facts, announced=[(at(4.7), 1), (at(4.9), 0), (at(5.5), 1)]))
    assert "The host announced itself on nic2 at once, but the switch went on sending to nic1" in heard.sentence
    assert "port security" in str(heard.action)
    other = told(replace(facts, announced=[(at(4.9), 0), (at(4.7), 1), (at(7.1), 1)]))
    assert "did not announce itself on nic2" in other.sentence  # on the old member, before, after


def test_a_standstill_is_long_from_a_second_on_and_only_where_frames_still_came() -> None:
    assert "went on sending" not in told(over(("tx", 5, 0.2), ("rx", 6.7, 0.9))).sentence
    assert "went on sending" not in told(over(("tx", 6, 1.2), ("rx", 6.5, 0.9))).sentence


def test_moves_of_which_one_is_no_switch_over_are_a_change_of_members() -> None:
    facts = team(
        stream(0, moved("tx", 1, move(5, 0, 1, "member-set-change", switched_over=True))),
        stream(1, moved("tx", 2, move(5, 0, 1, "member-set-change"))),
    )
    assert switched_over(case(facts)) is None
    answer = told(facts)
    assert (answer.code, answer.tone) == ("FM104", "note")
    assert answer.sentence == (
        "When the members of the team changed, at 22:13:25.0 UTC, two streams moved from nic1 to nic2."
    )


def test_who_joined_is_named_by_lacp() -> None:
    """nic2 is alone until second 5, and in the bundle from then on; the move is at 5.5."""
    alone = [one for one in lacp(lonely=[1]) if one.ts_ns < at(5)]
    frames = [*alone, *[one for one in lacp(0, 1) if one.member == 0 or one.ts_ns >= at(5)]]
    answer = told(team(stream(0, moved("tx", 1, move(5.5, 0, 1, "member-set-change"))), frames=frames))
    assert answer.sentence.startswith(
        "nic2 joined the team at 22:13:25.0 UTC; one stream moved for that, as it should."
    )


def test_events_beside_another_answer_leave_a_switch_over_to_its_own() -> None:
    lost = stream(0, moved("rx", 1, move(4, 0, 1, "failover")))
    joined = stream(1, moved("rx", 2, move(8, 1, 0, "member-set-change")))
    said = events(case(team(lost, joined)))
    assert [one.split(" ")[0] for one in said] == ["nic1", "When"]
    assert events(case(over(("tx", 5, 0.2)))) == []
    assert events(case(team())) == []
