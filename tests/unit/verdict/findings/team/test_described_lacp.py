"""Members that only the host's or the switch's own text says LACP keeps out."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import lacp, streams, team

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, TeamDescription
from flowmap.verdict.findings.team.described_lacp import described_lacp_findings

IN = LacpState(aggregator=1, actor_state=0x3D)


def told(second: LacpState | None, *, frames: Any = (), up: bool | None = None, **description: Any) -> TeamFacts:
    members = (Adapter("nic1", lacp=IN), Adapter("nic2", lacp=second, up=up))
    described = Described(
        TeamDescription("team.txt", "bonding", members=members, **description), dict(enumerate(members))
    )
    return team(*streams("rx", [0, 0]), frames=frames, described=described)


def only(facts: TeamFacts) -> Finding:
    (found,) = described_lacp_findings(facts)
    assert (found.code, found.severity, found.subject) == ("FM302", "warning", {"members": ["nic2"]})
    return found


def test_a_member_in_another_aggregator_is_told_with_the_active_one() -> None:
    found = only(told(LacpState(aggregator=2), aggregator=1))
    assert found.explanation == (
        "By the host's own text nic2 is in LACP aggregator 2, not in the active one (1, which has nic1): it carries nothing, "
        "whatever its link does."
    )
    assert found.evidence == {
        "kind": "described",
        "aggregator": 2,
        "active_aggregator": 1,
        "churned": None,
        "state": None,
    }
    assert str(found.action).startswith(
        "Put the switch port of nic2 into the same channel group as that of the other member"
    )


@pytest.mark.parametrize(
    ("lacp_state", "up", "signs"),
    [
        (LacpState(aggregator=2, churned=True), None, "(churned)"),
        (LacpState(aggregator=2, partner=False), None, "(no LACP partner)"),
        (LacpState(aggregator=2, actor_state=0x45), None, "(no LACP partner)"),  # Defaulted, 802.1AX bit 6
        (LacpState(aggregator=2, churned=True, partner=False), False, "(churned, no LACP partner and link down)"),
    ],
)
def test_signs_of_why_are_told(lacp_state: LacpState, up: bool | None, signs: str) -> None:
    found = only(told(lacp_state, up=up, aggregator=1))
    assert signs in found.explanation
    no_partner = "partner" in signs
    assert str(found.action).startswith("Set LACP on the switch port of nic2") == no_partner


def test_the_switchs_text_sends_to_the_switch() -> None:
    found = only(told(LacpState(bundled=False, word="suspended"), of_switch=True))
    assert "the switch's own text has nic2 (the port of nic2) as suspended" in found.explanation.replace("The", "the")
    assert str(found.action).startswith("Look at nic2 on the switch")


def test_what_lacpdus_tell_is_not_told_again() -> None:
    out = LacpState(aggregator=2)
    assert list(described_lacp_findings(told(out, frames=lacp(0, lonely=[1]), aggregator=1))) == []
    assert list(described_lacp_findings(told(out, frames=lacp(0, 1), aggregator=1))) == []  # it is in the bundle
    assert list(described_lacp_findings(told(IN, aggregator=1))) == []
    assert list(described_lacp_findings(team())) == []
