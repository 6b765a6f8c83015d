"""Streams as rows of the report."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from flowmap.flow.stream import Streams
from flowmap.report import document as doc
from flowmap.team.host import address_text
from flowmap.verdict.facts import Direction, StreamFacts, TeamFacts

__all__ = ["stream_rows", "vlan_ids"]


def stream_rows(team: TeamFacts, streams: Streams, migrations: Mapping[int, int]) -> list[doc.Stream]:
    """All listed streams, in order of id; `migrations` maps stream to migration."""
    return [_stream(stream, team, streams, migrations.get(stream.number)) for stream in team.streams]


def vlan_ids(stack: int) -> list[int]:
    """VLAN ids of a HEADER.vlan, outermost first."""
    depth = stack >> 60
    return [stack >> 12 * (depth - 1 - level) & 0xFFF for level in range(depth)]


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
        source_host=address_text(bulk.src[0]) if bulk else None,
        destination_host=address_text(bulk.dst[0]) if bulk else None,
        first_ns=stream.first_ns or None,
        last_ns=stream.last_ns or None,
        wire_bytes=int(table["wire_bytes"]),
        payload_bytes=int(table["payload_bytes"].sum()),
        directions=[_direction(direction, team) for direction in _ordered(stream, server)],
    )  # fmt: skip


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


def _direction(direction: Direction, team: TeamFacts) -> doc.Direction:
    placed = direction.placed
    return doc.Direction(
        direction=direction.side,
        src=_endpoint(direction.src),
        dst=_endpoint(direction.dst),
        placement=placed.placement,
        cause=placed.cause,
        expected=direction.expected,
        reason=placed.reason,
        members=[
            doc.DirectionMember(
                name=team.members[share.member].name, packets=share.packets, wire_bytes=share.wire_bytes,
                payload_bytes=share.payload_bytes, first_ns=share.first_ns, last_ns=share.last_ns,
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
