"""Clocks that tell no durations: one time for all packets, received and sent stamped by two clocks, seconds since boot.

Which member a packet is on does not depend on its time, so placement stands. What is made of times does not: where they stand
still there is no rate and no peak; where the two directions have a clock each, only times of one direction go together.

The members' clocks are compared with each other by what cannot have come before its cause. A member with two clocks is left
out of that: its one clock is no more right than the other, and what was made of both would be an invented offset or drift.

Two clocks show in the streams: of every stream on the member, what came in begins and ends at the same distance from what went
out. Requests and answers that are far apart at the begin but not at the end, or in some streams only, are a slow host.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from statistics import median

from flowmap.facts.model import StreamFacts, TeamFacts
from flowmap.message import msg
from flowmap.notice import Notice
from flowmap.team.clock.offsets import ClockSolution
from flowmap.team.members import TeamMember

__all__ = ["clocks_apart", "time_notices", "without_time_faults"]

_LEAST_PACKETS, _LEAST_STREAMS = 20, 2
_LEAST_APART_NS, _ALONE_NS = 500_000_000, 5_000_000_000
_SCATTER, _SCATTER_NS = 0.1, 200_000_000
_BOOT_BEFORE_NS = 10 * 365 * 86_400 * 10**9
"""No capture is that old: what begins in the seventies counts from the machine's start."""


def without_time_faults(team: TeamFacts) -> TeamFacts:
    """Return the team with such members marked, and times of streams there kept to one direction, the one that carried most."""
    stands = {member.number for member in team.team_members if _stands(member)}
    apart = clocks_apart(team.streams, team.clock)
    split = {member.number for member in team.team_members if member.number in apart}
    if not stands and not apart:
        return team
    streams = [_timed(_without_peaks(stream, stands), split) for stream in team.streams]
    spans = _spans(streams, split)
    members = [
        replace(
            member,
            time_stands=member.number in stands,
            clocks_apart_ns=apart.get(member.number, member.clocks_apart_ns),
            first_ns=spans.get(member.number, (member.first_ns,))[0],
            last_ns=spans.get(member.number, (member.last_ns,))[-1],
        )
        for member in team.members
    ]
    return replace(team, members=members, streams=streams)


def _stands(member: TeamMember) -> bool:
    timed = member.packets >= _LEAST_PACKETS and member.first_ns is not None
    return timed and member.first_ns == member.last_ns


def _without_peaks(stream: StreamFacts, stands: AbstractSet[int]) -> StreamFacts:
    """Return the stream without a busiest moment where times stand still."""
    if not any(share.member in stands for direction in stream.directions for share in direction.shares):
        return stream
    return stream.with_directions(
        [
            replace(direction, peak_bytes=None)
            if any(share.member in stands for share in direction.shares)
            else direction
            for direction in stream.directions
        ]
    )


def _times(stream: StreamFacts) -> list[tuple[int, int, int]]:
    """Return (member, first, last) of the direction that carried most."""
    shares = stream.bulk.shares
    return [(x.member, x.first_ns, x.last_ns) for x in shares if x.first_ns is not None and x.last_ns is not None]


def _timed(stream: StreamFacts, split: AbstractSet[int]) -> StreamFacts:
    """Return the stream, with the times of one direction only where its member has two clocks."""
    times = _times(stream)
    if not any(member in split for member, _, _ in times):
        return stream
    first, last = min(first for _, first, _ in times), max(last for _, _, last in times)
    return replace(stream, first_ns=first, last_ns=last)


def _spans(streams: Sequence[StreamFacts], split: AbstractSet[int]) -> dict[int, tuple[int, int]]:
    """Return first and last time of members with two clocks, by the streams on them."""
    found: dict[int, tuple[int, int]] = {}
    for number, first, last in (time for stream in streams for time in _times(stream)):
        if number in split:
            before = found.get(number, (first, last))
            found[number] = min(first, before[0]), max(last, before[1])
    return found


def clocks_apart(streams: Sequence[StreamFacts], clock: ClockSolution) -> dict[int, int]:
    """Return how far what came in is from what went out, by member, where all its streams show it."""
    found: dict[int, list[tuple[int, int]]] = {}
    corrected = {one.member for one in clock.members if one.corrected}
    for stream in streams:
        ways = {direction.side: direction.shares[0] for direction in stream.directions if len(direction.shares) == 1}
        came, went = ways.get("rx"), ways.get("tx")
        if came is None or went is None or came.member != went.member:
            continue
        if came.first_ns is None or came.last_ns is None or went.first_ns is None or went.last_ns is None:
            continue
        began, sent, ended, done = (came.first_ns, went.first_ns, came.last_ns, went.last_ns)
        if came.member in corrected:  # by the member's own clock
            began, sent, ended, done = (clock.member_time(came.member, ts_ns) for ts_ns in (began, sent, ended, done))
        found.setdefault(came.member, []).append((began - sent, ended - done))
    told = {}
    for member, pairs in found.items():
        distances = [distance for pair in pairs for distance in pair]
        middle = int(median(distances))
        scatter = max(_SCATTER * abs(middle), _SCATTER_NS)
        enough = len(pairs) >= _LEAST_STREAMS or abs(middle) >= _ALONE_NS
        if (
            enough
            and abs(middle) >= _LEAST_APART_NS
            and all(abs(distance - middle) <= scatter for distance in distances)
        ):
            told[member] = middle
    return told


def time_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield what people have to know of the clocks."""
    for member in team.team_members:
        path = member.captures[0].path if len(member.captures) == 1 else None
        if member.time_stands:
            detail = msg(
                "all packets of {member} have one and the same time, so its times do not advance: placement is judged "
                "by sequence numbers, and there are no rates or durations",
                member=member.name,
            )
            yield Notice("time_stands", detail, member.name, path, count=member.packets)
        if member.clocks_apart_ns is not None:
            later = msg("later") if member.clocks_apart_ns > 0 else msg("earlier")
            detail = msg(
                "what {member} received is stamped by another clock than what it sent, {seconds:.1f} s {later}: "
                "no rate or duration is made of both",
                member=member.name,
                seconds=abs(member.clocks_apart_ns) / 1e9,
                later=later,
            )
            yield Notice("two_clocks", detail, member.name, path)
        if member.first_ns is not None and member.packets and 0 <= member.first_ns < _BOOT_BEFORE_NS:
            detail = msg(
                "the times of {member} count from about 1970, as those of a clock since the machine's start do: "
                "they tell durations, and no date",
                member=member.name,
            )
            yield Notice("time_since_boot", detail, member.name, path)
