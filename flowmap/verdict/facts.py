"""What the rules are given: the team, the judged streams and what the second pass saw of each of their directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal

from flowmap.config import Settings
from flowmap.flow.migration import MigrationStream
from flowmap.message import Message, msg
from flowmap.notice import Notice
from flowmap.team.clock import ClockSolution
from flowmap.team.description.match import Described
from flowmap.team.discovery import Announcement
from flowmap.team.host import Address, TeamHost
from flowmap.team.lacp import HostSystem, LacpTimeline
from flowmap.team.members import TeamMember
from flowmap.team.modes import Expectation
from flowmap.trace.observe import Observation
from flowmap.trace.sample import Sample

__all__ = [
    "Cause", "Direction", "Limit", "LimitWord", "MemberLoad", "MemberShare", "Moved", "Placed", "Side", "StreamFacts",
    "TeamFacts", "Tunnel", "Verdict",
]  # fmt: skip

_EVEN, _EVEN_TENTHS = (0.4, 2.5), 8
"""A steady share: so many tenths lack this much of the mean."""

Side = Literal["tx", "rx", "unknown"]
Verdict = Literal["pass", "fail", "inconclusive"]
PlacementWord = Literal["single", "moved", "sprayed", "mirrored", "absent", "undecided"]
Cause = Literal["failover", "member-set-change", "rebalance", "flowlet", "unexplained"]
LimitWord = Literal["member-line-rate", "shared-member", "receiver-window", "loss", "sender", "cpu", "unknown"]


@dataclass(frozen=True)
class MemberShare:
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


@dataclass(frozen=True)
class Moved:
    """One change of member within a direction."""

    ts_ns: int
    old: int
    new: int
    gap_ns: int
    cause: Cause
    too_soon: bool = False
    """The capture ends before it could show whether the old member was dead."""


@dataclass(frozen=True)
class Placed:
    """Where a stream-direction was placed, and what that rests on."""

    placement: PlacementWord
    reason: Message
    cause: Cause | None = None
    moves: tuple[Moved, ...] = ()

    @property
    def too_soon(self) -> bool:
        return any(move.too_soon for move in self.moves)


@dataclass(frozen=True)
class Limit:
    """What limited the rate of a transfer. `evidence` has the fields of the report's limit_evidence that are known."""

    by: LimitWord
    reason: Message
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MemberLoad:
    """Wire bytes, all frames: `wire[member, side of SIDES, bin]`, bins of `width_ns` from `start_ns` on by each member's clock.

    `of_macs` gives the same with the sides that a host of these MACs would have.
    """

    start_ns: int
    width_ns: int
    wire: Any
    of_macs: Callable[[frozenset[int]], Any]


@dataclass
class Direction:
    """One half of a stream. `bulk`: most of the stream's payload flows this way."""

    src: tuple[Address, int]
    dst: tuple[Address, int]
    side: Side
    bulk: bool
    payload_bytes: int
    shares: list[MemberShare] = field(default_factory=list)
    smac_changed: bool = False
    macs: tuple[int, int] = (0, 0)
    """Source and destination of its first packet."""
    observation: Observation | None = None
    sample: Sample | None = None
    """Some of its packets, where it is among the largest on several members."""
    peak_bytes: int | None = None
    """Most wire bytes in 100 ms."""
    duplicates: int | None = None
    retransmitted: int | None = None
    reordered: int | None = None
    missing_bytes: int = 0
    missing_tenths: tuple[int, ...] = ()
    """Of each tenth of what was sent, how much is missing; empty where that is not known or too little to tell."""
    tunnel: Tunnel | None = None
    placed: Placed = Placed("absent", msg("not seen on any member"))
    expected: bool | None = None

    @property
    def seen_src(self) -> Address:
        """The source address that the team sees: the outer one of a tunnel."""
        return self.tunnel.src if self.tunnel else self.src[0]

    @property
    def seen_dst(self) -> Address:
        return self.tunnel.dst if self.tunnel else self.dst[0]

    @property
    def missing_how(self) -> Literal["whole", "steady", "bursts"] | None:
        """Whether acknowledged bytes are missing from all of it in a steady share, or from some stretches."""
        if not self.missing_bytes or not self.shares:
            return "whole" if self.missing_bytes else None
        mean = sum(self.missing_tenths) / max(1, len(self.missing_tenths))
        even = sum(_EVEN[0] * mean <= missing <= _EVEN[1] * mean for missing in self.missing_tenths)
        return None if not mean else "steady" if even >= _EVEN_TENTHS else "bursts"

    @property
    def first_member(self) -> int | None:
        """The member its first packet used."""
        timed = [share for share in self.shares if share.first_ns is not None]
        return min(timed, key=lambda share: share.first_ns or 0).member if timed else (
            self.shares[0].member if self.shares else None
        )  # fmt: skip


@dataclass
class StreamFacts:
    """A stream that is judged or listed. `migration` is None for kind other."""

    number: int
    migration: MigrationStream | None
    judged: bool
    first_ns: int
    last_ns: int
    directions: list[Direction]
    limit: Limit | None = None
    """None: not examined."""

    @property
    def bulk(self) -> Direction:
        return next((d for d in self.directions if d.bulk), self.directions[0])


@dataclass(frozen=True)
class TwoHosts:
    """Captures of several hosts: `members` of each in words, and `commands` that analyze each by itself."""

    members: Message
    commands: tuple[Message, ...]


@dataclass
class TeamFacts:
    """The team as the captures show it."""

    settings: Settings
    members: Sequence[TeamMember]
    host: TeamHost
    lacp: LacpTimeline
    lacp_host: HostSystem
    clock: ClockSolution
    expectation: Expectation
    streams: list[StreamFacts]
    notices: list[Notice]
    two_hosts: TwoHosts | None = None
    flooded: int = 0
    """Broadcast and multicast frames that arrived on every member."""
    switch_ports: Mapping[int, Announcement] = field(default_factory=dict)
    """What the switch says of each member's port, by LLDP or CDP."""
    told_macs: Mapping[Address, AbstractSet[int]] = field(default_factory=dict)
    """By address, the MACs that ARP or neighbour discovery gave for it."""
    described: Described | None = None
    """What the host says of this team (--team)."""
    load: MemberLoad | None = None
    bulk_unmatched: int = 0
    """Streams that carried much on ports that are no migration ports."""

    @property
    def mode(self) -> str | None:
        """The teaming mode, as it was given or described."""
        return self.settings.mode or (self.described.team.mode if self.described else None)

    @property
    def algorithm(self) -> str | None:
        """As `mode`: a mode that was given leaves nothing of another one's description."""
        given = self.settings.algorithm or self.settings.mode
        return self.settings.algorithm if given else self.described.team.algorithm if self.described else None

    @property
    def team_members(self) -> list[TeamMember]:
        """Members that count: no aggregates."""
        return [member for member in self.members if not member.aggregate]

    @property
    def judged(self) -> list[StreamFacts]:
        return [stream for stream in self.streams if stream.judged]

    @property
    def end_ns(self) -> int:
        """The last packet on any member, reference clock."""
        return max((self.true_time(m.number, m.last_ns) for m in self.members if m.last_ns is not None), default=0)

    @property
    def taken_over(self) -> bool:
        """Whether a judged stream moved because members came or went."""
        return any(d.placed.cause in ("failover", "member-set-change") for s in self.judged for d in s.directions)

    def speed_of(self, member: int) -> int | None:
        """Bits per second, as given, or as the capture, the host or else its switch says; never guessed from the traffic."""
        own = self.members[member]
        described = self.described.members.get(member) if self.described else None
        told = self.settings.speeds.get(own.name) or self.settings.default_speed or own.speed_bps
        told = told or (described.speed_bps if described else None)
        heard = self.switch_ports.get(member)
        return told or (heard.speed_bps if heard is not None and heard.forwards else None)

    def true_time(self, member: int, ts_ns: int) -> int:
        """A time of a member's clock on the reference clock."""
        clock = self.clock.members[member]
        if not clock.corrected:
            return ts_ns
        return ts_ns - clock.offset_ns - round(clock.drift_ppm * 1e-6 * (ts_ns - self.clock.epoch_ns))

    def member_time(self, member: int, true_ns: int) -> int:
        """A time of the reference clock on the member's clock."""
        return true_ns + (true_ns - self.true_time(member, true_ns))

    def uncertainty_ns(self, members: Sequence[int]) -> int | None:
        """How far apart the clocks of these members may still be; None: not bounded."""
        widths = [self.clock.members[m].uncertainty_ns for m in members if m != self.clock.reference]
        return None if any(w is None for w in widths) else max((w or 0 for w in widths), default=0)

    def transfer(self) -> tuple[int, int]:
        """First and last packet of the judged streams."""
        judged = self.judged
        return min((s.first_ns for s in judged), default=0), max((s.last_ns for s in judged), default=0)
