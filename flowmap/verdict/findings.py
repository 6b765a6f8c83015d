"""Findings: what a person should know beyond the claims, each with the numbers it rests on.

A finding says here what is the case; its title, general meaning and what to do are the page of its code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from flowmap.message import Message, msg, nmsg, number_word
from flowmap.team.host import Address, address_text
from flowmap.verdict.candidates import Candidates
from flowmap.verdict.choice_findings import choice_findings
from flowmap.verdict.claims import Pinned, Spread
from flowmap.verdict.facts import TeamFacts
from flowmap.verdict.flooded import RECEIVES_ON_ONE, flooded_action
from flowmap.verdict.limit_findings import limit_findings
from flowmap.verdict.network_findings import network_findings
from flowmap.verdict.placement_findings import placement_findings
from flowmap.verdict.policy import Choice
from flowmap.verdict.sentences import pinned_sentence, spread_sentence
from flowmap.verdict.team_findings import team_findings
from flowmap.verdict.urgency import urgency

__all__ = ["Finding", "find_all"]

_UNEVEN = {
    "tx": msg(
        "Compare what the host hashes with what differs between the hosts. Common causes: a key that is equal for all "
        "(destination only, MAC behind a router), only even or only odd addresses, a pinned virtual port."
    ),
    "rx": msg(
        "Compare what the switch hashes with what differs between the hosts. Common causes: a key that is equal for all "
        "(destination only, MAC behind a router), only even or only odd addresses, two hashes in a row."
    ),
}
_SPREAD = {"one_usable": "FM201", "unlikely": "FM202", "chance": "FM203", "one_host": "FM204", "flooded": "FM205"}

_KEEP_OUT = ("FM301", "FM302", "FM303", "FM304")


@dataclass(frozen=True)
class Finding:
    """`explanation` is about this case, as `action` is if given; else that comes from the page of `code`, as the title does."""

    code: str
    severity: Literal["info", "warning", "error"]
    explanation: Message
    subject: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    wireshark_filter: str | None = None
    action: Message | None = None


def find_all(
    team: TeamFacts, pinned: Pinned, spread: Spread, candidates: Candidates | None = None, tx: Sequence[Choice] = (),
    rx: Sequence[Choice] = (),
) -> list[Finding]:  # fmt: skip
    """All findings, the gravest first, causes before what follows from them. `tx`, `rx`: placements on one member."""
    told = (*placement_findings(team), *team_findings(team), *limit_findings(team), *choice_findings(team, spread, tx, rx),
            *network_findings(team, candidates, tx, rx))  # fmt: skip
    found = [*_spread(team, spread, candidates), *_streams(team, pinned), *(Finding(**finding) for finding in told)]
    if not any(finding.code == "FM308" for finding in found):
        found += _refuted_mode(team, candidates)
    return sorted(_weighed(found, team, spread), key=urgency)


def _weighed(found: Sequence[Finding], team: TeamFacts, spread: Spread) -> Iterator[Finding]:
    """What LACP did to members that could not be used is an error where hosts fail to spread for that."""
    unusable = {member.name for member in team.team_members if member.number not in spread.counts}
    for finding in found:
        blamed = finding.code in _KEEP_OUT and not unusable.isdisjoint(finding.subject.get("members", ()))
        yield replace(finding, severity="error") if spread.why == "one_usable" and blamed else finding


def _refuted_mode(team: TeamFacts, candidates: Candidates | None) -> Iterator[Finding]:
    """The mode that was given or described, where the packets refute each of its rows."""
    known = candidates.of(team.expectation.rows) if candidates is not None else []
    if known and all(one.refuted_by for one in known):
        clue = known[0].refuted_by[0]
        text = msg("The packets refute the mode that was given: {why}.", why=clue.text)
        yield Finding("FM308", "warning", text, {}, {"mode": team.mode, "algorithm": team.algorithm, "clue": clue.kind})


def _spread(team: TeamFacts, spread: Spread, candidates: Candidates | None) -> Iterator[Finding]:
    counts = {team.members[member].name: count for member, count in spread.counts.items()}
    evidence = {"hosts": spread.hosts, "unit": spread.unit, "counts": counts, "p_value": spread.p}
    subject = {"direction": spread.side}
    sentence = spread_sentence(spread, team, candidates)
    code = _SPREAD.get(spread.why)
    if code:
        severity: Literal["error", "info"] = "error" if spread.verdict == "fail" else "info"
        action = _UNEVEN.get(str(spread.side)) if code == "FM202" else None
        if spread.why == "one_usable":
            action = msg("Repair LACP on the members that were not in the bundle.")
        elif spread.why == "flooded":
            action = flooded_action(team, candidates)
        yield Finding(code, severity, sentence, subject, evidence, action=action)
    elif spread.why == "mode":
        action = RECEIVES_ON_ONE if spread.side == "rx" and _by_sending(team) else msg(
            "Only another teaming mode changes this; `flowmap explain MODE` tells what a mode does."
        )  # fmt: skip
        yield Finding("FM201", "error", sentence, subject, evidence, action=action)
    keyed = _many_streams_one_member(team)
    if keyed:
        host, count, member = keyed
        text = msg(
            "{number} streams with {host} all use {member}: a key of addresses only puts every stream of a host pair on "
            "one member.", number=number_word(count, capital=True), host=address_text(host),
            member=team.members[member].name,
        )  # fmt: skip
        yield Finding("FM206", "info", text, {"host": address_text(host)}, {"streams": count})


def _by_sending(team: TeamFacts) -> bool:
    """Whether all members carry traffic, and the switch, which does not aggregate, answers on one."""
    return all(row.switch == "independent" and row.rx != "active" for row in team.expectation.rows)


def _many_streams_one_member(team: TeamFacts) -> tuple[Address, int, int] | None:
    """A remote host whose streams (at least four) all landed on one member of several."""
    by_host: dict[Address, list[int | None]] = {}
    for stream in team.judged:
        end = stream.bulk.dst if stream.bulk.side == "tx" else stream.bulk.src
        by_host.setdefault(end[0], []).append(stream.bulk.first_member)
    for host, members in sorted(by_host.items()):
        first = members[0]
        if len(members) >= 4 and len(set(members)) == 1 and first is not None and len(team.team_members) > 1:
            return host, len(members), first
    return None


def _streams(team: TeamFacts, pinned: Pinned) -> Iterator[Finding]:
    if pinned.why == "no_streams" and team.bulk_unmatched:
        yield Finding("FM508", "warning", pinned_sentence(pinned, team), {}, {"streams": team.bulk_unmatched})
    quiet_smb = [s for s in team.streams if s.migration and s.migration.kind == "smb" and not s.judged]
    if quiet_smb and not any(s.migration and s.migration.kind == "smb" for s in team.judged):
        payload = sum(d.payload_bytes for s in quiet_smb for d in s.directions)
        text = nmsg(
            "One smb connection carried almost nothing ({payload} bytes): if live migration runs over SMB Direct (RDMA), "
            "its bulk bypasses the capture.",
            "{number} smb connections carried almost nothing ({payload} bytes): if live migration runs over SMB Direct "
            "(RDMA), its bulk bypasses the capture.",
            len(quiet_smb), number=number_word(len(quiet_smb), capital=True), payload=payload,
        )  # fmt: skip
        yield Finding("FM401", "warning", text, {"streams": [s.number for s in quiet_smb]}, {"payload_bytes": payload})
