"""Clues are made only where the captures could have shown the contrary, and each from facts made for it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import HOST, at, lacp, move, moved, stream, streams, team, way

from flowmap.facts.model import TeamFacts, TwoHosts
from flowmap.message import msg
from flowmap.team.lacp.bundle import read_lacpdus
from flowmap.types import PacketClass
from flowmap.verdict.mode.clues import Sent, find_clues
from flowmap.verdict.mode.policy import Choice, Fit, Placements

MAC, OTHER = 0x020000000001, 0x020000000002


def kinds(
    facts: TeamFacts, *, sent: Any = (), tx: Any = (), rx: Any = (), keys: Any = (), policies: Any = ()
) -> list[str]:
    return [clue.kind for clue in find_clues(facts, sent, Placements(tx, keys, policies), Placements(rx))]


def choice(number: int, member: int, first: float = 1, last: float = 9, **changes: Any) -> Choice:
    remote = (4, 0x0A000001 + number)
    return Choice(number, member, (HOST, 6600), (remote, 50000), (MAC, 0x99), 0, at(first), at(last))._replace(
        **changes
    )


def received(number: int, member: int, mac: int | None = MAC, **changes: Any) -> Choice:
    remote = (4, 0x0A000001 + number)
    macs = None if mac is None else (0x99, mac)
    return Choice(number, member, (remote, 50000), (HOST, 6600), macs, 0, at(1), at(9))._replace(**changes)


def test_nothing_is_told_of_one_member_or_where_members_are_unsure() -> None:
    both = [choice(0, 0), choice(1, 1)]
    assert kinds(team(), tx=both) == ["sent_on_several"]
    assert kinds(team(count=1), tx=both) == []
    assert kinds(team(two_hosts=TwoHosts(msg("a; b"), ())), tx=both) == []


def test_sending_on_several_means_at_the_same_time() -> None:
    assert kinds(team(), tx=[choice(0, 0, 1, 5), choice(1, 1, 5, 9)]) == []
    assert kinds(team(), tx=[choice(0, 0, 1, 5.1), choice(1, 1, 5, 9)]) == ["sent_on_several"]
    assert kinds(team(), tx=[choice(0, 0, 1, 8), choice(1, 0, 2, 3), choice(2, 1, 7, 9)]) == ["sent_on_several"]


def test_a_bundle_outranks_a_host_that_only_speaks() -> None:
    assert kinds(team(frames=lacp(0, 1))) == ["lacp_bundle"]
    facts = team(frames=lacp(lonely=[0, 1]))
    assert facts.lacp_host.system is not None
    assert kinds(facts) == ["lacp_host"]


def silent(seconds: float, others: int = 1) -> TeamFacts:
    facts = team(lacp=read_lacpdus([], {0: (at(0), at(seconds)), 1: (at(0), at(100))}))
    facts.members[0].classes[PacketClass.NON_IP] = others
    return facts


def test_no_lacp_takes_three_slow_intervals_and_frames_that_a_filter_would_leave_out() -> None:
    several = [choice(0, 0), choice(1, 1)]
    assert "no_lacp" in kinds(silent(90), tx=several)
    assert "no_lacp" not in kinds(silent(89.9), tx=several)
    assert "no_lacp" not in kinds(silent(90, others=0), tx=several)
    assert "no_lacp" not in kinds(silent(90), tx=several[:1])  # with one active member no switch has to know


@pytest.mark.parametrize(("count", "told"), [(2, False), (3, True)])
def test_flooding_is_three_frames_on_every_member_outside_of_a_bundle(count: int, told: bool) -> None:
    assert ("flooded" in kinds(team(flooded=count))) == told
    assert "flooded" not in kinds(team(flooded=count, frames=lacp(0, 1)))


def sent(member: int, mac: int = MAC, src: Any = HOST, first: float = 1, last: float = 9) -> Sent:
    return Sent(src, mac, member, at(first), at(last))


def test_source_macs_of_one_address() -> None:
    facts = team()
    assert kinds(facts, sent=[sent(0), sent(1)]) == ["one_source_mac"]
    assert kinds(facts, sent=[sent(0), sent(1, src=(4, 9))]) == []  # another address has a MAC of its own
    assert kinds(facts, sent=[sent(0, last=4), sent(1, first=5)]) == []  # it may have moved with a failure
    assert kinds(facts, sent=[sent(0), sent(1, OTHER)]) == ["own_source_macs"]
    assert kinds(facts, sent=[sent(0, last=4), sent(1, OTHER, first=5)]) == []
    assert "own_source_macs" not in kinds(facts, sent=[sent(0), sent(1, OTHER), sent(1)])  # one of them is on both
    assert "own_source_macs" not in kinds(facts, sent=[sent(0), sent(0, OTHER)])


def test_spraying_is_a_clue_of_what_the_host_sends() -> None:
    assert kinds(team(stream(0, way("tx", 1, 0, 1)))) == ["sprayed"]
    assert kinds(team(stream(0, way("rx", 1, 0, 1)))) == []
    both = stream(0, way("unknown", 1, 0, 1), way("unknown", 1, 1, 0))
    assert kinds(team(both)) == ["sprayed"]
    assert kinds(team(stream(0, way("unknown", 1, 0, 1), way("unknown", 1, 0)))) == []


def test_a_large_stream_stays_whole_only_where_another_member_sends_meanwhile() -> None:
    def large(packets: int) -> TeamFacts:
        own = way("tx", 1, 0)
        return team(stream(0, replace(own, shares=[own.shares[0]._replace(packets=packets)])))

    beside = [choice(0, 0), choice(1, 1, 8.9, 9.5)]
    assert "kept_whole" in kinds(large(200), tx=beside)
    assert "kept_whole" not in kinds(large(199), tx=beside)
    assert "kept_whole" not in kinds(large(200), tx=[choice(0, 0), choice(1, 1, 9, 9.5)])
    assert "kept_whole" not in kinds(large(200), tx=[choice(0, 0), choice(1, 0)])


@pytest.mark.parametrize(
    ("cause", "side", "expected"),
    [
        ("flowlet", "tx", ["moved_at_gaps"]),
        ("rebalance", "tx", ["moved_by_load"]),
        ("rebalance", "rx", []),
        ("failover", "tx", []),
    ],
)
def test_moves_of_what_is_sent_tell_by_their_cause(cause: str, side: str, expected: list[str]) -> None:
    assert kinds(team(stream(0, moved(side, 1, move(4, 0, 1, cause))))) == expected


def test_one_mac_that_is_received_on_several_members() -> None:
    facts = team()
    assert kinds(facts, rx=[received(0, 0), received(1, 1)]) == ["received_on_several"]
    assert kinds(facts, rx=[received(0, 0), received(1, 1, vlan=7)]) == []  # each VLAN is learned by itself
    assert kinds(facts, rx=[received(0, 0), received(1, 1, None)]) == []


def test_one_address_under_several_macs() -> None:
    facts = team()
    assert kinds(facts, rx=[received(0, 0), received(1, 1, OTHER)]) == ["several_macs_received"]
    assert kinds(facts, rx=[received(0, 0), received(1, 0, OTHER)]) == []
    assert kinds(facts, rx=[received(0, 0), received(1, 1, OTHER, dst=((4, 9), 6600))]) == []


def test_six_streams_on_one_member_are_many() -> None:
    """An even hash puts six on one of two members less than 1 time in 20: 2^-5."""
    came, two = [received(k, 0, None) for k in range(6)], [choice(0, 0, 1, 2), choice(1, 1, 3, 4)]
    assert kinds(team(), rx=came, tx=two) == ["received_on_one"]
    assert kinds(team(), rx=came[:5], tx=two) == []
    assert kinds(team(), rx=came, tx=two[:1]) == []
    six = [choice(k, 0) for k in range(6)]
    assert kinds(team(), rx=came, tx=six) == ["sent_on_one"]
    assert kinds(team(), rx=came, tx=six[:5]) == []
    assert kinds(team(), rx=came[:5], tx=six) == []


def test_keys_and_policies_are_clues_by_how_they_fared() -> None:
    refuted = Fit("smac+vlan", "refuted", 1, {"at_once": False})
    sending = Placements(
        (),
        [refuted, replace(refuted, name="ip", refuted_by={"at_once": True}), Fit("dst", "fits", 2)],
        [Fit("layer2", "fits", 5), Fit("layer3+4", "refuted", 5), Fit("ip-hash", "untestable", 0)],
    )
    steady, at_once, fits, denied = find_clues(team(), [], sending, Placements())
    assert (steady.kind, steady.steady) == ("key_smac_vlan", True)
    assert (at_once.kind, at_once.steady) == ("key_ip", False)
    assert (fits.kind, fits.value) == ("policy_fits", "layer2")
    assert (denied.kind, denied.value) == ("policy_refuted", "layer3+4")


def test_a_host_without_streams_has_no_clue() -> None:
    assert kinds(team(*streams("rx", [0, 1]))) == []
