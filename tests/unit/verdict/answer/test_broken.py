"""What is broken: who dealt a stream out, what that did to it, and what else is wrong though both claims hold."""

from __future__ import annotations

from collections import Counter

import pytest
from judged_teams import MB, case, finding, lacp, limited, move, moved, stream, streams, team, way

from flowmap.facts.model import InPart
from flowmap.message import msg
from flowmap.trace.watching.observe import Observation
from flowmap.verdict.answer.broken import broken
from flowmap.verdict.answer.case import Answer, Case
from flowmap.verdict.claims.results import Spread


def told(judged: Case) -> Answer:
    answer = broken(judged)
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("side", "decider", "begin"),
    [
        (
            "tx",
            "host",
            "The host deals the packets of one stream out over nic1 and nic2 one by one (10.0.0.100:6600 to",
        ),
        (
            "rx",
            "switch",
            "The switch deals the packets of one stream out over nic1 and nic2 one by one (10.0.0.1:50000",
        ),
        (
            "unknown",
            "unknown",
            "The packets of one stream are dealt out over nic1 and nic2 one by one (10.0.0.1:50000 to",
        ),
    ],
)
def test_who_deals_packets_out_is_who_places_that_side(side: str, decider: str, begin: str) -> None:
    answer = told(case(team(stream(0, way(side, 1, 0, 1)))))
    assert (answer.code, answer.tone, answer.decider) == ("FM101", "bad", decider)
    assert answer.sentence.startswith(begin)
    assert answer.sentence.endswith("packets can overtake each other on the way, which TCP takes for loss.")


def test_the_largest_sprayed_stream_is_the_one_that_is_told() -> None:
    small, large = stream(0, way("rx", 1, 0, 1, payload=MB)), stream(1, way("rx", 2, 1, 2, payload=9 * MB))
    answer = told(case(team(small, large, stream(2, way("rx", 3, 0, 1)), count=3)))
    assert "over nic2 and nic3 one by one (10.0.0.2:50000 to 10.0.0.100:6600, and two more like it)" in answer.sentence


@pytest.mark.parametrize(
    ("side", "near", "harm"),
    [
        ("rx", None, "20 of its 200 packets arrived out of order"),
        ("unknown", None, "20 of its 200 packets are out of order"),
        ("unknown", "sender", "20 of its 200 packets are out of order"),
        ("unknown", "receiver", "20 of its 200 packets arrived out of order"),
    ],
)
def test_out_of_order_is_how_they_arrived_only_where_the_receiver_is_near(
    side: str, near: str | None, harm: str
) -> None:
    limit = limited("unknown", captured_near=near) if near else None
    answer = told(case(team(stream(0, way(side, 1, 0, 1, reordered=20), limit=limit))))
    assert f"{harm}, which TCP takes for loss" in answer.sentence


@pytest.mark.parametrize(("side", "verb"), [("rx", "arrived"), ("unknown", "are")])
def test_of_a_stream_that_was_followed_in_part_its_first_packets_are_told(side: str, verb: str) -> None:
    followed = Observation(Counter({0: 25, 1: 25}), 49, [])
    own = way(side, 1, 0, 1, reordered=20, in_part=InPart(7, 0), observation=followed)
    assert f"7 of its first 50 packets {verb} out of order" in told(case(team(stream(0, own)))).sentence


def test_acknowledgments_that_are_dealt_out_too_show_that_it_is_the_teams_doing() -> None:
    ways = way("unknown", 1, 0, 1), way("unknown", 1, 1, 0, payload=MB)
    answer = told(case(team(stream(0, *ways))))
    assert "Its acknowledgments are dealt out too" in answer.sentence
    assert answer.decider == "host"
    assert "balance-rr" in str(answer.action)
    known = told(case(team(stream(0, way("rx", 1, 0, 1), way("tx", 1, 0, 1, payload=MB)))))
    assert "acknowledgments" not in known.sentence


def test_a_member_that_may_be_missing_is_told_with_it() -> None:
    lacks = finding("FM502", explanation=msg("A third is missing."), action=msg("Capture it."))
    found = finding("FM101", action=msg("Choose a hash."))
    answer = told(case(team(stream(0, way("rx", 1, 0, 1))), findings=[found, lacks]))
    assert answer.sentence.endswith(" A third is missing.")
    assert answer.action == "Choose a hash. Capture it."


def test_a_switch_over_says_more_than_that_hosts_do_not_spread() -> None:
    over = [stream(k, moved("tx", k + 1, move(5, 0, 1, "member-set-change", switched_over=True))) for k in range(8)]
    spread = Spread("fail", "flooded", "rx", 8, unit="host", units=8, counts={0: 8, 1: 0})
    answer = told(case(team(*over, flooded=3, mode="lacp"), verdict="fail", spread=spread))
    assert (answer.code, answer.tone, answer.decider) == ("FM104", "bad", "host")
    assert str(answer.action).endswith(
        "If the host is in LACP or static mode, make the ports one channel on the switch."
    )


def test_a_member_that_lacp_kept_out_is_told_where_hosts_are_too_few_to_show_it() -> None:
    judged = case(team(stream(0, way("rx", 1, 0)), frames=lacp(0, lonely=[1])))
    assert (judged.verdict, judged.spread.verdict) == ("inconclusive", "not-applicable")
    answer = told(judged)
    assert (answer.code, answer.tone, answer.decider) == (None, "bad", "switch")
    assert "nic2 never joined the team (no answer to its 10 LACPDUs)." in answer.sentence
    why = finding("FM301", explanation=msg("nic2 has no partner."))
    named = told(case(judged.team, findings=[why]))
    assert (named.code, named.sentence.startswith("nic2 has no partner. ")) == ("FM301", True)


@pytest.mark.parametrize(
    ("code", "subject", "owner"),
    [
        ("FM308", {}, "host"),
        ("FM309", {}, "host"),
        ("FM312", {}, "host"),
        ("FM320", {}, "network"),
        ("FM105", {}, "unknown"),
        ("FM207", {"direction": "tx"}, "host"),
        ("FM207", {"direction": "rx"}, "switch"),
    ],
)
def test_a_warning_is_told_though_both_claims_hold_and_has_an_owner(
    code: str, subject: dict[str, str], owner: str
) -> None:
    warned = case(team(*streams("rx", [0, 1])), findings=[finding(code, subject=subject)])
    answer = told(warned)
    assert (answer.code, answer.tone, answer.decider) == (code, "warning", owner)
    assert broken(case(warned.team, findings=[finding(code, "info")])) is None
    assert broken(case(team(*streams("rx", [0] * 4)), findings=[finding(code)])) is None  # nothing is proven there
