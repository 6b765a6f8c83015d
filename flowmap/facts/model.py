"""What the rules are given: the team, the judged streams and what the second pass saw of each of their directions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, fields
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.unread import is_unread
from flowmap.flow.streams.migration import MigrationStream
from flowmap.message import Message, msg
from flowmap.notice import Notice
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution
from flowmap.team.counters.model import MemberCounters
from flowmap.team.description.match import Described
from flowmap.team.host import Address, TeamHost
from flowmap.team.lacp.bundle import HostSystem, LacpTimeline
from flowmap.team.members import TeamMember
from flowmap.team.modes.table import Expectation
from flowmap.team.neighbors.discovery import Announcement
from flowmap.trace.watching.dynamics import Dynamics
from flowmap.trace.watching.observe import Observation
from flowmap.trace.watching.sample import Sample
from flowmap.words import HOLDING_CAUSES, Cause, ClaimVerdict, LimitedBy, Missing, Placement, Side, Verdict

__all__ = [
    "Cause",
    "ClaimVerdict",
    "Direction",
    "Limit",
    "LimitedBy",
    "MemberLoad",
    "MemberShare",
    "Moved",
    "Placed",
    "Recorded",
    "Side",
    "StreamFacts",
    "TeamFacts",
    "Tunnel",
    "Verdict",
    "mode_of",
]

Array = np.ndarray[Any, Any]

_EVEN, _EVEN_TENTHS = (0.4, 2.5), 8
"""A share is steady if at least `_EVEN_TENTHS` tenths lack between these factors of the mean."""


class MemberShare(NamedTuple):
    """What one member carried of a stream-direction, every record counted. Times are on the reference clock."""

    member: int
    packets: int
    wire_bytes: int
    payload_bytes: int
    first_ns: int | None
    last_ns: int | None
    wire_packets: int | None = None
    """Packets on the wire that its records stand for; None: not known."""


@dataclass(frozen=True)
class Tunnel:
    """The outer headers of a stream-direction: the address pair with most packets, and the ports between them.

    `name` is the chain of tunnels. `header` is what all its packets have in common, if they do: a team that hashes outer
    headers sees one flow.
    """

    name: str
    src: Address
    dst: Address
    src_ports: tuple[int, ...]
    dst_port: int | None
    pairs: int
    header: tuple[Address, int, Address, int, int] | None


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of member within a direction."""

    ts_ns: int
    old: int
    new: int
    gap_ns: int
    cause: Cause
    too_soon: bool = False
    """The capture ends before it could show whether the old member was dead."""
    switched_over: bool = False
    """The team made the new member the active one while the old one's link was up."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a stream-direction was placed, and what that rests on."""

    placement: Placement
    reason: Message
    cause: Cause | None = None
    moves: tuple[Moved, ...] = ()

    @property
    def too_soon(self) -> bool:
        return any(move.too_soon for move in self.moves)


@dataclass(frozen=True, slots=True)
class Limit:
    """What limited the rate of a transfer. `evidence` has the fields of the report's limit_evidence that are known."""

    by: LimitedBy
    reason: Message
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MemberLoad:
    """Wire bytes, all frames: `wire[member, side of SIDES, bin]`, bins of `width_ns` from `start_ns` on by each member's clock.

    `of_macs` gives (members, bins) of one side that a host of these MACs would have.
    """

    start_ns: int
    width_ns: int
    wire: Any
    of_macs: Callable[[frozenset[int], Side], Any]


@dataclass(frozen=True)
class Recorded:
    """Records of a direction.

    `mss` is the largest that its SYNs announce, 0: not known; `repeated` counts by member records of packets that are
    there already, from another layer of the host; `sizes` the others by (member, payload, bytes of TCP options), those
    of one small segment left out: together they tell how many packets were on the wire.
    """

    mss: int
    repeated: Counter[int]
    sizes: Counter[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class InPart:
    """What is known of a direction of which only the first packets were looked at.

    `overtaken` counts those of them that were (None: only the receiver could tell), `sent_again` those of all packets,
    at least.
    """

    overtaken: int | None
    sent_again: int


@dataclass(frozen=True, slots=True)
class Direction:
    """One half of a stream. `bulk`: most of the stream's payload flows this way. `facts/streams.py` builds it complete."""

    src: tuple[Address, int]
    dst: tuple[Address, int]
    side: Side
    bulk: bool
    payload_bytes: int
    """As captured: what was sent again, and copies, count again."""
    shares: Sequence[MemberShare] = ()
    smac_changed: bool = False
    macs: tuple[int, int] = (0, 0)
    """Source and destination of its first packet."""
    macs_alike: bool = False
    """Whether all its packets have these."""
    vlan: int = 0
    """The largest stack of tags of its packets, as in types.FLOW."""
    observation: Observation | None = None
    sample: Sample | None = None
    """Some of its packets, where it is among the largest on several members."""
    peak_bytes: int | None = None
    """Most wire bytes in 100 ms."""
    recorded: Recorded | None = None
    """What its records show of packets on the wire, where that is more than one packet each."""
    duplicates: int | None = None
    retransmitted: int | None = None
    once_bytes: int | None = None
    """Payload, each byte of the stream once; None: not known, `payload_bytes` is the nearest."""
    resent_bytes: int | None = None
    reordered: int | None = None
    in_part: InPart | None = None
    """What is known instead, where only its first packets were looked at."""
    missing_bytes: int = 0
    missing_tenths: tuple[int, ...] = ()
    """Of each tenth of what was sent, how much is missing; empty where that is not known or too little to tell."""
    tunnel: Tunnel | None = None
    placed: Placed = Placed("absent", msg("not seen on any member"))
    counted_on: int | None = None
    """Of a mirrored direction: the member that it is counted on, where its first one only holds copies."""
    expected: bool | None = None

    @property
    def known_macs(self) -> tuple[int, int] | None:
        """Source and destination MAC, where all its packets have the same and they are known."""
        return self.macs if self.macs_alike and any(self.macs) else None

    @property
    def seen_src(self) -> Address:
        """The source address that the team sees: the outer one of a tunnel."""
        return self.tunnel.src if self.tunnel else self.src[0]

    @property
    def seen_dst(self) -> Address:
        return self.tunnel.dst if self.tunnel else self.dst[0]

    def placed_as(self, placed: Placed, expected: bool | None, counted_on: int | None = None) -> Direction:
        """Return this direction with where it was placed.

        (`dataclasses.replace` takes ten times as long, and there may be tens of thousands.)
        """
        return Direction(*(*_FACTS(self), placed, counted_on, expected))

    def with_shares(self, shares: Sequence[MemberShare]) -> Direction:
        """Return this direction with other shares, as fast as `placed_as`."""
        before, after = _AROUND_SHARES
        return Direction(*(*before(self), shares, *after(self)))

    @property
    def missing_how(self) -> Missing | None:
        """Whether acknowledged bytes are missing from all of it in a steady share, or from some stretches."""
        if not self.missing_bytes or not self.shares:
            return "whole" if self.missing_bytes else None
        mean = sum(self.missing_tenths) / max(1, len(self.missing_tenths))
        even = sum(_EVEN[0] * mean <= missing <= _EVEN[1] * mean for missing in self.missing_tenths)
        return None if not mean else "steady" if even >= _EVEN_TENTHS else "bursts"

    @property
    def first_member(self) -> int | None:
        """The member its first packet used."""
        if self.counted_on is not None:
            return self.counted_on
        if len(self.shares) == 1:
            return self.shares[0].member
        timed = [share for share in self.shares if share.first_ns is not None]
        return (
            min(timed, key=lambda share: share.first_ns or 0).member
            if timed
            else (self.shares[0].member if self.shares else None)
        )


_NAMES = [one.name for one in fields(Direction)]
_FACTS = attrgetter(*_NAMES[:-3])
"""All fields of a direction but what is judged of it, which comes last."""
_SHARES = _NAMES.index("shares")
_AROUND_SHARES = attrgetter(*_NAMES[:_SHARES]), attrgetter(*_NAMES[_SHARES + 1 :])


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A stream that is judged or listed. `migration` is None for kind other."""

    number: int
    migration: MigrationStream | None
    judged: bool
    first_ns: int
    last_ns: int
    directions: Sequence[Direction]
    limit: Limit | None = None
    """None: not examined."""
    bulk: Direction = field(init=False)
    """The direction that most of the payload flows in: looked up once, because rules ask for it some dozens of times."""

    def __post_init__(self) -> None:
        bulk = self.directions[0]
        if not bulk.bulk:
            bulk = next((one for one in self.directions if one.bulk), bulk)
        object.__setattr__(self, "bulk", bulk)  # frozen from here on

    def with_directions(self, directions: Sequence[Direction]) -> StreamFacts:
        """Return this stream with its directions placed."""
        return StreamFacts(
            self.number, self.migration, self.judged, self.first_ns, self.last_ns, directions, self.limit
        )

    def limited_by(self, limit: Limit) -> StreamFacts:
        """Return this stream with what limited its rate."""
        return StreamFacts(
            self.number, self.migration, self.judged, self.first_ns, self.last_ns, self.directions, limit
        )


@dataclass(frozen=True)
class TwoHosts:
    """Captures of several hosts: `members` of each in words, and `commands` that analyze each by itself."""

    members: Message
    commands: tuple[Message, ...]
    teams_of_one: bool = False
    """They are of one host, but of several teams that all carried migrations."""
    groups: tuple[tuple[int, ...], ...] = ()
    """Numbers of the members of each."""
    addresses: tuple[Address | None, ...] = ()
    """The address of each host; None: not known."""

    @property
    def apart(self) -> tuple[tuple[int, ...], ...]:
        """The members at each end where a packet may have been recorded at both; nothing for several teams of one host."""
        return () if self.teams_of_one else self.groups


def mode_of(settings: Settings, described: Described | None) -> tuple[str | None, str | None]:
    """Return (mode, algorithm) as they were given or described.

    A mode that was given leaves nothing of another one's description.
    """
    given = settings.algorithm or settings.mode
    algorithm = settings.algorithm if given else described.team.algorithm if described else None
    return settings.mode or (described.team.mode if described else None), algorithm


@dataclass(frozen=True)
class TeamFacts:
    """The team as the captures show it: gathered complete, and never changed.

    What is judged of it is a new value, with `placed` streams, `limit`s and notices: see `flowmap.analysis.judged`.
    """

    settings: Settings
    members: Sequence[TeamMember]
    host: TeamHost
    lacp: LacpTimeline
    lacp_host: HostSystem
    clock: ClockSolution
    expectation: Expectation
    streams: Sequence[StreamFacts]
    notices: Sequence[Notice]
    two_hosts: TwoHosts | None = None
    flooded: int = 0
    """Broadcast and multicast frames that arrived on every member."""
    switch_ports: Mapping[int, Announcement] = field(default_factory=dict)
    """What the switch says of each member's port, by LLDP or CDP."""
    told_macs: Mapping[Address, AbstractSet[int]] = field(default_factory=dict)
    """By address, the MACs that ARP or neighbour discovery gave for it."""
    announced: Sequence[tuple[int, int]] = ()
    """When and on which member the host told, without being asked, where it is (gratuitous ARP, RARP); reference clock."""
    described: Described | None = None
    """What the host says of this team (--team)."""
    load: MemberLoad | None = None
    dynamics: Mapping[int, Dynamics] = field(default_factory=dict)
    """What the packets of the largest streams show of what they waited for, by stream."""
    counters: Mapping[int, MemberCounters] = field(default_factory=dict)
    """What the counters of the host or its switch say of each member."""
    counted_around_s: float | None = None
    """For how many seconds before and after the capture they counted, in sum; None: not known."""
    wire_packets: Mapping[int, int | None] = field(default_factory=dict)
    """By member, the packets on the wire that its records stand for; None: not known."""
    copies: Mapping[int, int] = field(default_factory=dict)
    """Members that hold nothing but copies of what another one holds, and that other one."""
    doubts: Sequence[Message] = ()
    """Why it is not clear which captures are of one member."""
    flat_levels: dict[tuple[int, Side], float | None] = field(default_factory=dict)
    """By member and direction, the rate that it kept to however many streams were on it: found once, where it is asked for."""
    levels_between: dict[tuple[int, frozenset[int], frozenset[int]], float | None] = field(default_factory=dict)
    """The same of a member by the MACs at both ends, where the host is not known."""
    bulk_in_bins: dict[tuple[int, Side], tuple[tuple[int, int, int], Array] | None] = field(default_factory=dict)
    """By member and direction, how many bulk streams were on it bin by bin: found once, where it is asked for."""
    bulk_times: dict[tuple[int, Side], tuple[list[int], list[int]]] = field(default_factory=dict)
    """When bulk streams began, and when they ended, each in order, by the member that carried most of them and direction: found
    once, where it is asked for."""
    bulk_unmatched: int = 0
    """Streams that carried much on ports that are no migration ports."""

    @property
    def mode(self) -> str | None:
        """The teaming mode, as it was given or described."""
        return mode_of(self.settings, self.described)[0]

    @property
    def algorithm(self) -> str | None:
        """As `mode`: a mode that was given leaves nothing of another one's description."""
        return mode_of(self.settings, self.described)[1]

    @cached_property
    def team_members(self) -> list[TeamMember]:
        """Members that count: no aggregates, none of another team."""
        return [member for member in self.members if not member.left_out]

    @property
    def read_members(self) -> list[TeamMember]:
        """Those of them on which a stream could have been read."""
        return [member for member in self.team_members if not is_unread(member)]

    @cached_property
    def judged(self) -> list[StreamFacts]:
        """The streams that the claims rest on."""
        return [stream for stream in self.streams if stream.judged]

    @cached_property
    def start_ns(self) -> int:
        """The first packet on any member, reference clock."""
        return min((self.true_time(m.number, m.first_ns) for m in self.members if m.first_ns is not None), default=0)

    @cached_property
    def end_ns(self) -> int:
        """The last packet on any member, reference clock."""
        return max((self.true_time(m.number, m.last_ns) for m in self.members if m.last_ns is not None), default=0)

    @property
    def taken_over(self) -> bool:
        """Whether a judged stream moved because members came or went."""
        return any(d.placed.cause in HOLDING_CAUSES for s in self.judged for d in s.directions)

    def speed_of(self, member: int) -> int | None:
        """Return bit/s as given, or as the capture, the host or its switch states it; never guessed from traffic."""
        own = self.members[member]
        described = self.described.members.get(member) if self.described else None
        told = self.settings.speeds.get(own.name) or self.settings.default_speed or own.speed_bps
        told = told or (described.speed_bps if described else None)
        heard = self.switch_ports.get(member)
        return told or (heard.speed_bps if heard is not None and heard.forwards else None)

    def true_time(self, member: int, ts_ns: int) -> int:
        """Return a time of a member's clock on the reference clock."""
        return self.clock.true_time(member, ts_ns)

    def member_time(self, member: int, true_ns: int) -> int:
        """Return a time of the reference clock on the member's clock."""
        return self.clock.member_time(member, true_ns)

    def uncertainty_ns(self, members: Sequence[int]) -> int | None:
        """Return how far apart the clocks of these members may still be; None: not bounded."""
        widths = [self.clock.members[m].uncertainty_ns for m in members if m != self.clock.reference]
        return None if any(w is None for w in widths) else max((w or 0 for w in widths), default=0)

    def transfer(self) -> tuple[int, int]:
        """Return first and last packet of the judged streams."""
        judged = self.judged
        return min((s.first_ns for s in judged), default=0), max((s.last_ns for s in judged), default=0)
