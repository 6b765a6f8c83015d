"""Members that are one: pieces of a capture that only their contents tell, and halves of a member.

In: what each member so far holds. Out: the new name of each that is part of another, and doubts. Where the contents are clear
but nothing else speaks for it, the parts are joined for reading and the doubt stays: claims remain open until the user says
which captures are whose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from flowmap.capture.inputs.directions import find_halves, half_of, opposite
from flowmap.capture.inputs.series import Span, common_start
from flowmap.capture.inputs.settle import Doubt
from flowmap.capture.inputs.traffic import Frames, Traffic, successors
from flowmap.dataclass import dataclass
from flowmap.message import glue, listed, msg

__all__ = ["Found", "Joined", "join_halves", "join_pieces"]

_EDGES = " -_.,:(#)~@+="
_COUNTED = re.compile(r"(?:(?<![a-z])(?:part|piece|file|chunk|segment|seg|no|nr|n))?[^0-9A-Za-z]*0*$", re.IGNORECASE)


@dataclass
class Found:
    """What the captures of one member hold together; `path` is the first of them."""

    name: str
    path: str
    span: Span | None = None
    traffic: dict[tuple[int, int], Frames] = field(default_factory=dict)

    def add(self, span: Span | None, traffic: Traffic) -> None:
        if span is not None:
            self.span = span if self.span is None else (min(self.span[0], span[0]), max(self.span[1], span[1]))
        for pair, frames in traffic.items():
            known = self.traffic.get(pair, Frames(0, frames.first_ns, frames.last_ns))
            self.traffic[pair] = Frames(
                known.number + frames.number, min(known.first_ns, frames.first_ns), max(known.last_ns, frames.last_ns)
            )


@dataclass(frozen=True)
class Joined:
    """`names`: new ones by old ones."""

    names: dict[str, str]
    doubts: list[Doubt]


def join_pieces(found: Sequence[Found]) -> Joined:
    """Join captures that continue each other: sure where several chains break at the files' ends, each into one other."""
    following = successors([one.span for one in found], [one.traffic for one in found])
    if not following:
        return Joined({}, [])
    chains = _chains(following)
    names: dict[str, str] = {}
    for chain in chains:
        own = [found[place].name for place in chain]
        names |= dict.fromkeys(own, _common(own, {one.name for one in found} | set(names.values())))
    if len(chains) > 1 and sum(map(len, chains)) == len(found):
        return Joined(names, [])
    members = [found[place] for chain in chains for place in chain]
    how = _how(members[:2], names[members[0].name])
    text = msg(
        "{names} look like pieces of one capture: where one ends, all streams go on in the next without a pause; say which "
        "files are of one member, as in {how}, or capture all members at the same time",
        names=listed([one.name for one in members]),
        how=how,
    )
    return Joined(names, [Doubt(tuple(one.path for one in members), text)])


def _chains(following: dict[int, list[int]]) -> list[list[int]]:
    """Return the captures that are pieces of one another, in order of place."""
    group = {place: {place} for place in {*following, *(n for own in following.values() for n in own)}}
    for place, own in following.items():
        for other in own:
            merged = group[place] | group[other]
            for one in merged:
                group[one] = merged
    return [list(own) for own in sorted({tuple(sorted(own)) for own in group.values()})]


def join_halves(found: Sequence[Found]) -> Joined:
    """Join captures of one direction each, by their names where these show it, else by their frames."""
    by_name = {one.name: one for one in found}
    stems: dict[str, dict[str, str]] = {}
    for name in by_name:
        if half := half_of(name):
            stems.setdefault(half.stem, {})[half.half] = name
    names: dict[str, str] = {}
    for stem, own in stems.items():
        pair = [by_name[name] for name in own.values()]
        if len(pair) == 2 and stem and stem not in by_name and opposite(pair[0].traffic, pair[1].traffic):
            names |= dict.fromkeys(own.values(), stem)
    if names:
        return Joined(names, [])
    pairs, unclear = find_halves([one.traffic for one in found])
    for places in pairs:
        own_names = [found[place].name for place in places]
        names |= dict.fromkeys(own_names, _common(own_names, set(by_name) | set(names.values())))
    if not unclear:
        return Joined(names, [])
    members = [found[place] for place in unclear]
    text = msg(
        "{names} hold one direction each, so they may be halves of one member (what it received and what it sent), or members "
        "of which each only sends or only receives: give the halves of a member one name, as in {how}",
        names=listed([one.name for one in members]),
        how=_how(members[:2], "NIC1"),
    )
    return Joined({}, [Doubt(tuple(one.path for one in members), text)])


def _common(names: Sequence[str], taken: set[str]) -> str:
    """Return what they share at the start, or at the end, else all of them.

    >>> _common(["eth1~00", "eth1~01"], set()), _common(["to-nic1", "from-nic1"], set()), _common(["a", "b"], set())
    ('eth1', 'nic1', 'a+b')
    """
    start, end = common_start(names), common_start([name[::-1] for name in names])[::-1]
    rests = [name.removeprefix(start) for name in names]
    if all(rest[:1].isdigit() or not rest for rest in rests):  # of a counter, with its zeros and what it counts
        start = _COUNTED.sub("", start) or start
    for shared in (start.rstrip(_EDGES), end.lstrip(_EDGES)):
        if len(shared) > 1 and shared not in taken:
            return shared
    return "+".join(names)


def _how(members: Sequence[Found], name: str) -> str:
    return glue(*(f"{name}={one.path}" for one in members))
