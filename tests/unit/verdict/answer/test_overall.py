"""The verdict of the whole, one of four: which claim decides, and when a spread that fails is what the mode means."""

from __future__ import annotations

import pytest
from judged_teams import case, finding, lacp, limited, marked, move, moved, stream, streams, team, way

from flowmap.facts.model import TeamFacts
from flowmap.verdict.answer import answer_of

EIGHT = [0] * 8
"""All on one of two members: 2 * (1/2)^8, less than 1 in 100."""


def verdict(facts: TeamFacts) -> str:
    return case(facts).verdict


def test_hosts_that_spread_pass() -> None:
    assert verdict(team(*streams("rx", [0, 1, 0, 1]))) == "pass"


def test_a_stream_that_is_sprayed_fails_whatever_the_mode_means() -> None:
    sprayed = stream(0, way("tx", 1, 0, 1))
    assert verdict(team(sprayed)) == "fail"
    assert verdict(team(sprayed, mode="balance-rr")) == "fail"


@pytest.mark.parametrize(
    ("landed", "mode", "expected"),
    [
        (EIGHT, None, "fail"),
        (EIGHT, "active-backup", "by-design"),
        (EIGHT, "lacp", "fail"),
        ([0] * 4, None, "inconclusive"),  # 1 in 8
        ([0] * 4, "active-backup", "by-design"),
    ],
)
def test_hosts_on_one_member_are_a_fault_unless_the_mode_that_was_given_means_it(
    landed: list[int], mode: str | None, expected: str
) -> None:
    judged = case(team(*streams("tx", landed), mode=mode))
    assert judged.verdict == expected
    assert (judged.meant is not None) == (expected == "by-design")
    assert not judged.proven


def test_one_pair_of_hosts_on_one_member_is_all_that_a_team_does() -> None:
    pair = [stream(k, way("rx", 1, 0, port=50000 + k)) for k in range(2)]
    assert verdict(team(*pair)) == "by-design"
    apart = [stream(k, way("rx", 1, k, port=50000 + k)) for k in range(2)]
    assert verdict(team(*apart)) == "pass"


def test_one_pair_says_nothing_of_design_where_lacp_kept_a_member_out() -> None:
    pair = stream(0, way("rx", 1, 0))
    assert verdict(team(pair, frames=lacp(0, 1))) == "by-design"
    alone = team(pair, frames=lacp(0, lonely=[1]))
    assert verdict(alone) == "inconclusive"


def test_a_failing_claim_outranks_one_that_cannot_be_told() -> None:
    unknown = stream(0, moved("tx", 1, move(4, 0, 1, too_soon=True)))
    assert verdict(team(unknown)) == "inconclusive"
    assert verdict(team(unknown, *streams("rx", EIGHT))) == "fail"


def test_members_whose_captures_are_empty_are_told_after_the_answer() -> None:
    facts = team(*streams("rx", [0, 1, 0, 1]), count=3)
    assert "not one packet" not in answer_of(case(facts)).sentence
    facts = marked(facts, 2, packets=0)
    assert answer_of(case(facts)).sentence.endswith(
        "The capture of nic3 holds not one packet: whether that member was idle cannot be told."
    )
    facts = marked(team(), 0, packets=0)
    assert "not one packet" not in answer_of(case(facts)).sentence  # there is nothing to judge anyway


def test_what_is_broken_comes_before_what_limits() -> None:
    """A member that was full is told only where nothing is wrong."""
    full = limited("member-line-rate", member="nic1")
    spread = streams("rx", [0, 1, 0, 1])
    assert answer_of(case(team(stream(9, way("rx", 9, 0), limit=full), *spread))).code == "FM402"
    broken = stream(8, moved("rx", 8, move(4, 0, 1)))
    assert answer_of(case(team(stream(9, way("rx", 9, 0), limit=full), broken, *spread))).code == "FM102"


def test_a_warning_is_the_answer_where_both_claims_hold() -> None:
    told = finding("FM309")
    answer = answer_of(case(team(*streams("rx", [0, 1, 0, 1])), findings=[told]))
    assert (answer.code, answer.tone, answer.decider) == ("FM309", "warning", "host")
    assert answer.sentence.startswith("it is so ")
    switch = answer_of(case(team(*streams("rx", [0, 1, 0, 1])), findings=[finding("FM314")]))
    assert (switch.code, switch.decider) == ("FM314", "network")
    sided = finding("FM213", subject={"direction": "tx"})
    assert answer_of(case(team(*streams("rx", [0, 1, 0, 1])), findings=[sided])).decider == "host"


def test_without_anything_to_tell_all_is_well() -> None:
    answer = answer_of(case(team(*streams("rx", [0, 1, 0, 1]))))
    assert (answer.code, answer.tone, answer.decider) == (None, "good", "nobody")
