"""What limits where nothing is broken: one pair of hosts, a mode that means it, a full member, the sender, the path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import MB, case, finding, limited, stream, streams, team, way

from flowmap.facts.model import Placed, TeamFacts
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.team.modes.table import expectation
from flowmap.verdict.answer.case import Answer
from flowmap.verdict.answer.limited import limited as limited_answer
from flowmap.verdict.mode.candidates import Candidate, Candidates
from flowmap.verdict.mode.clues import Clue


def told(facts: TeamFacts, *findings: Any, **changes: Any) -> Answer:
    answer = limited_answer(case(facts, findings=findings, **changes))
    assert answer is not None
    return answer


def pair(side: str, count: int, by: str | None = None, **changes: Any) -> TeamFacts:
    """Streams of one pair of hosts, all on nic1."""
    limit = limited(by) if by else None
    return team(*[stream(k, way(side, 1, 0, port=50000 + k), limit=limit) for k in range(count)], **changes)


@pytest.mark.parametrize(
    ("side", "count", "decider", "why"),
    [
        ("rx", 1, "nobody", "A team never makes one stream faster."),
        ("rx", 2, "switch", "and the switch's hash gave both streams one member."),
        ("tx", 2, "host", "and the host's hash gave both streams one member."),
        ("tx", 3, "host", "and the host's hash gave all three streams one member."),
        ("unknown", 2, "unknown", "and the hash gave both streams one member."),
    ],
)
def test_one_pair_is_no_fault_and_whoever_hashed_is_named(side: str, count: int, decider: str, why: str) -> None:
    answer = told(pair(side, count))
    assert (answer.code, answer.tone, answer.decider) == ("FM204", "note", decider)
    assert why in answer.sentence
    assert "nic2" in answer.sentence.rpartition("would use")[2]


@pytest.mark.parametrize(
    ("by", "code"), [("member-line-rate", "FM402"), ("shared-member", "FM403"), ("unknown", "FM204")]
)
def test_a_full_member_of_one_pair_has_its_own_code(by: str, code: str) -> None:
    answer = told(pair("rx", 2, by))
    assert answer.code == code
    assert ("which was full" in answer.sentence) == (code != "FM204")


@pytest.mark.parametrize(
    ("by", "code", "decider", "told_as"),
    [
        ("sender", "FM406", "host", "and was limited by its sender, not by the team"),
        ("cpu", "FM407", "host", "and was limited by its sender, not by the team"),
        ("receiver-window", "FM404", "host", "and was limited by the receiver's window"),
        ("loss", "FM405", "network", "and was limited by lost packets"),
    ],
)
def test_what_limited_elsewhere_is_its_owners(by: str, code: str, decider: str, told_as: str) -> None:
    answer = told(pair("rx", 1, by), finding(code, "info", action=msg("Mend it.")))
    assert (answer.code, answer.decider, answer.action) == (code, decider, "Mend it.")
    assert told_as in answer.sentence
    assert ("would use" in answer.sentence) == (code in ("FM406", "FM407"))  # more members mend no path
    assert told(pair("rx", 1, by)).code == "FM204"  # without its finding


def test_what_limited_only_some_of_them_is_not_told() -> None:
    own = [
        stream(0, way("rx", 1, 0), limit=limited("sender")),
        stream(1, way("rx", 1, 0, port=50001), limit=limited("loss")),
    ]
    answer = told(team(*own), finding("FM406", "info"), finding("FM405", "info"))
    assert answer.code == "FM204"
    assert "limited by" not in answer.sentence


def test_a_sender_without_an_action_of_its_own_gets_the_pairs() -> None:
    answer = told(pair("tx", 1, "sender"), finding("FM406", "info"))
    assert str(answer.action).startswith("Nothing needs repair.")


def test_both_ways_of_a_pair_are_told_the_larger_first() -> None:
    ways = stream(0, way("tx", 1, 0, payload=2 * MB)), stream(1, way("rx", 1, 1, payload=9 * MB))
    answer = told(team(*ways), verdict="by-design")
    assert answer.sentence.startswith(
        "The one stream from 10.0.0.1 came in on nic2. The one stream to 10.0.0.1 went out over nic1."
    )
    assert "would use nic1" in answer.sentence


def test_copies_of_one_stream_are_to_be_explained() -> None:
    copied = way("rx", 1, 0, 1, placed=Placed("mirrored", msg("copies")))
    answer = told(team(stream(0, copied), copies={1: 0}), verdict="by-design")
    assert (answer.code, answer.decider) == ("FM107", "nobody")
    assert answer.sentence.endswith("A team never makes one stream faster.")


@pytest.mark.parametrize(
    ("side", "mode", "algorithm", "would", "action"),
    [
        ("tx", "active-backup", None, "With this mode nothing but a failure uses nic2.", "choose a mode that spreads"),
        ("rx", "active-backup", None, "With this mode nothing but a failure uses nic2.", "Nothing is broken:"),
        ("tx", "switch-independent", "hyper-v-port", "an algorithm that hashes ports", "several virtual ports (vNICs)"),
        (
            "tx",
            "lacp",
            "transport-ports",
            "More streams, or more pairs of hosts, may use nic2",
            "more streams at once (SMB",
        ),
        (
            "rx",
            "lacp",
            "transport-ports",
            "if the switch hashes ports as the host does",
            "let the switch's channel hash ports",
        ),
        (
            "tx",
            "lacp",
            "ip-addresses",
            "or more streams with a hash with ports, would use nic2",
            "hash ports too (layer3+4",
        ),
    ],
)
def test_what_would_use_more_members_depends_on_the_mode(
    side: str, mode: str, algorithm: str | None, would: str, action: str
) -> None:
    answer = told(pair(side, 1, mode=mode, algorithm=algorithm))
    assert would in answer.sentence
    assert action in str(answer.action)


def test_with_all_members_in_use_nothing_would_use_more() -> None:
    facts = team(stream(0, way("rx", 1, 0)), count=1)
    answer = told(facts, verdict="by-design")
    assert "use nic" not in answer.sentence


def test_hosts_on_one_member_by_a_mode_that_was_given_are_the_hosts_choice() -> None:
    answer = told(team(*streams("tx", [0] * 8), mode="active-backup"))
    assert (answer.code, answer.tone, answer.decider) == ("FM201", "note", "host")
    assert answer.sentence == (
        "Traffic to all eight hosts went out over nic1, by design: only the active member carries traffic."
    )
    assert "choose a mode that spreads" in str(answer.action)


@pytest.mark.parametrize(("side", "fault"), [("rx", "it is a fault at the switch"), ("tx", "it is a fault there")])
def test_a_mode_that_only_packets_tell_says_for_what_it_would_be_a_fault(side: str, fault: str) -> None:
    told_by = Clue("sent_on_one", msg("it is"))
    rows = expectation("active-backup", None).rows
    only = Candidates((told_by,), tuple(Candidate(row, (told_by,), (), 1) for row in rows))
    answer = told(team(*streams(side, [0] * 8)), candidates=only)
    assert "By the packets the team is active-backup" in answer.sentence
    assert fault in answer.sentence


def full(by: str, *members: int, **evidence: Any) -> TeamFacts:
    """Hosts that spread, those of the given places at a full member."""
    own = streams("rx", [0, 1, 0, 1])
    for number in members:
        own[number] = replace(
            own[number], limit=limited(by, member=f"nic{own[number].bulk.shares[0].member + 1}", **evidence)
        )
    return team(*own)


def test_a_full_member_is_told_though_hosts_spread() -> None:
    answer = told(full("member-line-rate", 1))
    assert (answer.code, answer.tone, answer.decider) == ("FM402", "note", "switch")
    assert answer.sentence.startswith("One of four streams came in on nic2, which was full.")
    both = told(full("shared-member", 0, 2))
    assert both.code == "FM403"
    assert both.sentence.startswith("Two of four streams came in on nic1, which was full.")
    every = told(
        team(*[replace(one, limit=limited("shared-member", member="nic1")) for one in streams("rx", [0, 0])]),
        verdict="pass",
    )
    assert every.sentence.startswith("All two streams came in on nic1")


def test_the_member_with_most_payload_is_told() -> None:
    own = streams("rx", [0, 1, 1])
    own = [
        stream(0, way("rx", 1, 0, payload=30 * MB), limit=limited("shared-member", member="nic1")),
        *[replace(one, limit=limited("shared-member", member="nic2")) for one in own[1:]],
    ]
    assert told(team(*own)).sentence.startswith("One of three streams came in on nic1")


def test_unequal_speeds_explain_a_full_slow_member() -> None:
    facts = replace(full("member-line-rate", 1), settings=Settings(speeds={"nic1": 10**10, "nic2": 10**9}))
    answer = told(facts)
    assert (answer.tone, answer.decider) == ("warning", "network")
    assert "The members' speeds are unequal" in answer.sentence


def test_shares_of_a_full_member_are_chance_where_ports_are_hashed() -> None:
    own = [replace(one, limit=limited("shared-member", member="nic1")) for one in streams("tx", [0, 0, 1, 1])]
    ports = told(team(*own, mode="lacp", algorithm="transport-ports"))
    assert "which streams share a member is chance" in str(ports.action)
    hosts = told(team(*own, mode="lacp", algorithm="ip-addresses"))
    assert "which hosts share a member is chance" in str(hosts.action)


@pytest.mark.parametrize(
    ("by", "code", "tone", "decider"),
    [("loss", "FM405", "warning", "network"), ("receiver-window", "FM404", "note", "host")],
)
def test_a_path_that_limited_most_payload_is_told_with_its_reason(by: str, code: str, tone: str, decider: str) -> None:
    own = streams("rx", [0, 1, 0, 1])
    three = [replace(one, limit=limited(by, "packets were lost")) for one in own[:3]]
    answer = told(team(*three, own[3]))
    assert (answer.code, answer.tone, answer.decider) == (code, tone, decider)
    assert answer.sentence.startswith(
        "Three of four streams were limited by their path, not by the team: packets were lost."
    )
    assert limited_answer(case(team(*three[:2], *own[2:]))) is None  # half of it


def test_the_only_stream_is_called_that() -> None:
    answer = told(team(stream(0, way("rx", 1, 0), limit=limited("loss"))), verdict="pass")
    assert answer.sentence.startswith("The stream was limited by its path")


@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_nothing_limits_where_something_is_broken_or_cannot_be_told(verdict: str) -> None:
    assert limited_answer(case(pair("rx", 1, "loss"), verdict=verdict)) is None
