"""What Open vSwitch prints: verbatim outputs (described/README.md names where each is from)."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import only, teams, text

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


@pytest.mark.parametrize(
    ("name", "mode", "algorithm", "timer", "members"),
    [
        (
            "ovs-dpdk.txt",
            "ovs/balance-tcp",
            None,
            "slow",
            {"dpdk0": (["b4:96:91:be:3c:5a"], None, None, True), "dpdk1": ([], None, None, False)},
        ),
        ("ovs-old.txt", "ovs/balance-slb", None, None, {f"eth{n}": ([], None, None, True) for n in (4, 3, 1, 2)}),
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
