"""What /proc/net/bonding prints: verbatim outputs (described/README.md names where each is from)."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import only, text

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


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
    ],
)
def test_outputs_of_real_systems(
    name: str, mode: str | None, algorithm: str | None, timer: str | None, members: dict[str, Any]
) -> None:
    team = only(text(name))
    assert (team.mode, team.algorithm, team.lacp_timer) == (mode, algorithm, timer)
    assert told(team) == members


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("bond-no-aggregator.txt", ("bond0", "linux/802.3ad", "layer2", "fast"), {"eth1": True, "eth2": True}),
        ("bond-masked.txt", (None, "linux/802.3ad", "layer3+4", "slow"), {"enp7s0": True}),
        ("bond-802.3ad.txt", (None, "linux/802.3ad", "layer2", "slow"), {"enp0s9": False, "enp0s8": True}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


def test_details_of_lacp_are_of_the_side_that_they_stand_under() -> None:
    active, other = only(text("bond-802.3ad.txt")).members
    assert active.lacp is not None
    assert (active.lacp.aggregator, active.lacp.churned, active.lacp.partner) == (1, True, False)
    assert (active.lacp.key, active.lacp.actor_state, active.lacp.partner_state) == (9, 77, 1)
    assert other.lacp is not None
    assert other.lacp.aggregator == 2


def test_masked_macs_are_none() -> None:
    team = only(text("bond-masked.txt"))
    assert not team.macs
    assert not team.members[0].macs
    assert (team.aggregator, team.ports) == (2, 1)
