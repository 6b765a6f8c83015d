"""What is to be done depends on who chose the member: host or switch, and whether its mode is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import judged_teams
import pytest

import flowmap
from flowmap.facts.model import Direction, MemberShare, Moved, Placed, StreamFacts, TeamFacts
from flowmap.message import number_word, translate
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import solve_clocks
from flowmap.team.host import TeamHost
from flowmap.team.lacp.bundle import LacpFinding, read_lacpdus
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import expectation
from flowmap.verdict.claims.pinned import judge_pinned
from flowmap.verdict.findings.capture.noticed import noticed_findings
from flowmap.verdict.findings.team.lacp import lacp_findings
from flowmap.verdict.mode.flooded import flooded_action, flooded_sentence
from flowmap.verdict.quality.notices import team_notices
from flowmap.verdict.sentences import pinned_sentence

CAPTURES = Path(__file__).parents[4] / "captures"
CLIENTS = [f"10.66.0.{number}" for number in range(101, 110)]
SERVERS = [f"10.66.0.{number}" for number in range(11, 30)]


def way(placement: Any, number: int) -> Direction:
    """The data of one stream, from a host of its own."""
    moves = (Moved(5, 0, 1, 1, "unexplained"),) if placement == "moved" else ()
    placed = Placed(placement, number_word(1), "unexplained" if moves else None, moves)
    return Direction(
        ((4, 100 + number), 50000),
        ((4, 1), 6600),
        "rx",
        True,
        9000,
        [MemberShare(0, 9, 9999, 9000, 0, 9)],
        placed=placed,
    )


def team_of(ways: list[Direction]) -> TeamFacts:
    """Two members and one stream for each direction."""
    lacp = read_lacpdus([])
    streams = [StreamFacts(number, None, True, 0, 9, [one]) for number, one in enumerate(ways)]
    return TeamFacts(
        Settings(),
        [TeamMember(0, "nic1"), TeamMember(1, "nic2")],
        TeamHost(),
        lacp,
        lacp.host_system(),
        solve_clocks(2),
        expectation(None),
        streams,
        [],
    )


def test_with_an_unknown_mode_both_cases_are_named() -> None:
    team: Any = SimpleNamespace(expectation=expectation(None), lacp=read_lacpdus([]), team_members=[])
    sentence, action = flooded_sentence(team, None, number_word(4)), flooded_action(team, None)
    assert all("switch-independent" in text.lower() and "LACP or static" in text for text in (sentence, action))


def test_with_lacp_on_one_member_the_switch_has_to_aggregate_the_others() -> None:
    """The host speaks LACP and was answered on a member: no switch-independent team does that."""
    facts = judged_teams.team(*judged_teams.streams("rx", [0] * 4), frames=judged_teams.lacp(0, lonely=[1]))
    sentence, action = flooded_sentence(facts, None, number_word(4)), flooded_action(facts, None)
    assert "the host's mode needs that" in sentence
    assert action.startswith("Make the ports one channel on the switch")


@pytest.mark.parametrize(
    ("missing", "tenths", "says"),
    [
        (1000, (0, 0, 9, 9, 0, 0, 0, 0, 0, 0), "larger buffer"),
        (9000, (900,) * 10, "Capture the missing member"),
        (1000, (100,) * 10, "larger buffer"),
        (1000, (), None),
    ],
)
def test_missing_bytes_are_sought_by_their_pattern(missing: int, tenths: tuple[int, ...], says: str | None) -> None:
    data = replace(way("single", 0), missing_bytes=missing, missing_tenths=tenths)
    team = team_of([data])
    team = replace(team, notices=list(team_notices(team)))
    (found,) = [finding for finding in noticed_findings(team) if finding.code == "FM502"]
    assert found.action is None if says is None else says in str(found.action)


def test_incomplete_captures_are_named_once() -> None:
    summary = flowmap.analyze(CAPTURES / "12b-capture-drops").report.answer.sentence
    assert summary.count("acknowledged bytes that no capture holds") == 1


def test_directions_like_the_one_told_are_those_placed_as_it_is() -> None:
    team = team_of([way("sprayed", 0), way("sprayed", 1), way("sprayed", 2), way("moved", 3), way("moved", 4)])
    sentence = pinned_sentence(judge_pinned(team), team)
    assert "so did two more directions (beside: 2 moved)" in sentence
    assert "ebenso zwei weitere Richtungen (daneben: 2 gewechselt)" in translate(sentence, "de")


def test_with_the_host_unknown_the_sentence_says_which_end_was_counted() -> None:
    """Three sources send to six destinations."""
    reason = flowmap.analyze(CAPTURES / "08-rebalance").report.claims.spread.reason
    assert reason.startswith("Six receiving hosts spread")
    known = flowmap.analyze(CAPTURES / "08-rebalance", local=SERVERS).report.claims.spread.reason
    assert "receiving" not in known


def test_links_mixed_on_one_member_come_first_and_its_lacp_is_not_judged() -> None:
    """Two ports of one system on what should be one link look like a port that changes."""
    team = team_of([way("single", 0)])
    found = [LacpFinding(kind="no_answer", members=(number,), evidence={"count": 5}) for number in (0, 1)]
    lacp = cast(
        Any,
        SimpleNamespace(
            findings=lambda _: found,
            bundled_during=lambda *_: False,
            bundled_spans=lambda _: [],
            skipped={},
            members=[0, 1],
            silent=lambda _: set(),
        ),
    )
    mixed, other = team.members
    team = replace(team, lacp=lacp, members=[replace(mixed, links_mixed=True), other])
    team = replace(team, notices=list(team_notices(team)))
    told = sorted([*lacp_findings(team), *noticed_findings(team)], key=lambda finding: finding.urgency)
    assert [(finding.code, finding.subject) for finding in told] == [
        ("FM506", {"member": "nic1"}),
        ("FM301", {"members": ["nic2"]}),
    ]
