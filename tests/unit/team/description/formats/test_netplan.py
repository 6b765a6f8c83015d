"""Files of netplan, as its documentation writes them."""

from __future__ import annotations

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
        ("netplan.yaml", ("bond0", "linux/active-backup", None, None), {"eth0": False, "eth1": False}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


def test_yaml_as_netplan_files_write_it() -> None:
    team = only(b"""
# made by hand
network:
    ethernets:
        lan1: {}
        lan2:
            match: # the card
                macaddress: "02:00:00:00:00:12"
            set-name: lan2
    bonds:
        "bond 1":
            interfaces: [lan1, 'lan2']
            parameters:
                mode: 802.3ad   # with the switch
                transmit-hash-policy: layer3+4
                lacp-rate: fast
""")
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == ("bond 1", "linux/802.3ad", "layer3+4", "fast")
    assert {one.name: sorted(map(mac_text, one.macs)) for one in team.members} == {
        "lan1": [],
        "lan2": ["02:00:00:00:00:12"],
    }


def test_lists_may_be_no_deeper_than_their_key() -> None:
    team = only(
        b"network:\n  bonds:\n    b:\n      interfaces:\n      - eth0\n      - eth1\n      parameters:\n"
        b"        mode: balance-xor\n"
    )
    assert ([one.name for one in team.members], team.algorithm) == (["eth0", "eth1"], "layer2")
