"""Members of unequal speed: which one is slower than the others, and what to do about it.

Speeds are those that are known (given, or as the capture, the host or its switch says). Where they are not, a member that ran
flat at one level is slower than one that carried more than that for some time: nothing runs faster than its link.
"""

from __future__ import annotations

import numpy as np

from flowmap.facts.model import TeamFacts
from flowmap.message import Message, listed, msg
from flowmap.team.throughput import SIDES
from flowmap.verdict.speed.limits import rate_text

__all__ = ["even_speeds", "slower_than"]

_SLOWER = 1.5
"""Speeds of Ethernet differ by 2 at least; what is less is how a speed was measured."""
_LEAST_BINS = 5
"""Half a second above the level, so that it was no burst into a buffer behind the place of capture."""
_BIN_NS = 100_000_000


def slower_than(team: TeamFacts, name: str) -> Message | None:
    """Return "nic1 16 Mbit/s, nic2 10 Gbit/s" where the member of this name is slower than another one, else None."""
    own = next((member for member in team.team_members if member.name == name), None)
    if own is None:
        return None
    known = {member.name: speed for member in team.team_members if (speed := team.speed_of(member.number))}
    if name in known:
        if max(known.values()) < _SLOWER * known[name]:
            return None
        return listed([msg("{member} {speed}", member=one, speed=rate_text(bps)) for one, bps in known.items()])
    level = max(
        (found for (member, _), found in team.flat_levels.items() if member == own.number and found), default=None
    )
    return None if level is None else _by_load(team, own.number, level)


def _by_load(team: TeamFacts, member: int, level: float) -> Message | None:
    """Return the level of the member, and what another one carried, where that was more."""
    side = next(way for (number, way), found in team.flat_levels.items() if number == member and found == level)
    if team.load is None or side == "unknown":
        return None
    width = max(1, _BIN_NS // team.load.width_ns)
    for other in team.team_members:
        row = team.load.wire[other.number, SIDES.index(side)]
        whole = row[: len(row) // width * width].reshape(-1, width).sum(axis=1)
        rates = np.sort(whole * 8e9 / (width * team.load.width_ns))
        if other.number != member and len(rates) >= _LEAST_BINS and rates[-_LEAST_BINS] >= _SLOWER * level:
            return listed(
                [
                    msg("{member} {speed}", member=team.members[member].name, speed=rate_text(round(level))),
                    msg("{member} at least {speed}", member=other.name, speed=rate_text(round(rates[-_LEAST_BINS]))),
                ]
            )
    return None


def even_speeds(name: str) -> Message:
    """Return what to do about the slower member."""
    return msg(
        "Find out why {member} is slower (negotiated speed, cable, transceiver, a rate limit of the port), and give all "
        "members of the team one speed.",
        member=name,
    )
