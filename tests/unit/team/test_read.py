"""Files of --team: known by what is in them, and refused with what was expected."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from descriptions import teams, text
from hypothesis import given
from hypothesis import strategies as st

from flowmap.errors import ConfigError
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


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "expected TOML"),
        (b"nothing of the kind", "expected TOML"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        (b"[1, 2]", "expected TOML"),
        (b'mode = "lacpp"', "did you mean lacp?"),
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


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.json: cannot be read"):
        read_descriptions([str(tmp_path / "missing.json")])
    alone = tmp_path / "adapters.json"
    alone.write_bytes(as_json(ADAPTERS))
    with pytest.raises(ConfigError, match=r"no team; add the output of Get-NetLbfoTeam"):
        read_descriptions([str(alone)])


def test_long_texts_of_nothing_are_soon_refused() -> None:
    """Each line could be split in several ways by a careless pattern, which would never end."""
    with pytest.raises(ConfigError):
        parse_description(b"setup:\n" + b"    a\n" * 5_000, "team.txt")


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
