"""How a member that was full while others idled is told: its times in sum, its load by time, the three longest times."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flowmap.verdict.findings.limits.imbalance import imbalance_findings
from flowmap.verdict.speed.imbalance import FullSpan

NOON = 1_735_732_800 * 10**9
"""1 January 2025, 12:00 UTC."""


def span(first_s: int, last_s: int, load_bps: int) -> FullSpan:
    """The first member full in receiving, the second one idle."""
    return FullSpan("rx", 0, NOON + first_s * 10**9, NOON + last_s * 10**9, 0.95, load_bps, 10**10, {1: 10**6})


def test_times_of_one_member_and_direction_are_told_together() -> None:
    team: Any = SimpleNamespace(members=[SimpleNamespace(name="nic1"), SimpleNamespace(name="nic2")])
    spans = [span(0, 10, 9 * 10**9), span(20, 50, 10**10), span(60, 65, 9 * 10**9), span(70, 85, 9 * 10**9)]
    (found,) = imbalance_findings(team, spans)
    assert found.subject == {"direction": "rx", "member": "nic1"}
    load = (30 * 9 * 10**9 + 30 * 10**10) // 60
    rates = {"load_bps": load, "speed_bps": 10**10, "idle_load_bps": {"nic2": 10**6}}
    assert found.evidence == {"seconds": 60, "times": 4, **rates}
    assert "12:00:20 to 12:00:50 UTC" in found.explanation
    assert "1 shorter time" in found.explanation
