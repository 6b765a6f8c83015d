"""Which described member is which capture."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import teams

from flowmap.errors import ConfigError
from flowmap.team.description.match import Seen, match_teams
from flowmap.team.description.model import Adapter, TeamDescription
from flowmap.team.members import MemberCapture, TeamMember


def shown(host: int, active: str) -> bytes:
    """`ovs-appctl bond/show` of a host whose members have MACs of its own."""

    def member(name: str) -> str:
        return f"slave {name}: enabled\n" + ("\tactive slave\n" if name == active else "") + "\tmay_enable: true\n\n"

    return (
        f"---- bond1 ----\nbond_mode: active-backup\nactive slave mac: 02:00:00:00:0{active[-1]}:{host:02}({active})\n\n"
        + member("eth2")
        + member("eth3")
    ).encode()


def test_the_host_is_told_from_its_peer_by_the_member_that_its_mac_is_on() -> None:
    """Both hosts are in one text and in every frame: one sends from eth3, as its own text says."""
    found = teams(shown(31, "eth2") + shown(32, "eth3"))
    seen = [Seen(TeamMember(number=n, name=f"eth{n + 2}")) for n in (0, 1)]
    chosen = match_teams(
        found, seen, [(1, 0x020000000332, 0x020000000231, 90), (1, 0x020000000231, 0x020000000332, 80)]
    )
    assert chosen is not None
    assert chosen.team.active == "eth3"


def adapter(name: str, mac: int = 0, label: str | None = None) -> Adapter:
    return Adapter(name, label, frozenset([mac]) if mac else frozenset())


def team(*members: Adapter, **changes: Any) -> TeamDescription:
    return TeamDescription("team.txt", "bonding", members=members, **changes)


def linked(description: TeamDescription, *seen: Seen) -> tuple[dict[int, str], dict[int, str]]:
    """By member number: the described name, and by what it was told."""
    found = match_teams([description], seen)
    assert found is not None
    return {number: one.title for number, one in found.members.items()}, dict(found.how)


def captured(number: int, name: str, *paths: str, **changes: Any) -> Seen:
    files = [MemberCapture(path, "pcap", (1,), 1, 1, 1, 0, 0, None, None, False, False, None) for path in paths]
    return Seen(TeamMember(number, name, files, macs=changes.pop("macs", set())), **changes)


def test_without_a_description_nothing_is_matched() -> None:
    assert match_teams([], [captured(0, "eth0")]) is None


def test_macs_come_before_names_and_names_before_files() -> None:
    both = team(adapter("eth0", 1), adapter("eth1", 2))
    assert linked(both, captured(0, "eth1", macs={"00:00:00:00:00:01"})) == ({0: "eth0"}, {0: "mac"})
    assert linked(both, captured(0, "x", lacp_macs=frozenset([2])))[0] == {0: "eth1"}
    assert linked(both, captured(0, "ETH0")) == ({0: "eth0"}, {0: "name"})


def test_a_name_that_is_anothers_is_told() -> None:
    found = match_teams(
        [team(adapter("eth0", 1), adapter("eth1", 2))], [captured(0, "eth1", macs={"00:00:00:00:00:01"})]
    )
    assert found is not None
    assert {number: one.title for number, one in found.misnamed.items()} == {0: "eth1"}


def test_files_are_compared_by_words_and_the_longest_name_first() -> None:
    windows = team(adapter("Ethernet 2"), adapter("Ethernet"))
    assert linked(windows, captured(0, "a", "x/ethernet-2.pcap"), captured(1, "b", "x/ethernet.pcapng"))[0] == {
        0: "Ethernet 2",
        1: "Ethernet",
    }
    among = team(adapter("eth1"), adapter("eth10"))
    assert linked(among, captured(0, "hv1_eth1_night"), captured(1, "hv1_eth10_night"))[0] == {0: "eth1", 1: "eth10"}


def test_what_fits_two_fits_none() -> None:
    assert linked(team(adapter("eth0")), captured(0, "a_eth0"), captured(1, "b_eth0")) == ({}, {})
    found = match_teams([team(adapter("eth0"), adapter("eth9"))], [captured(0, "eth0"), captured(1, "b")])
    assert found is not None
    assert ([one.title for one in found.uncaptured], found.undescribed) == (["eth9"], (1,))


def test_a_switch_s_ports_are_told_by_lldp_and_only_where_no_host_says_anything() -> None:
    switch = team(adapter("Gi1/0/1"), of_switch=True)
    seen = captured(0, "nic1", switch_port="GigabitEthernet1/0/1")
    assert linked(switch, seen)[0] == {0: "Gi1/0/1"}
    found = match_teams([switch, team(adapter("nic1"))], [seen])
    assert found is not None
    assert found.team.of_switch is False


def test_macs_that_only_this_member_sends_from_count_where_the_mode_rewrites_them() -> None:
    """Windows' switch-independent teams with a hash send from each member's own MAC."""
    own = adapter("Ethernet 1", 1), adapter("Ethernet 2", 2)
    seen = [captured(0, "a", sent_macs=frozenset([2])), captured(1, "b", sent_macs=frozenset([1]))]
    rewrites = team(*own, mode="lbfo/switch-independent", algorithm="transport-ports")
    assert linked(rewrites, *seen)[0] == {0: "Ethernet 2", 1: "Ethernet 1"}
    assert linked(team(*own, mode="linux/802.3ad"), *seen)[0] == {}


def test_teams_that_fit_alike_are_refused() -> None:
    one, other = team(adapter("eth0"), name="bond0"), team(adapter("eth0"), name="bond1")
    with pytest.raises(ConfigError, match="do not tell which of them"):
        match_teams([one, other], [captured(0, "eth0")])
    apart = team(adapter("eth1"), name="bond1")
    with pytest.raises(ConfigError, match="are of several of them"):
        match_teams([one, apart], [captured(0, "eth0"), captured(1, "eth1")])
    best = match_teams(
        [one, team(adapter("eth0"), adapter("eth1"), name="bond1")], [captured(0, "eth0"), captured(1, "eth1")]
    )
    assert best is not None
    assert best.team.name == "bond1"
