"""Two captures that are the halves of one member: one of what it received, one of what it sent.

pktcap-uw on ESXi records one direction at a time, tcpdump does with -Q, and taps give a file for each. Names propose a half by
a word of direction that another name has turned round (`vmnic0_rcv` and `vmnic0_snd`, `rx-eth1` and `tx-eth1`, a folder `in`
beside a folder `out`). The frames decide: in a half no two stations answer each other, and what one half lacks the other has.
Where no name tells, frames alone join halves only if each capture is a half, each finds exactly one other, and each pair talks
with `_LEAST_STATIONS` stations or more: members that receive and members that send look alike where there are fewer. Of four
captures or more that is a doubt, as a team whose members never send and receive the same is rare, and to judge halves as
members always wrong; of two it is an everyday team of which one member receives and the other sends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from flowmap.capture.inputs.traffic import Traffic

__all__ = ["Half", "find_halves", "half_of", "opposite"]

Half = Literal["in", "out"]

_IN = {
    "rcv",
    "recv",
    "receive",
    "received",
    "rx",
    "in",
    "inbound",
    "ingress",
    "incoming",
    "uplinkrcv",
    "uplinkrcvkernel",
    "dir0",
}
_OUT = {
    "snd",
    "send",
    "sent",
    "tx",
    "out",
    "outbound",
    "egress",
    "outgoing",
    "uplinksnd",
    "uplinksndkernel",
    "dir1",
    "xmit",
}
_CASED = re.compile(
    r"(?<![A-Za-z])(?:dir[01]|[Uu]plink(?:[Rr]cv|[Ss]nd)(?:[Kk]ernel)?)(?![0-9])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
)
_EDGES = " -_.,:()[]"
_ANSWERED = 0.02
"""So many frames of a half may have an answer beside them: what was under way when the direction was switched."""
_MATCHED = 0.95
_LEAST_FRAMES, _LEAST_STATIONS, _LEAST_UNCLEAR = 20, 3, 4


class Named(NamedTuple):
    """A name without its word of direction, and which half that word means."""

    stem: str
    half: Half


def half_of(name: str) -> Named | None:
    """Return of which member, and which half, a capture of this name may be.

    >>> half_of("vmnic0_rcv"), half_of("tx-eth1"), half_of("eth1Out"), half_of("spring")
    (Named(stem='vmnic0', half='in'), Named(stem='eth1', half='out'), Named(stem='eth1', half='out'), None)
    """
    for found in reversed(list(_CASED.finditer(name))):
        word = found[0].lower()
        if word in _IN or word in _OUT:
            before, after = name[: found.start()].rstrip(_EDGES), name[found.end() :].lstrip(_EDGES)
            stem = "-".join(part for part in (before, after) if part)
            return Named(stem, "in" if word in _IN else "out")
    return None


def opposite(one: Traffic, other: Traffic) -> bool:
    """Return whether two captures may be halves of one member: neither has answers, and they answer each other.

    True where one of them has no frames to a single station.
    """
    if not one or not other:
        return True
    return _one_way(one) and _one_way(other) and _answered(one, other) >= 0.5 <= _answered(other, one)


def find_halves(traffic: Sequence[Traffic]) -> tuple[list[tuple[int, int]], list[int]]:
    """Return (pairs of places in `traffic` that are halves by their frames alone, places that are halves of unknown others)."""
    full = [place for place, one in enumerate(traffic) if _total(one) >= _LEAST_FRAMES]
    if len(full) < 2 or not all(_one_way(traffic[place]) for place in full):
        return [], []
    partners = {
        place: [other for other in full if other != place and _answered(traffic[place], traffic[other]) >= _MATCHED]
        for place in full
    }
    pairs = [
        (place, found[0])
        for place, found in partners.items()
        if len(found) == 1 and place < found[0] and partners[found[0]] == [place]
    ]
    if 2 * len(pairs) == len(full) and all(len(traffic[one]) >= _LEAST_STATIONS for one, _ in pairs):
        return pairs, []
    unclear = [place for place in full if partners[place]]
    return [], unclear if len(unclear) >= _LEAST_UNCLEAR else []


def _one_way(own: Traffic) -> bool:
    answered = sum(frames.number for (source, target), frames in own.items() if (target, source) in own)
    return answered <= _ANSWERED * _total(own)


def _answered(one: Traffic, other: Traffic) -> float:
    """Return the share of frames of `one` whose stations have frames the other way in `other`."""
    matched = sum(frames.number for (source, target), frames in one.items() if (target, source) in other)
    return matched / max(1, _total(one))


def _total(own: Traffic) -> int:
    return sum(frames.number for frames in own.values())
