"""Streams as rows of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from flowmap.document import model as doc
from flowmap.document.base import encodable, unchecked
from flowmap.document.build.written import json_value, written
from flowmap.document.listing import StreamListing, Urgency, urgency
from flowmap.facts.flows import encapsulation_text, vlan_ids
from flowmap.facts.model import Direction, Limit, MemberShare, StreamFacts, TeamFacts, Tunnel
from flowmap.flow.streams.stream import Streams
from flowmap.message import Message
from flowmap.team.host import address_text
from flowmap.team.lacp.lacpdu import mac_text

__all__ = ["OBJECTS", "limit_evidence", "stream_rows", "texts"]

_MOST_PORTS = 16


class _Makers(NamedTuple):
    """What makes the parts of a stream: objects, or the text that is written of them."""

    stream: Callable[..., Any]
    direction: Callable[..., Any]
    member: Callable[..., Any]
    endpoint: Callable[..., Any]
    limit: Callable[[Message], Any]


_NO_EVIDENCE: dict[str, Any] = {
    name: field.get_default(call_default_factory=True)
    for name, field in doc.LimitEvidence.model_fields.items()
    if not field.is_required()
}
_LIMIT = unchecked(doc.LimitEvidence)


def _little_known(reason: Message) -> doc.LimitEvidence:
    return _LIMIT(reason=reason, **_NO_EVIDENCE)


@lru_cache(maxsize=1024)
def _written_little(reason: Message) -> str:
    """Return the same as it is written: what thousands of short streams have in common is there once."""
    return json_value({"reason": reason, **_NO_EVIDENCE}, 6)


OBJECTS = _Makers(
    unchecked(doc.Stream),
    unchecked(doc.Direction),
    unchecked(doc.DirectionMember),
    unchecked(doc.Endpoint),
    _little_known,
)


@cache
def texts() -> _Makers:
    """Return what makes text, each part for its place in the report; compiled where streams are written."""
    direction = written(doc.Direction, 8, shallow=("src", "dst"))
    return _Makers(
        written(doc.Stream, 4), direction, written(doc.DirectionMember, 12), written(doc.Endpoint, 6), _written_little
    )


def stream_rows(team: TeamFacts, streams: Streams, migrations: Mapping[int, int]) -> Sequence[doc.Stream]:
    """All listed streams, in order of id, made when they are asked for; `migrations` maps stream to migration."""
    facts, table = team.streams, streams.table

    def made(places: Sequence[int], makers: _Makers) -> list[Any]:
        chosen = [facts[place] for place in places]
        numbers = [stream.number for stream in chosen]
        columns = (table[numbers][name].tolist() for name in ("client", "encap", "wire_bytes", "payload_bytes"))
        rows = zip(*columns, streams.deepest_vlan(numbers).tolist(), strict=True)
        names = [str(encodable(member.name)) for member in team.members]
        ends = team.two_hosts.apart if team.two_hosts is not None else ()
        return [
            _stream(stream, _once(stream, _Row(*row), ends), names, migrations.get(stream.number), makers)
            for stream, row in zip(chosen, rows, strict=True)
        ]

    def urgent() -> list[Urgency]:
        wire = table["wire_bytes"][[stream.number for stream in facts]].tolist()
        return [
            urgency(s.number, s.judged, load, [d.placed.placement for d in s.directions])
            for s, load in zip(facts, wire, strict=True)
        ]

    as_objects = partial(made, makers=OBJECTS)
    return StreamListing(len(facts), as_objects, urgent, len(team.judged), lambda places: made(places, texts()))


class _Row(NamedTuple):
    """What a stream's row of the table says of it, and its tags."""

    client: int
    encap: int
    wire_bytes: int
    payload_bytes: Sequence[int]
    vlan: int


def _once(stream: StreamFacts, row: _Row, ends: Sequence[Sequence[int]]) -> _Row:
    """Return the row with what one place recorded, where several recorded the packets.

    That is so where both hosts captured, or members hold copies.
    """
    if not ends and "mirrored" not in [direction.placed.placement for direction in stream.directions]:
        return row
    found = [_by_place(direction, ends) for direction in stream.directions]
    return row._replace(
        wire_bytes=sum(max((sum(share.wire_bytes for share in own) for own in ways), default=0) for ways in found),
        payload_bytes=[max((sum(share.payload_bytes for share in own) for own in ways), default=0) for ways in found],
    )


def _by_place(direction: Direction, ends: Sequence[Sequence[int]]) -> Sequence[Sequence[MemberShare]]:
    """Return what each place that may hold all of the direction recorded of it."""
    if ends:
        return [[share for share in direction.shares if share.member in end] for end in ends]
    if direction.placed.placement == "mirrored":
        return [[share] for share in direction.shares]
    return [direction.shares]


def _stream(stream: StreamFacts, row: _Row, names: Sequence[str], migration_id: int | None, makers: _Makers) -> Any:
    a, b = stream.directions[0].src, stream.directions[0].dst
    server = _server_side(stream, row.client)
    ends = tuple(makers.endpoint(ip=address_text(host), port=port) for host, port in (a, b))
    bulk = stream.bulk if stream.judged else None
    directions = [_direction(d, ends[side], ends[1 - side], names, makers) for side, d in enumerate(stream.directions)]
    return makers.stream(
        id=stream.number,
        kind=stream.migration.kind if stream.migration else "other",
        confidence=stream.migration.confidence if stream.migration else None,
        migration_id=migration_id,
        judged=stream.judged,
        client=ends[1 - server],
        server=ends[server],
        vlan=vlan_ids(row.vlan),
        encapsulation=encapsulation_text(row.encap),
        source_host=address_text(bulk.src[0]) if bulk else None,
        destination_host=address_text(bulk.dst[0]) if bulk else None,
        first_ns=stream.first_ns or None,
        last_ns=stream.last_ns or None,
        wire_bytes=row.wire_bytes,
        payload_bytes=sum(row.payload_bytes),
        limited_by=stream.limit.by if stream.limit else None,
        limit_evidence=limit_evidence(stream.limit, makers.limit),
        directions=directions if server == 1 else directions[::-1],  # client to server first
    )


def limit_evidence(limit: Limit | None, make: Callable[[Message], Any]) -> Any:
    """Return what a limit rests on, as a part of the report; `make` makes it where little is known."""
    if limit is None or limit.evidence:
        return None if limit is None else doc.LimitEvidence(reason=limit.reason, **limit.evidence)
    return make(limit.reason)


def _server_side(stream: StreamFacts, client: int) -> int:
    """0: a listens, 1: b listens; without a SYN the lower port."""
    if stream.migration is not None:
        return stream.migration.server
    if client >= 0:
        return 1 - client
    return int(stream.directions[0].dst[1] < stream.directions[0].src[1])


def _summed(counts: list[int | None]) -> int | None:
    return None if None in counts else sum(count or 0 for count in counts)


def _outer(tunnel: Tunnel | None) -> doc.Outer | None:
    if tunnel is None:
        return None
    return doc.Outer(
        src=address_text(tunnel.src),
        dst=address_text(tunnel.dst),
        src_ports=list(tunnel.src_ports[:_MOST_PORTS]),
        src_port_count=len(tunnel.src_ports),
        dst_port=tunnel.dst_port,
        address_pairs=tunnel.pairs,
    )


def _direction(direction: Direction, src: Any, dst: Any, names: Sequence[str], makers: _Makers) -> Any:
    placed, macs = direction.placed, direction.known_macs
    return makers.direction(
        direction=direction.side,
        src=src,
        dst=dst,
        src_mac=mac_text(macs[0]) if macs else None,
        dst_mac=mac_text(macs[1]) if macs else None,
        placement=placed.placement,
        cause=placed.cause,
        expected=direction.expected,
        reason=placed.reason,
        outer=_outer(direction.tunnel),
        members=[
            makers.member(
                name=names[share.member],
                packets=share.packets,
                wire_bytes=share.wire_bytes,
                payload_bytes=share.payload_bytes,
                first_ns=share.first_ns,
                last_ns=share.last_ns,
                wire_packets=share.wire_packets,
            )
            for share in direction.shares
        ],
        wire_packets=_summed([share.wire_packets for share in direction.shares]),
        retransmitted=direction.retransmitted,
        reordered=direction.reordered,
        duplicates=direction.duplicates,
        peak_bps=None if direction.peak_bytes is None else direction.peak_bytes * 80,
        moves=[
            doc.Move(
                ts_ns=move.ts_ns,
                from_=names[move.old],
                to=names[move.new],
                gap_ns=move.gap_ns,
                cause=move.cause,
            )
            for move in placed.moves
        ],
    )
