"""What `ip -j -d link` prints, whole and of some links alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from descriptions import only

from flowmap.errors import ConfigError
from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.team.read import read_descriptions

LINK = {"ifindex": 2, "flags": ["BROADCAST", "UP", "LOWER_UP"], "link_type": "ether", "address": "02:00:00:00:00:01"}


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


def links(*links: dict[str, Any]) -> bytes:
    return json.dumps([LINK | link for link in links]).encode()


BOND = {
    "ifname": "bond0",
    "linkinfo": {"info_kind": "bond", "info_data": {"mode": "802.3ad", "xmit_hash_policy": "layer2+3"}},
}


SLAVES = [
    {
        "ifname": f"eth{n}",
        "master": "bond0",
        "linkinfo": {
            "info_slave_kind": "bond",
            "info_slave_data": {"perm_hwaddr": f"02:00:00:00:00:1{n}", "ad_aggregator_id": 1},
        },
    }
    for n in (0, 1)
]


def test_ip_link() -> None:
    team = only(as_json(LINKS))
    assert (team.name, team.mode, team.algorithm) == ("bond0", "linux/active-backup", None)
    assert (team.active, team.primary) == ("eth1", "eth0")
    assert told(team) == {
        "eth0": (["52:54:00:b0:0a:01"], None, "standby", True),
        "eth1": (["52:54:00:b0:0a:02"], None, "active", True),
    }


@pytest.mark.parametrize(
    "files",
    [
        [links(BOND), links(*SLAVES)],
        [links(*SLAVES), links(BOND)],
        [links(BOND) + b"\n" + links(*SLAVES)],
        [links(SLAVES[0]), links(SLAVES[1]), links(BOND)],
        [links(BOND, *SLAVES)],
        [b"$ ip -j -d link\n" + links(BOND, *SLAVES)],
    ],
)
def test_filtered_links_are_put_together(files: list[bytes]) -> None:
    team = only(*files)
    assert (team.name, team.mode, team.algorithm, team.lacks) == ("bond0", "linux/802.3ad", "layer2+3", None)
    assert [(one.name, sorted(map(mac_text, one.macs))) for one in team.members] == [
        ("eth0", ["02:00:00:00:00:10"]),
        ("eth1", ["02:00:00:00:00:11"]),
    ]


def test_members_without_their_bond_say_what_is_missing() -> None:
    team = only(links(*SLAVES))
    assert (team.name, team.mode, team.lacks) == ("bond0", None, "ip -j -d link show dev bond0")


def test_links_without_a_team_ask_for_what_linux_prints(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    path.write_bytes(links({"ifname": "eth9", "master": "br0", "linkinfo": {"info_slave_kind": "bridge"}}))
    with pytest.raises(ConfigError, match="describes adapters, but no team; add the output of ip -j -d link"):
        read_descriptions([str(path)])
