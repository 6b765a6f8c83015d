"""Tells captures of two hosts (the two ends of links) from captures of one team's members.

At the two ends of a link every packet is recorded twice, and whichever way it goes its sender's end records it first: the
time difference changes with the direction. Two members of one host, or a mirror port, show one difference both ways. The
other sign is LACP: different systems that send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import field
from statistics import median

from flowmap.dataclass import dataclass
from flowmap.facts.model import StreamFacts, TwoHosts
from flowmap.message import glue, listed
from flowmap.settings.config import Settings
from flowmap.team.host import Address
from flowmap.team.lacp.bundle import HostSystem, LacpTimeline
from flowmap.team.members import TeamMember
from flowmap.verdict.hosts.separate import HostGroup, separate_commands

__all__ = ["Said", "two_hosts"]

_LEAST_COPIES = 3
_LEAST_DIFFERENCE_NS = 20_000


@dataclass(frozen=True)
class Said:
    """What is known beside the packets. `settings`: to be given again in the commands.

    `described`: numbers of the members that --team is about; `teams`: members of several teams of one host, where all of
    them carried migrations.
    """

    settings: Settings = field(default_factory=Settings)
    described: Collection[int] = ()
    teams: Sequence[Sequence[int]] = ()


def two_hosts(
    members: list[TeamMember],
    streams: Sequence[StreamFacts],
    lacp: LacpTimeline,
    lacp_host: HostSystem,
    said: Said,
) -> TwoHosts | None:
    """Return whose captures they are and the runs to make instead; None where they are of one host."""
    nearest = _nearest_hosts(streams)
    found: list[tuple[list[TeamMember], Address | None]]
    if nearest:
        groups: dict[Address, list[TeamMember]] = {}
        for member in members:
            if member.number in nearest:
                groups.setdefault(nearest[member.number], []).append(member)
        found = [(own, address) for address, own in groups.items()]
    elif said.teams:  # of one host: at two, packets would be recorded twice
        found = [([member for member in members if member.number in own], None) for own in said.teams]
    elif lacp_host.two_hosts:
        found = [(own, None) for own in _by_system(members, lacp)]
    else:
        return None
    told = [
        HostGroup(own, address, not said.described or any(m.number in said.described for m in own))
        for own, address in found
    ]
    names = glue(*[listed([member.name for member in group.members]) for group in told], between="; ")
    commands = tuple(separate_commands(told, streams, said.settings))
    return TwoHosts(
        names,
        commands,
        bool(said.teams) and not nearest,
        tuple(tuple(member.number for member in own) for own, _ in found),
        tuple(address for _, address in found),
    )


def _nearest_hosts(streams: Iterable[StreamFacts]) -> dict[int, Address]:
    """Return, for members at the two ends of a link or path, the address whose packets they record first."""
    nearest: dict[int, Address] = {}
    for stream in streams:
        first, second = (d.observation.offsets if d.observation else {} for d in stream.directions)
        if not first or not second:
            continue
        for pair in first.keys() & second.keys():
            if min(len(first[pair]), len(second[pair])) < _LEAST_COPIES:
                continue
            one, other = median(first[pair]), median(second[pair])
            spread = max(_deviation(first[pair], one), _deviation(second[pair], other))
            if abs(one - other) < max(_LEAST_DIFFERENCE_NS, 2 * spread):
                continue
            near, far = pair if one > other else pair[::-1]
            nearest[near] = stream.directions[0].src[0]
            nearest[far] = stream.directions[0].dst[0]
        if not first.keys() & second.keys():
            nearest.update(_two_paths(stream))
    return nearest


def _two_paths(stream: StreamFacts) -> dict[int, Address]:
    """Return the same for directions that are copied on different pairs of members: each of two teams chose for itself.

    One difference of clocks cannot be told from a delay here. But the member that records one direction first has to be
    at the end of its sender, so it must not be the one that records the other direction first as well.
    """
    nearest: dict[int, Address] = {}
    for direction in stream.directions:
        offsets = direction.observation.offsets if direction.observation else {}
        pair = max(offsets, key=lambda pair: len(offsets[pair]), default=None)
        if pair is None or len(offsets[pair]) < _LEAST_COPIES:
            return {}
        middle = median(offsets[pair])
        if abs(middle) < max(_LEAST_DIFFERENCE_NS, 2 * _deviation(offsets[pair], middle)):
            return {}
        near, far = pair if middle > 0 else pair[::-1]
        for member, address in ((near, direction.src[0]), (far, direction.dst[0])):
            if nearest.setdefault(member, address) != address:
                return {}
    return nearest


def _deviation(values: list[int], middle: float) -> float:
    return median(abs(value - middle) for value in values)


def _by_system(members: list[TeamMember], lacp: LacpTimeline) -> list[list[TeamMember]]:
    """Return members by the LACP systems that are not on all of them."""
    heard = {member.number: set(lacp.systems(member.number)) for member in members if lacp.systems(member.number)}
    common = set.intersection(*heard.values()) if heard else set()
    groups: dict[frozenset[int], list[TeamMember]] = {}
    for member in members:
        groups.setdefault(frozenset(heard.get(member.number, set()) - common), []).append(member)
    return list(groups.values())
