"""What keys, directions and numbers of streams tell of who chooses. Odds: k even choices of m members are all one m^(1-k)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judged_teams import HOST, at, lacp, stream, streams, team, way

from flowmap.facts.model import TeamFacts, TwoHosts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.claims.spread import judge_spread
from flowmap.verdict.findings.spread.choosers import choice_findings
from flowmap.verdict.mode.policy import Choice

MAC, ROUTER = 0x64, 0x99


def choice(
    number: int, member: int, side: str = "rx", *, remote: int | None = None, port: int = 50000, **changes: Any
) -> Choice:
    far, near = ((4, 0x0A000001 + (number if remote is None else remote)), port), (HOST, 6600)
    macs = (1 + number, MAC) if side == "rx" else (MAC, 1 + number)
    src, dst = (far, near) if side == "rx" else (near, far)
    return Choice(number, member, src, dst, macs, 0, at(1), at(9))._replace(**changes)


def found(facts: TeamFacts, tx: Any = (), rx: Any = (), spread: Spread | None = None) -> list[Finding]:
    return list(choice_findings(facts, spread or judge_spread(facts), tx, rx))


def codes(facts: TeamFacts, tx: Any = (), rx: Any = (), spread: Spread | None = None) -> list[str]:
    return [one.code for one in found(facts, tx, rx, spread)]


EIGHT = [choice(k, 0) for k in range(8)]
SENT = [choice(k, k % 2, "tx") for k in range(8)]


def test_a_switch_that_puts_all_on_one_member_while_the_host_sends_over_several() -> None:
    """Eight on one of two: 1 in 128."""
    facts = team(*streams("rx", [0] * 8))
    (one,) = found(facts, SENT, EIGHT)
    assert (one.code, one.severity, one.subject) == ("FM207", "info", {"direction": "rx", "members": ["nic1"]})
    assert one.evidence["counts"] == {"nic1": 8}
    assert one.evidence["other_counts"] == {"nic1": 4, "nic2": 4}
    assert one.evidence["values"]["4tuple"] == 8
    assert "A hash of destination addresses has one value for all of them." in one.explanation
    assert codes(facts, SENT[:1], EIGHT) == []
    assert codes(facts, SENT, EIGHT[:7]) == []
    assert codes(facts, SENT, [*EIGHT[:7], choice(7, 1)]) == []
    assert codes(replace(facts, flooded=1), SENT, EIGHT) == []
    assert codes(team(*streams("rx", [0] * 8), mode="active-backup"), SENT, EIGHT) == []


def test_hosts_behind_a_router_have_one_mac() -> None:
    behind = [one._replace(macs=(ROUTER, MAC)) for one in EIGHT]
    facts = team(*streams("rx", [0] * 8))
    first, second = found(facts, SENT, behind)
    assert (first.code, first.severity, first.wireshark_filter) == ("FM208", "warning", "eth.src == 00:00:00:00:00:99")
    assert "All 8 hosts come in on nic1 and from one MAC, 00:00:00:00:00:99" in first.explanation
    assert second.code == "FM207"
    assert (
        "A hash of MAC pairs, source MACs and destination addresses has one value for all of them."
        in second.explanation
    )
    one_host = [choice(k, 0, remote=0, port=50000 + k, macs=(ROUTER, MAC)) for k in range(8)]
    assert "FM208" not in codes(facts, SENT, one_host)


def sending(**changes: Any) -> TeamFacts:
    return team(*streams("tx", [0] * 8), frames=lacp(0, 1), **changes)


def test_a_host_that_sends_all_over_one_member_of_a_bundle() -> None:
    sent = [choice(k, 0, "tx") for k in range(8)]
    (one,) = found(sending(), sent)
    assert (one.code, one.severity) == ("FM209", "info")
    assert "although LACP has nic1 and nic2 in the bundle" in one.explanation
    (known,) = found(sending(mode="lacp", algorithm="transport-ports"), sent)
    assert (known.code, known.severity) == ("FM209", "warning")
    assert "The hash of this mode takes ports in, and theirs differ." in known.explanation
    assert codes(team(*streams("tx", [0] * 8)), sent) == []  # the other member may be down


def test_even_ports_of_an_old_kernel() -> None:
    """layer3+4 with the lowest bit of the ports: all even ports have bit 0 clear, so it is that of the addresses alone."""
    facts = team(*streams("tx", [0] * 4))
    even = [choice(k, 0, "tx", remote=0, src=(HOST, 40000 + 2 * k)) for k in range(4)]
    assert "FM210" in codes(facts, even)
    one = next(each for each in found(facts, even) if each.code == "FM210")
    assert one.evidence == {"even": 4, "streams": 4}
    assert "FM210" not in codes(facts, even[:3])
    assert "FM210" not in codes(facts, [*even[:3], even[3]._replace(src=(HOST, 40007))])
    assert "FM210" not in codes(facts, [*even[:3], even[3]._replace(member=1)])
    assert "FM210" not in codes(team(*streams("tx", [0] * 4), count=3), even)


def pair(count: int, side: str = "rx", **changes: Any) -> tuple[TeamFacts, list[Choice]]:
    own = [stream(k, way(side, 1, 0, port=50000 + k)) for k in range(count)]
    return team(*own, **changes), [choice(k, 0, side, remote=0, port=50000 + k) for k in range(count)]


def test_ports_would_tell_streams_of_one_pair_apart() -> None:
    """Two values on two members: half of the time both are used, 1.5 on average; on three 2 of 3."""
    facts, own = pair(2)
    (one,) = found(facts, rx=own)
    assert (one.code, one.severity, one.subject) == ("FM213", "info", {"direction": "rx", "members": ["nic1"]})
    assert "it would use 1.5 of 2 members on average, all of them 1 time in 2" in one.explanation
    assert one.evidence["odds"] == {"1": 0.5, "2": 0.5}
    assert one.evidence["odds_with_one_more"] == {"1": 0.3333, "2": 0.6667}
    sent, tx = pair(2, "tx")
    assert codes(sent, tx=tx) == ["FM213"]
    assert codes(pair(1)[0], rx=pair(1)[1]) == []
    assert codes(replace(facts, flooded=1), rx=own) == []
    assert codes(pair(2, mode="active-backup")[0], rx=own) == []
    assert codes(facts, rx=[own[0], own[1]._replace(member=1)]) == []
    assert codes(pair(2, "tx", mode="lacp", algorithm="transport-ports")[0], tx=tx) == []  # they are in it


def test_members_that_carry_nothing_are_told_with_the_odds() -> None:
    """Three on two of three members or fewer: 1 - 3!/27 = 7/9; thirteen: 1 - (3^13 - 3 * 2^13 + 3) / 3^13 = 1.5 %; fourteen
    one per cent, fifteen less."""
    facts = team(*streams("rx", [0, 1, 0]), count=3)
    (one,) = found(facts)
    assert (one.code, one.severity, one.subject) == ("FM211", "info", {"direction": "rx", "members": ["nic3"]})
    assert one.evidence["p_at_most"] == pytest.approx(7 / 9, abs=1e-6)
    assert "3 hosts use two of 3 members, not nic3" in one.explanation
    many = team(*streams("rx", [0, 1] * 7 + [0]), count=3)
    (rare,) = found(many)
    assert (rare.severity, rare.evidence["units"]) == ("warning", 15)
    per_stream = replace(judge_spread(facts), unit="stream")
    (by_stream,) = found(facts, spread=per_stream)
    assert "3 streams use two of 3 members" in by_stream.explanation
    assert codes(team(*streams("rx", [0, 1, 2]), count=3)) == []
    assert codes(team(*streams("rx", [0, 0]), count=3)) == []


@pytest.mark.parametrize(("port", "protocol"), [(3260, "iSCSI"), (2049, "NFS")])
def test_storage_sessions_of_one_pair_of_addresses(port: int, protocol: str) -> None:
    facts = team(*streams("rx", [0, 1]))
    sessions = [choice(90 + k, 0, "tx", remote=5, src=(HOST, 40000 + k), port=port) for k in range(2)]
    (one,) = found(facts, tx=sessions)
    assert (one.code, one.evidence) == ("FM212", {"streams": 2, "pairs": 1, "port": port})
    assert (
        f"Both {protocol} sessions use nic1: they have one pair of addresses (10.0.0.100 to 10.0.0.6)"
        in one.explanation
    )
    assert one.wireshark_filter == f"tcp.port == {port}"
    assert codes(facts, tx=sessions[:1]) == []
    assert codes(facts, tx=[sessions[0], sessions[1]._replace(member=1)]) == []


def test_storage_sessions_that_an_xor_of_addresses_cannot_tell_apart() -> None:
    """10.0.0.100 is even: xor with .2 and .4 is even, with .2 and .3 not."""
    facts = team(*streams("rx", [0, 1]))
    alike = [choice(90, 0, "tx", remote=1, port=3260), choice(91, 0, "tx", remote=3, port=3260)]
    (one,) = found(facts, tx=alike)
    assert "an xor of the last octets gives all 2 pairs of addresses the same of 2 members" in one.explanation
    apart = [choice(90, 0, "tx", remote=1, port=3260), choice(91, 0, "tx", remote=2, port=3260)]
    assert codes(facts, tx=apart) == []


def test_nothing_is_told_of_one_member_two_hosts_or_captures_apart() -> None:
    sessions = [choice(90 + k, 0, "tx", remote=5, port=3260) for k in range(2)]
    assert codes(team(count=1), tx=sessions) == []
    assert codes(team(), tx=sessions) == ["FM212"]
    assert codes(team(two_hosts=TwoHosts(msg("a; b"), ())), tx=sessions) == []
    assert codes(team(), tx=sessions, spread=Spread("inconclusive", "apart")) == []
