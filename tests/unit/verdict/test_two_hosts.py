"""Captures of two teams told from one team's: offsets of copies as the path between the captures makes them."""

from __future__ import annotations

from flowmap.team.lacp import read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.trace.observe import Observation
from flowmap.verdict.facts import Direction, StreamFacts
from flowmap.verdict.two_hosts import two_hosts

PEER, HOST = ((4, 0x0A00000A), 40000), ((4, 0x0A000064), 49152)
PATH_NS = 400_000
Offsets = dict[tuple[int, int], list[int]]


def verdict(there: Offsets, back: Offsets) -> str | None:
    """For one stream; `there` and `back` are by members (a, b): how much later b recorded the copies."""
    directions = [
        Direction(PEER, HOST, "rx", True, 1, observation=Observation(offsets=there)),
        Direction(HOST, PEER, "tx", False, 0, observation=Observation(offsets=back)),
    ]
    members = [TeamMember(n, name) for n, name in enumerate(("peer1", "peer2", "host1", "host2"))]
    lacp = read_lacpdus([])
    return two_hosts(members, [StreamFacts(0, None, True, 0, 1, directions)], lacp, lacp.host_system())


def copies(delay_ns: int) -> list[int]:
    return [delay_ns + jitter for jitter in (-3000, 0, 2000, 5000)]


def test_two_ends_of_one_link() -> None:
    assert verdict({(0, 2): copies(PATH_NS)}, {(0, 2): copies(-PATH_NS)})


def test_two_teams_whose_choices_differ_by_direction() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 3): copies(-PATH_NS)})
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 2): copies(-PATH_NS)})


def test_a_mirror_is_late_in_both_directions() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {(0, 3): copies(PATH_NS)}) is None
    assert verdict({(0, 3): copies(PATH_NS)}, {(1, 3): copies(PATH_NS)}) is None


def test_copies_in_one_direction_only_are_flooding() -> None:
    assert verdict({(0, 3): copies(PATH_NS)}, {}) is None
