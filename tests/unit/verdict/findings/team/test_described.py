"""A description that the packets contradict: LACP, its timer, MACs, roles, links and speeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from judged_teams import at, lacp, marked, move, moved, stream, streams, team
from lacp_frames import SLOW

from flowmap.decode.control import ControlFrame
from flowmap.facts.model import TeamFacts
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter, LacpState, TeamDescription
from flowmap.types import PacketClass
from flowmap.verdict.findings.team.described import description_findings

NIC1, NIC2 = Adapter("nic1"), Adapter("nic2")


def told(
    members: Sequence[Adapter] = (NIC1, NIC2),
    frames: Sequence[ControlFrame] = (),
    landed: Sequence[int] = (0, 1),
    mode: str | None = "lacp",
    **description: Any,
) -> TeamFacts:
    described = Described(
        TeamDescription("team.txt", "bonding", mode=mode, members=tuple(members), **description),
        dict(enumerate(members)),
    )
    facts = team(*streams("rx", landed), frames=frames, mode=mode, described=described)
    for member in facts.members:
        member.classes[PacketClass.NON_IP] = 5
    return facts


def kinds(facts: TeamFacts) -> list[Any]:
    found = list(description_findings(facts))
    assert {one.code for one in found} <= {"FM309"}
    return [(one.evidence["kind"], one.subject["members"]) for one in found]


def test_without_a_description_nothing_contradicts() -> None:
    assert kinds(team(*streams("rx", [0, 1]))) == []
    assert kinds(told(frames=lacp(0, 1))) == []


def test_lacp_that_would_have_been_heard_is_missed() -> None:
    """Fast LACP is due each second: three of them within 3 s. Slow LACP is due each 30 s, and ten seconds tell nothing."""
    assert kinds(told(lacp_timer="fast")) == [("no_lacpdus", ["nic1", "nic2"])]
    assert kinds(told(lacp_timer="slow")) == []
    assert kinds(told()) == []
    assert kinds(told(lacp_timer="fast", mode="balance-xor")) == []
    filtered = told(lacp_timer="fast")
    for member in filtered.members:
        member.classes[PacketClass.NON_IP] = 0  # a filter of TCP leaves no LACPDU either
    assert kinds(filtered) == []
    late = told(lacp_timer="fast")
    late.lacp.windows[1] = (at(7.5), at(10))
    assert kinds(late) == []


def test_a_member_that_lacp_never_had_is_told_unless_the_description_says_so() -> None:
    alone = lacp(0, lonely=[1])
    assert kinds(told(frames=alone)) == [("not_bundled", ["nic2"])]
    down, out = replace(NIC2, up=False), replace(NIC2, lacp=LacpState(bundled=False))
    assert kinds(told([NIC1, down], alone, landed=[0, 0])) == []
    assert kinds(told([NIC1, out], alone, landed=[0, 0])) == []


@pytest.mark.parametrize(("asked", "described"), [("slow", "fast"), ("fast", "slow")])
def test_the_timer_that_is_asked_for_is_a_bit_of_the_state(asked: str, described: Any) -> None:
    """LACP_Timeout: 1 is short (802.1AX, 6.4.2.3)."""
    frames = lacp(0, 1, state=SLOW) if asked == "slow" else lacp(0, 1)
    (found,) = description_findings(told(frames=frames, lacp_timer=described))
    assert (found.evidence["kind"], found.evidence["described"]) == ("lacp_timer", described)
    assert f"timer is {described}, but on nic1 and nic2 the host asks for the {asked} rate" in found.explanation
    assert kinds(told(frames=frames, lacp_timer=asked)) == []


def test_lacpdus_of_none_of_the_described_macs_are_another_hosts() -> None:
    """`lacp_frames` sends from the system 02:00:00:00:00:aa, with the port in the last octet but one."""
    macs = [frozenset([0x0200000001AA]), frozenset([0x0200000002AA])]
    own = [replace(one, macs=mac) for one, mac in zip((NIC1, NIC2), macs, strict=True)]
    assert kinds(told(own, lacp(0, 1))) == []
    other = [replace(one, macs=frozenset([0x0A0000000001 + place])) for place, one in enumerate((NIC1, NIC2))]
    assert kinds(told(other, lacp(0, 1))) == [("macs_unseen", ["nic1", "nic2"])]
    assert kinds(told(other, lacp(0, 1), macs=frozenset([0x0200000000AA]))) == []  # the team's own
    assert kinds(told([other[0], NIC2], lacp(0, 1))) == []  # a MAC that is not told may be it
    assert kinds(told(other, lacp(0, lonely=[]))) == [("not_bundled", ["nic2"])]


def test_members_that_carry_though_they_should_not() -> None:
    standing = told([NIC1, replace(NIC2, role="standby")], mode="active-backup", active="nic1")
    (found,) = description_findings(standing)
    assert (found.evidence["kind"], found.evidence["active"], found.subject["members"]) == ("standby", "nic1", ["nic2"])
    assert kinds(told([NIC1, replace(NIC2, lacp=LacpState(bundled=False))], mode=None)) == [("kept_out", ["nic2"])]
    assert kinds(told([NIC1, replace(NIC2, up=False)], mode=None)) == [("down", ["nic2"])]
    idle = [NIC1, replace(NIC2, up=False, role="standby", lacp=LacpState(bundled=False))]
    assert kinds(told(idle, landed=[0, 0], mode=None)) == []


def test_a_member_that_took_over_may_stand_by_in_an_older_text() -> None:
    facts = told([NIC1, replace(NIC2, role="standby")], mode="active-backup")
    took = stream(9, moved("rx", 9, move(4, 0, 1, "failover")))
    assert kinds(replace(facts, streams=[*facts.streams, took])) == []


def test_a_name_that_is_another_members() -> None:
    facts = told(mode=None)
    assert facts.described is not None
    described = replace(facts.described, misnamed={0: Adapter("eth7")})
    (found,) = description_findings(replace(facts, described=described))
    assert (found.evidence["kind"], found.evidence["named"], found.evidence["is_of"]) == ("mac", "eth7", "nic1")


@pytest.mark.parametrize(
    ("captured", "peak_bytes", "kept"),
    [
        (None, 0, False),
        (10**9, 0, False),
        (10**10, 0, True),
        (None, 15_000_000, False),  # in 100 ms: 1.2 Gbit/s
        (None, 16_250_000, True),  # 1.3
    ],
)
def test_a_speed_that_the_capture_denies(captured: int | None, peak_bytes: int, kept: bool) -> None:
    facts = told([replace(NIC1, speed_bps=10**9), NIC2], mode=None)
    facts = marked(facts, 0, speed_bps=captured, peak_bytes=peak_bytes)
    facts = marked(facts, 1, peak_bytes=peak_bytes)
    assert kinds(facts) == ([("speed", ["nic1"])] if kept else [])
