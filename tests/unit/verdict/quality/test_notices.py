"""Notices that only show once all captures are together, each from facts made for it alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from judged_teams import at, lacp, marked, stream, streams, team, way

from flowmap.facts.model import Recorded, TeamFacts
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution, MemberClock
from flowmap.team.members import MemberCapture, TeamMember
from flowmap.types import PacketClass
from flowmap.verdict.quality.notices import member_notices, team_notices


def capture(path: str = "a.pcap", **changes: Any) -> MemberCapture:
    values: dict[str, Any] = {"drops": None, "damaged": False, "window": None}
    own = values | changes
    return MemberCapture(
        path, "pcap", (147,), 9, 9, 9, at(0), at(9), None, own["drops"], False, own["damaged"], own["window"]
    )


def of_member(**changes: Any) -> list[tuple[str, str, int | None, bool]]:
    classes = changes.pop("classes", {})
    member = TeamMember(0, "nic1", **{"captures": [capture()], "packets": 9, **changes})
    for cls, count in classes.items():
        member.classes[cls] = count
    return [(one.code, one.severity, one.count, one.undermines) for one in member_notices([member], {})]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"classes": {PacketClass.TCP_SHORT: 3}}, [("tcp_header_short", "warning", 3, False)]),
        ({"classes": {PacketClass.FRAGMENT: 3}}, [("ip_fragment", "info", 3, False)]),
        ({"tcp_short": 4}, [("tcp_header_short", "warning", 4, False)]),
        ({"out_of_order": 5}, [("time_backwards", "info", 5, False)]),
        ({"packets": 0}, [("empty_capture", "info", 1, False)]),
        ({"packets": 0, "captures": [capture(damaged=True)]}, []),
        ({"lost_member": True}, [("sll_member_lost", "warning", 1, False)]),
        ({"aggregate": True}, [("aggregate_left_out", "info", 1, False)]),
        ({"other_team": True}, [("other_team", "info", 1, False)]),
        ({"captures": [capture(drops=7)]}, [("capture_drops", "warning", 7, True)]),
        (
            {"captures": [capture(drops=7)], "aggregate": True},
            [("aggregate_left_out", "info", 1, False), ("capture_drops", "warning", 7, False)],
        ),
    ],
)
def test_what_the_counters_of_a_member_tell(changes: dict[str, Any], expected: list[Any]) -> None:
    assert of_member(**changes) == expected


def test_frames_with_more_tags_than_are_decoded_are_counted() -> None:
    ((code, _, count, undermines),) = of_member(classes={PacketClass.VLAN_DEEP: 2})
    assert (code, count, undermines) == ("unsupported_ethertype", 2, False)


@pytest.mark.parametrize(("frames", "packets", "expected"), [(20, 2000, True), (19, 19, False), (20, 2001, False)])
def test_many_tags_undermine_from_twenty_frames_that_are_a_hundredth(frames: int, packets: int, expected: bool) -> None:
    ((_, severity, _, undermines),) = of_member(packets=packets, classes={PacketClass.VLAN_DEEP: frames})
    assert (undermines, severity == "warning") == (expected, expected)


def test_a_link_type_that_is_not_decoded_is_named() -> None:
    member = TeamMember(0, "nic1", [capture()], 9)
    member.classes[PacketClass.LINK_UNSUPPORTED] = 9
    (known,) = member_notices([member], {147: "USER0"})
    assert known.detail.endswith(": USER0")
    (unknown,) = member_notices([member], {})
    assert unknown.detail.endswith(": number 147")


def of_team(facts: TeamFacts) -> dict[str, Any]:
    return {one.code: one for one in team_notices(facts)}


def test_a_team_as_it_should_be_has_none() -> None:
    assert of_team(team(*streams("rx", [0, 1]), frames=lacp(0, 1))) == {}


def test_packets_that_a_capture_holds_twice_are_counted_by_member() -> None:
    again = [Recorded(1460, Counter({0: 3}), Counter()), Recorded(1460, Counter({0: 4}), Counter())]
    facts = team(*[stream(k, way("rx", k + 1, 0, recorded=one)) for k, one in enumerate(again)])
    told = of_team(facts)["duplicate_packet"]
    assert (told.count, told.member) == (7, "nic1")


@pytest.mark.parametrize(
    ("count", "says"), [(1, "the capture of nic1 holds several links"), (2, "the files taken together as nic1")]
)
def test_captures_of_several_links(count: int, says: str) -> None:
    captures = [capture(f"{k}.pcap") for k in range(count)]
    facts = marked(team(*streams("rx", [0, 1])), 0, links_mixed=True, captures=captures)
    assert says in of_team(facts)["links_mixed"].detail


def test_options_that_name_what_no_capture_has() -> None:
    slip = {"settings": Settings(local=("10.9.9.9",), speeds={"nic9": 10**9, "nic1": 10**9})}
    unknown = of_team(team(*streams("unknown", [0, 1]), **slip))
    assert "(10.9.9.9)" in unknown["local_unseen"].detail
    assert "--speed names nic9, but the members are nic1, nic2" in unknown["speed_unmatched"].detail
    assert "local_unseen" not in of_team(team(*streams("rx", [0, 1]), **slip))
    assert "local_unseen" not in of_team(team(**slip))


@pytest.mark.parametrize(
    ("clock", "says"),
    [
        (MemberClock(1, 1_500_000, None, 0.0, None, 0, False, True), "is +1.500 ms from that of nic1; corrected"),
        (
            MemberClock(1, -2_000_000, 250_000, 0.0, 0, 0, True, True),
            "-2.000 ms from that of nic1 (within 0.250 ms); corrected",
        ),
        (MemberClock(1, 0, 1000, 12.34, 0, 0, True, True), "(within 0.001 ms), drifting 12.3 ppm; corrected"),
    ],
)
def test_clocks_that_were_corrected(clock: MemberClock, says: str) -> None:
    solution = ClockSolution(0, at(0), (MemberClock(0, 0, 0, 0.0, 0, 0, True, False), clock), True, 0)
    assert of_team(team(*streams("rx", [0, 1]), clock=solution))["clock_offset"].detail.endswith(says)


def windows(*spans: tuple[float, float], stated: bool = False, frames: Any = (), own: Any = None) -> list[str | None]:
    """Members whose capture is told to be apart, of captures with these first and last packets."""
    facts = team(*(streams("rx", [0, 0]) if own is None else own), frames=frames, count=len(spans))
    for number, (first, last) in enumerate(spans):
        own_capture = capture(window=(at(first), at(last)) if stated else None)
        facts = marked(facts, number, first_ns=at(first), last_ns=at(last), captures=[own_capture])
    return [one.member for one in team_notices(facts) if one.code == "windows_disjoint"]


def test_captures_at_different_times_are_told_where_that_is_known() -> None:
    assert windows((0, 4), (5, 9), stated=True) == ["nic1", "nic2"]
    assert windows((0, 5), (4, 9), stated=True) == []
    assert windows((0, 4), (5, 9)) == []  # idle members are quiet
    assert windows((0, 4), (64.5, 70)) == ["nic1", "nic2"]  # for a minute
    assert windows((0, 4), (63.5, 70)) == []
    assert windows((0, 4), (0, 9), (5, 9), stated=True) == []  # one that was there all the time


def test_lacp_or_a_missing_answer_tells_that_a_capture_ended() -> None:
    """Fast LACP speaks on both members until 4 s and from 7.1 s on: three intervals of silence."""
    frames = [
        one for one in lacp(0, 1) if (one.member == 0 and one.ts_ns < at(4)) or (one.member == 1 and one.ts_ns > at(7))
    ]
    assert windows((0, 3.001), (8, 9.001), frames=frames) == ["nic1", "nic2"]
    assert windows((0, 3.001), (8, 9.001), frames=frames[:4]) == ["nic2"]  # which says nothing itself
    half = replace(stream(0, way("rx", 1, 0), way("tx", 1)), first_ns=at(1), last_ns=at(3))
    assert windows((0, 4), (5, 9), own=[half]) == ["nic2"]
    both = replace(stream(0, way("rx", 1, 0), way("tx", 1, 0)), first_ns=at(1), last_ns=at(3))
    assert windows((0, 4), (5, 9), own=[both]) == []
    assert windows((4, 9), (0, 9), own=[half]) == windows((0, 0.5), (0, 9), own=[half]) == ["nic1"]
    assert windows((4, 9), (0, 9), own=[both]) == windows((2, 9), (0, 9), own=[half]) == []


def test_a_stream_that_goes_on_elsewhere_tells_no_lost_link_from_a_capture_that_ended() -> None:
    shared = [stream(0, way("rx", 1, 0, 1))]
    assert windows((0, 4), (5, 9), own=shared) == ["nic1", "nic2"]
