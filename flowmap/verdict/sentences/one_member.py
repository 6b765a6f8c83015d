"""Why hosts had one member only: the mode, a standby, or what kept the other members out of the bundle."""

from __future__ import annotations

from typing import Any

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, msg, nmsg, number_word
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.claims.usable import usable_members
from flowmap.verdict.quality.described_lacp import described_out, why_described_out
from flowmap.verdict.sentences.subjects import all_units

__all__ = ["all_hosts", "one_member_sentence", "unusable", "why_unusable"]


def one_member_sentence(spread: Spread, team: TeamFacts) -> Message:
    """Return that hosts had one member only, and why."""
    hosts = all_hosts(spread.hosts)
    if spread.why == "standby":
        return msg(
            "{member} alone is active, the others stand by, so {hosts} had only that.",
            hosts=hosts,
            member=spread.detail,
        )
    if spread.why == "one_usable":
        dead = unusable(team)
        facts = {"hosts": hosts, "member": spread.detail}
        why = why_unusable(team, dead[0]) if dead else msg("No other member could be used")
        if apart := _apart(team, dead[0]) if dead else None:
            return _mended(apart, {"why": why, **facts})
        return nmsg(
            "{why}, so {hosts} had only {member}: check LACP on that switch port.",
            "{why}, so {hosts} had only {member}: check LACP on those switch ports.",
            len(dead),
            why=why,
            **facts,
        )
    return msg(
        "{units} used one member, as this teaming mode means it: {reason}.",
        units=all_units(spread),
        reason=spread.detail,
    )


def _mended(apart: str, facts: dict[str, Any]) -> Message:
    return {
        "different_systems": msg(
            "{why}, so {hosts} had only {member}: connect all members to one switch, or make the switches one LACP system "
            "(MLAG, stack).",
            **facts,
        ),
        "different_keys": msg(
            "{why}, so {hosts} had only {member}: put the ports into one channel group of equal speed.", **facts
        ),
        "host_keys": msg("{why}, so {hosts} had only {member}: give all members one speed and duplex.", **facts),
    }[apart]


def all_hosts(count: int) -> Message:
    """Return "both hosts", "all four hosts"."""
    return msg("both hosts") if count == 2 else msg("all {number} hosts", number=number_word(count))


def unusable(team: TeamFacts) -> list[int]:
    """Return the members of the team on which judged streams could not be placed."""
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = usable_members(team, judged) if judged else []
    could = team.copies.keys() | usable
    return [member.number for member in team.team_members if judged and member.number not in could]


def why_unusable(team: TeamFacts, member: int) -> Message:
    """Return why streams could not be placed on this member, as a clause that begins a sentence."""
    name = team.members[member].name
    systems = team.lacp.systems(member)
    if not systems and described_out(team, member):
        return msg("{why:capital}", why=why_described_out(team, member))
    if not systems:
        return msg("{member} showed no LACPDU while the other members did", member=name)
    if len(systems) == 1:
        (only,) = systems.values()
        return nmsg(
            "{member} never joined the team (no answer to its {count} LACPDU)",
            "{member} never joined the team (no answer to its {count} LACPDUs)",
            only.count,
            member=name,
        )
    apart = _apart(team, member)
    if apart == "different_systems":
        return msg("{member} is connected to another LACP system than the other members", member=name)
    if apart == "different_keys":
        return msg("{member} is in another LACP group than the other members", member=name)
    if apart == "host_keys":
        return msg(
            "The host keeps {member} apart from the other members (another LACP key, as with another speed)",
            member=name,
        )
    return msg("{member} was never in sync, collecting and distributing on both sides", member=name)


def _apart(team: TeamFacts, member: int) -> str | None:
    """Return what keeps the member from being in one bundle with others: the partner, its keys, or the host's own; or None."""
    found = [one for one in team.lacp.findings(team.lacp_host) if member in one.members]
    if any(one.kind == "different_systems" for one in found):
        return "different_systems"
    sides = {one.evidence["of_host"] for one in found if one.kind == "different_keys"}
    return "host_keys" if sides == {True} else "different_keys" if sides else None
