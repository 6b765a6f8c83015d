"""Which members could have carried a unit when it began: the denominator of spread.

A member counts unless something says that it could not have been used. Idle healthy members count: that no stream landed on
them is what spread is about. What takes a member out:

- LACP: where LACPDUs are there, a member that at no time during the transfer had Sync, Collecting and Distributing from both
  sides (IEEE 802.1AX, state bits 0x38).
- The description: a member that stands by, or that its text says LACP has in another aggregator or in none.
- Reading: a member whose frames could not be read is not an idle one (`TeamFacts.read_members`), nor is one of which only the
  other direction was captured (`one_way`).
- Copies: a member that holds nothing but copies of what another holds is that other one, captured again (see `copies`).
- Time: a unit chooses among the members that were there when it began. A member that joined the bundle after that was no
  choice, and one that had left no longer is. Units that began under other members are not put into one count.

A member that did carry a unit was usable, whatever LACPDUs and descriptions say. Without LACPDUs nothing tells joins and
losses by themselves, so nothing is guessed: a link that fails then shows by moves, which the claim `pinned` is about.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.facts.model import Direction, StreamFacts, TeamFacts
from flowmap.verdict.quality.described_lacp import described_out
from flowmap.verdict.quality.one_way import read_for

__all__ = ["all_usable", "first_ns", "stands_by", "usable_at", "usable_members"]


def usable_members(team: TeamFacts, streams: Sequence[StreamFacts]) -> list[int]:
    """Return the numbers of the members that could have carried some of these streams."""
    start, end = min(stream.first_ns for stream in streams), max(stream.last_ns for stream in streams)
    carried = {share.member for stream in streams for share in stream.bulk.shares}
    sides = {stream.bulk.side for stream in streams}
    return [
        member.number
        for member in read_for(team, sides.pop() if len(sides) == 1 else "unknown")
        if member.number not in team.copies and (member.number in carried or not _out(team, member.number, start, end))
    ]


def all_usable(team: TeamFacts) -> list[int]:
    """Return the numbers of the members that could have carried some judged stream; without one, of all that were read."""
    return usable_members(team, team.judged) if team.judged else [member.number for member in team.read_members]


def usable_at(team: TeamFacts, usable: Sequence[int], ts_ns: int) -> frozenset[int]:
    """Return those of the `usable` members that were in the bundle at this moment (reference clock), as far as is known."""
    return frozenset(member for member in usable if not _absent(team, member, ts_ns))


def stands_by(team: TeamFacts, member: int) -> bool:
    """Tell whether the host's description puts the member on standby, and LACP does not deny it."""
    described = team.described.members.get(member) if team.described else None
    return described is not None and described.role == "standby" and not _asks_to_join(team, member)


def _asks_to_join(team: TeamFacts, member: int) -> bool:
    """Return whether LACP gets no answer on the member while others are in the bundle: a fault, not a standby."""
    systems = team.lacp.systems(member)
    alone = len(systems) == 1 and not any(one.partnered for one in systems.values())
    return alone and any(team.lacp.bundled_spans(other.number) for other in team.team_members)


def first_ns(direction: Direction) -> int:
    """Return when a stream-direction began, on the reference clock; 0 where no packet has a time."""
    if len(direction.shares) == 1:
        return direction.shares[0].first_ns or 0
    return min((share.first_ns for share in direction.shares if share.first_ns is not None), default=0)


def _out(team: TeamFacts, member: int, start_ns: int, end_ns: int) -> bool:
    return stands_by(team, member) or described_out(team, member) or _kept_out(team, member, start_ns, end_ns)


def _kept_out(team: TeamFacts, member: int, start_ns: int, end_ns: int) -> bool:
    if team.members[member].only_side is not None:
        return False  # of LACP, too, one side was captured
    own = team.member_time(member, start_ns), team.member_time(member, end_ns)
    return team.lacp.bundled_during(member, *own, team.lacp_host) is False


def _absent(team: TeamFacts, member: int, ts_ns: int) -> bool:
    """Tell whether the member was surely out of the bundle: after it left and before it could have joined again."""
    at = team.member_time(member, ts_ns)
    out = False
    for number, change in enumerate(one for one in team.lacp.set_changes() if one.member == member):
        if change.bundled:
            out = (out or not number) and at < change.earliest_ns
            if out:
                return True
        else:
            out = at > change.latest_ns
    return out
