"""What a text says of LACP on a member, as a reason; and a mode that was given which the packets deny."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import lacp, move, moved, stream, streams, team

from flowmap.facts.model import TeamFacts
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, TeamDescription
from flowmap.verdict.quality.described_lacp import bundled_despite_mode, described_out, mode_denied, why_described_out


def told(second: LacpState | None, **description: Any) -> TeamFacts:
    members = (
        Adapter("nic1", lacp=LacpState(aggregator=1)),
        Adapter("nic2", lacp=second),
        Adapter("eth9", lacp=LacpState(aggregator=1)),
    )
    described = Described(
        TeamDescription("team.txt", "bonding", members=members, **description),
        {0: members[0], 1: members[1]},
        {},
        members[2:],
    )
    return team(*streams("rx", [0, 0]), described=described)


@pytest.mark.parametrize(
    ("second", "description", "why"),
    [
        (
            LacpState(aggregator=2),
            {"aggregator": 1},
            "nic2 is in LACP aggregator 2, not in the active one (1, which has nic1 and eth9)",
        ),
        (
            LacpState(aggregator=1),
            {"aggregator": 0},
            "by the host's own text no LACP aggregator is active, so nic2 is in none",
        ),
        (LacpState(bundled=False), {}, "LACP does not have nic2 in its aggregator (churned)"),
        (LacpState(bundled=False, word="standby"), {}, "LACP does not have nic2 in its aggregator (standby)"),
        (
            LacpState(bundled=False),
            {"of_switch": True},
            "the switch's own text has nic2 (the port of nic2) as out of sync",
        ),
    ],
)
def test_why_a_member_is_out(second: LacpState, description: dict[str, Any], why: str) -> None:
    facts = told(second, **description)
    assert described_out(facts, 1)
    assert why in why_described_out(facts, 1)


def test_who_is_not_described_or_not_out_is_in() -> None:
    assert not described_out(told(LacpState(aggregator=1), aggregator=1), 1)
    assert not described_out(told(None, aggregator=1), 1)
    assert not described_out(told(LacpState(aggregator=2), aggregator=1), 7)
    assert not described_out(team(), 0)


def test_an_active_aggregator_without_ports_has_none() -> None:
    facts = told(LacpState(aggregator=2), aggregator=3)
    assert "(3, which has no port)" in why_described_out(facts, 1)


def test_a_bundle_denies_a_mode_that_has_none() -> None:
    own = streams("rx", [0, 1])
    assert bundled_despite_mode(team(*own, frames=lacp(0, 1), mode="switch-independent")) == ["nic1", "nic2"]
    assert bundled_despite_mode(team(*own, mode="switch-independent")) == []
    assert bundled_despite_mode(team(*own, frames=lacp(0, 1), mode="lacp")) == []
    assert bundled_despite_mode(team(*own, frames=lacp(0, 1), mode="balance-slb")) == []  # works with LACP as without
    assert bundled_despite_mode(team(*own, frames=lacp(0, 1))) == []


def test_sending_on_several_denies_a_mode_that_has_one() -> None:
    assert mode_denied(team(*streams("tx", [0, 1]), mode="active-backup"))
    assert mode_denied(team(*streams("rx", [0, 0]), frames=lacp(0, 1), mode="switch-independent"))
    assert not mode_denied(team(*streams("tx", [0, 0]), mode="active-backup"))
    assert not mode_denied(team(*streams("rx", [0, 1]), mode="active-backup"))
    assert not mode_denied(team(*streams("tx", [0, 1]), mode="lacp"))
    took = stream(9, moved("tx", 9, move(4, 0, 1, "failover")))
    assert not mode_denied(team(*streams("tx", [0, 1]), took, mode="active-backup"))
