"""From members and streams to the facts that the rules judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowmap.config import Settings
from flowmap.flow.migration import MigrationStream, bulk_streams, find_migration_streams, uncaptured_bytes
from flowmap.flow.stream import Streams
from flowmap.notice import Notice
from flowmap.pipeline.examined import dynamics_of, member_load, streams_to_examine
from flowmap.pipeline.follow import WHOLE_SEGMENT, Followed, follow_streams
from flowmap.pipeline.read import ReadResult
from flowmap.pipeline.tunnel import find_tunnel
from flowmap.pipeline.wire_packets import count_wire_packets, large_frames
from flowmap.team.description.match import Described, Seen
from flowmap.team.discovery import announced
from flowmap.team.host import Address, TeamHost, common_macs, find_host
from flowmap.team.lacp import LacpTimeline, read_lacpdus
from flowmap.team.members import Members
from flowmap.team.modes import Expectation, expectation
from flowmap.team.neighbors import answered, flooded_frames, told_macs
from flowmap.trace.observe import DirectionObserver, Observation
from flowmap.types import TS_NONE
from flowmap.verdict.facts import Direction, MemberShare, StreamFacts, TeamFacts
from flowmap.verdict.limits import judge_limits
from flowmap.verdict.notices import team_notices
from flowmap.verdict.placement import place_all
from flowmap.verdict.two_hosts import two_hosts

__all__ = ["Listed", "choose_streams", "gather", "read_lacp", "seen_members"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Listed:
    """Streams that the report lists, in order of id: (stream, its migration or None, whether it is judged)."""

    streams: list[tuple[int, MigrationStream | None, bool]]
    bulk_unmatched: int
    cut: int
    """Streams that are not listed because of --top."""

    @property
    def judged(self) -> list[tuple[int, MigrationStream | None]]:
        """The streams that the claims rest on."""
        return [(number, migration) for number, migration, judged in self.streams if judged]


def choose_streams(streams: Streams, settings: Settings) -> Listed:
    """Migration streams, those that --streams adds to them, and others by bytes up to --top."""
    found = {m.stream: m for m in find_migration_streams(streams, settings.migration_ports, settings.thresholds)}
    judged = {number for number, m in found.items() if m.judged}
    payload = streams.table["payload_bytes"].max(axis=1) if len(streams.table) else np.zeros(0)
    bulk = set(bulk_streams(streams).tolist()) if len(streams.table) else set()
    unmatched = 0 if judged else len(bulk)
    if settings.streams == "bulk":
        judged |= set(np.flatnonzero(payload >= settings.thresholds.bulk_min_bytes).tolist())
    elif settings.streams == "all":
        judged |= set(np.flatnonzero(payload > 0).tolist())
    others = _largest(streams, judged, settings.top)
    cut = len(streams.table) - len(judged) - len(others)
    chosen = sorted(judged | set(others))
    return Listed([(number, found.get(number), number in judged) for number in chosen], unmatched, cut)


def _largest(streams: Streams, judged: set[int], top: int) -> list[int]:
    """Ids of the largest streams that are not judged, by wire bytes, then by id."""
    wire = streams.table["wire_bytes"].astype(np.int64)
    if judged:
        wire = wire.copy()
        wire[sorted(judged)] = -1
    order = np.argsort(-wire, kind="stable")[: min(top, len(wire) - len(judged))]
    return order.tolist()  # type: ignore[no-any-return]


def read_lacp(members: Members) -> LacpTimeline:
    """LACP of all members but aggregates, each with the window in which silence would mean something."""
    above = {member.number for member in members.members if member.aggregate}
    firsts = [m.first_ns for m in members.members if m.first_ns is not None]
    lasts = [m.last_ns for m in members.members if m.last_ns is not None]
    everything = (min(firsts), max(lasts)) if firsts else None
    windows = {}
    for member in members.members:
        if member.number in above:
            continue
        stated = [capture.window for capture in member.captures if capture.window is not None]
        if stated:
            windows[member.number] = (min(w[0] for w in stated), max(w[1] for w in stated))
        elif everything is not None:
            windows[member.number] = everything
    lacp = read_lacpdus([frame for frame in members.control if frame.member not in above], windows)
    lacp.narrow_windows({m.number: (m.first_ns, m.last_ns) for m in members.members
                         if m.number in windows and m.first_ns is not None and m.last_ns is not None})  # fmt: skip
    return lacp


def gather(
    members: Members, rows: Array, streams: Streams, listed: Listed, lacp: LacpTimeline, notices: list[Notice],
    read: ReadResult, settings: Settings, described: Described | None = None,
) -> TeamFacts:  # fmt: skip
    """Everything the rules need. `rows` are the merged rows of members that count."""
    for mixed in lacp.mixed_members():
        members.members[mixed].links_mixed = True
    ends, own_macs = _migration_ends(streams, listed), _described_macs(described)
    host = find_host(rows, members.pairs, settings.local, ends, answered(members.control), own_macs)
    macs = common_macs(members.pairs)
    shared_mac = bool(frozenset.intersection(*macs)) if macs else False
    lacp_host = lacp.host_system(host.macs | own_macs, shared_host_mac=shared_mac)
    number = len(members.members)
    links = _without_aggregates(members)
    examined = streams_to_examine(streams, listed.judged, settings)
    followed = follow_streams(read, links, streams, _to_follow(streams, listed), number, settings, examined)
    team = TeamFacts(
        settings, members.members, host, lacp, lacp_host, followed.clock, Expectation(), [], notices,
        described=described, bulk_unmatched=listed.bulk_unmatched,
    )  # fmt: skip
    team.expectation = expectation(team.mode, team.algorithm)
    team.streams = [_stream_facts(number, m, judged, streams, host, followed, team) for number, m, judged in listed.streams]
    count_wire_packets(team, streams)
    team.switch_ports = announced(members.control, host.macs)
    team.told_macs = told_macs(members.control)
    team.flooded = flooded_frames(
        members.control, [member.number for member in team.team_members], host.macs,
        _talkers(members.pairs), team.true_time,
    )  # fmt: skip
    about = described.members if described is not None else ()
    team.two_hosts = two_hosts(team.team_members, team.streams, lacp, lacp_host, settings, about)
    place_all(team)
    team.load = member_load(members.bins, host.macs, number)
    judge_limits(team, {} if team.two_hosts else dynamics_of(read, links, streams, examined, followed, settings))
    team.notices = [*notices, *team_notices(team), *large_frames(team)]
    return team


def seen_members(members: Members, lacp: LacpTimeline) -> list[Seen]:
    """Members that count, each with the MACs by which a description may know it."""
    lacp_macs: dict[int, set[int]] = {}
    for pdu in lacp.pdus:
        lacp_macs.setdefault(pdu.member, set()).add(pdu.source_mac)
    sent: dict[int, set[int]] = {}
    for link, smac in zip(members.pairs["link"].tolist(), members.pairs["smac"].tolist(), strict=True):
        sent.setdefault(link, set()).add(smac)
    return [
        Seen(one, frozenset(lacp_macs.get(one.number, ())), frozenset(sent.get(one.number, ())))
        for one in members.members
        if not one.aggregate
    ]


def _described_macs(described: Described | None) -> frozenset[int]:
    if described is None:
        return frozenset()
    return described.team.macs.union(*(adapter.macs for adapter in described.team.members))


def _talkers(pairs: Array) -> set[int]:
    """MACs that sent frames to a single station."""
    to_one = (pairs["dmac"] >> np.uint64(40) & np.uint64(1)) == 0
    return set(pairs["smac"][to_one].tolist())


def _without_aggregates(members: Members) -> list[dict[tuple[int, int], int]]:
    left_out = {member.number for member in members.members if member.aggregate}
    return [{link: number for link, number in own.items() if number not in left_out} for own in members.links]


def _to_follow(streams: Streams, listed: Listed) -> list[int]:
    """Judged streams, and listed ones that are on several members in one direction, in a tunnel, or in large frames."""
    numbers = [number for number, _, _ in listed.streams]
    table = streams.table[numbers]
    large = [streams.rows_of(number)[0]["max_payload"].max(initial=0) > WHOLE_SEGMENT for number in numbers]
    open_ones = (table["members"].max(axis=1, initial=0) > 1) | (table["encap"] != 0) | np.array(large, dtype=bool)
    return [number for (number, _, judged), one in zip(listed.streams, open_ones, strict=True) if judged or one]


def _ends(t: Any) -> tuple[tuple[Address, int], tuple[Address, int]]:
    version = int(t["version"])
    a = ((version, int(t["a_hi"]) << 64 | int(t["a_lo"])), int(t["a_port"]))
    b = ((version, int(t["b_hi"]) << 64 | int(t["b_lo"])), int(t["b_port"]))
    return a, b


def _migration_ends(streams: Streams, listed: Listed) -> list[tuple[Address, Address]]:
    ends = [_ends(streams.table[number]) for number, _, judged in listed.streams if judged]
    return [(a[0], b[0]) for a, b in ends]


def _stream_facts(
    number: int, migration: MigrationStream | None, judged: bool, streams: Streams, host: TeamHost, followed: Followed,
    team: TeamFacts,
) -> StreamFacts:  # fmt: skip
    t = streams.table[number]
    payload = [int(t["payload_bytes"][0]), int(t["payload_bytes"][1])]
    bulk = migration.bulk if migration is not None else int(payload[1] > payload[0])
    directions = [_direction(number, side, side == bulk, streams, host, followed, team) for side in (0, 1)]
    times = [s.first_ns for d in directions for s in d.shares if s.first_ns is not None]
    ends = [s.last_ns for d in directions for s in d.shares if s.last_ns is not None]
    return StreamFacts(number, migration, judged, min(times, default=0), max(ends, default=0), directions)


def _direction(
    number: int, side: int, bulk: bool, streams: Streams, host: TeamHost, followed: Followed, team: TeamFacts
) -> Direction:
    ends = _ends(streams.table[number])
    rows, forward = streams.rows_of(number)
    own = rows[forward == (side == 0)]
    src, dst = (ends[0], ends[1]) if side == 0 else (ends[1], ends[0])
    smac, dmac = (int(own["smac"][0]), int(own["dmac"][0])) if len(own) else (0, 0)
    if not len(own) and len(rows):
        smac, dmac = int(rows["dmac"][0]), int(rows["smac"][0])
    direction = Direction(
        src, dst, host.direction(src[0], dst[0], smac, dmac), bulk, int(own["payload_bytes"].sum()),
        [_share(own[own["link"] == member], int(member), team) for member in np.unique(own["link"])],
        bool(own["smac_changed"].any()) or len(np.unique(own["smac"])) > 1, (smac, dmac),
    )  # fmt: skip
    if not len(own):
        direction.missing_bytes = int(uncaptured_bytes(streams.table[number : number + 1])[0, side])
    observer = followed.observers.get((number, side))
    if (sampler := followed.samplers.get((number, side))) is not None:
        direction.sample = sampler.finish()
    if observer is not None:
        o = _observed(direction, observer, followed.acknowledged.get((number, 1 - side)))
        direction.tunnel = find_tunnel(int(streams.table[number]["encap"]), o.outer, followed.outers)
    elif len(own) == 1 and not own["ahead"][0]:
        direction.retransmitted, direction.duplicates = int(own["late"][0]), 0
        direction.reordered = _reordered(direction, 0)
        direction.peak_bytes = int(own["peak_bytes"][0])
    return direction


def _observed(direction: Direction, observer: DirectionObserver, acknowledged: int | None) -> Observation:
    """What the second pass saw of the direction; `acknowledged` is the last number that the peer confirmed."""
    direction.observation = o = observer.finish()
    direction.peak_bytes, direction.duplicates = o.peak_bytes, o.duplicates + o.repeated.total()
    if not observer.coverage.given_up:
        direction.retransmitted = observer.coverage.retransmitted
        direction.reordered = _reordered(direction, observer.coverage.reordered)
        direction.missing_bytes = observer.coverage.missing_below(acknowledged)
        direction.missing_tenths = observer.coverage.missing_tenths(acknowledged)
    return o


def _reordered(direction: Direction, counted: int) -> int | None:
    """Reordering is what the receiver sees (RFC 4737): what the captured host sends has its way still before it."""
    return None if direction.side == "tx" else counted


def _share(rows: Array, member: int, team: TeamFacts) -> MemberShare:
    first = [int(x) for x in rows["first_ns"] if x != TS_NONE]
    last = [int(x) for x in rows["last_ns"] if x != TS_NONE]
    return MemberShare(
        member, int(rows["packets"].sum()), int(rows["wire_bytes"].sum()), int(rows["payload_bytes"].sum()),
        team.true_time(member, min(first)) if first else None, team.true_time(member, max(last)) if last else None,
    )  # fmt: skip


