"""Findings about captures that do not fit the counters: packets that no capture holds, or that were never counted."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import msg
from flowmap.verdict.findings.capture.rules import FM510, FM511
from flowmap.verdict.quality.counters import compare, missed_text

__all__ = ["missed_findings"]


def missed_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield each member whose capture and counters contradict each other."""
    for member in team.team_members:
        own = team.counters.get(member.number)
        both = compare(team, member) if own is not None else None
        if own is None or both is None or both.says is None:
            continue
        subject = {"member": member.name}
        evidence = {
            "counted_packets": both.counted,
            "captured_packets": both.captured,
            "slack_packets": both.slack,
            "counters_of": own.kind,
        }
        if both.says == "missed":
            missed = msg("{detail:capital}.", detail=missed_text(member, both, own))
            yield Finding(FM510, "warning", missed, subject, evidence)
            continue
        beyond = msg(
            "The capture of {member} holds {captured:,} packets, but {kind} counted only {counted:,} between the "
            "readings: they were not taken before and after this capture, or are of another interface.",
            member=member.name,
            captured=member.packets,
            kind=own.kind,
            counted=both.counted,
        )
        yield Finding(FM511, "warning", beyond, subject, evidence)
