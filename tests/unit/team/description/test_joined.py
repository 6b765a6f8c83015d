"""Several outputs of one team are one description."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import only, teams, text

from flowmap.errors import ConfigError
from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text

LBFO = {
    "Name": "Team0",
    "Members": ["Ethernet1", "Ethernet2"],
    "TeamNics": "Team0",
    "TeamingMode": "SwitchIndependent",
    "LoadBalancingAlgorithm": "Dynamic",
    "Status": "Up",
}


LINKS: list[dict[str, Any]] = [
    {},
    {
        "ifindex": 2,
        "ifname": "eth0",
        "flags": ["BROADCAST", "SLAVE", "UP", "LOWER_UP"],
        "master": "bond0",
        "link_type": "ether",
        "address": "52:54:00:b0:0a:01",
        "linkinfo": {
            "info_slave_kind": "bond",
            "info_slave_data": {"state": "BACKUP", "mii_status": "UP", "perm_hwaddr": "52:54:00:b0:0a:01"},
        },
    },
    {
        "ifindex": 3,
        "ifname": "eth1",
        "flags": ["BROADCAST", "SLAVE", "UP", "LOWER_UP"],
        "master": "bond0",
        "link_type": "ether",
        "address": "52:54:00:b0:0a:01",
        "permaddr": "52:54:00:b0:0a:02",
    },
    {
        "ifindex": 4,
        "ifname": "bond0",
        "flags": ["MASTER", "UP", "LOWER_UP"],
        "link_type": "ether",
        "address": "52:54:00:b0:0a:01",
        "linkinfo": {
            "info_kind": "bond",
            "info_data": {
                "mode": "active-backup",
                "active_slave": "eth1",
                "primary": "eth0",
                "xmit_hash_policy": "layer2",
                "ad_lacp_rate": "slow",
            },
        },
    },
]


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=4).encode()


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


def test_ip_link_and_proc_are_of_one_bond() -> None:
    links = json.loads(json.dumps(LINKS))
    links[3]["linkinfo"]["info_data"] = {"mode": "balance-rr"}
    team = only(as_json(links), text("bond-rr.txt"))
    assert (team.name, team.mode) == ("bond0", "linux/balance-rr")
    assert told(team)["eth1"] == (["52:54:00:b0:0a:02"], 10**10, None, True)


def test_outputs_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="file0 and file1 contradict each other: mode"):
        teams(as_json(LBFO), as_json(LBFO | {"TeamingMode": "Lacp"}))
