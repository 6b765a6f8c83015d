"""What ESXi prints of its switches (described/README.md names where each is from)."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import only, text

from flowmap.team.description.model import TeamDescription


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("esxi-policy.txt", ("vSwitch1", "vsphere/originating-port", None, None), {"vmnic1": False}),
        ("esxi-lacp.txt", ("dvs", "vsphere/lag", None, "fast"), {"vmnic3": False}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members
