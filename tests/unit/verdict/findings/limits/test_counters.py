"""Drops that explain loss, drops that do not, and bytes that bypassed the host's stack."""

from __future__ import annotations

from typing import Any

import pytest
from judged_teams import limited, stream, streams, team, way

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.team.counters.model import MemberCounters
from flowmap.verdict.findings.limits.counters import counter_findings

PACKETS = {"rx_packets": 500_000, "tx_packets": 500_000}


def counted(first: dict[str, int], second: dict[str, int] | None = None, *own: Any, **changes: Any) -> TeamFacts:
    counters = {
        number: MemberCounters("ethtool", ("a.txt",), {**PACKETS, **values})  # type: ignore[dict-item]
        for number, values in enumerate((first, second or {}))
    }
    return team(*own, counters=counters, **changes)


def only(facts: TeamFacts) -> Finding:
    (found,) = counter_findings(facts)
    return found


def lossy(side: str, member: int, sent_again: int = 100) -> Any:
    return stream(0, way(side, 1, member, retransmitted=sent_again), limit=limited("loss"))


def test_drops_matter_from_one_in_a_thousand_on() -> None:
    assert list(counter_findings(counted({"rx_drops": 1000}))) == []
    found = only(counted({"rx_drops": 900, "tx_errors": 101}))
    assert (found.code, found.severity, found.subject) == ("FM409", "info", {"members": ["nic1"]})
    assert found.evidence == {"rx_drops": 900, "tx_errors": 101}
    assert found.explanation == "Between the readings, counters show drops or errors: 1,001 packets on nic1."


def test_drops_of_two_members_are_told_each() -> None:
    found = only(counted({"rx_drops": 2000}, {"rx_drops": 3000, "rx_errors": 1}))
    assert "2,000 packets on nic1 and 3,001 packets on nic2" in found.explanation
    assert found.evidence == {"rx_drops": 5000, "rx_errors": 1}


@pytest.mark.parametrize(
    ("facts", "severity", "says"),
    [
        (counted({"rx_drops": 60}, None, lossy("rx", 0)), "warning", "That explains packets that were sent again."),
        (counted({"rx_drops": 50}, None, lossy("rx", 0)), "warning", "That explains packets that were sent again."),
        (counted({"rx_drops": 49}, None, lossy("rx", 0)), "warning", "less than the 100 packets that were sent again"),
        (counted({"rx_drops": 60}, None, lossy("tx", 0)), "info", "None of it is where streams lost packets"),
        (counted({"rx_drops": 60}, None, lossy("rx", 1)), "info", "None of it is where streams lost packets"),
        (counted({"tx_drops": 60}, None, lossy("unknown", 0)), "warning", "That explains packets"),
    ],
    ids=["explains", "half", "less", "other direction", "other member", "direction unknown"],
)
def test_where_streams_lost_packets_few_drops_matter_if_they_are_there(
    facts: TeamFacts, severity: str, says: str
) -> None:
    found = only(facts)
    assert (found.severity, says in found.explanation) == (severity, True)


def test_bytes_past_the_stack_are_told_by_member() -> None:
    rdma = [
        {"rdma_rx_bytes": 6_000_000_000, "rdma_tx_bytes": 0},
        {"rdma_rx_bytes": 1_500_000_000, "rdma_tx_bytes": 500_000_000},
    ]
    found = only(counted(*rdma))
    assert (found.code, found.severity, found.subject) == ("FM410", "warning", {"members": ["nic1", "nic2"]})
    assert found.evidence == {
        "bypass": "rdma",
        "bypass_tx_bytes": 500_000_000,
        "bypass_rx_bytes": 7_500_000_000,
        "counts": {"nic1": 6_000_000_000, "nic2": 2_000_000_000},
    }
    assert (
        "RDMA moved 8.0 GB that no capture of this host holds: nic1 6.0 GB (75 %) and nic2 2.0 GB (25 %)."
        in found.explanation
    )
    assert only(counted(*rdma, *streams("rx", [0, 1]))).severity == "info"


def test_members_without_counters_say_nothing() -> None:
    assert list(counter_findings(team(lossy("rx", 0)))) == []
