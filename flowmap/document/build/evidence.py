"""From judged facts to what pictures are drawn from: points of moved and sprayed streams, the history of LACP."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flowmap.document.evidence import Evidence, LacpHistory, LacpSide, LacpSpan, SequencePoints
from flowmap.facts.model import Direction, StreamFacts, TeamFacts
from flowmap.team.host import address_text
from flowmap.team.lacp.bundle import mac_text
from flowmap.team.lacp.lacpdu import Lacpdu
from flowmap.team.lacp.rhythm import LIVES
from flowmap.trace.watching.sample import Sample
from flowmap.words import Party

__all__ = ["evidence_of"]

_SHOWN = ("sprayed", "moved", "undecided")
_MOST_SPANS = 200
_MOST_MEMBERS = 64


def evidence_of(team: TeamFacts) -> Evidence:
    """Return all that is kept; its size does not grow with the captures."""
    several = [(s, d) for s in team.streams for d in s.directions if d.placed.placement in _SHOWN and d.payload_bytes]
    points = [_points(stream, d, d.sample, team) for stream, d in several if d.sample is not None]
    return Evidence(tuple(points), len(several) - len(points), tuple(_lacp(team)))


def _points(stream: StreamFacts, direction: Direction, sample: Sample, team: TeamFacts) -> SequencePoints:
    numbers, index = np.unique(sample.member, return_inverse=True)
    return SequencePoints(
        stream=stream.number,
        source=(address_text(direction.src[0]), direction.src[1]),
        members=tuple(team.members[number].name for number in numbers.tolist()),
        ts_ns=sample.ts_ns,
        position=sample.position,
        member=index.astype(np.int64),
        closeup=sample.closeup,
        packets=sample.packets,
    )


def _lacp(team: TeamFacts) -> Iterator[LacpHistory]:
    for number in team.lacp.members[:_MOST_MEMBERS]:
        own = [pdu for pdu in team.lacp.pdus if pdu.member == number]
        sides, cut = [], 0
        for system in dict.fromkeys(pdu.actor.system for pdu in own):
            spans = _spans([pdu for pdu in own if pdu.actor.system == system], number, team)
            cut += max(0, len(spans) - _MOST_SPANS)
            sides.append(LacpSide(_party(system, team), mac_text(system), tuple(spans[:_MOST_SPANS])))
        sides.sort(key=lambda side: (("host", "switch", "unknown").index(side.party), side.system))
        bundled = [(team.true_time(number, a), team.true_time(number, b)) for a, b in team.lacp.bundled_spans(number)]
        yield LacpHistory(team.members[number].name, tuple(bundled[:_MOST_SPANS]), tuple(sides), cut)


def _spans(sent: list[Lacpdu], member: int, team: TeamFacts) -> list[LacpSpan]:
    """Return a span for each run of equal states; a sender that fell silent ends its span, and what comes then begins one."""
    life = LIVES * (team.lacp.interval_ns(member) or 0)
    spans: list[LacpSpan] = []
    for pdu in sent:
        at = team.true_time(member, pdu.ts_ns)
        if spans and spans[-1].end_ns >= at:
            last = spans.pop()
            start = last.start_ns if last.state == pdu.actor.state else at
            if start == at:
                spans.append(LacpSpan(last.start_ns, at, last.state))
            spans.append(LacpSpan(start, at + life, pdu.actor.state))
        else:
            spans.append(LacpSpan(at, at + life, pdu.actor.state))
    return spans


def _party(system: int, team: TeamFacts) -> Party:
    host = team.lacp_host.system
    if host is None:
        return "unknown"
    return "host" if system == host else "switch"
