"""Findings about signs in LACP over time (lacp_signs): what each means in words, and the frames that show it.

A host or switch is named as such where it is known which system is which; else by its LACP system.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding, Rule, Severity
from flowmap.message import Message, glue, listed, msg, nmsg, times_word
from flowmap.team.lacp.bundle import LacpFinding
from flowmap.team.lacp.lacpdu import COLLECTING, mac_text
from flowmap.team.lacp.peers import Kind
from flowmap.team.lacp.rhythm import FAST_NS, outlives, sends_too_seldom
from flowmap.verdict.findings.team.rules import FM310, FM311, FM312, FM313, FM314, FM315, FM316, FM317, FM318

__all__ = ["LACP_FILTER", "SIGNS", "readable", "sign_finding"]

SIGNS: dict[Kind, tuple[Rule, Severity]] = {
    "flapping": (FM310, "warning"),
    "collecting_only": (FM311, "warning"),
    "renumbered": (FM312, "warning"),
    "partner_changed": (FM312, "warning"),
    "too_slow": (FM313, "warning"),
    "too_many": (FM313, "warning"),
    "individual": (FM314, "warning"),
    "several_systems": (FM315, "warning"),
    "views_differ": (FM315, "warning"),
    "looped": (FM315, "warning"),
    "markers_unanswered": (FM316, "warning"),
    "markers_answered": (FM317, "info"),
    "timeouts_differ": (FM318, "info"),
}
"""Rules and severities by the kind of LacpFinding."""
LACP_FILTER = "lacp"
_OF_SYSTEM = ("flapping", "collecting_only", "individual", "too_slow", "too_many")
_SHOWS: dict[Kind, str] = {
    "flapping": "(lacp.actor.state.expired == 1 || lacp.actor.state.defaulted == 1)",
    "collecting_only": "lacp.actor.state.collecting == 1 && lacp.actor.state.distributing == 0",
    "individual": "lacp.actor.state.aggregation == 0",
    "markers_unanswered": "marker",
    "markers_answered": "marker",
}
_SYSTEMS = ("system", "systems", "partner", "fast", "slow")
_Texts = dict[Kind, Callable[[LacpFinding, Message, Message], Message]]


def sign_finding(finding: LacpFinding, team: TeamFacts) -> Finding:
    """Return what a person should know of a sign, whose kind is one of SIGNS."""
    rule, severity = SIGNS[finding.kind]
    if finding.kind == "collecting_only" and finding.evidence["count"] == finding.evidence["total"]:
        severity = "error"
    names = [team.members[member].name for member in finding.members]
    evidence = {key: readable(key, value, team) for key, value in finding.evidence.items()}
    text = _TEXTS[finding.kind](finding, listed(names), _who(finding))
    shown = {"kind": finding.kind, **evidence}
    return Finding(rule, severity, text, {"members": names}, shown, _filter(finding, evidence))


def _filter(finding: LacpFinding, evidence: dict[str, Any]) -> Message | str:
    """Return the filter for frames of that system, or for all of LACP."""
    shows = _SHOWS.get(finding.kind, LACP_FILTER)
    system = evidence.get("system")
    if finding.kind in _OF_SYSTEM and isinstance(system, str):
        own = glue("lacp.actor.sysid == ", system, between="")
        return own if shows == LACP_FILTER else glue(own, shows, between=" && ")
    return shows


def readable(key: str, value: Any, team: TeamFacts) -> Any:
    """Return systems as MAC text, members by name."""
    if isinstance(value, dict):
        return {team.members[m].name: readable(key, v, team) for m, v in value.items()}
    if isinstance(value, list | tuple):
        return [readable(key, v, team) for v in value]
    return mac_text(value) if key in _SYSTEMS and isinstance(value, int) else value


def _who(finding: LacpFinding) -> Message:
    """Return the side that the finding is about."""
    of_host, system = finding.evidence.get("of_host"), finding.evidence.get("system")
    if of_host is None:
        return glue(mac_text(system) if isinstance(system, int) else "")
    return msg("the host") if of_host else msg("the switch")


def _seconds(value: object) -> Message:
    return msg("{seconds:.3g} s", seconds=value / 1e9 if isinstance(value, int) else 0)


def _flapping(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    text = msg(
        "On {names} {who} lost its LACP partner {times} and found it again (Expired or Defaulted in {count} of "
        "{total} LACPDUs)",
        names=names,
        who=who,
        times=times_word(e["times"]),
        count=e["count"],
        total=e["total"],
    )
    gap, pause, asked = e["peer_gap_ns"], e["peer_pause_ns"], e["asked_ns"]
    if gap is None:
        return msg("{text}.", text=text)
    said = {"text": text, "who": who, "gap": _seconds(gap), "asked": _seconds(asked), "pause": _seconds(pause)}
    if sends_too_seldom(gap, asked, [pause or 0]):
        if pause is None or pause <= gap:
            return msg("{text}: it asks for one LACPDU in {asked}, the other side sends one in {gap}.", **said)
        return msg(
            "{text}: it asks for one LACPDU in {asked}, the other side sends one in {gap} and at times only after "
            "{pause}.",
            **said,
        )
    if e["peer_expired"]:
        return msg(
            "{text}; the other side lost it too: frames get lost in both directions, or the link goes up and down.",
            text=text,
        )
    if pause is not None and outlives(pause, asked):
        return msg(
            "{text}; the other side did not lose it and sends one in {gap}, but none came for {pause}: frames get lost "
            "in one direction.",
            **said,
        )
    return msg(
        "{text}; the other side did not lose it and sends one in {gap}, never much later: {who} handles them too late, "
        "or loses them behind the place of capture.",
        **said,
    )


def _collecting_only(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    said = {"names": names, "who": who, "span": _seconds(e["span_ns"]), "count": e["count"]}
    text = msg(
        "On {names} {who} takes frames but sends none (Collecting without Distributing) for {span}, {count} LACPDUs",
        **said,
    )
    if e["peer_state"] is None:
        return msg("{text}.", text=text)
    if e["peer_state"] & COLLECTING:
        return msg("{text}, although the other side is ready to take frames.", text=text)
    return msg("{text}: the other side does not take frames yet.", text=text)


def _individual(_finding: LacpFinding, names: Message, who: Message) -> Message:
    return msg(
        "On {names} {who} does not let the port be aggregated (Aggregation bit 0): it may be used alone, never together "
        "with others.",
        names=names,
        who=who,
    )


def _rates(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    if finding.kind == "too_many":
        return msg(
            "On {names} {who} sends {most} LACPDUs and markers in one second, of {allowed} that are allowed: its state "
            "changes all the time, or frames go round in a loop.",
            names=names,
            who=who,
            most=e["most"],
            allowed=e["allowed"],
        )
    said = {"names": names, "who": who, "gap": _seconds(e["gap_ns"]), "asked": _seconds(e["asked_ns"])}
    if (e["pause_ns"] or 0) > e["gap_ns"]:
        return msg(
            "On {names} {who} sends one LACPDU in {gap}, at times only after {pause}, but the other side asks for one "
            "in {asked} and gives up after three times that.",
            **said,
            pause=_seconds(e["pause_ns"]),
        )
    return msg(
        "On {names} {who} sends one LACPDU in {gap}, but the other side asks for one in {asked} and gives up after "
        "three times that.",
        **said,
    )


def _timeouts_differ(finding: LacpFinding, names: Message, _who: Message) -> Message:
    of_host = finding.evidence.get("fast_of_host")
    said = {"names": names, "after": _seconds(90 * FAST_NS)}
    if of_host is None:
        return msg(
            "On {names} one side asks for LACPDUs each second, the other in 30 s: allowed, but the latter notices a "
            "silent failure only after {after}.",
            **said,
        )
    return (
        msg(
            "On {names} the host asks for LACPDUs each second, the switch in 30 s: allowed, but the switch notices a silent "
            "failure only after {after}.",
            **said,
        )
        if of_host
        else msg(
            "On {names} the switch asks for LACPDUs each second, the host in 30 s: allowed, but the host notices a silent "
            "failure only after {after}.",
            **said,
        )
    )


def _changed(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    if finding.kind == "partner_changed":
        before, after = (mac_text(system) for system in e["systems"])
        return msg(
            "On {names} the LACP partner changed from {before} to {after}: the port was plugged into another switch, or "
            "one of a pair took over with a system of its own.",
            names=names,
            before=before,
            after=after,
        )
    what = []
    if len(e["ports"]) > 1:
        what.append(msg("port {ports}", ports=_then(e["ports"])))
    if len(e["keys"]) > 1:
        what.append(msg("key {keys}", keys=_then(e["keys"])))
    return msg(
        "On {names} {who} changed what it calls the port ({what}): its channel group, speed or slot changed meanwhile.",
        names=names,
        who=who,
        what=listed(what),
    )


def _then(numbers: list[int]) -> Message:
    return glue(*map(str, numbers), between=" > ")


def _wrong_link(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    if finding.kind == "several_systems":
        return msg(
            "On {names} LACPDUs of {systems} are seen, as of one link: something in between passes them on that must "
            "not (a hub, a simple bridge, a transparent tunnel), or the capture is of a mirror port.",
            names=names,
            systems=listed([mac_text(system) for system in e["systems"]]),
        )
    if finding.kind == "looped":
        return msg(
            "On {names} {who} hears its own LACPDUs (port {ports}): two of its ports are cabled to each other, or the "
            "link is looped.",
            names=names,
            who=who,
            ports=listed([str(port) for port in e["ports"]]),
        )
    return msg(
        "On {names} {who} hears port {hears}, key {heard_key}, but what is captured there comes from port {real}, key "
        "{real_key}: the two directions are not of one link.",
        names=names,
        who=who,
        hears=e["hears"][0],
        heard_key=e["hears"][1],
        real=e["is"][0],
        real_key=e["is"][1],
    )


def _markers(finding: LacpFinding, names: Message, who: Message) -> Message:
    e: Any = finding.evidence
    if finding.kind == "markers_unanswered":
        return nmsg(
            "On {names} {who} sent {count} marker and got no answer to {unanswered}: it waits in vain before it moves "
            "streams, or drops what is on the way.",
            "On {names} {who} sent {count} markers and got no answer to {unanswered}: it waits in vain before it moves "
            "streams, or drops what is on the way.",
            e["count"],
            names=names,
            who=who,
            count=e["count"],
            unanswered=e["unanswered"],
        )
    return nmsg(
        "On {names} {who} sent {count} marker, and it was answered: streams are moved in order.",
        "On {names} {who} sent {count} markers, and they were answered: streams are moved in order.",
        e["count"],
        names=names,
        who=who,
        count=e["count"],
    )


_TEXTS: _Texts = {
    "flapping": _flapping,
    "collecting_only": _collecting_only,
    "individual": _individual,
    "too_slow": _rates,
    "too_many": _rates,
    "timeouts_differ": _timeouts_differ,
    "renumbered": _changed,
    "partner_changed": _changed,
    "several_systems": _wrong_link,
    "views_differ": _wrong_link,
    "looped": _wrong_link,
    "markers_unanswered": _markers,
    "markers_answered": _markers,
}
