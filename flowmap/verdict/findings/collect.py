"""All findings of a judged team, in the order in which a person has to know them.

A finding says here what is the case; its title, general meaning and what to do are the page of its code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.verdict.claims.results import Pinned, Spread
from flowmap.verdict.findings.capture.counters import missed_findings
from flowmap.verdict.findings.capture.noticed import nothing_matched, noticed_findings
from flowmap.verdict.findings.limits.counters import counter_findings
from flowmap.verdict.findings.limits.imbalance import imbalance_findings
from flowmap.verdict.findings.limits.streams import limit_findings
from flowmap.verdict.findings.placement.streams import placement_findings
from flowmap.verdict.findings.spread.choosers import choice_findings
from flowmap.verdict.findings.spread.claim import many_streams, spread_finding
from flowmap.verdict.findings.team.described import description_findings
from flowmap.verdict.findings.team.described_lacp import described_lacp_findings
from flowmap.verdict.findings.team.lacp import lacp_findings
from flowmap.verdict.findings.team.mode import mode_findings, refuted_mode, two_hosts_finding
from flowmap.verdict.findings.team.network import network_findings
from flowmap.verdict.findings.team.rules import FM308
from flowmap.verdict.mode.candidates import Candidates
from flowmap.verdict.mode.policy import Choice
from flowmap.verdict.speed.imbalance import FullSpan

__all__ = ["Grounds", "find_all"]


@dataclass(frozen=True)
class Grounds:
    """All that findings are made of.

    `tx`, `rx`: placements on one member; `full`: when members were full while others idled.

    `meant`: a spread that fails, or is improbable, is what the mode means.
    """

    team: TeamFacts
    pinned: Pinned
    spread: Spread
    candidates: Candidates | None = None
    tx: Sequence[Choice] = ()
    rx: Sequence[Choice] = ()
    full: Sequence[FullSpan] = ()
    meant: bool = False


def find_all(grounds: Grounds) -> list[Finding]:
    """Return all findings, the gravest first, causes before what follows from them."""
    team, spread = grounds.team, grounds.spread
    found = [
        *placement_findings(team),
        *spread_finding(team, spread, grounds.candidates, grounds.meant),
        *many_streams(team, grounds.tx, grounds.rx),
        *choice_findings(team, spread, grounds.tx, grounds.rx),
        *two_hosts_finding(team),
        *lacp_findings(team),
        *described_lacp_findings(team),
        *mode_findings(team),
        *description_findings(team),
        *network_findings(team, grounds.candidates, grounds.tx, grounds.rx),
        *limit_findings(team),
        *counter_findings(team),
        *imbalance_findings(team, grounds.full),
        *nothing_matched(team, grounds.pinned),
        *noticed_findings(team),
        *missed_findings(team),
    ]
    if not any(finding.code == FM308.code for finding in found):
        found += refuted_mode(team, grounds.candidates)
    return sorted(_weighed(found, team, spread), key=lambda finding: finding.urgency)


def _weighed(found: Sequence[Finding], team: TeamFacts, spread: Spread) -> Iterator[Finding]:
    """Yield what LACP did to members that could not be used is an error where hosts fail to spread for that."""
    unusable = {member.name for member in team.team_members if member.number not in spread.counts}
    for finding in found:
        blamed = finding.rule.keeps_out and not unusable.isdisjoint(finding.subject.get("members", ()))
        yield replace(finding, severity="error") if spread.why == "one_usable" and blamed else finding
