"""Descriptions of teams: outputs of real systems (described/README.md names where each is from) and our TOML."""

from __future__ import annotations

import codecs
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from descriptions import only, teams, text
from hypothesis import given
from hypothesis import strategies as st

from flowmap.errors import ConfigError
from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text
from flowmap.team.read import parse_description, read_descriptions

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


@pytest.mark.parametrize(
    ("name", "mode", "algorithm", "timer", "members"),
    [
        (
            "bond-rr.txt",
            "linux/balance-rr",
            None,
            None,
            {"eth0": (["52:54:00:b0:0a:01"], 10**10, None, True), "eth1": (["52:54:00:b0:0a:02"], 10**10, None, True)},
        ),
        (
            "bond-active-backup.txt",
            "linux/active-backup",
            None,
            None,
            {
                "em3": (["00:1f:f3:af:d3:f1"], 10**9, "active", True),
                "p2p3": (["00:1f:f3:af:d3:f1"], 10**9, "standby", True),
            },
        ),
        (
            "bond-802.3ad.txt",
            "linux/802.3ad",
            "layer2",
            "slow",
            {
                "enp0s9": (["08:00:27:99:a3:6b"], 10**9, None, True),
                "enp0s8": (["08:00:27:a2:8d:f5"], None, None, False),
            },
        ),
        (
            "bond-xor.txt",
            "linux/balance-xor",
            "layer2+3",
            None,
            {"eno1": (["2c:44:fd:80:5c:f8"], 10**9, None, True), "eno2": (["2c:44:fd:80:5c:f9"], 10**9, None, True)},
        ),
        (
            "bond-no-partner.txt",
            "linux/802.3ad",
            "layer3+4",
            "fast",
            {
                "enp1s0f0": (["00:25:90:85:81:f2"], None, None, False),
                "enp1s0f1": (["00:25:90:85:81:f3"], 10**9, None, True),
            },
        ),
        (
            "bond-fail-over-mac.txt",
            "linux/active-backup",
            None,
            None,
            {
                "eth1": (["08:00:27:99:e7:e7"], 10**9, "active", True),
                "eth2": (["08:00:27:d1:fc:5b"], 10**9, "standby", True),
            },
        ),
        (
            "bond-alb.txt",
            "linux/balance-alb",
            None,
            None,  # all members send: none stands by
            {"em2": (["2c:ea:7f:ea:9b:29"], 10**9, None, True), "em3": (["2c:ea:7f:ea:9b:2a"], 10**9, None, True)},
        ),
        (
            "ovs-dpdk.txt",
            "ovs/balance-tcp",
            None,
            "slow",
            {"dpdk0": (["b4:96:91:be:3c:5a"], None, None, True), "dpdk1": ([], None, None, False)},
        ),
        ("ovs-old.txt", "ovs/balance-slb", None, None, {f"eth{n}": ([], None, None, True) for n in (4, 3, 1, 2)}),
        (
            "lbfo-session.txt",
            "lbfo/switch-independent",
            "dynamic",
            None,
            {
                "Ethernet1": (["00:50:56:8c:14:20"], 10**10, None, True),
                "Ethernet2": (["00:50:56:8c:05:58"], 10**10, None, True),
            },
        ),
        (
            "ovs-balance-slb.txt",
            "ovs/balance-slb",
            None,
            None,
            {"eno1": ([], None, None, True), "eno2": ([], None, None, True)},
        ),
        (
            "ovs-active-backup.txt",
            "ovs/active-backup",
            None,
            None,
            {"enp2s0f0np0": (["5c:6f:69:85:5f:e0"], None, "active", True), "enp2s0f1np1": ([], None, "standby", True)},
        ),
        (
            "lbfo-team.txt",
            "lbfo/lacp",
            "dynamic",
            "fast",
            {"Ethernet": ([], None, None, None), "Ethernet 2": ([], None, None, None)},
        ),
        (
            "lbfo-team0.txt",
            "lbfo/switch-independent",
            "dynamic",
            None,
            {"Ethernet1": ([], None, None, None), "Ethernet2": ([], None, None, None)},
        ),
        (
            "lbfo-members.txt",
            None,
            None,
            None,
            {"Ethernet 10": ([], None, None, False), "Ethernet 9": ([], 100 * 10**9, None, True)},
        ),
    ],
)
def test_outputs_of_real_systems(
    name: str, mode: str | None, algorithm: str | None, timer: str | None, members: dict[str, Any]
) -> None:
    team = only(text(name))
    assert (team.mode, team.algorithm, team.lacp_timer) == (mode, algorithm, timer)
    assert told(team) == members


def test_both_outputs_of_open_vswitch_are_of_two_bonds() -> None:
    found = {team.name: team for team in teams(text("ovs-bond-show.txt") + text("ovs-lacp-show.txt"))}
    assert sorted(map(str, found)) == ["lagT", "teamT"]
    own = found["teamT"]
    assert (own.mode, own.lacp_timer, own.negotiated) == ("ovs/balance-tcp", "fast", True)
    assert told(own) == {"hvT_nic1": (["02:48:56:aa:01:01"], None, None, True), "hvT_nic2": ([], None, None, True)}
    assert sorted(map(mac_text, own.macs)) == ["02:48:56:aa:00:01"]


def test_a_member_that_lacp_keeps_out_is_down() -> None:
    down = next(team for team in teams(text("ovs-lacp-down.txt")) if team.name == "teamT")
    assert told(down)["hvT_nic2"] == ([], None, None, False)


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


def test_ip_link() -> None:
    team = only(as_json(LINKS))
    assert (team.name, team.mode, team.algorithm) == ("bond0", "linux/active-backup", None)
    assert (team.active, team.primary) == ("eth1", "eth0")
    assert told(team) == {
        "eth0": (["52:54:00:b0:0a:01"], None, "standby", True),
        "eth1": (["52:54:00:b0:0a:02"], None, "active", True),
    }


def test_ip_link_and_proc_are_of_one_bond() -> None:
    links = json.loads(json.dumps(LINKS))
    links[3]["linkinfo"]["info_data"] = {"mode": "balance-rr"}
    team = only(as_json(links), text("bond-rr.txt"))
    assert (team.name, team.mode) == ("bond0", "linux/balance-rr")
    assert told(team)["eth1"] == (["52:54:00:b0:0a:02"], 10**10, None, True)


def test_our_toml() -> None:
    team = only(b"""
        name = "team1"
        mode = "LACP"
        algorithm = "layer3+4"
        lacp_timer = "slow"
        [[member]]
        name = "eth0"
        mac = ["00:1b:21:aa:bb:cc", "001b.21aa.bbcd"]
        speed = "2.5G"
        [[member]]
        name = "eth1"
        standby = true
    """)
    assert (team.mode, team.algorithm, team.lacp_timer) == ("linux/802.3ad", "layer3+4", "slow")
    assert told(team) == {
        "eth0": (["00:1b:21:aa:bb:cc", "00:1b:21:aa:bb:cd"], 2_500_000_000, None, None),
        "eth1": ([], None, "standby", None),
    }


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "expected TOML"),
        (b"nothing of the kind", "expected TOML"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        (b"[1, 2]", "expected TOML"),
        (b'mode = "lacpp"', "known: switch-independent"),
        (b'speed = "1G"', "'speed' is no key"),
        (b'[[member]]\nmac = "00:1b:21:aa:bb:cc"', "needs a name"),
        (b'[[member]]\nname = "a"\nmac = "00:1b"', "'00:1b' is no MAC"),
        (b'[[member]]\nname = "a"\nspeed = "fast"', "not a speed"),
        (b'lacp_timer = "quick"', 'expected "fast"'),
        (b'active = "b"\n[[member]]\nname = "a"', "no member"),
        (b"mode = 4", "wrong kind"),
        (as_json(LBFO | {"TeamingMode": 7}), "expected 0 (static)"),
        (as_json(LBFO | {"LoadBalancingAlgorithm": "Fastest"}), "unknown algorithm 'Fastest'"),
        (b"TeamingMode : Lacp\nMembers : {Ethernet 1, Ethernet 2...}", "ConvertTo-Json"),
        (text("ip-link.txt"), "give the output of ip -j -d link"),
        (text("ovs-vsctl-show.txt"), "give the output of ovs-appctl bond/show"),
        (text("ovs-bond-list.txt"), "give the output of ovs-appctl bond/show"),
        (
            b"Members                     TeamingMode\n-------                     -----------\n"
            b"{Ethernet 1, Ethernet 2...  Lacp\n",
            "ConvertTo-Json",
        ),
        (text("bond-xor.txt").replace(b"(xor)", b"(reverse proximity)"), "unknown teaming mode"),
    ],
)
def test_what_is_none_is_refused_with_the_file_and_what_was_expected(data: bytes, named: str) -> None:
    with pytest.raises(ConfigError, match=r"team\.txt") as refused:
        parse_description(data, "team.txt")
    assert named in str(refused.value)


def test_outputs_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="file0 and file1 contradict each other: mode"):
        teams(as_json(LBFO), as_json(LBFO | {"TeamingMode": "Lacp"}))


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.json: cannot be read"):
        read_descriptions([str(tmp_path / "missing.json")])
    alone = tmp_path / "adapters.json"
    alone.write_bytes(as_json(ADAPTERS))
    with pytest.raises(ConfigError, match=r"no team; add the output of Get-NetLbfoTeam"):
        read_descriptions([str(alone)])


_MARKS = (
    b"Ethernet Channel Bonding Driver:\n",
    b"---- b ----\nbond_mode: ",
    b"[",
    b"setup:\n  runner: lacp\n",
    b"bond.options: ",
    b"network:\n  bonds:\n    b:\n",
    b"Load Balancing: srcport\n",
    b"LAGID: 1\nLocal Information:\nNic: a\n",
    b"1 Po1(SU) LACP Gi0/1(P)\n",
    b"Channel group 1 neighbors\nGi0/1 1,0007.eb49.5e80  0xC 19s SP\n",
    b"a: setup:\nb: setup:\n",
)
"""What the outputs are known by."""


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for own in (data, *(mark + data for mark in _MARKS)):
        with suppress(ConfigError):
            teams(own)
