"""Streams as rows of the report."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from flowmap.flow.stream import Streams
from flowmap.pipeline.flows import encapsulation_text, vlan_ids
from flowmap.pipeline.policy_rows import header_macs
from flowmap.report import document as doc
from flowmap.team.host import address_text
from flowmap.team.lacpdu import mac_text
from flowmap.verdict.facts import Direction, Limit, StreamFacts, TeamFacts, Tunnel

__all__ = ["limit_evidence", "stream_rows"]

_MOST_PORTS = 16


def stream_rows(team: TeamFacts, streams: Streams, migrations: Mapping[int, int]) -> list[doc.Stream]:
    """All listed streams, in order of id; `migrations` maps stream to migration."""
    return [_stream(stream, team, streams, migrations.get(stream.number)) for stream in team.streams]


def _stream(stream: StreamFacts, team: TeamFacts, streams: Streams, migration_id: int | None) -> doc.Stream:
    table = streams.table[stream.number]
    rows, _ = streams.rows_of(stream.number)
    a, b = stream.directions[0].src, stream.directions[0].dst
    server = _server_side(stream, int(table["client"]))
    client_end, server_end = ((b, a) if server == 0 else (a, b))
    stacks = [vlan_ids(int(stack)) for stack in np.unique(rows["vlan"])]
    bulk = stream.bulk if stream.judged else None
    return doc.Stream(
        id=stream.number,
        kind=stream.migration.kind if stream.migration else "other",
        confidence=stream.migration.confidence if stream.migration else None,
        migration_id=migration_id,
        judged=stream.judged,
        client=_endpoint(client_end),
        server=_endpoint(server_end),
        vlan=max(stacks, key=len, default=[]),
        encapsulation=encapsulation_text(int(table["encap"])),
        source_host=address_text(bulk.src[0]) if bulk else None,
        destination_host=address_text(bulk.dst[0]) if bulk else None,
        first_ns=stream.first_ns or None,
        last_ns=stream.last_ns or None,
        wire_bytes=int(table["wire_bytes"]),
        payload_bytes=int(table["payload_bytes"].sum()),
        limited_by=stream.limit.by if stream.limit else None,
        limit_evidence=limit_evidence(stream.limit),
        directions=[_direction(stream, direction, team, streams) for direction in _ordered(stream, server)],
    )  # fmt: skip


def limit_evidence(limit: Limit | None) -> doc.LimitEvidence | None:
    """What a limit rests on, as a part of the report."""
    return None if limit is None else doc.LimitEvidence(reason=limit.reason, **limit.evidence)


def _server_side(stream: StreamFacts, client: int) -> int:
    """0: a listens, 1: b listens; without a SYN the lower port."""
    if stream.migration is not None:
        return stream.migration.server
    if client >= 0:
        return 1 - client
    return int(stream.directions[0].dst[1] < stream.directions[0].src[1])


def _ordered(stream: StreamFacts, server: int) -> list[Direction]:
    """Client to server first."""
    return stream.directions if server == 1 else stream.directions[::-1]


def _endpoint(end: tuple[tuple[int, int], int]) -> doc.Endpoint:
    return doc.Endpoint(ip=address_text(end[0]), port=end[1])


def _summed(counts: list[int | None]) -> int | None:
    return None if None in counts else sum(count or 0 for count in counts)


def _outer(tunnel: Tunnel | None) -> doc.Outer | None:
    if tunnel is None:
        return None
    return doc.Outer(
        src=address_text(tunnel.src), dst=address_text(tunnel.dst), src_ports=list(tunnel.src_ports[:_MOST_PORTS]),
        src_port_count=len(tunnel.src_ports), dst_port=tunnel.dst_port, address_pairs=tunnel.pairs,
    )  # fmt: skip


def _direction(stream: StreamFacts, direction: Direction, team: TeamFacts, streams: Streams) -> doc.Direction:
    placed = direction.placed
    macs, _ = header_macs(stream.number, next(n for n, d in enumerate(stream.directions) if d is direction), streams)
    return doc.Direction(
        direction=direction.side,
        src=_endpoint(direction.src),
        dst=_endpoint(direction.dst),
        src_mac=mac_text(macs[0]) if macs else None,
        dst_mac=mac_text(macs[1]) if macs else None,
        placement=placed.placement,
        cause=placed.cause,
        expected=direction.expected,
        reason=placed.reason,
        outer=_outer(direction.tunnel),
        wire_packets=_summed([share.wire_packets for share in direction.shares]),
        members=[
            doc.DirectionMember(
                name=team.members[share.member].name, packets=share.packets, wire_bytes=share.wire_bytes,
                payload_bytes=share.payload_bytes, first_ns=share.first_ns, last_ns=share.last_ns,
                wire_packets=share.wire_packets,
            )
            for share in direction.shares
        ],
        retransmitted=direction.retransmitted,
        reordered=direction.reordered,
        duplicates=direction.duplicates,
        peak_bps=None if direction.peak_bytes is None else direction.peak_bytes * 80,
        moves=[
            doc.Move(
                ts_ns=move.ts_ns, from_=team.members[move.old].name, to=team.members[move.new].name,
                gap_ns=move.gap_ns, cause=move.cause,
            )
            for move in placed.moves
        ],
    )  # fmt: skip
