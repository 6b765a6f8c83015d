"""What PowerShell writes of teams as JSON, in any of its encodings."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest
from descriptions import only

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


ADAPTERS = [
    {
        "Name": "Team0",
        "InterfaceDescription": "Microsoft Network Adapter Multiplexor Driver",
        "ifIndex": 15,
        "Status": "Up",
        "MacAddress": "00-50-56-8C-14-20",
        "LinkSpeed": "20 Gbps",
    },
    {
        "Name": "Ethernet1",
        "InterfaceDescription": "vmxnet3 Ethernet Adapter",
        "ifIndex": 3,
        "Status": "Up",
        "MacAddress": "00-50-56-8C-14-20",
        "LinkSpeed": "10 Gbps",
    },
    {
        "Name": "Ethernet2",
        "InterfaceDescription": "vmxnet3 Ethernet Adapter #2",
        "ifIndex": 4,
        "Status": "Up",
        "MacAddress": "00-50-56-8C-05-58",
        "LinkSpeed": "10 Gbps",
    },
]


SWITCH_TEAM = {
    "Name": "VMSTEST",
    "Id": "ad9bb542-dda2-4450-a00e-f96d44bdfbec",
    "TeamingMode": 1,
    "LoadBalancingAlgorithm": 5,
    "NetAdapterInterfaceDescription": [
        "Mellanox ConnectX-3 Pro Ethernet Adapter",
        "Mellanox ConnectX-3 Pro Ethernet Adapter #2",
    ],
}


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=4).encode()


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("array", [False, True])
def test_powershell_json(encoding: str, numbers: bool, array: bool) -> None:
    item = LBFO | ({"TeamingMode": 1, "LoadBalancingAlgorithm": 5} if numbers else {})
    data = json.dumps([item] if array else item, indent=4).replace("\n", "\r\n").encode(encoding)
    if encoding == "utf-16-be":
        data = codecs.BOM_UTF16_BE + data
    team = only(data, as_json(ADAPTERS))
    assert (team.name, team.mode, team.algorithm) == ("Team0", "lbfo/switch-independent", "dynamic")
    assert told(team) == {
        "Ethernet1": (["00:50:56:8c:14:20"], 10**10, None, True),
        "Ethernet2": (["00:50:56:8c:05:58"], 10**10, None, True),
    }
    assert sorted(map(mac_text, team.macs)) == ["00:50:56:8c:14:20"]  # the team NIC's


def test_arrays_as_windows_powershell_5_may_write_them() -> None:
    """Inside an object an array can become {"value": [...], "Count": n}."""
    item = {"value": [LBFO | {"Members": {"value": ["Ethernet1", "Ethernet2"], "Count": 2}}], "Count": 1}
    assert [member.name for member in only(as_json(item)).members] == ["Ethernet1", "Ethernet2"]


def test_a_switch_team_names_its_members_by_description() -> None:
    adapters = [
        {
            "Name": f"TEST-40G-{n}",
            "InterfaceDescription": label,
            "MacAddress": f"E4-1D-2D-07-43-D{n}",
            "LinkSpeed": "40 Gbps",
        }
        for n, label in enumerate(SWITCH_TEAM["NetAdapterInterfaceDescription"], start=1)
    ]
    team = only(as_json(adapters), as_json(SWITCH_TEAM))
    assert (team.mode, team.algorithm) == ("set/switch-embedded", "dynamic")
    assert told(team) == {
        "TEST-40G-1": (["e4:1d:2d:07:43:d1"], 40 * 10**9, None, None),
        "TEST-40G-2": (["e4:1d:2d:07:43:d2"], 40 * 10**9, None, None),
    }


def test_team_and_members_are_put_together() -> None:
    members = [
        {
            "Name": "Ethernet2",
            "Team": "Team0",
            "AdministrativeMode": "Standby",
            "OperationalStatus": "Standby",
            "InterfaceDescription": "vmxnet3 Ethernet Adapter #2",
            "ReceiveLinkSpeed": 10**10,
        }
    ]
    nics = [{"Name": "Team0", "Team": "Team0", "VlanID": None, "InterfaceDescription": "Multiplexor", "Primary": True}]
    team = only(as_json(LBFO), as_json(members), as_json(nics))
    assert told(team) == {"Ethernet1": ([], None, None, None), "Ethernet2": ([], 10**10, "standby", True)}
