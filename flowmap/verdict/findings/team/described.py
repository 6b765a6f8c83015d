"""Findings about the team's description where the packets contradict it: LACP, its MACs, roles, links and speeds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, listed, msg, nmsg
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter
from flowmap.team.lacp.lacpdu import SHORT_TIMEOUT
from flowmap.team.members import TeamMember
from flowmap.types import PacketClass
from flowmap.verdict.findings.team.lacp_signs import LACP_FILTER
from flowmap.verdict.findings.team.rules import FM309

__all__ = ["description_findings"]

_FAST_NS, _SLOW_NS = 3 * 10**9, 90 * 10**9
"""Silence that means that LACP is not spoken: three intervals (IEEE 802.1AX)."""
_FASTER = 1.25
"""A member that carries this many times the described speed has another one: bursts in 100 ms are not that much above."""


def description_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield each contradiction."""
    described = team.described
    if described is None:
        return
    yield from _lacp(described, team)
    yield from _other_host(described, team)
    yield from _carrying(described, team)
    for number, adapter in described.members.items():
        member = team.members[number]
        yield from _misnamed(member, described)
        yield from _speed(member, adapter)


def _contradiction(kind: str, text: Message, members: list[str], shows: str | None = None, **evidence: Any) -> Finding:
    return Finding(FM309, "warning", text, {"members": members}, {"kind": kind, **evidence}, shows)


def _lacp(described: Described, team: TeamFacts) -> Iterator[Finding]:
    rows = team.expectation.rows
    wanted = bool(rows) and all(row.switch == "lacp" for row in rows)
    members = [team.members[number] for number in described.members] or team.team_members
    silent = [member.name for member in members if member.number not in team.lacp.members]
    names = [member.name for member in members]
    if wanted and silent == names and members and _would_be_heard(members, described, team):
        text = nmsg(
            "By its description the team uses LACP, but no LACPDU is seen on {names}.",
            "By its description the team uses LACP, but no LACPDU is seen on {names}.",
            len(names),
            names=listed(names),
        )
        yield _contradiction("no_lacpdus", text, names, LACP_FILTER)
    out = [member.name for member in members if wanted and _kept_out(member, described, team)]
    if out and silent != names:
        text = nmsg(
            "By its description {names} is in a team with LACP, but LACP never had it in the bundle.",
            "By its description {names} are in a team with LACP, but LACP never had them in the bundle.",
            len(out),
            names=listed(out),
        )
        yield _contradiction("not_bundled", text, out, LACP_FILTER)
    yield from _timer(described, team)


def _would_be_heard(members: list[TeamMember], described: Described, team: TeamFacts) -> bool:
    """Return whether LACPDUs would be in these captures: long enough, and not of TCP alone by a filter."""
    needed = _FAST_NS if described.team.lacp_timer == "fast" else _SLOW_NS
    windows = [team.lacp.windows.get(member.number) for member in members]
    others = any(int(member.classes[PacketClass.IP_OTHER : PacketClass.NON_IP + 1].sum()) for member in members)
    return others and all(window is not None and window[1] - window[0] >= needed for window in windows)


def _kept_out(member: TeamMember, described: Described, team: TeamFacts) -> bool:
    """Return whether LACP keeps the member out, where the description does not say so too."""
    told = described.members.get(member.number)
    if told is not None and (told.up is False or described.team.kept_out(told)):
        return False
    window = team.lacp.windows.get(member.number)
    return window is not None and team.lacp.bundled_during(member.number, *window, team.lacp_host) is False


def _timer(described: Described, team: TeamFacts) -> Iterator[Finding]:
    """Yield LACPDUs at another rate than asked for: the timeout bit says how fast its sender wants them.

    Who of both is the host need not be known, where neither asks for the described one.
    """
    wanted, host = described.team.lacp_timer, team.lacp_host.system
    if wanted is None:
        return
    other = []
    for number in described.members:
        systems = team.lacp.systems(number)
        asked = {
            "fast" if one.last.actor.state & SHORT_TIMEOUT else "slow"
            for system, one in systems.items()
            if host in (None, system)
        }
        if asked and wanted not in asked:
            other.append(team.members[number].name)
    if other:
        text = (
            msg(
                "By its description the team's LACP timer is fast, but on {names} the host asks for the slow rate.",
                names=listed(other),
            )
            if wanted == "fast"
            else msg(
                "By its description the team's LACP timer is slow, but on {names} the host asks for the fast rate.",
                names=listed(other),
            )
        )
        yield _contradiction("lacp_timer", text, other, LACP_FILTER, described=wanted)


def _other_host(described: Described, team: TeamFacts) -> Iterator[Finding]:
    """Yield every port sends its LACPDUs from its own address: none of the described ones on any member means another host."""
    known = described.team.macs.union(*(adapter.macs for adapter in described.team.members))
    if not known or not all(adapter.macs for adapter in described.members.values()):
        return
    sources = {number: _lacp_sources(number, team) for number in described.members}
    if sources and all(sources.values()) and not known & set().union(*sources.values()):
        names = [team.members[number].name for number in sources]
        text = nmsg(
            "The LACPDUs on {names} come from none of the described MACs: the description is of another host, or the "
            "member has another MAC now.",
            "The LACPDUs on {names} come from none of the described MACs: the description is of another host, or the "
            "members have other MACs now.",
            len(names),
            names=listed(names),
        )
        yield _contradiction("macs_unseen", text, names, LACP_FILTER)


def _lacp_sources(member: int, team: TeamFacts) -> set[int]:
    """Return the addresses that the host's LACPDUs on a member come from, and its system.

    Where the host's system is not known they are both sides', and none where only one side speaks.
    """
    host, found = team.lacp_host.system, [pdu for pdu in team.lacp.pdus if pdu.member == member]
    if host is None and len({pdu.actor.system for pdu in found}) < 2:
        return set()
    own = [pdu for pdu in found if host in (None, pdu.actor.system)]
    return {mac for pdu in own for mac in (pdu.source_mac, pdu.actor.system)}


def _carrying(described: Described, team: TeamFacts) -> Iterator[Finding]:
    """Yield members that stand by, are down, or are not the active one, and carried judged streams all the same."""
    if team.taken_over:
        return
    carrying = {share.member for s in team.judged for d in s.directions for share in d.shares}
    found = [(team.members[number].name, one) for number, one in described.members.items() if number in carrying]
    standing = [name for name, one in found if one.role == "standby"]
    if standing:
        text = nmsg(
            "{names} carries migrations, but stands by in the team's description.",
            "{names} carry migrations, but stand by in the team's description.",
            len(standing),
            names=listed(standing),
        )
        yield _contradiction("standby", text, standing, active=described.team.active)
    out = [name for name, one in found if described.team.kept_out(one)]
    if out:
        text = nmsg(
            "{names} carries migrations, but LACP keeps it out of the bundle by the team's description.",
            "{names} carry migrations, but LACP keeps them out of the bundle by the team's description.",
            len(out),
            names=listed(out),
        )
        yield _contradiction("kept_out", text, out)
    down = [name for name, one in found if one.up is False]
    if down:
        text = nmsg(
            "{names} carries migrations, but its link is down in the team's description.",
            "{names} carry migrations, but their links are down in the team's description.",
            len(down),
            names=listed(down),
        )
        yield _contradiction("down", text, down)


def _misnamed(member: TeamMember, described: Described) -> Iterator[Finding]:
    other = described.misnamed.get(member.number)
    if other is not None:
        own = described.members[member.number]
        text = msg(
            "{member} is called like the described member {other}, but its MAC is that of {own}.",
            member=member.name,
            other=other.title,
            own=own.title,
        )
        yield _contradiction("mac", text, [member.name], named=other.title, is_of=own.title)


def _speed(member: TeamMember, adapter: Adapter) -> Iterator[Finding]:
    told, peak = adapter.speed_bps, member.peak_bytes * 80
    if told is None:
        return
    if member.speed_bps is not None and member.speed_bps != told:
        text = msg(
            "By the description {member} has {described:,} bit/s, by its capture {captured:,} bit/s.",
            member=member.name,
            described=told,
            captured=member.speed_bps,
        )
        yield _contradiction("speed", text, [member.name], described=told, captured=member.speed_bps)
    elif peak > _FASTER * told:
        text = msg(
            "By the description {member} has {described:,} bit/s, but it carried {peak:,} bit/s.",
            member=member.name,
            described=told,
            peak=peak,
        )
        yield _contradiction("speed", text, [member.name], described=told, peak_bps=peak)
