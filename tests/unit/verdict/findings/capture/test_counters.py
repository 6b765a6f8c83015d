"""Captures that do not fit the counters: packets that no capture holds, or that were never counted."""

from __future__ import annotations

import pytest
from judged_teams import marked, team

from flowmap.team.counters.model import MemberCounters
from flowmap.verdict.findings.capture.counters import missed_findings


@pytest.mark.parametrize(("counted", "code"), [(20_000, "FM510"), (10_000, None), (5_000, "FM511")])
def test_a_contradiction_has_its_numbers(counted: int, code: str | None) -> None:
    values = {"rx_packets": counted, "tx_packets": 0, "rx_bytes": counted * 1004, "tx_bytes": 0}
    facts = team(counters={0: MemberCounters("ethtool", ("a.txt",), values)}, wire_packets={0: 10_000})
    facts = marked(facts, 0, packets=10_000, wire_bytes=10_000_000)
    found = list(missed_findings(facts))
    assert [one.code for one in found] == ([code] if code else [])
    for one in found:
        assert (one.severity, one.subject) == ("warning", {"member": "nic1"})
        assert one.evidence == {
            "counted_packets": counted,
            "captured_packets": 10_000,
            "slack_packets": 0,
            "counters_of": "ethtool",
        }
        assert f"{counted:,}" in one.explanation
        assert "10,000" in one.explanation
