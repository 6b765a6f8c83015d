"""What nmcli prints of connections (described/README.md names where each is from)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import only, text

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("nmcli-bond.txt", ("bond_non_existant", "linux/active-backup", None, None), {}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


def test_connections_of_members_name_their_bond() -> None:
    member = (
        b"connection.id: slave-%d\nconnection.interface-name: eth%d\nconnection.master: %s\n"
        b"connection.slave-type: bond\n"
    )
    data = b"\n".join(
        [text("nmcli-bond.txt"), member % (1, 1, b"bond_non_existant"), member % (2, 2, b"bond_non_existant")]
    )
    assert [one.name for one in only(data).members] == ["eth1", "eth2"]
    alone = only(member % (1, 1, b"bond7"))
    assert (alone.name, alone.mode, alone.lacks) == ("bond7", None, "nmcli connection show bond7")


def test_options_may_stand_one_a_line_and_values_may_be_none() -> None:
    """As `nmcli -f all connection show` prints them: "--" is no value."""
    team = only(
        b"connection.id:                          bond0\nconnection.type:                        bond\n"
        b"connection.interface-name:              bond0\n"
        b"802-3-ethernet.cloned-mac-address:      00:1B:21:AA:BB:CC\n"
        b"bond.options:                           mode=802.3ad\n"
        b"bond.options:                           xmit_hash_policy=layer3+4\n"
        b"bond.options:                           lacp_rate=fast\nconnection.master:                      --\n"
    )
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == ("bond0", "linux/802.3ad", "layer3+4", "fast")
    assert [mac_text(mac) for mac in team.macs] == ["00:1b:21:aa:bb:cc"]


@pytest.mark.parametrize(
    ("options", "algorithm", "timer"),
    [
        ("mode=balance-xor", "layer2", None),
        ("mode=802.3ad", "layer2", "slow"),
        ("mode=802.3ad,lacp_rate=1", "layer2", "fast"),
        ("mode=active-backup,lacp_rate=1", None, None),
    ],
)
def test_a_hash_and_a_timer_are_of_modes_that_have_them(options: str, algorithm: str | None, timer: str | None) -> None:
    team = only(f"connection.id: b\nconnection.type: bond\nbond.options: {options}\n".encode())
    assert (team.algorithm, team.lacp_timer) == (algorithm, timer)


def test_a_team_has_its_configuration_as_json() -> None:
    config = json.dumps({"runner": {"name": "lacp", "fast_rate": True}, "ports": {"eth1": {}, "eth2": {}}})
    team = only(f"connection.id: team0\nconnection.type: team\nteam.config: {config}\n".encode())
    assert (team.name, team.mode, team.lacp_timer) == ("team0", "teamd/lacp", "fast")
    assert [one.name for one in team.members] == ["eth1", "eth2"]


@pytest.mark.parametrize("config", ["/etc/teamd.conf", "{}", "["])
def test_a_configuration_that_is_not_there_is_asked_for(config: str) -> None:
    team = only(f"connection.id: team0\nconnection.type: team\nteam.config: {config}\n".encode())
    assert (team.name, team.mode, team.lacks) == ("team0", None, "teamdctl team0 state dump")
