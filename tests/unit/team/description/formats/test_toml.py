"""A team as its owner writes it down."""

from __future__ import annotations

from descriptions import only

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


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
