"""What is odd between host and switch: a channel that one side lacks, MACs that peers took from frames, management, LLDP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import HOST, at, stream, streams, team, way

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.team.host import TeamHost
from flowmap.team.neighbors.discovery import Announcement
from flowmap.verdict.findings.team.network import network_findings
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.clues import Clue
from flowmap.verdict.mode.policy import Choice

OWN, MEMBER, PEER = 0x020000000001, 0x020000000002, 0x020000000099
REMOTE = (4, 0x0A000001)


def clues(*kinds: str) -> Candidates:
    return Candidates(tuple(Clue(kind, msg("it is")) for kind in kinds))


def found(facts: TeamFacts, *kinds: str, tx: Any = (), rx: Any = ()) -> list[Finding]:
    return list(network_findings(facts, clues(*kinds), tx, rx))


def sent(member: int, mac: int = OWN, number: int = 0) -> Choice:
    return Choice(number, member, (HOST, 6600), (REMOTE, 50000), (mac, PEER), 0, at(1), at(9))


def came(mac: int | None, remote: int = 1, number: int = 0) -> Choice:
    macs = None if mac is None else (PEER, mac)
    return Choice(number, 0, ((4, 0x0A000000 + remote), 50000), (HOST, 6600), macs, 0, at(1), at(9))


def test_nothing_odd_is_nothing_told() -> None:
    assert found(team(*streams("rx", [0, 1]))) == []
    assert list(network_findings(team(), None, (), ())) == []


@pytest.mark.parametrize(
    ("kinds", "macs", "says"),
    [
        (("no_lacp", "own_source_macs"), "own", "the team is independent of the switch"),
        (("no_lacp", "one_source_mac"), "one", "the switch needs a static channel"),
        (("no_lacp",), None, "the switch has a static channel, or the team is independent of it"),
    ],
)
def test_without_lacp_source_macs_tell_what_the_switch_has_to_be(
    kinds: tuple[str, ...], macs: str | None, says: str
) -> None:
    (one,) = found(team(), *kinds)
    assert (one.code, one.severity, one.evidence["source_macs"], one.evidence["lacpdus"]) == ("FM319", "info", macs, 0)
    assert says in one.explanation
    assert found(team(mode="active-backup"), *kinds) == []


def test_one_mac_on_several_ports_of_a_switch_that_floods_moves_between_them() -> None:
    facts = team(flooded=4)
    both = [sent(0), sent(1, number=1), sent(1, MEMBER, 2)]
    (one,) = found(facts, "one_source_mac", "flooded", tx=both)
    assert (one.code, one.evidence) == ("FM320", {"mac": "02:00:00:00:00:01", "flooded": 4})
    assert one.wireshark_filter == "eth.src == 02:00:00:00:00:01"
    assert one.subject == {"members": ["nic1", "nic2"]}
    assert found(facts, "one_source_mac", tx=both) == []
    assert found(facts, "one_source_mac", "flooded", tx=[sent(0), sent(1, MEMBER), sent(0)._replace(macs=None)]) == []


def test_a_peer_that_sends_to_the_mac_of_a_frame_and_not_of_arp() -> None:
    facts = team(told_macs={HOST: {OWN}})
    (one,) = found(facts, tx=[sent(0), sent(1, MEMBER)], rx=[came(MEMBER), came(OWN, 2), came(None, 3)])
    assert (one.code, one.subject) == ("FM321", {"hosts": ["10.0.0.1"], "members": ["nic2"]})
    assert one.evidence == {"address": "10.0.0.100", "mac": "02:00:00:00:00:02", "arp_macs": ["02:00:00:00:00:01"]}
    assert found(team(), tx=[sent(1, MEMBER)], rx=[came(MEMBER)]) == []  # ARP was not heard
    assert found(facts, tx=[sent(0)], rx=[came(MEMBER)]) == []  # nobody sends from that one


def managed(others: frozenset[Any], migrated: Any = HOST, port: int = 3389) -> list[Finding]:
    rdp = way("rx", 7, 0)
    rdp = replace(rdp, dst=(HOST, port))
    own = way("rx", 1, 0)
    facts = team(
        stream(0, replace(own, dst=(migrated, 6600))),
        stream(1, rdp, judged=False),
        host=TeamHost(addresses=frozenset({HOST, *others})),
    )
    return found(facts)


def test_migrations_on_the_address_of_management_though_there_is_another_network() -> None:
    other = (4, 0x0A010164)  # 10.1.1.100
    (one,) = managed(frozenset({other}))
    assert (one.code, one.severity, one.subject) == ("FM322", "info", {"host": "10.0.0.100"})
    assert one.evidence == {"protocols": ["RDP"], "other_addresses": ["10.1.1.100"]}
    assert managed(frozenset({other}), port=445) == []
    assert managed(frozenset({(4, 0x0A000064 + 1)})) == []  # of the same network
    assert managed(frozenset({(6, 1)})) == []  # of another family
    assert managed(frozenset({other}), migrated=other) == []


def lldp(*groups: int | None, chassis: tuple[str, ...] = ("a", "a")) -> list[Finding]:
    """Ports of which each is in an aggregate of this number, in none (0), or says nothing (None)."""
    ports = {
        member: Announcement(
            "lldp", chassis=chassis[member], aggregated=None if group is None else bool(group), aggregate=group or None
        )
        for member, group in enumerate(groups)
    }
    return found(team(switch_ports=ports))


def test_ports_that_the_switch_has_in_different_aggregates() -> None:
    (apart,) = lldp(1, 2)
    assert (apart.code, apart.subject, apart.wireshark_filter) == ("FM323", {"members": ["nic1", "nic2"]}, "lldp")
    (alone,) = lldp(1, 0)
    assert alone.explanation == "By LLDP the switch has nic2 in no aggregate, and nic1 in one."
    assert alone.evidence["aggregates"] == {"nic1": 1, "nic2": None}
    assert lldp(1, 1) == []
    assert lldp(0, 0) == []
    assert lldp(1, None) == []
    assert lldp(1, 2, chassis=("a", "b")) == []  # two switches of one MLAG
