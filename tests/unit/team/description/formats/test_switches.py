"""What switches print of their channels (described/README.md names where each is from)."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import only, teams, text

from flowmap.team.description.model import TeamDescription


def out(team: TeamDescription) -> dict[str, bool]:
    """By member, whether the text says that LACP keeps it out."""
    return {one.title: team.kept_out(one) for one in team.members}


@pytest.mark.parametrize(
    ("name", "told", "members"),
    [
        ("etherchannel-summary.txt", ("Po1", None, None, None), {"Gi0/0": True, "Gi0/1": True}),
        ("lacp-neighbor.txt", ("Po3", "lacp", None, "slow"), {"Gi2/0/1": False, "Gi2/0/2": False}),
    ],
)
def test_outputs_are_known_by_their_content(name: str, told: tuple[Any, ...], members: dict[str, bool]) -> None:
    team = only(text(name))
    assert (team.name, team.mode, team.algorithm, team.lacp_timer) == told
    assert out(team) == members


def test_channels_of_a_switch_are_told_apart() -> None:
    one, two = teams(text("etherchannel-two-groups.txt"))
    assert (one.name, one.mode, two.name, two.mode) == ("Po1", "lacp", "Po2", None)
    assert [member.name for member in one.members] == ["Gi0/0", "Gi0/1", "Gi0/2", "Gi0/3"]
    assert not any(out(one).values())
