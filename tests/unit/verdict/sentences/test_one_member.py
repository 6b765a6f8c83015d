"""Why hosts had one member only, by what LACP or the text says of the others."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import lacp, streams, team
from lacp_frames import FAST, HOST, OTHER_SWITCH, SWITCH, lacpdu, talk

from flowmap.facts.model import TeamFacts
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, TeamDescription
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.sentences.one_member import all_hosts, one_member_sentence, unusable, why_unusable


def only_first(frames: Any = (), count: int = 2, **changes: Any) -> TeamFacts:
    return team(*streams("rx", [0] * 4), frames=sorted(frames, key=lambda one: one.ts_ns), count=count, **changes)


def why(facts: TeamFacts) -> str:
    return str(why_unusable(facts, 1))


def heard(state: int, other: int = SWITCH, key: int = 7) -> list[Any]:
    """On nic2 the host and a switch that hears it, but one of both is not ready."""
    sent = talk(1, range(10), lacpdu(HOST, state, other, FAST, ports=(2, 12), key=7, partner_key=key), direction=2)
    return sent + talk(1, range(10), lacpdu(other, FAST, HOST, state, ports=(12, 2), key=key, partner_key=7))


def test_what_lacp_shows_of_a_member_that_is_out() -> None:
    assert why(only_first(lacp(0))) == "nic2 showed no LACPDU while the other members did"
    assert why(only_first(lacp(0, lonely=[1]))) == "nic2 never joined the team (no answer to its 10 LACPDUs)"
    assert why(only_first([*lacp(0), *heard(FAST & ~0x38)])) == (
        "nic2 was never in sync, collecting and distributing on both sides"
    )


def test_what_tells_its_partner_from_that_of_the_others() -> None:
    systems = only_first([*lacp(0), *heard(FAST & ~0x38, OTHER_SWITCH)])
    assert why(systems) == "nic2 is connected to another LACP system than the other members"
    told = one_member_sentence(judge_spread(systems), systems)
    assert told.endswith(
        "so all four hosts had only nic1: connect all members to one switch, or make the switches one LACP system (MLAG, "
        "stack)."
    )
    keys = only_first([*lacp(0), *heard(FAST & ~0x38, key=8)])
    assert why(keys) == "nic2 is in another LACP group than the other members"
    assert one_member_sentence(judge_spread(keys), keys).endswith(
        "put the ports into one channel group of equal speed."
    )


def test_the_text_is_told_where_no_lacpdu_was_heard() -> None:
    members = (Adapter("nic1", lacp=LacpState(aggregator=1)), Adapter("nic2", lacp=LacpState(aggregator=2)))
    described = Described(TeamDescription("t", "bonding", members=members, aggregator=1), dict(enumerate(members)))
    assert why(only_first(described=described)).startswith("By the host's own text nic2 is in LACP aggregator 2")


@pytest.mark.parametrize(
    ("count", "end"), [(2, "check LACP on that switch port."), (3, "check LACP on those switch ports.")]
)
def test_one_port_or_several_are_to_be_checked(count: int, end: str) -> None:
    facts = only_first(lacp(0, lonely=range(1, count)), count)  # type: ignore[arg-type]
    assert unusable(facts) == list(range(1, count))
    assert one_member_sentence(judge_spread(facts), facts).endswith(end)


def test_a_standby_is_told_as_one() -> None:
    members = (Adapter("nic1", role="active"), Adapter("nic2", role="standby"))
    described = Described(TeamDescription("t", "bonding", members=members), dict(enumerate(members)))
    facts = only_first(described=described)
    assert one_member_sentence(judge_spread(facts), facts) == (
        "nic1 alone is active, the others stand by, so all four hosts had only that."
    )


def test_who_carried_or_holds_copies_is_usable() -> None:
    assert unusable(team()) == []
    assert unusable(only_first(copies={1: 0})) == []
    assert unusable(team(*streams("rx", [0, 1]), frames=lacp(0, lonely=[1]))) == []


def test_hosts_are_counted_in_words() -> None:
    assert (all_hosts(2), all_hosts(3)) == ("both hosts", "all three hosts")
