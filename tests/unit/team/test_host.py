"""Which host has the team, from rows built by hand: what is expected follows from who was made to send what where."""

from __future__ import annotations

import numpy as np
import pytest

from flowmap.errors import ConfigError
from flowmap.team.host import Address, HostSigns, TeamHost, address_text, check_local, common_macs, find_host
from flowmap.types import FLOW, MACPAIR

TEAM, PEER, OTHER = 0x02AA00000001, 0x02BB00000001, 0x02BB00000002
OWN = {0: 0x02AA00000010, 1: 0x02AA00000011}
H4, P4, O4, H6, P6 = (4, 100), (4, 11), (4, 12), (6, 100), (6, 11)


def flow(src: Address, member: int, smac: int, dmac: int) -> tuple[Address, int, int, int]:
    return src, member, smac, dmac


def host(
    flows: list[tuple[Address, int, int, int]],
    *,
    frames: dict[tuple[int, int, int], int] | None = None,
    ends: list[tuple[Address, Address]] | None = None,
    neighbors: list[tuple[Address, Address]] | None = None,
    told: dict[Address, set[int]] | None = None,
    speakers: frozenset[int] = frozenset(),
) -> TeamHost:
    """The host of flows (source, member, MACs); `frames` by (member, source MAC, destination MAC), 100 of each flow else."""
    rows = np.zeros(len(flows), FLOW)
    counts = frames or {(member, smac, dmac): 100 for _, member, smac, dmac in flows}
    for row, ((version, number), member, smac, dmac) in zip(rows, flows, strict=True):
        row["version"], row["src_lo"], row["link"], row["smac"], row["dmac"] = version, number, member, smac, dmac
    pairs = np.zeros(len(counts), MACPAIR)
    for pair, ((member, smac, dmac), count) in zip(pairs, counts.items(), strict=True):
        pair["link"], pair["smac"], pair["dmac"], pair["frames"] = member, smac, dmac, count
    return find_host(rows, pairs, HostSigns((), frozenset(), ends or [], neighbors or [], told or {}, speakers))


PAIR = [flow(P4, 0, PEER, TEAM), flow(H4, 0, TEAM, PEER), flow(P4, 1, PEER, TEAM), flow(H4, 1, TEAM, PEER)]


def test_every_frame_means_every_one() -> None:
    """The peer is in 99.5 % of the host's frames."""
    flows = [*PAIR, flow(O4, 1, OTHER, TEAM)]
    frames = {(0, PEER, TEAM): 1000, (0, TEAM, PEER): 1000, (1, PEER, TEAM): 995, (1, OTHER, TEAM): 5}
    found = host(flows, frames=frames)
    assert (found.source, found.macs, found.addresses) == ("mac", {TEAM}, {H4})


def test_flooded_frames_of_others_do_not_hide_the_host() -> None:
    flows = [*PAIR, flow(O4, 1, OTHER, TEAM)]
    frames = {(0, PEER, TEAM): 1000, (0, OTHER, PEER): 1, (1, OTHER, TEAM): 1000, (1, OTHER, PEER): 1}
    assert host(flows, frames=frames).macs == {TEAM}


def test_one_pair_is_unknown_without_more_evidence() -> None:
    assert host(PAIR, ends=[(P4, H4)]).source == "unknown"


def test_one_pair_with_the_members_own_macs() -> None:
    """The peer's MAC is in every frame, the team sends from each member's own."""
    flows = [flow(H4, n, OWN[n], PEER) for n in (0, 1)] + [flow(P4, n, PEER, OWN[n]) for n in (0, 1)]
    found = host(flows, ends=[(P4, H4)])
    assert (found.source, found.macs, found.addresses) == ("mac", set(OWN.values()), {H4})


def test_a_peer_on_each_member_is_not_the_team() -> None:
    flows = [flow(P4, 0, PEER, TEAM), flow(H4, 0, TEAM, PEER), flow(O4, 1, OTHER, TEAM), flow(H4, 1, TEAM, OTHER)]
    found = host(flows)
    assert (found.source, found.macs, found.addresses) == ("mac", {TEAM}, {H4})


def test_addresses_of_both_families_are_one_host() -> None:
    """Two hosts ask for each of its addresses, and so do both for the other host's one: no tie, for its addresses are one."""
    third = (4, 13)
    told = {H4: {TEAM}, H6: {TEAM}, P4: {PEER}, P6: {PEER}, O4: {OTHER}, third: {0x02BB00000003}}
    neighbors = [(H4, P4), (H6, P6), (H4, O4), (H4, third), (P4, H4), (P6, H6), (P4, O4)]
    found = host(PAIR, ends=[(P4, H4)], neighbors=neighbors, told=told)
    assert found.source == "neighbor"
    assert found.addresses >= {H4, H6}


def test_two_families_of_one_peer_are_not_many() -> None:
    told = {H4: {TEAM}, H6: {TEAM}, P4: {PEER}, P6: {PEER}}
    assert (
        host(PAIR, ends=[(P4, H4)], neighbors=[(H4, P4), (H6, P6), (P4, H4), (P6, H6)], told=told).source == "unknown"
    )


@pytest.mark.parametrize(
    ("speakers", "source"),
    [({TEAM, 0x02EE000000CC}, "lacp"), ({TEAM, PEER}, "unknown"), ({0x02EE000000CC}, "unknown"), (set(), "unknown")],
)
def test_the_lacp_system_that_also_sends_is_the_host(speakers: set[int], source: str) -> None:
    found = host(PAIR, ends=[(P4, H4)], speakers=frozenset(speakers))
    assert found.source == source
    assert found.addresses == ({H4} if source == "lacp" else set())


def test_of_several_lacp_systems_that_send_traffic_none_is_the_host() -> None:
    """The peer and the team both speak LACP and send to single stations."""
    both = host(PAIR, ends=[(P4, H4)], speakers=frozenset({TEAM, PEER}))
    assert both.source == "unknown"
    one = host(PAIR, ends=[(P4, H4)], speakers=frozenset({TEAM, OTHER}))
    assert (one.source, one.addresses) == ("lacp", {H4})


@pytest.mark.parametrize(
    ("text", "address"),
    [((4, 0x0A000001), "10.0.0.1"), ((6, 1), "::1"), ((6, 0xFFFF << 32 | 0xC0000201), "::ffff:192.0.2.1")],
)
def test_addresses_are_written_as_rfc_5952_has_them(text: Address, address: str) -> None:
    assert address_text(text) == address


def test_what_names_the_host_is_an_address_or_a_mac() -> None:
    assert check_local(["10.0.0.1", "00:1b:21:aa:bb:cc", "::1"]) == ({(4, 0x0A000001), (6, 1)}, {0x001B21AABBCC})
    with pytest.raises(ConfigError, match="local: 'host1' is neither an IP address nor a MAC address"):
        check_local(["host1"])


def test_a_frame_from_a_station_to_itself_counts_once() -> None:
    """One of each hundred frames is of others; that of the host to itself is its own."""
    pairs = np.zeros(2, MACPAIR)
    for row, (smac, dmac, frames) in zip(pairs, ((TEAM, TEAM, 60), (TEAM, PEER, 40)), strict=True):
        row["smac"], row["dmac"], row["frames"] = smac, dmac, frames
    assert common_macs(pairs, 1.0) == [frozenset({TEAM})]
    assert common_macs(pairs, 0.4) == [frozenset({TEAM, PEER})]
