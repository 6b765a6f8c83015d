"""A switch that does not aggregate: what that means, and what to do, depends on whether the host's mode needs a channel."""

from __future__ import annotations

from typing import Literal

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, msg
from flowmap.verdict.mode.candidates import Candidates

__all__ = ["RECEIVES_ON_ONE", "channel", "flooded_action", "flooded_sentence"]

RECEIVES_ON_ONE = msg(
    "Nothing is broken: a switch-independent team receives all that goes to one MAC on one member. If hosts are to spread in "
    "receiving too, make the ports one channel on the switch and on the host (LACP, or static on both). That helps several "
    "streams from several hosts, never a single one."
)
_NEEDS_CHANNEL = msg(
    "Make the ports one channel on the switch, as the host's mode needs: LACP where the host uses LACP, static where it is "
    "static."
)
_EITHER = msg(
    "See which mode the host has. LACP or static: make the ports one channel on the switch, the same way. Switch-independent: "
    "receiving on one member is as it should be; more takes a channel (LACP or static) on switch and host, and several streams "
    "from several hosts."
)


def flooded_sentence(team: TeamFacts, candidates: Candidates | None, hosts: Message) -> Message:
    """Return claim 2 as a sentence."""
    needed = channel(team, candidates)
    if needed == "needed":
        return msg(
            "The switch does not aggregate these ports (broadcasts arrive on every member), though the host's mode "
            "needs that, so {hosts} reach the team on one member: make the ports one channel on the switch.",
            hosts=hosts,
        )
    if needed == "none":
        return msg(
            "The switch does not aggregate these ports (broadcasts arrive on every member), so {hosts} reach the "
            "team on one member, as is usual with a switch-independent team.",
            hosts=hosts,
        )
    return msg(
        "The switch does not aggregate these ports (broadcasts arrive on every member), so {hosts} reach the team "
        "on one member: usual if the team is switch-independent, a fault at the switch if it is in LACP or static mode.",
        hosts=hosts,
    )


def flooded_action(team: TeamFacts, candidates: Candidates | None) -> Message:
    """Return what to do in this case."""
    return {"needed": _NEEDS_CHANNEL, "none": RECEIVES_ON_ONE, "unknown": _EITHER}[channel(team, candidates)]


def channel(team: TeamFacts, candidates: Candidates | None) -> Literal["needed", "none", "unknown"]:
    """Return whether the mode that is known, or that the packets leave, needs a channel on the switch."""
    if not team.expectation.rows and any(team.lacp.bundled_spans(member.number) for member in team.team_members):
        return "needed"  # the host speaks LACP, which a team that needs no channel does not
    rows = team.expectation.rows or (candidates.only_family.rows if candidates is not None else ())
    if not rows or len({row.switch == "independent" for row in rows}) > 1:
        return "unknown"
    return "none" if rows[0].switch == "independent" else "needed"
