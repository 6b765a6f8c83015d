"""From members and streams to the facts that the rules judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.examined import dynamics_of, member_load, streams_to_examine
from flowmap.facts.model import StreamFacts, TeamFacts, mode_of
from flowmap.facts.streams import ends_of, stream_facts
from flowmap.facts.wire_packets import member_wire_packets
from flowmap.flow.growing import give_back
from flowmap.flow.streams.migration import MigrationStream, find_migration_streams
from flowmap.flow.streams.stream import Streams
from flowmap.notice import Notice
from flowmap.passes.follow import Clocks, Followed, follow_streams, to_follow
from flowmap.passes.kept import KeptStreams
from flowmap.passes.read import ReadResult
from flowmap.settings.config import Settings
from flowmap.team.clock.offsets import ClockSolution
from flowmap.team.counters.model import MemberCounters
from flowmap.team.description.match import Described
from flowmap.team.host import Address, HostSigns, TeamHost, common_macs, find_host
from flowmap.team.lacp.bundle import HostSystem, LacpTimeline, read_lacpdus
from flowmap.team.members import Members
from flowmap.team.modes.table import Expectation, expectation
from flowmap.team.neighbors.addresses import announcements, answered, flooded_frames, told_macs
from flowmap.team.neighbors.discovery import announced
from flowmap.verdict.quality.time_faults import clocks_apart, without_time_faults

__all__ = ["MOST_ADDED", "Found", "Listed", "choose_streams", "find_team_host", "gather", "read_lacp"]

Array = np.ndarray[Any, Any]


MOST_ADDED = 50_000
"""Streams that --streams adds to the migrations, those with most payload: each that is judged takes some kilobytes."""


@dataclass(frozen=True)
class Listed:
    """Streams that the report lists, in order of id: (stream, its migration or None, whether it is judged)."""

    streams: list[tuple[int, MigrationStream | None, bool]]
    bulk_unmatched: int
    cut: int
    """Streams that are not listed because of --top."""
    unjudged: int = 0
    """Streams that --streams asks for and that are not judged, nor listed: more than are looked into."""

    @property
    def judged(self) -> list[tuple[int, MigrationStream | None]]:
        """The streams that the claims rest on."""
        return [(number, migration) for number, migration, judged in self.streams if judged]


@dataclass(frozen=True)
class Found:
    """What reading and joining the captures gave.

    `rows`: the merged rows of members that count; `counters`: by member, and for how many seconds around the capture
    they counted.
    """

    members: Members
    rows: Array
    streams: Streams
    listed: Listed
    lacp: LacpTimeline
    described: Described | None = None
    counters: tuple[Mapping[int, MemberCounters], float | None] = ({}, None)
    notices: Sequence[Notice] = ()


def choose_streams(streams: Streams, settings: Settings) -> Listed:
    """Return the streams to list: migrations, those that --streams adds to them, and others by bytes up to --top."""
    found = find_migration_streams(streams, settings.migration_ports, settings.thresholds)
    judged = np.zeros(len(streams.table), dtype=bool)
    judged[found.stream[found.judged]] = True
    payload = np.maximum(streams.table["payload_bytes"][:, 0], streams.table["payload_bytes"][:, 1])
    bulk = payload >= settings.thresholds.bulk_min_bytes
    unmatched = 0 if judged.any() else int(bulk.sum())
    asked = {"migration": judged, "bulk": bulk, "all": payload > 0}[settings.streams]
    added = np.flatnonzero(asked & ~judged)
    judged[added[np.argsort(-payload[added].astype(np.int64), kind="stable")[:MOST_ADDED]]] = True
    chosen = judged.copy()
    chosen[_largest(streams, judged, settings.top)] = True
    unjudged = int((~chosen[added]).sum())
    ids = np.flatnonzero(chosen)
    listed = list(zip(ids.tolist(), found.of(ids), judged[ids].tolist(), strict=True))
    return Listed(listed, unmatched, len(streams.table) - len(listed) - unjudged, unjudged)


def _largest(streams: Streams, judged: Array, top: int) -> Array:
    """Return ids of the largest streams that are not judged, by wire bytes, then by id."""
    others = np.flatnonzero(~judged)
    wire = streams.table["wire_bytes"][others].astype(np.int64)
    if 0 < top < len(others):
        large = np.flatnonzero(wire >= np.partition(wire, -top)[-top])
        others, wire = others[large], wire[large]
    return others[np.argsort(-wire, kind="stable")[:top]]


def read_lacp(members: Members) -> LacpTimeline:
    """Return LACP of all members but aggregates, each with the window in which silence would mean something."""
    above = {member.number for member in members.members if member.left_out}
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
        elif everything is not None and member.packets:  # a file without a packet may have been recorded at any time
            windows[member.number] = everything
    lacp = read_lacpdus([frame for frame in members.control if frame.member not in above], windows)
    lacp.narrow_windows(
        {
            m.number: (m.first_ns, m.last_ns)
            for m in members.members
            if m.number in windows and m.first_ns is not None and m.last_ns is not None
        }
    )
    return lacp


def gather(found: Found, read: ReadResult, settings: Settings) -> TeamFacts:
    """Return everything that the rules need, complete: what is judged of it later is a new value."""
    members, listed, streams = found.members, found.listed, found.streams
    for mixed in found.lacp.mixed_members():
        members.members[mixed] = replace(members.members[mixed], links_mixed=True)
    host, lacp_host = find_team_host(found, settings)
    kept, followed, about = _streams_of(found, read, settings, host)
    team = TeamFacts(
        settings,
        members.members,
        host,
        found.lacp,
        lacp_host,
        followed.clock,
        _expected(found, settings),
        about,
        found.notices,
        described=found.described,
        bulk_unmatched=listed.bulk_unmatched,
        doubts=[doubt.text for doubt in read.doubts],
        flooded=_flooded(found, host, followed.clock),
        switch_ports=announced(members.control, host.macs),
        told_macs=told_macs(members.control),
        announced=announcements(members.control, host.macs, followed.clock.true_time),
        counters=found.counters[0],
        counted_around_s=found.counters[1],
        wire_packets=member_wire_packets(members.members, about, streams),
        load=member_load(members.bins, host.macs, len(members.members)),
        dynamics=dynamics_of(kept, streams_to_examine(streams, listed.judged, settings), followed.clock),
    )
    return without_time_faults(team)


def _streams_of(
    found: Found, read: ReadResult, settings: Settings, host: TeamHost
) -> tuple[KeptStreams, Followed, list[StreamFacts]]:
    """Return what was kept of the listed streams, what following them showed, and their facts.

    Where members turn out to have two clocks they are followed once more, without what their times say of the others'.
    """
    members, streams, listed = found.members, found.streams, found.listed.streams
    links = _without_aggregates(members)
    numbers = np.array([number for number, _, _ in listed], dtype=np.int64)
    kept = KeptStreams(read.scans, links, streams, numbers)
    give_back()
    chosen = to_follow(streams, kept, numbers, np.array([judged for *_, judged in listed], dtype=bool))
    two_clocks: Mapping[int, int] = {}
    while True:
        followed = follow_streams(read, kept, chosen, Clocks(len(members.members), two_clocks), settings)
        about = stream_facts(listed, streams, host, kept, followed)
        if two_clocks or not followed.clock.corrects or not (two_clocks := clocks_apart(about, followed.clock)):
            return kept, followed, about


def _expected(found: Found, settings: Settings) -> Expectation:
    """Return what the mode that was given or described leads one to expect; in a bundle with LACP the switch has a channel."""
    mode, algorithm = mode_of(settings, found.described)
    wanted = expectation(mode, algorithm)
    counted = [member.number for member in found.members.members if not member.left_out]
    return wanted.in_channel() if any(found.lacp.bundled_spans(number) for number in counted) else wanted


def _flooded(found: Found, host: TeamHost, clock: ClockSolution) -> int:
    members = found.members
    counted = [member.number for member in members.members if not member.left_out]
    return flooded_frames(members.control, counted, host.macs, _talkers(members.pairs), clock.true_time)


def find_team_host(found: Found, settings: Settings) -> tuple[TeamHost, HostSystem]:
    """Return the teamed host, and which LACP system it is. A description tells MACs that are its own."""
    members, lacp = found.members, found.lacp
    own_macs = _described_macs(found.described)
    ends = _migration_ends(found.streams, found.listed)
    signs = HostSigns(
        settings.local,
        own_macs,
        ends,
        answered(members.control),
        told_macs(members.control),
        frozenset(pdu.actor.system for pdu in lacp.pdus),
    )
    host = find_host(found.rows, members.pairs, signs)
    macs = common_macs(members.pairs)
    shared_mac = bool(frozenset.intersection(*macs)) if macs else False
    return host, lacp.host_system(host.macs | own_macs, shared_host_mac=shared_mac)


def _described_macs(described: Described | None) -> frozenset[int]:
    if described is None:
        return frozenset()
    return described.team.macs.union(*(adapter.macs for adapter in described.team.members))


def _talkers(pairs: Array) -> set[int]:
    """Return MACs that sent frames to a single station."""
    to_one = (pairs["dmac"] >> np.uint64(40) & np.uint64(1)) == 0
    return set(pairs["smac"][to_one].tolist())


def _without_aggregates(members: Members) -> list[dict[tuple[int, int], int]]:
    left_out = {member.number for member in members.members if member.aggregate}
    return [{link: number for link, number in own.items() if number not in left_out} for own in members.links]


def _migration_ends(streams: Streams, listed: Listed) -> list[tuple[Address, Address]]:
    judged = [number for number, _, judged in listed.streams if judged]
    return [(a[0], b[0]) for a, b in ends_of(streams.table[judged], {})]
