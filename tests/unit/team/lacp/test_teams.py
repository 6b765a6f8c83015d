"""Which members are of one aggregate, by the systems and keys of both ends."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.team.lacp.bundle import LacpTimeline
from flowmap.team.lacp.lacpdu import Lacpdu, LacpParty, SlowProtocolFrames
from flowmap.team.lacp.teams import aggregates, chosen_team

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
