"""Signs of trouble in LACP that only show over time, or between the two ends of one member.

In: LACPDUs and markers. Out: LacpFinding values. A capture that is too short for a sign gives none: what one side does
counts from three of its LACPDUs on, a state "for long" from two of the intervals that were asked for.

Sources: IEEE 802.1AX-2020 6.4 (states, timers), 6.5 (markers); at most ten frames a second: 802.3 annex 57A.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby, pairwise

from flowmap.decode.control import INBOUND
from flowmap.team.lacp.lacpdu import (
    AGGREGATABLE,
    COLLECTING,
    DEFAULTED,
    DISTRIBUTING,
    SHORT_TIMEOUT,
    Lacpdu,
    LacpParty,
    Marker,
)
from flowmap.team.lacp.peers import HostSystem, LacpFinding, Senders, of_host, since_answered
from flowmap.team.lacp.rhythm import (
    BAD,
    FAST_NS,
    LIVES,
    SLOW_NS,
    OnMember,
    asked_ns,
    gap_ns,
    other_side,
    pauses,
    sends_too_seldom,
)

__all__ = ["lacp_signs"]

_ENOUGH = 3
_MOST_A_SECOND = 10
_ANSWER_NS = 2 * 10**9


def lacp_signs(senders: Senders, host: HostSystem, markers: Sequence[Marker]) -> list[LacpFinding]:
    """Return all of them, by member.

    Kinds and their evidence (systems are MACs as integers, times and intervals nanoseconds):

    - flapping: Expired or Defaulted came and went. system, times, count, total, asked_ns, peer_gap_ns (median), peer_pause_ns
      (the longest gap before an expiry); peer_expired: whether the other side lost it too
    - collecting_only: a side took frames and sent none, for long. system, count, total, span_ns, peer_state
    - individual: a side does not let the port be aggregated. system, state
    - too_slow: a side sends too seldom for the other's timeout. system, asked_ns, gap_ns (median), count, pause_ns (the
      longest gap before the other side expired)
    - too_many: more frames in a second than the standard allows. system, most, allowed
    - timeouts_differ: each side asks for another rate. fast, slow (systems)
    - renumbered: a system changed its port number or key. system, ports, keys
    - partner_changed: one partner took another's place. systems, at_ns
    - several_systems: more than two systems speak at the same time. systems
    - views_differ: a side names another port than the other one is. system, hears, is (port and key)
    - looped: a system hears itself. system, ports
    - markers_unanswered, markers_answered: system, count, unanswered
    """
    found: list[LacpFinding] = []
    for member in sorted(senders):
        own = senders[member]
        found += _states(member, own, host)
        found += _rates(member, own, markers, host)
        found += _identities(member, own, host)
        found += _markers(member, own, [marker for marker in markers if marker.member == member], host)
    return found


def _states(member: int, own: OnMember, host: HostSystem) -> Iterator[LacpFinding]:
    for system, sent in own.items():
        yield from _flapping(member, system, own, host)
        yield from _collecting_only(
            member, system, [(pdu.ts_ns, pdu.actor.state) for pdu in since_answered(sent)], own, host
        )
        yield from _individual(member, system, sent[-1].actor.state, host)
        partners = [(pdu.ts_ns, pdu.partner) for pdu in sent if pdu.partner is not None and pdu.has_partner]
        if partners and partners[-1][1].system not in own:  # only one direction was captured
            far = partners[-1][1].system
            told = [(ts_ns, party.state) for ts_ns, party in partners if party.system == far]
            yield from _collecting_only(member, far, told, own, host)
            yield from _individual(member, far, told[-1][1], host)


def _flapping(member: int, system: int, own: OnMember, host: HostSystem) -> Iterator[LacpFinding]:
    sent = since_answered(own[system])
    bad = [bool(pdu.actor.state & BAD) for pdu in sent]
    times = sum(now and not before for before, now in pairwise(bad))
    if times < 2:
        return
    other = other_side(system, own)
    yield LacpFinding(
        "flapping",
        (member,),
        {
            "system": system,
            "of_host": of_host(system, host),
            "times": times,
            "count": sum(bad),
            "total": len(sent),
            "asked_ns": FAST_NS if sent[-1].actor.state & SHORT_TIMEOUT else SLOW_NS,
            "peer_gap_ns": gap_ns(other),
            "peer_pause_ns": max(pauses(sent, other), default=None) if other else None,
            "peer_expired": any(pdu.actor.state & BAD for pdu in since_answered(other)),
        },
    )


def _collecting_only(
    member: int, system: int, states: Sequence[tuple[int, int]], own: OnMember, host: HostSystem
) -> Iterator[LacpFinding]:
    """Yield the longest run, where it is long."""
    bits = COLLECTING | DISTRIBUTING | BAD
    runs = [list(run) for only, run in groupby(states, lambda one: one[1] & bits == COLLECTING) if only]
    longest = max(runs, key=lambda run: run[-1][0] - run[0][0], default=[])
    asked = asked_ns(system, own) or SLOW_NS
    if len(longest) < _ENOUGH or longest[-1][0] - longest[0][0] < max(2 * asked, LIVES * FAST_NS):
        return
    other = [pdu for pdu in other_side(system, own) or own.get(system, ()) if pdu.ts_ns <= longest[-1][0]]
    party = None if not other else other[-1].actor if other[-1].actor.system != system else other[-1].partner
    yield LacpFinding(
        "collecting_only",
        (member,),
        {
            "system": system,
            "of_host": of_host(system, host),
            "count": len(longest),
            "total": len(states),
            "span_ns": longest[-1][0] - longest[0][0],
            "state": longest[-1][1],
            "peer_state": None if party is None else party.state,
        },
    )


def _individual(member: int, system: int, state: int, host: HostSystem) -> Iterator[LacpFinding]:
    if not state & (AGGREGATABLE | DEFAULTED):
        yield LacpFinding("individual", (member,), {"system": system, "of_host": of_host(system, host), "state": state})


def _rates(member: int, own: OnMember, markers: Sequence[Marker], host: HostSystem) -> Iterator[LacpFinding]:
    for system, sent in own.items():
        asked, gap = asked_ns(system, own), gap_ns(sent)
        expiries = pauses(since_answered(other_side(system, own)), sent)
        named = {"system": system, "of_host": of_host(system, host)}
        if sends_too_seldom(gap, asked, expiries):
            yield LacpFinding(
                "too_slow",
                (member,),
                {
                    **named,
                    "asked_ns": asked,
                    "gap_ns": gap,
                    "count": len(sent),
                    "pause_ns": max(expiries, default=None),
                },
            )
        times = [pdu.ts_ns for pdu in sent]
        times += [one.ts_ns for one in markers if one.member == member and one.system == system and not one.response]
        most = _most_in_a_second(times)
        if most > _MOST_A_SECOND:
            yield LacpFinding("too_many", (member,), {**named, "most": most, "allowed": _MOST_A_SECOND})
    if len(own) == 2:
        fast, slow = (
            [system for system, sent in own.items() if _always(sent, SHORT_TIMEOUT, wanted)] for wanted in (True, False)
        )
        if len(fast) == len(slow) == 1:
            yield LacpFinding(
                "timeouts_differ", (member,), {"fast": fast[0], "slow": slow[0], "fast_of_host": of_host(fast[0], host)}
            )


def _always(sent: Sequence[Lacpdu], bit: int, wanted: bool) -> bool:
    """Return whether this holds for all it says once it has heard the other side: before that each asks for the fast rate."""
    return all(bool(pdu.actor.state & bit) is wanted for pdu in since_answered(sent))


def _most_in_a_second(times: Iterable[int]) -> int:
    ordered = sorted(set(times))
    return max((bisect_right(ordered, at + FAST_NS - 1) - first for first, at in enumerate(ordered)), default=0)


def _identities(member: int, own: OnMember, host: HostSystem) -> Iterator[LacpFinding]:
    for system, sent in own.items():
        named = {"system": system, "of_host": of_host(system, host)}
        told = [(pdu.actor.port, pdu.actor.key) for pdu in sent]
        runs = [one for one, _ in groupby(told)]
        if len(runs) == len(set(runs)) > 1:  # by turns: several links in one capture, which is told elsewhere
            ports, keys = ([one for one, _ in groupby(run[at] for run in runs)] for at in (0, 1))
            yield LacpFinding("renumbered", (member,), {**named, "ports": ports, "keys": keys})
        loops = [pdu.actor.port for pdu in sent if _is_looped(pdu, host)]
        if loops:
            yield LacpFinding("looped", (member,), {**named, "ports": sorted(set(loops)), "count": len(loops)})
        yield from _views(member, system, own, host)
    yield from _partners(member, own, host)


def _is_looped(pdu: Lacpdu, host: HostSystem) -> bool:
    named = pdu.has_partner and pdu.partner is not None and pdu.partner.system == pdu.actor.system
    return named or (host.system == pdu.actor.system and pdu.direction == INBOUND)


def _views(member: int, system: int, own: OnMember, host: HostSystem) -> Iterator[LacpFinding]:
    """Yield what a side says of the other, against what the other says of itself."""
    sent, other = own[system], other_side(system, own)
    last = [pdu.partner for pdu in sent[-_ENOUGH:] if pdu.has_partner and pdu.partner is not None]
    named, known = {_name(party) for party in last}, {_name(pdu.actor) for pdu in other}
    if len(last) == _ENOUGH and len(named) == len(known) == 1 and other[0].ts_ns < sent[-_ENOUGH].ts_ns:
        (hears, real) = (*named, *known)
        if hears != real and hears[0] == real[0]:
            yield LacpFinding(
                "views_differ",
                (member,),
                {
                    "system": system,
                    "of_host": of_host(system, host),
                    "partner": real[0],
                    "hears": list(hears[1:]),
                    "is": list(real[1:]),
                },
            )


def _name(party: LacpParty) -> tuple[int, int, int]:
    return party.system, party.port, party.key


def _partners(member: int, own: OnMember, host: HostSystem) -> Iterator[LacpFinding]:
    """Yield several systems at the far end: one after the other, or at the same time."""
    spans = {system: (sent[0].ts_ns, sent[-1].ts_ns) for system, sent in own.items() if system != host.system}
    ends = {
        frozenset((system, pdu.partner.system))
        for system, sent in own.items()
        for pdu in sent
        if pdu.has_partner and pdu.partner is not None
    }
    apart = [
        (a, b) if spans[a] < spans[b] else (b, a)
        for a, b in combinations(spans, 2)
        if frozenset((a, b)) not in ends  # the two ends of the link, in a capture that holds one LACPDU of each
        and (spans[a][1] < spans[b][0] or spans[b][1] < spans[a][0])
    ]
    if apart:
        before, after = max(apart, key=lambda pair: spans[pair[1]][0])
        yield LacpFinding("partner_changed", (member,), {"systems": [before, after], "at_ns": spans[after][0]})
    least = 2 if host.system in own else 3
    together = [system for system, sent in own.items() if system in spans and len(sent) >= _ENOUGH]
    if len(together) >= least and max(spans[one][0] for one in together) < min(spans[one][1] for one in together):
        yield LacpFinding("several_systems", (member,), {"systems": sorted(together)})


def _markers(member: int, own: OnMember, markers: Sequence[Marker], host: HostSystem) -> Iterator[LacpFinding]:
    """Yield markers that should have been answered: the other side is heard on this member, and the capture goes on."""
    end = max(sent[-1].ts_ns for sent in own.values())
    answers = {(one.system, one.port, one.transaction) for one in markers if one.response}
    for system in sorted({one.system for one in markers if not one.response}):
        asked = {
            (one.system, one.port, one.transaction): one.ts_ns
            for one in markers
            if not one.response and one.system == system
        }
        open_ones = [key for key, ts_ns in asked.items() if key not in answers and end - ts_ns >= _ANSWER_NS]
        named = {"system": system, "of_host": of_host(system, host), "count": len(asked), "unanswered": len(open_ones)}
        if open_ones and set(own) - {system}:
            yield LacpFinding("markers_unanswered", (member,), named)
        elif asked.keys() & answers:
            yield LacpFinding("markers_answered", (member,), named)
