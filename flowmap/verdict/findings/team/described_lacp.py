"""Findings about members that the host's or the switch's own text says LACP keeps out, where no LACPDU tells more."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.team.description.model import Adapter
from flowmap.verdict.findings.team.rules import FM302
from flowmap.verdict.quality.described_lacp import described_out, why_described_out

__all__ = ["described_lacp_findings"]

_DEFAULTED = 0x40


def described_lacp_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield each such member."""
    if team.described is None:
        return
    told = {member for finding in team.lacp.findings(team.lacp_host) for member in finding.members}
    for number, adapter in team.described.members.items():
        if not described_out(team, number) or number in told or team.lacp.bundled_spans(number):
            continue
        signs = _signs(adapter)
        why = why_described_out(team, number)
        text = msg("{why:capital}: it carries nothing, whatever its link does.", why=why)
        if signs:
            text = msg(
                "{why:capital} ({signs}): it carries nothing, whatever its link does.", why=why, signs=listed(signs)
            )
        assert adapter.lacp is not None
        yield Finding(
            FM302,
            "warning",
            text,
            {"members": [team.members[number].name]},
            {
                "kind": "described",
                "aggregator": adapter.lacp.aggregator,
                "active_aggregator": team.described.team.aggregator,
                "churned": adapter.lacp.churned,
                "state": adapter.lacp.actor_state,
            },
            action=_action(adapter, team),
        )


def _signs(adapter: Adapter) -> list[Message]:
    lacp = adapter.lacp
    assert lacp is not None
    signs = []
    if lacp.churned:
        signs.append(msg("churned"))
    if lacp.partner is False or (lacp.actor_state is not None and lacp.actor_state & _DEFAULTED):
        signs.append(msg("no LACP partner"))
    if adapter.up is False:
        signs.append(msg("link down"))
    return signs


def _action(adapter: Adapter, team: TeamFacts) -> Message:
    assert adapter.lacp is not None
    assert team.described is not None
    if team.described.team.of_switch:
        return msg(
            "Look at {port} on the switch: its channel group, speed or duplex differ from those of the other ports, or "
            "the host does not answer LACP there.",
            port=adapter.title,
        )
    name = glue(adapter.title)
    if adapter.lacp.partner is False or (adapter.lacp.actor_state or 0) & _DEFAULTED:
        return msg(
            "Set LACP on the switch port of {member}, in the same channel group as the other members' ports.",
            member=name,
        )
    return nmsg(
        "Put the switch port of {member} into the same channel group as that of the other member: same switch or MLAG, "
        "same speed.",
        "Put the switch port of {member} into the same channel group as those of the other members: same switch or "
        "MLAG, same speed.",
        len(team.described.team.members) - 1,
        member=name,
    )
