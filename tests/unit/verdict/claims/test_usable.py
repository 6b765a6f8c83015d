"""Which members could have carried a unit when it began: LACP, descriptions, copies, and what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from judged_teams import at, lacp, marked, stream, streams, team, way
from lacp_frames import SWITCH, lacpdu, talk

from flowmap.facts.model import TeamFacts
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, Role, TeamDescription
from flowmap.team.lacp.bundle import HostSystem
from flowmap.verdict.claims.usable import all_usable, first_ns, stands_by, usable_at, usable_members


def described(role: Role | None = None, state: LacpState | None = None) -> Described:
    members = (Adapter("nic1"), Adapter("nic2", role=role, lacp=state))
    return Described(TeamDescription("team.txt", "bonding", members=members), dict(enumerate(members)))


def usable(facts: TeamFacts) -> list[int]:
    return usable_members(facts, facts.judged)


def one_of_three(*frames: Any, **changes: Any) -> TeamFacts:
    return team(*streams("rx", [0, 0]), count=3, frames=frames, **changes)


def test_idle_members_count_unless_something_takes_them_out() -> None:
    assert usable(one_of_three()) == [0, 1, 2]
    assert usable(one_of_three(*lacp(0, 1, lonely=[2]))) == [0, 1]
    assert usable(one_of_three(*lacp(0, 1, 2))) == [0, 1, 2]
    assert usable(one_of_three(copies={2: 0})) == [0, 1]


def test_a_member_that_did_carry_was_usable_whatever_is_said() -> None:
    carried = streams("rx", [0, 1])
    assert usable(team(*carried, frames=lacp(0, lonely=[1]))) == [0, 1]
    assert usable(team(*carried, described=described("standby"))) == [0, 1]


def test_a_standby_is_out_and_so_is_what_lacp_keeps_out_by_the_text() -> None:
    own = streams("rx", [0, 0])
    assert usable(team(*own, described=described("standby"))) == [0]
    assert usable(team(*own, described=described("active"))) == [0, 1]
    assert usable(team(*own, described=described(state=LacpState(bundled=False)))) == [0]


def test_a_standby_that_asks_to_join_in_vain_is_a_fault_and_no_standby() -> None:
    facts = team(*streams("rx", [0, 0]), described=described("standby"), frames=lacp(0, lonely=[1]))
    assert not stands_by(facts, 1)
    assert stands_by(team(described=described("standby")), 1)
    assert stands_by(team(described=described("standby"), frames=lacp(lonely=[1])), 1)  # nobody is in a bundle
    assert not stands_by(team(described=described()), 1)
    assert not stands_by(team(), 1)


def test_two_sides_that_speak_past_each_other_are_no_member_that_asks_in_vain() -> None:
    """Host and switch both send LACPDUs without a partner there, so both are heard."""
    past = [*lacp(0, lonely=[1]), *talk(1, range(10), lacpdu(SWITCH, 0x47, ports=(12, 0)), direction=1)]
    facts = team(*streams("rx", [0, 0]), described=described("standby"), frames=sorted(past, key=lambda one: one.ts_ns))
    assert stands_by(facts, 1)


def test_a_member_is_there_from_the_moment_that_it_joined_to_the_one_that_it_left() -> None:
    joined = [one for one in lacp(lonely=[1]) if one.ts_ns < at(5)] + [one for one in lacp(1) if one.ts_ns >= at(5)]
    left = [one for one in lacp(2) if one.ts_ns < at(5)] + [one for one in lacp(lonely=[2]) if one.ts_ns >= at(5)]
    facts = one_of_three(*sorted([*lacp(0), *joined, *left], key=lambda one: one.ts_ns))
    ((since,), (until,)) = (
        [one for one in facts.lacp.set_changes() if one.member == member and one.bundled == came]
        for member, came in ((1, True), (2, False))
    )
    assert usable_at(facts, [1], since.earliest_ns) == {1}
    assert usable_at(facts, [1], since.earliest_ns - 1) == set()
    assert usable_at(facts, [2], until.latest_ns) == {2}
    assert usable_at(facts, [2], until.latest_ns + 1) == set()


def test_of_one_side_only_lacp_says_nothing() -> None:
    facts = one_of_three(*lacp(0, 1, lonely=[2]))
    facts = marked(facts, 2, only_side="rx")
    assert usable(facts) == [0, 1, 2]
    facts = marked(facts, 2, only_side="tx")  # what the host receives there was not captured
    assert usable(facts) == [0, 1]


def test_a_switch_that_offers_lacp_to_a_host_without_it_keeps_nobody_out() -> None:
    """The host is known, and is not the one that speaks: with it unknown the speaker may be the host."""
    offered = [
        frame for member in (0, 1) for frame in talk(member, range(10), lacpdu(SWITCH, 0x47, ports=(member + 11, 0)))
    ]
    facts = team(*streams("rx", [0, 0]), frames=sorted(offered, key=lambda one: one.ts_ns))
    assert usable(facts) == [0, 1]
    assert usable(replace(facts, lacp_host=HostSystem(SWITCH, False, "so it was made"))) == [0]


def test_members_of_other_teams_are_none() -> None:
    facts = one_of_three()
    facts = marked(marked(facts, 1, aggregate=True), 2, other_team=True)
    assert all_usable(facts) == [0]
    assert all_usable(team(count=3)) == [0, 1, 2]
    nobody = marked(team(count=3), 1, aggregate=True)
    assert all_usable(nobody) == [0, 2]
    assert all_usable(one_of_three(*lacp(0, 1, lonely=[2]))) == [0, 1]


def test_a_unit_chooses_among_those_that_were_there_when_it_began() -> None:
    """nic2 is alone until second 5 and in the bundle from then on; nic3 leaves at second 5."""
    joined = [one for one in lacp(lonely=[1]) if one.ts_ns < at(5)] + [one for one in lacp(1) if one.ts_ns >= at(5)]
    left = [one for one in lacp(2) if one.ts_ns < at(5)] + [one for one in lacp(lonely=[2]) if one.ts_ns >= at(5)]
    facts = one_of_three(*sorted([*lacp(0), *joined, *left], key=lambda one: one.ts_ns))
    assert usable_at(facts, [0, 1, 2], at(1)) == {0, 2}
    assert usable_at(facts, [0, 1, 2], at(8)) == {0, 1}
    assert usable_at(facts, [1, 2], at(8)) == {1}


def test_a_direction_began_with_its_first_packet_that_has_a_time() -> None:
    own = way("rx", 1, 0, 1)
    assert first_ns(own) == at(1)
    early = replace(own, shares=[own.shares[0]._replace(first_ns=None), own.shares[1]._replace(first_ns=at(3))])
    assert first_ns(early) == at(3)
    assert first_ns(replace(own, shares=[own.shares[0]._replace(first_ns=None)])) == 0
    assert first_ns(replace(own, shares=[share._replace(first_ns=None) for share in own.shares])) == 0


def test_streams_of_both_directions_ask_of_members_that_were_read_in_any() -> None:
    facts = team(stream(0, way("rx", 1, 0)), stream(1, way("tx", 2, 0)))
    facts = marked(facts, 1, only_side="tx")
    assert usable_members(facts, facts.judged) == [0, 1]
    assert usable_members(facts, facts.judged[:1]) == [0]
    assert usable_members(facts, facts.judged[1:]) == [0, 1]
