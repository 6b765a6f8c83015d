"""What keeps members out of the bundle, of LACPDUs written octet by octet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from judged_teams import lacp, marked, team
from lacp_frames import FAST, HOST, OTHER_SWITCH, SWITCH, healthy, lacpdu, talk

from flowmap.facts.model import TeamFacts, TwoHosts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.team.lacp.bundle import HostSystem
from flowmap.team.lacp.peers import Kind
from flowmap.verdict.findings.team.lacp import _RULES, lacp_findings
from flowmap.verdict.findings.team.lacp_signs import SIGNS

OUT_OF_SYNC, EXPIRED = FAST & ~0x38, 0x80


def facts(*frames: Any, host: int | None = HOST, **changes: Any) -> TeamFacts:
    made = team(frames=sorted((one for part in frames for one in part), key=lambda one: one.ts_ns), **changes)
    return replace(made, lacp_host=HostSystem(host, False, "so it was made"))


def told(own: TeamFacts) -> list[tuple[str, str, list[str]]]:
    return [(one.code, str(one.evidence["kind"]), one.subject["members"]) for one in lacp_findings(own)]


def one_of(own: TeamFacts, kind: str) -> Finding:
    (found,) = [one for one in lacp_findings(own) if one.evidence["kind"] == kind]
    return found


def out_of_sync(member: int, speaker: int = HOST) -> Any:
    ports = (member + 1, member + 11)
    other = SWITCH if speaker == HOST else HOST
    good, bad = FAST, OUT_OF_SYNC
    return [
        *talk(member, range(10), lacpdu(speaker, bad, other, good, ports=ports)),
        *talk(member, range(10), lacpdu(other, good, speaker, bad, ports=ports[::-1])),
    ]


def test_every_kind_has_one_rule() -> None:
    assert set(_RULES) | set(SIGNS) == set(get_args(Kind))
    assert not set(_RULES) & set(SIGNS)


def test_a_healthy_bundle_has_none() -> None:
    assert told(facts(lacp(0, 1))) == []


def test_a_side_that_speaks_alone_is_named_and_not_said_to_be_defaulted_too() -> None:
    own = facts(lacp(0, lonely=[1]))
    assert told(own) == [("FM301", "no_answer", ["nic2"])]
    assert "only the host's LACPDUs are seen (10)" in one_of(own, "no_answer").explanation
    assert "only the switch's" in one_of(facts(lacp(0, lonely=[1]), host=SWITCH), "no_answer").explanation
    assert "only one side's" in one_of(facts(lacp(0, lonely=[1]), host=None), "no_answer").explanation


def test_of_a_member_with_one_direction_captured_silence_says_nothing() -> None:
    half = told(marked(facts(lacp(0, lonely=[1])), 1, only_side="rx"))
    assert half == [("FM302", "defaulted", ["nic2"])]  # what the sender says of itself stays
    assert told(marked(facts(lacp(0, lonely=[1])), 1, links_mixed=True)) == []


@pytest.mark.parametrize(("speaker", "who"), [(HOST, "the host"), (SWITCH, "the switch")])
def test_a_port_out_of_sync_is_told_with_whose_it_is_and_where_to_look(speaker: int, who: str) -> None:
    found = one_of(facts(lacp(0), out_of_sync(1, speaker)), "not_in_sync")
    assert (found.code, found.severity) == ("FM302", "error")
    assert f"{who} keeps the port out of sync" in found.explanation
    assert found.action is not None
    assert ("on the host" in found.action) == (speaker == HOST)
    assert found.wireshark_filter == f"lacp.actor.sysid == 02:00:00:00:00:{speaker & 0xFF:02x}"


def test_what_follows_from_different_partners_says_so() -> None:
    own = facts(healthy(0, range(10)), healthy(1, range(10), switch=OTHER_SWITCH), out_of_sync(1))
    apart = one_of(own, "different_systems")
    assert (apart.code, apart.subject) == ("FM303", {"members": ["nic1", "nic2"]})
    assert "nic1: 02:00:00:00:00:cc" in apart.explanation
    follows = one_of(own, "not_in_sync")
    assert follows.action == "This follows from FM303: repair that first."


def test_several_teams_of_one_host_may_have_different_partners() -> None:
    two = TwoHosts(msg("a; b"), (), teams_of_one=True)
    own = facts(healthy(0, range(10)), healthy(1, range(10), switch=OTHER_SWITCH), two_hosts=two)
    assert told(own) == []


def test_a_partner_that_was_lost_and_found_again_is_no_finding() -> None:
    ports = (2, 12)
    lost = talk(1, [3, 4], lacpdu(HOST, FAST | EXPIRED, SWITCH, FAST, ports=ports))
    back = healthy(1, [0, 1, 2, 5, 6, 7, 8, 9])
    assert not [one for one in told(facts(lacp(0), back, lost)) if one[1] == "expired"]
    begin = healthy(1, [0, 1, 2])
    end = talk(1, range(3, 10), lacpdu(HOST, FAST | EXPIRED, SWITCH, FAST, ports=ports))
    found = one_of(facts(lacp(0), begin, end), "expired")
    assert (found.code, found.severity) == ("FM302", "warning")
    assert found.action is not None
    assert found.action.startswith("The host does not hear the switch")
