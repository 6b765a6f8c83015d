"""Findings about the team as a whole, of teams made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import lacp, marked, move, moved, stream, streams, team, way

from flowmap.facts.model import TeamFacts, TwoHosts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.verdict.findings.team.mode import mode_findings, refuted_mode, two_hosts_finding
from flowmap.verdict.mode.candidates import Candidates, rank_modes
from flowmap.verdict.mode.clues import Clue


def told(facts: TeamFacts) -> list[tuple[str, dict[str, Any]]]:
    return [(one.code, dict(one.subject)) for one in mode_findings(facts)]


def only(facts: TeamFacts) -> Finding:
    (found,) = mode_findings(facts)
    return found


@pytest.mark.parametrize(
    ("commands", "teams", "action"),
    [
        (("a", "b"), False, "one for each host."),
        (("a", "b"), True, "one for each team."),
        (("a", "b", "c"), False, "One file holds captures of both hosts."),
    ],
)
def test_captures_of_two_hosts_come_with_the_commands_that_split_them(
    commands: tuple[str, ...], teams: bool, action: str
) -> None:
    two = TwoHosts(msg("nic1; nic2"), tuple(msg(one) for one in commands), teams_of_one=teams)
    (found,) = two_hosts_finding(team(two_hosts=two))
    assert (found.code, found.severity, found.evidence) == ("FM307", "error", {"commands": list(commands)})
    assert found.action is not None
    assert action in found.action
    assert list(two_hosts_finding(team())) == []


def test_data_on_a_member_that_lacp_kept_out_is_told() -> None:
    facts = team(*streams("rx", [0, 1]), frames=lacp(0, lonely=[1]))
    assert told(facts) == [("FM306", {"members": ["nic2"]})]
    assert only(facts).wireshark_filter == "lacp"
    assert told(team(*streams("rx", [0, 0]), frames=lacp(0, lonely=[1]))) == []  # it carried nothing
    assert told(marked(facts, 1, only_side="rx")) == []  # of LACP, too, one side was captured
    assert told(marked(facts, 1, links_mixed=True)) == []


def test_a_bundle_that_the_mode_does_not_use_is_told() -> None:
    found = only(team(*streams("rx", [0, 0]), mode="switch-independent", frames=lacp(0, 1)))
    assert (found.code, found.subject) == ("FM308", {"members": ["nic1", "nic2"]})
    assert "nic1 and nic2 are in an LACP bundle" in found.explanation
    assert told(team(*streams("rx", [0, 0]), mode="lacp", frames=lacp(0, 1))) == []


def test_several_members_in_a_mode_of_one_are_told_unless_one_took_over() -> None:
    facts = team(*streams("tx", [0, 1]), mode="active-backup")
    found = only(facts)
    assert (found.code, found.subject) == ("FM308", {"direction": "tx", "members": ["nic1", "nic2"]})
    assert found.evidence == {"mode": "active-backup", "algorithm": None}
    over = team(stream(0, moved("tx", 1, move(4, 0, 1, "failover"))), mode="active-backup")
    assert told(over) == []
    assert told(team(*streams("tx", [0, 1]))) == []  # no mode is known


def test_placements_that_the_mode_does_not_make_are_told_where_the_host_chooses() -> None:
    wrong = [replace(way(side, 1, 0, 1), expected=False) for side in ("rx", "tx")]
    facts = team(stream(3, *wrong), mode="lacp")
    found = only(facts)
    assert found.subject == {"stream": 3, "direction": "tx"}  # what is received the switch places
    assert found.evidence["directions"] == 1
    more = only(team(stream(3, wrong[1]), stream(4, wrong[1]), stream(5, wrong[1]), mode="lacp"))
    assert "(2 more)" in more.explanation
    assert more.evidence["directions"] == 3


def test_a_mode_that_the_packets_refute_is_told_with_what_refutes_it() -> None:
    clues = [Clue("sprayed", msg("a stream is sent packet by packet"))]
    facts = team(mode="active-backup")
    (found,) = refuted_mode(facts, rank_modes(clues))
    assert (found.code, found.evidence["clue"]) == ("FM308", "sprayed")
    assert found.explanation.endswith("a stream is sent packet by packet.")
    assert list(refuted_mode(team(mode="balance-rr"), rank_modes(clues))) == []
    assert list(refuted_mode(facts, Candidates())) == []
    assert list(refuted_mode(facts, None)) == []
