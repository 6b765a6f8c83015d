"""What Windows prints of a team as a list or a table (described/README.md names where each is from)."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import only, text

from flowmap.team.description.model import TeamDescription
from flowmap.team.lacp.lacpdu import mac_text


def told(team: TeamDescription) -> dict[str, tuple[list[str], int | None, str | None, bool | None]]:
    """By member: MACs, speed, role, up."""
    return {one.title: (sorted(map(mac_text, one.macs)), one.speed_bps, one.role, one.up) for one in team.members}


@pytest.mark.parametrize(
    ("name", "mode", "algorithm", "timer", "members"),
    [
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
