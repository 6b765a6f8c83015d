"""What the host's or the switch's own text says of LACP on each member, as reasons.

A text explains what packets alone cannot, where no LACPDU was captured: that the kernel put a member into another aggregator,
that the switch suspended its port. It is told as what the text says; where packets say the same, they are what is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, listed, msg
from flowmap.team.description.match import Described
from flowmap.team.description.model import Adapter

__all__ = ["bundled_despite_mode", "described_out", "mode_denied", "why_described_out"]


def described_out(team: TeamFacts, member: int) -> bool:
    """Return whether the description says that LACP keeps this member from carrying."""
    adapter = team.described.members.get(member) if team.described else None
    return adapter is not None and team.described is not None and team.described.team.kept_out(adapter)


def bundled_despite_mode(team: TeamFacts) -> list[str]:
    """Return the members that LACP has in a bundle although the mode that was given has no LACP.

    Then the mode in force is another one, and what was given explains nothing.
    """
    rows = team.expectation.rows
    if not rows or any(row.switch != "independent" or row.any_lacp for row in rows):
        return []
    return [member.name for member in team.team_members if team.lacp.bundled_spans(member.number)]


def mode_denied(team: TeamFacts) -> bool:
    """Return whether what was captured denies the mode that was given, so that it excuses nothing.

    LACP has a bundle that the mode does not use, or the host sends over several members at the same time where the mode
    has one.
    """
    if bundled_despite_mode(team):
        return True
    sent = {share.member for s in team.judged for d in s.directions if d.side == "tx" for share in d.shares}
    return len(sent) > 1 and not team.taken_over and team.expectation.one_member_scope("tx") == "team"


def why_described_out(team: TeamFacts, member: int) -> Message:
    """Return in words why the description keeps a member out; it has to be one that `described_out`."""
    assert team.described is not None
    adapter, described = team.described.members[member], team.described.team
    lacp, name = adapter.lacp, team.members[member].name
    assert lacp is not None
    if described.of_switch:
        return msg(
            "the switch's own text has {port} (the port of {member}) as {state}",
            member=name,
            port=adapter.title,
            state=lacp.word or msg("out of sync"),
        )
    if described.aggregator == 0:
        return msg("by the host's own text no LACP aggregator is active, so {member} is in none", member=name)
    if lacp.aggregator is not None and described.aggregator:
        return msg(
            "by the host's own text {member} is in LACP aggregator {own}, not in the active one ({active}, which has "
            "{ports})",
            member=name,
            own=lacp.aggregator,
            active=described.aggregator,
            ports=_others(team.described, member, team),
        )
    state = lacp.word or msg("churned")
    return msg(
        "by the host's own text LACP does not have {member} in its aggregator ({state})", member=name, state=state
    )


def _others(described: Described, member: int, team: TeamFacts) -> Message:
    """Return the members of the active aggregator."""
    inside = [
        team.members[number].name if number in described.members else adapter.title
        for number, adapter in _numbered(described)
        if number != member and not described.team.kept_out(adapter)
    ]
    return listed(inside) if inside else msg("no port")


def _numbered(described: Described) -> Iterator[tuple[int, Adapter]]:
    yield from described.members.items()
    yield from ((-1, adapter) for adapter in described.uncaptured)
