"""Members of which one direction was captured."""

from __future__ import annotations

from dataclasses import replace

from lacp_frames import healthy
from small_teams import T0, S, both, direction, stream, team

from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.verdict.claims.usable import usable_members
from flowmap.verdict.quality.one_way import find_one_way, read_for


def halves(*names: str) -> tuple[TeamMember, ...]:
    return tuple(TeamMember(k, name, packets=400, first_ns=T0, last_ns=T0 + 9 * S) for k, name in enumerate(names))


def test_a_name_and_the_streams_tell_which_direction_was_captured() -> None:
    facts = find_one_way(team(both(0, 0), stream(1, direction("rx", 1, 0, 2)), members=halves("vmnic0", "vmnic1_rcv")))
    assert [member.only_side for member in facts.members] == [None, "rx"]
    assert [member.name for member in read_for(facts, "tx")] == ["vmnic0"]
    assert len(read_for(facts, "rx")) == len(read_for(facts, "unknown")) == 2


def test_a_name_that_the_streams_refute_is_a_name() -> None:
    facts = find_one_way(team(both(0, 0), both(1, 0, member=1), members=halves("uplink_in", "uplink_out")))
    assert [member.only_side for member in facts.members] == [None, None]


def test_lacpdus_of_both_sides_refute_a_name_too() -> None:
    facts = team(stream(0, direction("rx", 1, 0, 2)), members=halves("a", "b_rx"))
    assert find_one_way(facts).members[1].only_side == "rx"
    assert facts.members[1].only_side is None, "what was gathered stays as it is"
    facts = replace(facts, lacp=read_lacpdus(healthy(1, range(3))))
    assert find_one_way(facts).members[1].only_side is None


def test_a_member_of_one_direction_counts_where_streams_of_both_are_judged_whichever_comes_first() -> None:
    came, went = stream(0, direction("rx", 1, 0, 2)), stream(1, direction("tx", 0, 3, 5))
    for judged in ([came, went], [went, came]):
        whole, half = halves("vmnic0", "vmnic1_rcv")
        facts = team(*judged, members=(whole, replace(half, only_side="rx")))
        assert usable_members(facts, judged) == [0, 1]
