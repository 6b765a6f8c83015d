"""What facts answer of themselves, of teams made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_teams import at, lacp, marked, move, moved, stream, team, way

from flowmap.facts.model import MemberShare, StreamFacts, TwoHosts, mode_of
from flowmap.message import msg
from flowmap.settings.config import Settings
from flowmap.words import Missing


@pytest.mark.parametrize(
    ("missing", "tenths", "how"),
    [
        (0, (), None),
        (100, (10,) * 10, "steady"),
        (100, (4, 25, *(10,) * 8), "steady"),  # between 0.4 and 2.5 times the mean
        (100, (50, 50, *(0,) * 8), "bursts"),
        (100, (3, 3, 3, *(13,) * 7), "bursts"),  # seven of ten are even
        (100, (), None),
    ],
)
def test_missing_bytes_are_steady_if_eight_tenths_lack_about_the_same(
    missing: int, tenths: tuple[int, ...], how: Missing | None
) -> None:
    direction = replace(way("rx", 1, 0), missing_bytes=missing, missing_tenths=tenths)
    assert direction.missing_how == how


def test_a_direction_that_was_acknowledged_and_never_seen_is_missing_whole() -> None:
    assert replace(way("rx", 1), shares=(), missing_bytes=5).missing_how == "whole"
    assert replace(way("rx", 1), shares=(), missing_bytes=0).missing_how is None


def test_the_first_member_is_that_of_the_first_packet() -> None:
    shares = [MemberShare(0, 9, 9, 9, at(5), at(6)), MemberShare(1, 9, 9, 9, at(2), at(3))]
    both = replace(way("rx", 1, 0, 1), shares=shares)
    assert both.first_member == 1
    assert replace(both, shares=shares[:1]).first_member == 0
    assert replace(both, shares=[]).first_member is None
    assert replace(both, shares=[one._replace(first_ns=None) for one in shares]).first_member == 0
    assert replace(both, counted_on=1, shares=shares[:1]).first_member == 1  # its first member holds copies


def test_a_mac_is_known_where_all_packets_have_it() -> None:
    direction = replace(way("rx", 1, 0), macs=(1, 2), macs_alike=True)
    assert direction.known_macs == (1, 2)
    assert replace(direction, macs_alike=False).known_macs is None
    assert replace(direction, macs=(0, 0)).known_macs is None


def test_the_bulk_of_a_stream_is_the_direction_with_most_payload() -> None:
    data, acks = replace(way("tx", 1, 0), bulk=True), replace(way("rx", 1, 1), bulk=False)
    assert StreamFacts(1, None, True, at(1), at(9), [acks, data]).bulk is data
    assert StreamFacts(1, None, True, at(1), at(9), [data, acks]).bulk is data
    assert StreamFacts(1, None, True, at(1), at(9), [acks]).bulk is acks


def test_captures_of_two_hosts_are_apart_unless_they_are_teams_of_one() -> None:
    two = TwoHosts(msg("so"), (), groups=((0,), (1,)))
    assert two.apart == ((0,), (1,))
    assert replace(two, teams_of_one=True).apart == ()


def test_a_mode_that_was_given_leaves_nothing_of_another_description() -> None:
    assert mode_of(Settings(), None) == (None, None)
    assert mode_of(Settings(mode="lacp"), None) == ("lacp", None)
    assert mode_of(Settings(mode="lacp", algorithm="layer3+4"), None) == ("lacp", "layer3+4")


def test_only_members_of_the_team_that_could_be_read_count() -> None:
    facts = marked(marked(team(count=4), 0, aggregate=True), 1, other_team=True)
    assert [member.number for member in facts.team_members] == [2, 3]
    facts = marked(facts, 3, packets=0, undescribed=True)
    assert [member.number for member in facts.read_members] == [2]


def test_the_claims_rest_on_judged_streams() -> None:
    facts = team(stream(0, way("rx", 1, 0)), stream(1, way("rx", 2, 0), judged=False))
    assert [one.number for one in facts.judged] == [0]
    assert facts.end_ns == at(10)
    assert facts.start_ns == at(0)


@pytest.mark.parametrize(
    ("cause", "over"), [("failover", True), ("member-set-change", True), ("rebalance", False), ("unexplained", False)]
)
def test_members_took_over_where_a_judged_stream_moved_for_that(cause: str, over: bool) -> None:
    facts = team(stream(0, moved("rx", 1, move(4, 0, 1, cause))), frames=lacp(0, 1))
    assert facts.taken_over == over


@pytest.mark.parametrize(
    ("settings", "own", "speed"),
    [
        (Settings(), None, None),
        (Settings(), 10**9, 10**9),
        (Settings(default_speed=10**10), 10**9, 10**10),
        (Settings(default_speed=10**10, speeds={"nic1": 4 * 10**10}), 10**9, 4 * 10**10),
        (Settings(speeds={"nic2": 4 * 10**10}), 10**9, 10**9),
    ],
)
def test_a_speed_is_as_given_for_the_member_for_all_or_as_it_states_itself(
    settings: Settings, own: int | None, speed: int | None
) -> None:
    facts = marked(replace(team(), settings=settings), 0, speed_bps=own)
    assert facts.speed_of(0) == speed
