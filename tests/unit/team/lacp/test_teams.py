"""Which members are of one aggregate, by the systems and keys of both ends."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.team.lacp.bundle import LacpTimeline
from flowmap.team.lacp.lacpdu import Lacpdu, LacpParty, SlowProtocolFrames
from flowmap.team.lacp.teams import aggregates, chosen_team, separate_hosts

H, H2, S, S2 = 1, 2, 10, 11
UP, DOWN = 0x3D, 0x0D


def timeline(members: Sequence[tuple[tuple[int, int], tuple[int, int], int]]) -> LacpTimeline:
    """One LACPDU a side and member, each of (host end, far end, state)."""
    pdus = []
    for member, (near, far, state) in enumerate(members):
        ends = [LacpParty(system, 0x8000, key, 1 + member, 0xFF, state) for system, key in (near, far)]
        pdus += [Lacpdu(n, member, 0, 99, ends[n], ends[1 - n]) for n in (0, 1)]
    return LacpTimeline(SlowProtocolFrames(tuple(pdus), (), {}), {})


def test_other_key_of_the_host() -> None:
    lacp = timeline([((H, key), (S, 33), UP) for key in (9, 9, 15, 15)])
    assert aggregates(lacp, H) == [(0, 1), (2, 3)]
    assert aggregates(lacp, None) == []  # it might be the switch that has two keys


def test_other_systems_and_keys_at_both_ends() -> None:
    lacp = timeline([((H, 2), (S, 1), UP), ((H2, 2), (S, 3), UP)])
    assert aggregates(lacp, None) == [(0,), (1,)]


def test_one_team_on_two_switches_or_in_two_channels() -> None:
    assert aggregates(timeline([((H, 9), (S, 1), UP), ((H, 9), (S2, 1), UP)]), H) == []
    assert aggregates(timeline([((H, 9), (S, 1), UP), ((H, 9), (S, 2), UP)]), H) == []


def test_a_stray_that_was_never_bundled_stays_in_its_team() -> None:
    assert aggregates(timeline([((H, 9), (S, 1), UP), ((H, 9), (S, 1), UP), ((H, 17), (S, 5), DOWN)]), H) == []


def test_the_team_that_carried_it() -> None:
    groups = [(0, 1), (2, 3)]
    assert chosen_team(groups, {2: 70, 3: 30}) == (2, 3)
    assert chosen_team(groups, {0: 50, 3: 50}) is None
    assert chosen_team(groups, {}) is None


ONE, TWO, PEER, FAR = 0xA, 0xB, 0xC, 0xD
FIRST, SECOND = ([(own, PEER), (FAR, own)] for own in (ONE, TWO))
APART = {0: FIRST, 1: FIRST, 2: SECOND, 3: SECOND}
"""Frames of four members: those of two have one MAC in common each."""
OWN = {ONE: {(4, 1)}, TWO: {(4, 2)}}


def hosts(
    talk: dict[int, list[tuple[int, int]]], addresses: dict[int, set[tuple[int, int]]] = OWN, conversations: int = 8
) -> list[tuple[int, ...]]:
    return separate_hosts(talk, lambda mac: addresses[mac], conversations)


def test_members_of_two_macs_with_addresses_of_their_own_are_two_teams() -> None:
    assert hosts(APART) == [(0, 1), (2, 3)]


def test_fewer_than_eight_conversations_are_there_by_chance() -> None:
    assert hosts(APART, conversations=7) == []


def test_one_address_behind_both_macs_is_one_team() -> None:
    assert hosts(APART, {ONE: {(4, 1)}, TWO: {(4, 1), (4, 2)}}) == []


def test_macs_that_talk_to_each_other_are_hosts_that_do() -> None:
    assert hosts({**APART, 3: [*SECOND, (ONE, TWO)]}) == []


def test_a_member_alone_or_without_one_mac_tells_nothing() -> None:
    assert hosts({0: FIRST, 1: FIRST, 2: SECOND}) == []
    assert hosts({**APART, 1: SECOND}) == []  # three of one, one of the other
    assert hosts({**APART, 3: [*SECOND, (PEER, FAR)]}) == []
    assert hosts({**APART, 3: [(TWO, PEER)]}) == []  # two that are in all of its frames
    assert hosts(dict.fromkeys(range(4), FIRST)) == []
