"""What would let flowmap say more, each only where it would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import MB, case, finding, limited, marked, move, moved, stream, streams, team, way

from flowmap.facts.model import Placed, TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings
from flowmap.team.members import MemberCapture
from flowmap.verdict.answer.more import to_know_more

LACKS = Notice("capture_drops", msg("lost"), undermines=True)
KNOWN = {"mode": "lacp", "algorithm": "transport-ports"}


def wanted(facts: TeamFacts, **changes: Any) -> list[str]:
    return [str(one) for one in to_know_more(case(facts, **changes))]


def test_nothing_is_wanted_where_all_is_known() -> None:
    assert wanted(team(*streams("rx", [0, 1]), **KNOWN)) == []


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({}, "--streams all"),
        ({"bulk_unmatched": 1}, "--streams bulk"),
        ({"settings": Settings(from_ns=1)}, "--from and --to"),
    ],
)
def test_without_streams_only_which_ones_is_asked(changes: dict[str, Any], option: str) -> None:
    found = wanted(team(**changes))
    assert option in found[0]
    assert len(found) == (2 if "settings" in changes else 1)


@pytest.mark.parametrize(("of_one", "who"), [(False, "each host"), (True, "each team")])
def test_captures_of_two_hosts_are_only_taken_apart(of_one: bool, who: str) -> None:
    two = TwoHosts(msg("a; b"), (), teams_of_one=of_one)
    assert wanted(team(*streams("unknown", [0, 1]), two_hosts=two)) == [
        f"Analyze {who} by itself, with these commands."
    ]


def test_files_under_one_name_are_to_be_named_and_no_more() -> None:
    facts = team(*streams("unknown", [0, 1]))
    facts = marked(facts, 0, links_mixed=True)
    assert wanted(facts) == []
    captures = [MemberCapture(one, "pcap", (1,), 1, 1, 1, 0, 0, None, None, False, False, None) for one in "ab"]
    facts = marked(facts, 0, captures=captures)
    assert wanted(facts) == ["Give each of these files a name of its own (NAME=FILE)."]


def test_incomplete_captures_are_to_be_taken_again_unless_a_finding_says_so() -> None:
    facts = team(*streams("rx", [0, 1]), notices=[LACKS], **KNOWN)
    assert "Capture again so that nothing is missing" in wanted(facts)[0]
    assert wanted(facts, findings=[finding("FM501", "info")]) != []
    assert wanted(facts, findings=[finding("FM501")]) == []
    assert "Capture again" in wanted(facts, findings=[finding("FM402")])[0]


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("one_captured", "Capture all members of the team"),
        ("apart", "Capture all members at"),
        ("alone_then", "in the bundle from"),
    ],
)
def test_members_that_were_not_there_are_to_be_captured(why: str, told: str) -> None:
    judged = case(team(*streams("rx", [0, 1]), **KNOWN))
    (one,) = to_know_more(replace(judged, spread=replace(judged.spread, why=why)))
    assert told in one


def test_a_move_too_near_the_end_wants_a_longer_capture() -> None:
    early = stream(0, moved("rx", 1, move(9, 0, 1, "failover", too_soon=True)))
    assert "Capture for longer after the move" in wanted(team(early, **KNOWN))[0]


def test_an_unknown_host_is_to_be_named() -> None:
    assert "--local" in wanted(team(*streams("unknown", [0, 1]), **KNOWN))[0]


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        (team(stream(0, moved("rx", 1, move(4, 0, 1, "rebalance")))), True),
        (team(stream(0, moved("rx", 1, move(4, 0, 1, "failover")))), False),
        (team(*streams("rx", [0] * 4)), True),
        (team(*streams("rx", [0] * 8)), True),
        (team(*streams("rx", [0] * 8), **KNOWN), False),
        (team(*streams("rx", [0, 1])), False),
        (team(*[stream(k, way("rx", 1, 0, port=50000 + k)) for k in range(2)]), True),
        (team(*[stream(k, way("rx", 1, 0, port=50000 + k), limit=limited("sender")) for k in range(2)]), False),
        (team(*[stream(k, way("rx", 1, 0, port=50000 + k), limit=limited("shared-member")) for k in range(2)]), True),
        (team(stream(0, way("rx", 1, 0))), False),
    ],
    ids=["moved", "failed", "chance", "unlikely", "given", "spread", "pair", "slow pair", "full pair", "one stream"],
)
def test_the_mode_is_asked_for_where_it_could_change_something(facts: TeamFacts, asked: bool) -> None:
    assert any("--mode" in one for one in wanted(facts)) == asked


@pytest.mark.parametrize(
    ("landed", "count", "hosts"),
    [
        ([0], 2, "eight hosts at once: on two"),
        ([0] * 4, 2, "eight hosts at once: on two"),
        ([0] * 3, 4, "five hosts at once: on four"),
    ],
)
def test_as_many_hosts_are_wanted_as_can_fail(landed: list[int], count: int, hosts: str) -> None:
    """All on one of m members is m^(1-n): under 1/100 for m = 2 from n = 8, for m = 4 from n = 5 (4^-4 = 1/256)."""
    assert any(f"at least {hosts}" in one for one in wanted(team(*streams("rx", landed), count=count, **KNOWN)))


def test_no_more_hosts_are_wanted_where_the_verdict_is_known() -> None:
    apart = [stream(k, way("rx", 1, k, port=50000 + k)) for k in range(2)]
    assert case(team(*apart)).verdict == "pass"
    assert not any("hosts at once" in one for one in wanted(team(*apart, **KNOWN)))


def test_a_speed_is_asked_for_where_it_would_tell_what_limited() -> None:
    def asked(payload: int = 9 * MB, by: str = "unknown", **changes: Any) -> bool:
        own = stream(0, way("rx", 1, 0, payload=payload), limit=limited(by))
        return any("--speed" in one for one in wanted(team(own, **KNOWN, **changes)))

    assert asked()
    assert not asked(payload=MB - 1)
    assert not asked(by="sender")
    assert not asked(settings=Settings(default_speed=10**9))


def test_nothing_is_asked_for_twice() -> None:
    ways = [way("unknown", 1, placed=Placed("absent", msg("nowhere")), port=50000 + k) for k in range(3)]
    found = wanted(team(*[stream(k, one) for k, one in enumerate(ways)]))
    assert len(found) == len(set(found))
