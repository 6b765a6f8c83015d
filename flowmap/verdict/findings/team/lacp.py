"""Findings about LACP: what keeps a member out of the bundle, which side does it, and what to do about that case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding, Rule, Severity
from flowmap.message import Message, glue, listed, msg
from flowmap.team.lacp.bundle import LacpFinding
from flowmap.team.lacp.peers import Kind
from flowmap.verdict.findings.team.lacp_signs import SIGNS, readable, sign_finding
from flowmap.verdict.findings.team.rules import FM301, FM302, FM303, FM304, FM305

__all__ = ["lacp_findings"]

_RULES: dict[Kind, tuple[Rule, Severity]] = {
    "no_answer": (FM301, "error"),
    "no_lacpdus": (FM301, "warning"),
    "defaulted": (FM302, "warning"),
    "expired": (FM302, "warning"),
    "not_in_sync": (FM302, "error"),
    "both_passive": (FM302, "error"),
    "different_systems": (FM303, "warning"),
    "different_keys": (FM304, "error"),
    "same_port": (FM305, "warning"),
}
_SILENCES = ("no_answer", "no_lacpdus")
"""What only the other direction of a member would show."""
_APART = ("different_systems", "different_keys")


def lacp_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield what keeps members out of the bundle, and signs of trouble over time."""
    mixed = {member.number for member in team.members if member.links_mixed}  # its two ports look like one that changes
    found = [finding for finding in team.lacp.findings(team.lacp_host) if mixed.isdisjoint(finding.members)]
    half = {member.number for member in team.members if member.only_side is not None}
    found = [finding for finding in found if finding.kind not in _SILENCES or half.isdisjoint(finding.members)]
    if team.two_hosts is not None and team.two_hosts.teams_of_one:
        found = [finding for finding in found if finding.kind not in _APART]
    unanswered = {finding.members for finding in found if finding.kind == "no_answer"}
    causes = {
        member: _RULES[finding.kind][0].code
        for finding in found
        if finding.kind in _APART
        for member in finding.members
    }
    for finding in found:
        if finding.kind in SIGNS:
            yield sign_finding(finding, team)
            continue
        passing = finding.kind in ("defaulted", "expired") and not finding.evidence.get("at_end")
        if not passing and (finding.kind != "defaulted" or finding.members not in unanswered):
            yield _finding(finding, team, causes.get(finding.members[0]))


def _finding(finding: LacpFinding, team: TeamFacts, cause: str | None) -> Finding:
    """Make the finding; `cause` is the code of what keeps this member from being in one bundle with the others."""
    rule, severity = _RULES[finding.kind]
    names = [team.members[member].name for member in finding.members]
    evidence = {key: readable(key, value, team) for key, value in finding.evidence.items()}
    of_host = _of_host(finding, team)
    return Finding(
        rule,
        severity,
        _text(finding, listed(names), evidence, of_host),
        {"members": names},
        {"kind": finding.kind, **evidence},
        _filter(evidence),
        _action(finding.kind, of_host, cause),
    )


def _filter(evidence: dict[str, Any]) -> Message | None:
    """Return what the systems sent that the finding is about; None where it is about LACPDUs that did not come."""
    systems = (
        [evidence["system"]]
        if "system" in evidence
        else [system for own in evidence.get("systems", {}).values() for system in own]
    )
    sent = [glue("lacp.actor.sysid == ", system, between="") for system in dict.fromkeys(systems)]
    return glue(*sent, between=" || ") if sent else None


def _of_host(finding: LacpFinding, team: TeamFacts) -> bool | None:
    """Return whether it is the host that the finding is about; None: not known."""
    system, host = finding.evidence.get("system"), team.lacp_host.system
    return None if system is None or host is None else system == host


def _text(finding: LacpFinding, names: Message, evidence: dict[str, Any], of_host: bool | None) -> Message:
    if finding.kind == "no_answer":
        return _unanswered(names, evidence.get("count"), finding.evidence.get("of_host"))
    if finding.kind == "different_systems":
        systems = listed(
            [
                msg("{member}: {systems}", member=member, systems=glue(*own, between=", "))
                for member, own in evidence["systems"].items()
            ]
        )
        return msg(
            "The partners of {names} are different systems ({systems}): without MLAG only one of them can be used.",
            names=names,
            systems=systems,
        )
    side = {None: msg("one side"), True: msg("the host"), False: msg("the switch")}[of_host]
    texts: dict[Kind, Message] = {
        "no_lacpdus": msg("On {names} no LACPDU came although they were due.", names=names),
        "defaulted": msg(
            "On {names} {side} runs LACP without a partner (Defaulted) to the end.", names=names, side=side
        ),
        "expired": msg(
            "On {names} {side} has not heard its partner in time (Expired) to the end.", names=names, side=side
        ),
        "not_in_sync": msg("On {names} {side} keeps the port out of sync: it carries no data.", names=names, side=side),
        "both_passive": msg("On {names} both sides are passive: none would begin.", names=names),
        "different_keys": _different_keys(names, of_host),
        "same_port": msg("{names} show the same port of one system: the same link was captured twice.", names=names),
    }
    return texts[finding.kind]


def _different_keys(names: Message, of_host: bool | None) -> Message:
    if of_host:
        return msg(
            "The host gives the ports of {names} different keys: they differ in speed or duplex, or are in different teams.",
            names=names,
        )
    return msg("The ports of {names} have different keys: they are in different groups or speeds.", names=names)


def _unanswered(names: Message, number: Any, of_host: object) -> Message:
    heard = {"names": names, "number": number}
    if of_host is None:
        return msg("On {names} only one side's LACPDUs are seen ({number}); nobody answers.", **heard)
    return (
        msg("On {names} only the host's LACPDUs are seen ({number}); nobody answers.", **heard)
        if of_host
        else msg("On {names} only the switch's LACPDUs are seen ({number}); nobody answers.", **heard)
    )


_OUT_OF_SYNC = {
    True: msg(
        "Look at the team on the host: it keeps this port out of its bundle. Its partner differs from that of the other "
        "members (switch or channel group), speed or duplex differ, or the port stands by."
    ),
    False: msg(
        "Look at this port on the switch: it keeps the port out of its channel. The channel group, speed or duplex differ "
        "from those of the other ports, or the port stands by or is suspended."
    ),
    None: msg(
        "See on both sides which one keeps the port out of its bundle: the channel group, speed or duplex differ from those "
        "of the other members, or the port stands by."
    ),
}
_UNHEARD = {
    True: msg(
        "The host does not hear the switch on this link: check that the switch port runs LACP, that both sides use the same "
        "timer (short or long), and the cable's other direction."
    ),
    False: msg(
        "The switch does not hear the host on this link: check that the host sends LACP there, that both sides use the same "
        "timer (short or long), and the cable's other direction."
    ),
    None: msg(
        "LACPDUs get lost on this link, or come too seldom: check that both sides run LACP and use the same timer (short or "
        "long), and the cable in both directions."
    ),
}


def _action(kind: str, of_host: bool | None, cause: str | None) -> Message | None:
    """Return what to do in this case; None: what the page of the code says."""
    if kind == "not_in_sync":
        return msg("This follows from {code}: repair that first.", code=cause) if cause else _OUT_OF_SYNC[of_host]
    if kind == "different_keys" and of_host:
        return msg(
            "Compare speed and duplex of the host's ports: a bundle takes ports of one speed only. Give all members one speed, "
            "or take the other port out of the team."
        )
    if kind in ("defaulted", "expired"):
        return _UNHEARD[of_host]
    return msg("Set LACP to active on one side, or on both.") if kind == "both_passive" else None
