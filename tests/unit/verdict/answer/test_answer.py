"""The answer: whose choice it was, in a sentence to forward. What is true of each capture is in captures/MANIFEST.toml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import flowmap
from flowmap.document.model import Report
from flowmap.document.pages.pages import pages
from flowmap.message import translate

CAPTURES = Path(__file__).parents[4] / "captures"
OPTION = re.compile(r"(?<![\w-])--(?!linktype)[a-z]")


@cache
def report_of(name: str, mode: str | None = None, algorithm: str | None = None) -> Report:
    return flowmap.analyze(CAPTURES / name, mode=mode, algorithm=algorithm).report


@pytest.mark.parametrize(
    ("name", "verdict", "decider", "says"),
    [
        (
            "02-one-pair-four-streams",
            "by-design",
            "host",
            "All four streams to 10.66.0.11 went out over nic1. A team never",
        ),
        ("01-data-and-acks-apart", "by-design", "nobody", "The one stream to 10.66.0.11 went out over nic1."),
        ("09b-flooded", "by-design", "host", "Traffic from all four hosts came in on nic1, by design"),
        (
            "03a-four-hosts-one-member",
            "inconclusive",
            "switch",
            "by chance 1 time in 8: that proves no fault. It takes at",
        ),
        ("03b-twelve-hosts-one-member", "fail", "switch", "Traffic from all 12 hosts came in on nic1, although nic2"),
        (
            "04a-round-robin-sender",
            "fail",
            "host",
            "The host deals the packets of one stream out over nic1 and nic2 one",
        ),
        ("04b-round-robin-receiver", "fail", "switch", "packets arrived out of order, which TCP takes for loss"),
        ("06-failover", "pass", "network", "nic1 lost its link at 09:00:03.9 UTC and did not come back in the 8.1 s"),
        ("13b-two-switches", "fail", "switch", "nic2 is connected to another LACP system than the other members"),
        ("20-multifd", "pass", "nobody", "Each of the five migration streams sits on one member"),
    ],
)
def test_it_says_what_is_the_case_and_whose_choice_it_was(name: str, verdict: str, decider: str, says: str) -> None:
    report = report_of(name)
    assert (report.verdict, report.answer.decider) == (verdict, decider)
    assert says in report.answer.sentence


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("08-rebalance", "Alle 12 Stream-Richtungen wechselten auf ein anderes Mitglied"),
        ("07-flowlet", "Der Host hat einen von zwei ausgehenden Streams auf ein anderes Mitglied verlegt"),
        ("03a-four-hosts-one-member", "Verkehr von allen vier Hosts kam über nic1 herein"),
        ("06-failover", "nic1 verlor um 09:00:03,9 UTC den Link"),
    ],
)
def test_german_has_the_right_case_and_number(name: str, says: str) -> None:
    assert says in translate(report_of(name).answer.sentence, "de")


def test_a_sprayed_stream_of_which_a_share_is_missing_tells_that_a_member_was_not_captured() -> None:
    answer = report_of("12a-sprayed-over-three").answer
    assert answer.sentence.startswith("The host deals the packets of one stream out over nic1 and nic2 one by one")
    assert "probably a member was not captured" in answer.sentence


def test_the_other_direction_of_a_sprayed_stream_is_not_one_more_like_it() -> None:
    assert "more like it" not in report_of("04a-round-robin-sender").answer.sentence


def test_what_a_sender_limits_is_its_host_to_mend() -> None:
    answer = report_of("same-source").answer
    assert (answer.decider, answer.code) == ("host", "FM406")
    assert "may use hvT_nic2" in answer.sentence  # the switch hashes ports there, as the host does


def test_commands_are_no_action_and_what_would_change_nothing_is_not_asked_for() -> None:
    both_ends = report_of("05b-both-ends")
    assert "flowmap" not in both_ends.answer.action
    for name in ("failover", "lacp-down", "04a-round-robin-sender", "same-source", "18b-empty-file"):
        assert not any("--mode" in wanted for wanted in report_of(name).to_know_more), name
    for name in ("08-rebalance", "09b-flooded", "03a-four-hosts-one-member", "02-one-pair-four-streams"):
        assert any("--mode" in wanted for wanted in report_of(name).to_know_more), name


def test_what_the_mode_means_is_no_fault_where_it_is_proven_and_says_for_what_it_would_be_one() -> None:
    answer = report_of("09b-flooded").answer
    assert "if the host is in LACP or static mode, it is a fault at the switch" in answer.sentence
    assert report_of("09b-flooded", "lacp").verdict == "fail"
    assert report_of("09b-flooded", "switch-independent").verdict == "by-design"


def test_a_finding_says_nothing_that_spraying_refutes() -> None:
    for name in ("04a-round-robin-sender", "04b-round-robin-receiver"):
        assert {finding.code for finding in report_of(name).findings} & {"FM406", "FM407"} == set()


def test_a_hash_with_ports_is_no_advice_where_one_is_given() -> None:
    given = report_of("02-one-pair-four-streams", "lacp", "transport-ports")
    assert "FM206" not in {finding.code for finding in given.findings}
    assert "hash with ports" not in given.answer.sentence
    assert "hash ports" not in given.answer.action
    assert "hash with ports" in report_of("02-one-pair-four-streams", "lacp", "ip-addresses").answer.sentence


@pytest.mark.parametrize("name", ["01-data-and-acks-apart", "08-rebalance", "19-smb-direct"])
def test_what_helps_flowmap_stands_apart_from_what_its_owner_does(name: str) -> None:
    report = report_of(name)
    assert not OPTION.search(report.answer.sentence + report.answer.action)
    assert any(OPTION.search(wanted) or "Capture" in wanted for wanted in report.to_know_more)


def test_no_page_of_a_finding_asks_its_reader_for_an_option() -> None:
    asking = {"FM501", "FM506"}  # of the programs that capture
    assert [
        page.code
        for page in pages().values()
        if page.kind == "finding" and page.code not in asking and OPTION.search(page.action)
    ] == []


def test_each_direction_is_judged_by_itself() -> None:
    spread = report_of("03b-twelve-hosts-one-member").claims.spread
    assert [(way.direction, way.verdict) for way in spread.directions] == [("rx", "fail")]
    alone = report_of("01-data-and-acks-apart").claims.spread
    assert [(way.direction, way.verdict) for way in alone.directions] == [("tx", "not-applicable")]
