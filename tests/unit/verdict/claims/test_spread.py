"""Claim 2: what is counted, over which members, and when chance explains it. Probabilities are counted by hand: k units all on
one of m members is m^(1-k)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import HOST, MB, at, lacp, marked, stream, streams, team, way

from flowmap.facts.model import Direction, StreamFacts, TeamFacts, Tunnel, TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings, Thresholds
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, TeamDescription
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.claims.spread import carrying_streams, judge_spread, least_units

EIGHT = [0] * 8


def both(tx: list[int], rx: list[int]) -> list[StreamFacts]:
    return [*streams("tx", tx), *[replace(one, number=one.number + 50) for one in streams("rx", rx)]]


def judged(*own: StreamFacts, **changes: Any) -> tuple[str, str]:
    found = judge_spread(team(*own, **changes))
    return found.verdict, found.why


@pytest.mark.parametrize(
    ("landed", "count", "expected", "p"),
    [
        ([0, 1], 2, ("pass", "holds"), 1.0),
        ([0] * 7, 2, ("inconclusive", "chance"), 2**-6),
        (EIGHT, 2, ("fail", "unlikely"), 2**-7),
        ([0] * 4, 3, ("inconclusive", "chance"), 3**-3),
        ([0] * 5, 4, ("fail", "unlikely"), 4**-4),
    ],
)
def test_chance_decides_against_one_in_a_hundred(
    landed: list[int], count: int, expected: tuple[str, str], p: float
) -> None:
    found = judge_spread(team(*streams("rx", landed), count=count))
    assert (found.verdict, found.why) == expected
    assert found.p == pytest.approx(p)
    assert found.p_exact
    assert found.counts == {member: landed.count(member) for member in range(count)}
    assert (found.unit, found.units, found.hosts, found.side) == ("host", len(landed), len(landed), "rx")


def test_the_limit_is_a_setting() -> None:
    strict = Settings(thresholds=Thresholds(spread_alpha=0.001))
    assert judged(*streams("rx", EIGHT), settings=strict) == ("inconclusive", "chance")
    assert judged(*streams("rx", [0] * 11), settings=strict) == ("fail", "unlikely")  # 1 in 1024
    just = Settings(thresholds=Thresholds(spread_alpha=0.125))
    assert judged(*streams("rx", [0] * 4), settings=just) == ("inconclusive", "chance")  # 1 in 8 is not below it


def test_one_host_has_nothing_to_spread_and_no_streams_nothing_at_all() -> None:
    pair = [stream(k, way("rx", 1, k, port=50000 + k)) for k in range(2)]
    assert judged(*pair) == ("not-applicable", "one_host")
    assert judged() == ("inconclusive", "no_streams")
    assert judged(stream(0, way("rx", 1))) == ("inconclusive", "no_streams")


def test_each_direction_is_judged_by_itself_and_the_worst_one_is_the_claim() -> None:
    found = judge_spread(team(*both([0, 1], EIGHT)))
    assert (found.verdict, found.side) == ("fail", "rx")
    assert [(one.side, one.verdict) for one in found.directions] == [("rx", "fail"), ("tx", "pass")]
    one = judge_spread(team(*streams("tx", [0, 1]), stream(50, way("rx", 1, 0))))
    assert (one.verdict, one.side) == ("pass", "tx")  # that one host cannot spread never outranks what was judged


def test_of_directions_alike_the_one_with_more_units_is_told() -> None:
    found = judge_spread(team(*both([0, 1], [0, 1, 0])))
    assert (found.verdict, found.side, found.units) == ("pass", "rx", 3)


def test_streams_are_counted_where_a_host_used_several_members() -> None:
    own = [stream(k, way("rx", 1 + k // 2, k % 2, port=50000 + k)) for k in range(4)]
    found = judge_spread(team(*own))
    assert (found.unit, found.units, found.hosts) == ("stream", 4, 2)
    same = [stream(k, way("rx", 1 + k // 2, k // 2, port=50000 + k)) for k in range(4)]
    assert (judge_spread(team(*same)).unit, judge_spread(team(*same)).units) == ("host", 2)


def test_sprayed_streams_are_no_choice_of_a_member() -> None:
    dealt = [stream(k, way("rx", k + 1, 0, 1)) for k in range(3)]
    assert judged(*dealt) == ("inconclusive", "sprayed")
    assert judge_spread(team(dealt[0], *streams("rx", [0, 1])[1:], stream(9, way("rx", 9, 0)))).units == 2


def test_captures_of_one_member_or_of_copies_prove_nothing() -> None:
    assert judged(*streams("rx", [0, 0]), count=1) == ("inconclusive", "one_captured")
    assert judged(*streams("rx", [0, 0]), copies={1: 0}) == ("inconclusive", "one_captured")
    assert judged(*streams("rx", [0, 1]), count=3, copies={2: 0}) == ("pass", "holds")


def test_members_of_which_this_direction_was_not_captured_are_none() -> None:
    facts = marked(team(*streams("rx", [0, 0])), 1, only_side="tx")
    assert judge_spread(facts).why == "one_captured"
    own = marked(team(*streams("rx", [0, 1])), 1, only_side="rx")
    assert judge_spread(own).verdict == "pass"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"two_hosts": TwoHosts(msg("a; b"), ())}, "two_hosts"),
        ({"doubts": [msg("which")]}, "members_unsure"),
    ],
)
def test_what_cannot_be_told_is_told_before_chance(changes: dict[str, Any], why: str) -> None:
    assert judged(*streams("rx", EIGHT), **changes) == ("inconclusive", why)


def test_one_usable_member_is_a_fault_and_a_standby_is_told_apart() -> None:
    found = judge_spread(team(*streams("rx", [0, 0]), frames=lacp(0, lonely=[1])))
    assert (found.verdict, found.why, found.detail, found.counts) == ("fail", "one_usable", "nic1", {0: 2})
    members = (Adapter("nic1", role="active"), Adapter("nic2", role="standby"))
    told = Described(TeamDescription("team.txt", "bonding", members=members), dict(enumerate(members)))
    assert judged(*streams("rx", [0, 0]), described=told) == ("fail", "standby")


@pytest.mark.parametrize(
    ("side", "changes", "expected"),
    [
        ("tx", {"mode": "active-backup"}, ("fail", "mode")),
        ("rx", {"mode": "active-backup"}, ("fail", "mode")),
        ("tx", {"mode": "lacp"}, ("inconclusive", "chance")),
        ("rx", {"flooded": 3}, ("fail", "flooded")),
        ("rx", {"flooded": 2}, ("inconclusive", "chance")),
        ("tx", {"flooded": 3}, ("inconclusive", "chance")),
        ("unknown", {"flooded": 3}, ("fail", "flooded")),
        ("unknown", {"mode": "active-backup"}, ("inconclusive", "chance")),
    ],
)
def test_a_mode_or_a_switch_that_uses_one_member(side: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert judged(*streams(side, [0] * 4), **changes) == expected


def test_why_one_member_is_used_is_told_in_detail() -> None:
    assert judge_spread(team(*streams("rx", [0] * 4), flooded=7)).detail == "7"
    ports = {"mode": "switch-independent", "algorithm": "transport-ports"}
    one = judge_spread(team(*streams("rx", [0] * 4), **ports))
    assert one.detail == "a switch-independent team receives everything on its primary member"
    facts = team(*streams("tx", [0] * 4), mode="switch-independent", algorithm="hyper-v-port")
    assert judge_spread(facts).detail == facts.expectation.one_member_only("tx") != one.detail


def test_a_mode_of_one_member_means_it_whatever_macs_it_sends_from_unless_several_were_used() -> None:
    macs = [stream(k, way("tx", k + 1, 0, macs=(0xA + k % 2, 0xB))) for k in range(4)]
    assert judged(*macs, mode="active-backup") == ("fail", "mode")
    assert judged(*streams("tx", [0, 1]), mode="active-backup") == ("pass", "holds")


def test_a_mode_of_virtual_ports_means_it_for_one_port_only() -> None:
    """All traffic of one virtual port leaves by one member: several source MACs are several ports."""
    one = [replace(stream(k, way("tx", k + 1, 0, macs=(0xA, 0xB)))) for k in range(4)]
    two = [stream(k, way("tx", k + 1, 0, macs=(0xA + k % 2, 0xB))) for k in range(4)]
    mode = {"mode": "switch-independent", "algorithm": "hyper-v-port"}
    assert judged(*one, **mode) == ("fail", "mode")
    assert judged(*two, **mode) == ("inconclusive", "chance")
    received = [stream(k, way("rx", k + 1, 0, macs=(0xA + k, 0xB))) for k in range(4)]
    assert judged(*received, **mode) == ("fail", "mode")  # its own MAC is where they go to


def test_a_mode_that_the_packets_deny_excuses_nothing() -> None:
    own = streams("rx", [0] * 4)
    assert judged(*own, mode="switch-independent") == ("fail", "mode")
    assert judged(*own, mode="switch-independent", frames=lacp(0, 1)) == ("inconclusive", "chance")


def test_members_captured_at_different_times_prove_neither_fault_nor_pass() -> None:
    apart = {"notices": [Notice("windows_disjoint", msg("apart"))]}
    assert judged(*streams("rx", EIGHT), **apart) == ("inconclusive", "apart")
    assert judged(*streams("rx", [0] * 30 + [1]), **apart) == ("inconclusive", "apart")
    assert judged(*streams("rx", [0, 1]), **apart) == ("inconclusive", "holds")


def test_incomplete_captures_undermine_a_pass_and_no_failure() -> None:
    lost = {"notices": [Notice("capture_drops", msg("lost"), undermines=True)]}
    found = judge_spread(team(*streams("rx", [0, 1]), **lost))
    assert (found.verdict, found.undermined_by) == ("inconclusive", ["capture_drops"])
    assert judged(*streams("rx", EIGHT), **lost) == ("fail", "unlikely")


def joining() -> Any:
    """nic2 is in the bundle from second 5 on."""
    alone = [one for one in lacp(lonely=[1]) if one.ts_ns < at(5)]
    return [*alone, *[one for one in lacp(0, 1) if one.member == 0 or one.ts_ns >= at(5)]]


def beginning(remote: int, member: int, second: float) -> StreamFacts:
    own = way("rx", remote, member)
    own = replace(own, shares=[own.shares[0]._replace(first_ns=at(second))])
    return stream(remote, own)


def test_units_that_began_under_other_members_are_not_in_one_count() -> None:
    early = [beginning(k, 0, 1) for k in range(1, 9)]
    alone = judge_spread(team(*early, frames=joining()))
    assert (alone.verdict, alone.why, alone.counts) == ("inconclusive", "alone_then", {0: 8})
    late = [beginning(20 + k, k % 2, 8) for k in range(2)]
    found = judge_spread(team(*early, *late, frames=joining()))
    assert (found.verdict, found.why, found.units) == ("pass", "holds", 2)  # a group that had a choice, however small


def test_of_groups_alike_the_earlier_one_is_judged() -> None:
    """nic3 is in the bundle from second 5 on: two units chose among two members, two among three."""
    frames = [one for one in lacp(0, 1, lonely=[2]) if one.member < 2 or one.ts_ns < at(5)]
    frames += [one for one in lacp(2) if one.ts_ns >= at(5)]
    late = [beginning(k, k % 2, 8) for k in (1, 2)]
    early = [beginning(k, k % 2, 1) for k in (3, 4)]
    found = judge_spread(team(*late, *early, count=3, frames=sorted(frames, key=lambda one: one.ts_ns)))
    assert found.counts == {0: 1, 1: 1}


def test_units_of_members_that_were_captured_at_different_times_are_in_one_count() -> None:
    """What is in the bundle at one time says nothing of members that were captured at another."""
    early, late = [beginning(k, 0, 1) for k in range(1, 9)], [beginning(20 + k, k % 2, 8) for k in range(2)]
    apart = [Notice("windows_disjoint", msg("apart"))]
    found = judge_spread(team(*early, *late, frames=joining(), notices=apart))
    assert (found.units, found.counts) == (10, {0: 9, 1: 1})


def test_with_the_host_unknown_the_end_that_differs_is_counted() -> None:
    assert judge_spread(team(*streams("unknown", [0, 1, 0]))).counted_end == "source"
    out = [stream(k, replace(way("unknown", 1, k % 2), src=(HOST, 6600), dst=((4, k + 1), 5000))) for k in range(3)]
    found = judge_spread(team(*out))
    assert (found.counted_end, found.hosts) == ("destination", 3)
    pairs = [stream(k, replace(way("unknown", k + 1, k), dst=((4, 100 + k), 6600))) for k in range(2)]
    assert judge_spread(team(*pairs)).counted_end == "source"  # both ends differ alike
    assert judge_spread(team(*streams("tx", [0, 1]))).counted_end == "destination"


def inside(direction: Direction, outer: int, header: Any) -> Direction:
    return replace(direction, tunnel=Tunnel("VXLAN", (4, outer), HOST, (1,), 4789, 1, header))


def test_of_a_tunnel_outer_addresses_count_and_one_outer_flow_is_one_unit() -> None:
    own = [stream(k, inside(way("rx", k + 1, 0), 7, None)) for k in range(3)]
    assert judge_spread(team(*own)).why == "one_host"
    header = ((4, 7), 1, HOST, 4789, 17)
    apart = [
        stream(k, inside(way("rx", k + 1, k % 2, port=50000 + k), 7 + k // 2, header if k < 2 else None))
        for k in range(4)
    ]
    found = judge_spread(team(*apart))
    assert (found.unit, found.units, found.hosts) == ("stream", 3, 2)
    shared = [stream(k, inside(way("rx", 1, k % 2, port=50000 + k), 7, header if k < 3 else None)) for k in range(4)]
    bare = [stream(k, way("rx", k, k % 2)) for k in (8, 9)]
    assert judge_spread(team(*shared, *bare)).units == 1 + 1 + 2


def carried(*own: StreamFacts) -> list[int]:
    facts = team(*own)
    return [one.number for one in carrying_streams(facts, facts.judged)]


def test_thin_streams_beside_large_ones_of_the_same_host_decide_nothing() -> None:
    large = stream(0, way("rx", 1, 0, payload=100 * MB))
    assert carried(large, stream(1, way("rx", 1, 1, payload=5 * MB, port=50001))) == [0, 1]
    assert carried(large, stream(1, way("rx", 1, 1, payload=5 * MB - 2, port=50001))) == [0]
    assert carried(large, stream(1, way("rx", 2, 1, payload=1000))) == [0, 1]  # the largest of another host


def test_with_the_host_unknown_both_directions_are_of_one_pair_of_hosts() -> None:
    large = stream(0, way("unknown", 1, 0, payload=100 * MB))
    thin = way("unknown", 1, 1, payload=1000, port=50001)
    back = stream(1, replace(thin, src=thin.dst, dst=thin.src))
    assert carried(large, back) == [0]


def test_bulk_of_the_other_direction_is_measured_by_a_megabyte() -> None:
    large = stream(0, way("rx", 1, 0, payload=100 * MB))
    assert carried(large, stream(1, way("tx", 1, 1, payload=MB))) == [0, 1]
    assert carried(large, stream(1, way("tx", 1, 1, payload=MB - 1))) == [0]
    small = stream(0, way("rx", 1, 0, payload=10_000))
    assert carried(small, stream(1, way("tx", 1, 1, payload=500))) == [0, 1]
    assert carried(small, stream(1, way("tx", 1, 1, payload=499))) == [0]


def test_how_many_units_can_fail_at_all() -> None:
    facts = team()
    assert least_units(Spread("inconclusive", "chance", counts={0: 1, 1: 0}, p=1.0), facts) == 8
    assert least_units(Spread("inconclusive", "chance", counts=dict.fromkeys(range(4), 0), p=1.0), facts) == 5
    assert least_units(Spread("inconclusive", "one_host", counts={0: 1, 1: 0}), facts) is None
    strict = replace(facts, settings=Settings(thresholds=Thresholds(spread_alpha=0.001)))
    assert least_units(Spread("inconclusive", "chance", counts={0: 1, 1: 0}, p=1.0), strict) == 11  # 2^-10 is below it


def test_a_team_is_never_judged_by_the_members_of_another_one() -> None:
    facts: TeamFacts = team(*streams("rx", [0, 1]), count=4)
    facts = marked(marked(facts, 2, aggregate=True), 3, other_team=True)
    assert judge_spread(facts).counts == {0: 1, 1: 1}


def test_of_groups_alike_time_decides_not_the_member() -> None:
    """The later two units chose among three members, and one of them took the first."""
    frames = [one for one in lacp(0, 1, lonely=[2]) if one.member < 2 or one.ts_ns < at(5)]
    frames += [one for one in lacp(2) if one.ts_ns >= at(5)]
    late, early = [beginning(k, k - 1, 8) for k in (1, 2)], [beginning(k, 1, 1) for k in (3, 4)]
    found = judge_spread(team(*late, *early, count=3, frames=sorted(frames, key=lambda one: one.ts_ns)))
    assert found.counts == {0: 0, 1: 2}


def test_frames_that_were_flooded_explain_one_member_not_two() -> None:
    assert judged(*streams("rx", [0, 1]), flooded=3) == ("pass", "holds")


def test_a_host_inside_and_outside_of_a_tunnel_has_two_units() -> None:
    header = ((4, 0x0A000005), 1, HOST, 4789, 17)
    within = stream(0, inside(way("rx", 1, 0), 0x0A000005, header))
    found = judge_spread(team(within, stream(1, way("rx", 5, 1, port=50001)), stream(2, way("rx", 6, 0))))
    assert (found.unit, found.units, found.hosts) == ("stream", 3, 2)
