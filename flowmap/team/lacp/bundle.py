"""What LACP says about the members of a team: who speaks on them, and when they are in the bundle.

In: the slow-protocol frames of all members. Out: a LacpTimeline, which answers questions and never judges. Times are
as captured; a caller that corrects clocks corrects the frames before, or allows for it that LACP counts in whole seconds.

A LACPDU is live until its sender's next one on that member, at most three times the interval that the receiver asked
for (802.1AX: short timeout, one each second; long, one each 30 s). A member is in the bundle while one live LACPDU has
Sync, Collecting and Distributing set for its actor and for the partner that it heard, or while live ones of both sides
have them for their actors. A Defaulted actor's partner is made up and does not count; nor does an actor that is
Expired, taken by itself: Open vSwitch begins with 0xbf, before it has heard anyone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from itertools import combinations, pairwise
from statistics import median_low

from flowmap.dataclass import dataclass
from flowmap.decode.control import INBOUND, OUTBOUND, ControlFrame
from flowmap.team.lacp.lacpdu import (
    BUNDLED,
    DEFAULTED,
    EXPIRED,
    SHORT_TIMEOUT,
    Lacpdu,
    LacpParty,
    SlowProtocolFrames,
    decode_frames,
    mac_text,
)
from flowmap.team.lacp.peers import HostSystem, LacpFinding, host_system, lacp_findings, since_answered
from flowmap.team.lacp.rhythm import FAST_NS, LIVES, SLOW_NS
from flowmap.team.lacp.signs import lacp_signs
from flowmap.team.lacp.spans import Span, beside, overlaps, union

__all__ = [
    "HostSystem",
    "LacpFinding",
    "LacpParty",
    "LacpTimeline",
    "Lacpdu",
    "SetChange",
    "SystemOnMember",
    "mac_text",
    "read_lacpdus",
]

_APART_NS = 60 * 10**9
"""Captures that are so far from each other were taken one after the other: no team is quiet for so long on all members."""
_GAPS_TO_TRUST = 4
_UNHEARD = ("no_answer", "defaulted", "expired")
_LASTING = ("defaulted", "expired", "not_in_sync")
"""Findings that a side is in while it begins, too."""
"""A sender's own rhythm counts from this many gaps on."""


@dataclass(frozen=True, slots=True)
class SetChange:
    """A member joined the bundle (`bundled`) or left it, at some time in [earliest_ns, latest_ns]."""

    member: int
    bundled: bool
    earliest_ns: int
    latest_ns: int


@dataclass(frozen=True, slots=True)
class SystemOnMember:
    """All LACPDUs that one system sent on one member.

    `states` are the actor states, distinct, in order of appearance; `last` is its latest LACPDU. `defaulted`, `expired`
    count those with that bit, `partnered` those that name a partner. `sent`: True if the capture says they went out,
    False if they came in, None if it does not say.
    """

    system: int
    count: int
    first_ns: int
    last_ns: int
    states: tuple[int, ...]
    last: Lacpdu
    defaulted: int
    expired: int
    partnered: int
    sent: bool | None


def read_lacpdus(frames: Iterable[ControlFrame], windows: Mapping[int, Span] | None = None) -> LacpTimeline:
    """Decode the slow-protocol frames of a team.

    windows: for each member the (first_ns, last_ns) of its capture, on the clock of the frames: without it the silence
    of a member proves nothing.
    """
    return LacpTimeline(decode_frames(frames), windows or {})


class LacpTimeline:
    """All LACPDUs of a team in time order. Members are the numbers of ControlFrame.member."""

    def __init__(self, decoded: SlowProtocolFrames, windows: Mapping[int, Span]) -> None:
        self.pdus = decoded.pdus
        self.markers = decoded.markers
        """A burst of them near a move is an orderly redistribution."""
        self.skipped = decoded.skipped
        """Frames that are no LACPDU, counted by reason."""
        self.windows = dict(windows)
        self._narrow: dict[int, Span] = {}
        self._ends: dict[int, int] = {}
        self._found: dict[HostSystem, list[LacpFinding]] = {}

    @cached_property
    def _by_sender(self) -> dict[int, dict[int, list[Lacpdu]]]:
        """LACPDUs by member, then by actor system."""
        grouped: dict[int, dict[int, list[Lacpdu]]] = {}
        for pdu in self.pdus:
            grouped.setdefault(pdu.member, {}).setdefault(pdu.actor.system, []).append(pdu)
        return grouped

    @property
    def members(self) -> list[int]:
        """Members that have at least one LACPDU, ascending."""
        return sorted(self._by_sender)

    def systems(self, member: int) -> dict[int, SystemOnMember]:
        """Return by actor system what it sent on this member."""
        return {system: _summary(system, sent) for system, sent in self._by_sender.get(member, {}).items()}

    def mixed_members(self) -> list[int]:
        """Return members on which one system speaks from several ports by turns: what was captured there is not one link."""
        return [member for member in self.members if any(map(_speaks_by_turns, self._by_sender[member].values()))]

    def lacpdu_times(self, member: int) -> list[int]:
        """Return ts_ns of all LACPDUs on this member, both directions, ascending."""
        return self._times.get(member, [])

    @cached_property
    def _times(self) -> dict[int, list[int]]:
        times: dict[int, list[int]] = {}
        for pdu in self.pdus:
            times.setdefault(pdu.member, []).append(pdu.ts_ns)
        return times

    def interval_ns(self, member: int) -> int | None:
        """Return how often a LACPDU is due on this member, from the side that sends more often.

        The interval that the receiver asks for, or the sender's own rhythm where that is slower. For a member without
        LACPDUs that of the others; None where there are none at all.
        """
        senders = self._by_sender.get(member)
        if senders is None:
            others = [self.interval_ns(other) for other in self.members]
            return min((one for one in others if one is not None), default=None)
        return min(max(self._asked_ns(sent[-1]), _rhythm_ns(sent) or 0) for sent in senders.values())

    def _asked_ns(self, pdu: Lacpdu) -> int:
        """Return the interval at which the receiver of this LACPDU wants to get them: its timeout bit, as last heard."""
        if pdu.has_partner and pdu.partner is not None:
            return FAST_NS if pdu.partner.state & SHORT_TIMEOUT else SLOW_NS
        senders = self._by_sender[pdu.member]
        others = [sent[-1].actor.state for system, sent in senders.items() if system != pdu.actor.system]
        if others:
            return FAST_NS if any(state & SHORT_TIMEOUT for state in others) else SLOW_NS
        rhythm = _rhythm_ns(senders[pdu.actor.system])
        return FAST_NS if rhythm is not None and rhythm <= LIVES * FAST_NS else SLOW_NS

    def narrow_windows(self, spans: Mapping[int, Span]) -> None:
        """Ignore a member's silence while other captures ran: it means nothing there.

        Where its packets, from the first to the last in `spans`, are apart from those of all others, and the others speak
        LACP, yet none is heard for three intervals between: they were not captured then. Else, for more than `_APART_NS`.
        """
        self._ends = {member: last for member, (_, last) in spans.items()}
        silent = self.silent(spans)
        for member, gaps in beside(spans):
            if gaps and min(gaps) >= self.apart_ns(member, silent):
                self.windows[member] = self._narrow[member] = spans[member]
        self.__dict__.pop("_changes", None)

    def silent(self, members: Iterable[int]) -> set[int]:
        """Return those of `members` on which no LACPDU was heard."""
        return set(members) - set(self.members)

    def apart_ns(self, member: int, silent: Set[int]) -> int:
        """Return how far packets of a member are from those of all others if these were captured at another time.

        `silent`: members without LACPDU.
        """
        interval = self.interval_ns(member)
        return _APART_NS if interval is None or silent - {member} else min(LIVES * interval, _APART_NS)

    def bundled_spans(self, member: int) -> list[Span]:
        """Return (start_ns, end_ns) during which the member was in the bundle, ascending, disjoint."""
        return self._spans.get(member, [])

    @cached_property
    def _spans(self) -> dict[int, list[Span]]:
        return {member: self._find_spans(senders) for member, senders in self._by_sender.items()}

    def _find_spans(self, senders: Mapping[int, list[Lacpdu]]) -> list[Span]:
        by_both: list[Span] = []
        by_actor: dict[int, list[Span]] = {}
        for system, sent in senders.items():
            for pdu, following in zip(sent, [*sent[1:], None], strict=True):
                end = pdu.ts_ns + LIVES * self._asked_ns(pdu)
                span = (pdu.ts_ns, end if following is None else min(end, following.ts_ns))
                if _both_bundled(pdu):
                    by_both.append(span)
                if pdu.actor.state & (BUNDLED | DEFAULTED | EXPIRED) == BUNDLED:
                    by_actor.setdefault(system, []).append(span)
        for one, other in combinations(by_actor.values(), 2):
            by_both.extend(overlaps(union(one), union(other)))
        return union(by_both)

    def bundled_during(self, member: int, start_ns: int, end_ns: int, host: HostSystem | None = None) -> bool | None:
        """Return whether the member was in the bundle at some time in [start_ns, end_ns].

        True: both sides said so. False: the team speaks LACP, and this member was heard not to be in the bundle, or was
        silent for three intervals. None: no word (no LACPDUs, too short a time to hear one, captured at another time, or
        one side only speaks, on all members, and it is not known to be the host: a switch may offer LACP to a host that
        does not use it).
        """
        spans = self.bundled_spans(member)
        if any(start <= end_ns and end >= start_ns for start, end in spans):
            return True
        if not self._is_spoken(host) or self._not_captured(member, start_ns, end_ns):
            return None
        times = self.lacpdu_times(member)
        if self.heard_too_little(member):
            return None
        if times and times[0] <= end_ns:
            return False
        window, interval = self.windows.get(member), self.interval_ns(member)
        if window is None or interval is None:
            return None
        silent_until = min(end_ns, times[0]) if times else window[1]
        return False if silent_until - window[0] >= LIVES * interval else None

    def partner_losses(self, member: int) -> list[int]:
        """Return ts_ns of the LACPDUs on this member in which a side states that it lost its partner (Expired, Defaulted)."""
        return self._losses.get(member, [])

    def whole_again(self, member: int) -> int | None:
        """Return ts_ns by which the link was whole after the last of `partner_losses`; None where nothing shows that.

        That is the first LACPDU from then on whose sender has heard its partner in time. If it is the other side's answer, it
        names what it has just heard; if it is the side that lost its partner, it has found it again.
        """
        losses = self.partner_losses(member)
        later = [
            pdu.ts_ns
            for sent in self._by_sender.get(member, {}).values()
            for pdu in sent
            if losses and pdu.ts_ns >= losses[-1] and pdu.has_partner and not pdu.actor.state & (DEFAULTED | EXPIRED)
        ]
        return min(later, default=None)

    @cached_property
    def _losses(self) -> dict[int, list[int]]:
        return {
            member: sorted(
                pdu.ts_ns
                for sent in senders.values()
                for pdu in since_answered(sent)
                if pdu.actor.state & (DEFAULTED | EXPIRED)
            )
            for member, senders in self._by_sender.items()
        }

    def _not_captured(self, member: int, start_ns: int, end_ns: int) -> bool:
        """Return whether the member's capture is known not to reach into that time."""
        first, last = self._narrow.get(member, (start_ns, end_ns))
        return last < start_ns or first > end_ns

    def _is_spoken(self, host: HostSystem | None) -> bool:
        """Return whether LACP governs this team: someone was heard by the other side, or the host itself speaks it."""
        if host is not None and any(host.system in senders for senders in self._by_sender.values()):
            return True
        return self._is_answered

    @cached_property
    def _is_answered(self) -> bool:
        return any(pdu.has_partner or pdu.direction == OUTBOUND for pdu in self.pdus)

    def set_changes(self) -> list[SetChange]:
        """Return when members joined or left the bundle while they were captured, by latest_ns.

        A member that is in the bundle with its first LACPDU has not joined. One that fell silent left between its last
        LACPDU and the end of that one's life.
        """
        return self._changes

    @cached_property
    def _changes(self) -> list[SetChange]:
        changes: list[SetChange] = []
        for member in self.members:
            times = self.lacpdu_times(member)
            horizon = max(self.windows.get(member, (0, times[-1]))[1], self.pdus[-1].ts_ns)
            for start, end in self.bundled_spans(member):
                if before := bisect_left(times, start):
                    changes.append(SetChange(member, True, times[before - 1], start))
                if end <= horizon:
                    changes.append(SetChange(member, False, times[bisect_left(times, end) - 1], end))
        return sorted(changes, key=lambda change: (change.latest_ns, change.member))

    def host_system(self, local_macs: Set[int] = frozenset(), *, shared_host_mac: bool = False) -> HostSystem:
        """Return which system is the teamed host; see lacp_peers.host_system for the rules."""
        return host_system(self._by_sender, local_macs, shared_host_mac=shared_host_mac)

    def findings(self, host: HostSystem) -> list[LacpFinding]:
        """Return what is wrong or odd between the members and their partners; see lacp_peers.LacpFinding."""
        if host not in self._found:
            self._found[host] = self._find(host)
        return self._found[host]

    def _find(self, host: HostSystem) -> list[LacpFinding]:
        signs = lacp_signs(self._by_sender, host, self.markers)
        flapping = {finding.members for finding in signs if finding.kind == "flapping"}
        lasting = [
            finding
            for finding in lacp_findings(self._by_sender, host, self._silent_members())
            if (finding.kind not in ("defaulted", "expired") or finding.members not in flapping)
            and not (finding.kind in _LASTING and any(map(self._is_brief, finding.members)))
            and not (finding.kind in _UNHEARD and any(map(self.heard_too_little, finding.members)))
        ]
        return lasting + signs

    def heard_too_little(self, member: int) -> bool:
        """Tell whether all that was heard on the member is one LACPDU to no partner, and no answer was due yet.

        A port that hears a new partner answers at once, three seconds at the latest (IEEE 802.1AX, fast transmission);
        the capture ended before that.
        """
        heard = [pdu for sent in self._by_sender.get(member, {}).values() for pdu in sent]
        if len(heard) != 1 or heard[0].has_partner:
            return False
        return member in self._ends and self._ends[member] - heard[0].ts_ns < LIVES * FAST_NS

    def _is_brief(self, member: int) -> bool:
        """Return whether the member was captured by itself, for less time than LACP may take to settle."""
        first, last = self._narrow.get(member, (0, 0))
        return member in self._narrow and last - first < LIVES * (self.interval_ns(member) or SLOW_NS)

    def _silent_members(self) -> list[int]:
        """Return the captured members on which three LACPDUs were due and none came."""
        silent = [member for member in self.windows if member not in self._by_sender]
        return sorted(member for member in silent if self.bundled_during(member, *self.windows[member]) is False)


def _speaks_by_turns(sent: list[Lacpdu]) -> bool:
    """Return whether LACPDUs come from a port, from another, and from the first again.

    A port that is only renumbered does not come back.
    """
    ports = [pdu.actor.port for pdu in sorted(sent, key=lambda pdu: pdu.ts_ns)]
    changes = sum(one != other for one, other in pairwise(ports))
    return changes > len(set(ports)) - 1


def _summary(system: int, sent: list[Lacpdu]) -> SystemOnMember:
    directions = {pdu.direction for pdu in sent}
    return SystemOnMember(
        system=system,
        count=len(sent),
        first_ns=sent[0].ts_ns,
        last_ns=sent[-1].ts_ns,
        states=tuple(dict.fromkeys(pdu.actor.state for pdu in sent)),
        last=sent[-1],
        defaulted=sum(bool(pdu.actor.state & DEFAULTED) for pdu in sent),
        expired=sum(bool(pdu.actor.state & EXPIRED) for pdu in sent),
        partnered=sum(pdu.has_partner for pdu in sent),
        sent={frozenset({OUTBOUND}): True, frozenset({INBOUND}): False}.get(frozenset(directions)),
    )


def _rhythm_ns(sent: list[Lacpdu]) -> int | None:
    """Return the median gap between one sender's LACPDUs, or None for too few of them."""
    gaps = [after.ts_ns - before.ts_ns for before, after in pairwise(sent)]
    return median_low(gaps) if len(gaps) >= _GAPS_TO_TRUST else None


def _both_bundled(pdu: Lacpdu) -> bool:
    return bool(pdu.has_partner and pdu.partner and pdu.actor.state & BUNDLED == BUNDLED == pdu.partner.state & BUNDLED)
