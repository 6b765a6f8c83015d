"""Claim 2 in a sentence: each reason has its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import HOST, lacp, marked, stream, streams, team, way

from flowmap.facts.model import StreamFacts, TeamFacts, Tunnel, TwoHosts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.sentences.spread import spread_sentence

EIGHT = [0] * 8


def of(facts: TeamFacts, **changes: Any) -> str:
    return str(spread_sentence(replace(judge_spread(facts), **changes), facts))


def said(*own: StreamFacts, **changes: Any) -> str:
    return of(team(*own, **changes))


@pytest.mark.parametrize(
    ("landed", "told"),
    [
        ([0, 1], "Two hosts spread over 2 of 2 members (1 on nic1 and 1 on nic2)."),
        (EIGHT, "Eight hosts landed unevenly (8 on nic1 and 0 on nic2), which happens by chance 1 time in 128."),
        (
            [0] * 4,
            "All four hosts landed on nic1, none on nic2, which happens by chance 1 time in 8; with fewer than eight no result "
            "can prove a fault.",
        ),
    ],
)
def test_chance_is_told_in_numbers(landed: list[int], told: str) -> None:
    assert said(*streams("rx", landed)) == told


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("rx", "Only one host sends here, so nothing could spread."),
        ("tx", "Only one host receives from here, so nothing could spread."),
        ("unknown", "There is only one pair of hosts, so nothing could spread."),
    ],
)
def test_one_host_is_told_by_its_direction(side: str, told: str) -> None:
    assert said(stream(0, way(side, 1, 0))) == told


def test_a_dead_member_is_told_with_one_host() -> None:
    told = said(stream(0, way("rx", 1, 0)), frames=lacp(0, lonely=[1]))
    assert told == (
        "Only one host sends here, so nothing could spread. nic2 never joined the team (no answer to its 10 LACPDUs)."
    )


def tunnel(number: int, src: int = 7, header: Any = None) -> StreamFacts:
    own = way("rx", number + 1, 0)
    return stream(number, replace(own, tunnel=Tunnel("VXLAN", (4, src), HOST, (1,), 4789, 1, header)))


def test_one_tunnel_is_what_the_team_sees() -> None:
    header = ((4, 7), 1, HOST, 4789, 17)
    one = said(tunnel(0, header=header), tunnel(1, header=header))
    assert one.startswith(
        "All migration traffic is in one VXLAN tunnel from 0.0.0.7 to 10.0.0.100 with one outer header"
    )
    assert said(tunnel(0), tunnel(1)).startswith(
        "All migration traffic is in VXLAN tunnels from 0.0.0.7 to 10.0.0.100: the team"
    )
    beside = of(team(tunnel(0), stream(1, way("rx", 2, 0))), why="one_host")
    assert beside == "Only one host sends here, so nothing could spread."
    assert of(team(tunnel(0), tunnel(1, 8)), why="one_host") == "Only one host sends here, so nothing could spread."


def test_members_that_were_not_captured_read_or_are_copies() -> None:
    assert said(*streams("rx", [0, 0]), count=1).startswith("Only one member of the team was captured")
    assert said(*streams("rx", [0, 0]), copies={1: 0}).startswith("nic2 holds nothing but copies")
    facts = team(*streams("rx", [0, 0]))
    assert of(marked(facts, 1, only_side="tx")).startswith("Of nic2 this direction was not captured")
    assert of(marked(facts, 1, undescribed=True, packets=0)).startswith("Nothing could be read on nic2")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("alone_then", "When these streams began, only nic1 and nic2 was in the bundle"),
        ("sprayed", "Every stream is sprayed over several members"),
        ("apart", "The members were captured at different times"),
        ("no_streams", "No migration stream was captured"),
    ],
)
def test_each_reason_has_its_sentence(why: str, told: str) -> None:
    assert of(team(*streams("rx", [0, 1])), why=why).startswith(told)


def test_claims_that_cannot_be_told_say_so_and_undermined_ones_too() -> None:
    assert said(*streams("rx", [0, 1]), two_hosts=TwoHosts(msg("a; b"), ())).startswith("The captures are of two hosts")
    lost = Notice("capture_drops", msg("lost"), undermines=True)
    assert said(*streams("rx", [0, 1]), notices=[lost]).startswith(
        "The hosts seen spread over the members, which incomplete"
    )


def test_one_member_by_a_switch_a_mode_or_lacp() -> None:
    assert said(*streams("rx", [0] * 4), flooded=3).startswith("The switch does not aggregate these ports")
    assert said(*streams("tx", [0] * 4), mode="active-backup") == (
        "All four hosts used one member, as this teaming mode means it: only the active member carries traffic."
    )
    assert "so all four hosts had only nic1: check LACP on that switch port." in said(
        *streams("rx", [0] * 4), frames=lacp(0, lonely=[1])
    )
