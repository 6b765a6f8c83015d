"""Facts of the listed streams: their columns of the first pass become objects, with what the second pass saw of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.model import Direction, InPart, MemberShare, Recorded, StreamFacts
from flowmap.facts.tunnel import find_tunnel
from flowmap.facts.wire_packets import count_wire_packets
from flowmap.flow.sequence.joined import Piece, span_of
from flowmap.flow.sequence.records import LARGE_PAYLOAD
from flowmap.flow.streams.migration import MigrationStream, uncaptured_bytes
from flowmap.flow.streams.sides import Sides
from flowmap.flow.streams.stream import Streams
from flowmap.passes.follow import Followed
from flowmap.passes.kept import KeptStreams, last_acknowledged
from flowmap.team.clock.offsets import ClockSolution
from flowmap.team.host import Address, TeamHost
from flowmap.types import TS_NONE

__all__ = ["ends_of", "stream_facts"]

Array = np.ndarray[Any, Any]
End = tuple[Address, int]
Chosen = Sequence[tuple[int, MigrationStream | None, bool]]
_CHUNK = 4096


@dataclass(frozen=True)
class _Sources:
    """What facts are made of; `known`: what many have in common (addresses, MACs), each kept once; `told`: rows with states."""

    streams: Streams
    host: TeamHost
    kept: KeptStreams
    followed: Followed
    told: Array
    known: dict[Any, Any]


def stream_facts(
    listed: Chosen, streams: Streams, host: TeamHost, kept: KeptStreams, followed: Followed
) -> list[StreamFacts]:
    """Facts of streams, given as (number, its migration or None, whether it is judged), in their order. Times are on the
    reference clock of what was followed."""
    sources = _Sources(streams, host, kept, followed, kept.told, {})
    found = [one for begin in range(0, len(listed), _CHUNK) for one in _some(listed[begin : begin + _CHUNK], sources)]
    count_wire_packets(found, streams)
    return found


def ends_of(table: Array, known: dict[Any, Any]) -> list[tuple[End, End]]:
    """The endpoints a and b of rows of STREAM. `known` keeps what many have in common once: here the addresses."""
    names = ("version", "a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port")
    found = []
    for version, a_hi, a_lo, a_port, b_hi, b_lo, b_port in zip(*(table[name].tolist() for name in names), strict=True):
        a, b = (version, a_hi << 64 | a_lo), (version, b_hi << 64 | b_lo)
        found.append(((known.setdefault(a, a), a_port), (known.setdefault(b, b), b_port)))
    return found


def _some(listed: Chosen, sources: _Sources) -> Iterator[StreamFacts]:
    streams, followed = sources.streams, sources.followed
    numbers = [number for number, _, _ in listed]
    table, sides = streams.table[numbers], Sides.of(streams, numbers)
    directions = _directions(sides, ends_of(table, sources.known), sources)
    missing, payload = uncaptured_bytes(table).tolist(), table["payload_bytes"].tolist()
    _add_counts(directions, sides, streams, [judged for _, _, judged in listed])
    _add_states(directions, sides, listed, sources)
    for place, (number, migration, judged) in enumerate(listed):
        both = directions[2 * place : 2 * place + 2]
        both[migration.bulk if migration is not None else payload[place][1] > payload[place][0]].bulk = True
        for side, direction in enumerate(both):
            if not direction.shares:
                direction.missing_bytes = missing[place][side]
            elif (number, side) in followed.observed and not followed.observed[number, side][0].whole:
                acknowledged = int(table["acked_bytes"][place, side])
                _add_first_packets(direction, (number, side), acknowledged, sources)
            elif (number, side) in followed.observed:
                _add_packets(direction, number, side, int(table["encap"][place]), sources)
        times = [s.first_ns for d in both for s in d.shares if s.first_ns is not None]
        ends = [s.last_ns for d in both for s in d.shares if s.last_ns is not None]
        yield StreamFacts(number, migration, judged, min(times, default=0), max(ends, default=0), both)


def _directions(sides: Sides, ends: Sequence[tuple[End, End]], sources: _Sources) -> list[Direction]:
    """By entry, as the first pass knows them; none is the bulk yet."""
    host, known = sources.host, sources.known
    shares, start = _shares(sides, sources.followed.clock), sides.start.tolist()
    columns = (sides.payload_bytes, sides.smac_changed, sides.smac, sides.dmac, sides.macs_alike, sides.vlan)
    found = []
    for entry, (payload, changed, smac, dmac, alike, vlan) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        src, dst = ends[entry >> 1] if entry & 1 == 0 else ends[entry >> 1][::-1]
        macs = known.setdefault((smac, dmac, "macs"), (smac, dmac))
        side = host.direction(src[0], dst[0], smac, dmac)
        own = shares[start[entry] : start[entry + 1]]
        found.append(Direction(src, dst, side, False, payload, own, changed, macs, alike, vlan))
    return found


def _shares(sides: Sides, clock: ClockSolution) -> list[MemberShare]:
    """Times on the reference clock. Without large frames each record is a packet; what the second pass saw may tell more."""
    s = sides.shares
    first, last = (_times(s["member"], s[name], clock) for name in ("first_ns", "last_ns"))
    counts = [s[name].tolist() for name in ("member", "packets", "wire_bytes", "payload_bytes")]
    return [MemberShare(*row) for row in zip(*counts, first, last, counts[1], strict=True)]


def _times(member: Array, ts_ns: Array, clock: ClockSolution) -> list[int | None]:
    times = clock.true_times(member, ts_ns).tolist()
    return [time if timed else None for time, timed in zip(times, (ts_ns != TS_NONE).tolist(), strict=True)]


def _add_counts(directions: Sequence[Direction], sides: Sides, streams: Streams, judged: Sequence[bool]) -> None:
    """What the flow table counts of a direction is all there is to tell where it has one row and nothing was missing. Where a
    stream is judged there is a state besides if anything was amiss."""
    row = streams.rows[sides.first_row]
    one = sides.rows == 1
    whole = np.flatnonzero(one & ((row["ahead"] == 0) | np.repeat(judged, 2)))
    for entry, late in zip(whole.tolist(), row["late"][whole].tolist(), strict=True):
        direction = directions[entry]
        direction.retransmitted = late
        direction.reordered = _reordered(direction, 0)
        if not late:
            direction.once_bytes, direction.resent_bytes = direction.payload_bytes, 0
    for entry, peak in zip(np.flatnonzero(one).tolist(), row["peak_bytes"][one].tolist(), strict=True):
        directions[entry].duplicates, directions[entry].peak_bytes = 0, peak


def _add_states(directions: Sequence[Direction], sides: Sides, listed: Chosen, sources: _Sources) -> None:
    """What the first pass kept of directions that are one row each; of those beside large frames too: what their SYNs offer."""
    one = sides.rows == 1
    told = one & np.isin(sides.first_row, sources.told)
    large = one & (sources.streams.rows["max_payload"][sides.first_row] > LARGE_PAYLOAD)
    told |= one & large.reshape(-1, 2)[:, ::-1].ravel()
    for entry in np.flatnonzero(told).tolist():
        piece = sources.kept.piece(int(sides.first_row[entry]))
        if piece is not None:
            number, _, judged = listed[entry >> 1]
            piece = _timed(piece, number, sources)
            _add_state(directions[entry], piece, sources.streams.rows[sides.first_row[entry]])
            if judged:
                lacking = piece.holes or piece.retired
                acknowledged = last_acknowledged(sources.streams, number, 1 - (entry & 1)) if lacking else None
                _add_sequence(directions[entry], piece, acknowledged)
                _add_bytes(
                    directions[entry], piece, sources.streams.rows[sides.first_row[entry]][["syn", "fin"]].item()
                )


def _add_state(direction: Direction, piece: Piece, row: Any) -> None:
    member = direction.shares[0].member
    repeated, sizes = Counter({member: piece.copies}), Counter({(member, *size): n for size, n in piece.sizes.items()})
    direction.recorded = Recorded(piece.handshake.mss, repeated, sizes)
    direction.duplicates = piece.copies
    if direction.peak_bytes is not None:  # copies are as dense as what they are copies of
        direction.peak_bytes -= direction.peak_bytes * piece.copies // int(row["packets"])


def _add_sequence(direction: Direction, piece: Piece, acknowledged: int | None) -> None:
    """`acknowledged` is the last number that the peer confirmed."""
    direction.retransmitted = piece.sent_again
    direction.reordered = _reordered(direction, piece.reordered)
    direction.missing_bytes, direction.missing_tenths = (
        piece.missing_below(acknowledged),
        piece.missing_tenths(acknowledged),
    )


def _add_bytes(direction: Direction, piece: Piece, controls: tuple[int, int]) -> None:
    """Bytes of the stream each once, and what was sent again. `controls`: SYNs and FINs, of which one each is no payload. Where
    copies were recorded besides, nothing tells their bytes from those sent again."""
    if piece.base is None:
        return
    direction.once_bytes = once = min(
        direction.payload_bytes, max(0, piece.once - sum(min(1, count) for count in controls))
    )
    if not piece.sent_again:
        direction.resent_bytes = 0
    else:
        direction.resent_bytes = None if direction.duplicates else direction.payload_bytes - once


def _add_packets(direction: Direction, number: int, side: int, encap: int, sources: _Sources) -> None:
    """What the second pass saw of the direction."""
    followed = sources.followed
    direction.sample = followed.samples.get((number, side))
    o, piece = followed.observed[number, side]
    direction.observation = o
    direction.recorded = Recorded(o.mss, o.repeated, o.sizes)
    direction.peak_bytes, direction.duplicates = o.peak_bytes, o.duplicates + o.repeated.total()
    piece = _timed(piece, number, sources)
    _add_sequence(direction, piece, last_acknowledged(sources.streams, number, 1 - side))
    rows, forward = sources.streams.rows_of(number)
    own = rows[forward == (side == 0)]
    _add_bytes(direction, piece, (int(own["syn"].sum()), int(own["fin"].sum())))
    direction.tunnel = find_tunnel(encap, o.outer, followed.outers)


def _add_first_packets(direction: Direction, key: tuple[int, int], acknowledged: int, sources: _Sources) -> None:
    """What the second pass saw of a direction's first packets, and what the first one counted of all of them on each member by
    itself: there packets keep their order, so that what comes late was sent again. More may have been: on the other member it
    need not be late. Captured nowhere are at least the bytes by which `acknowledged` exceeds what was captured."""
    (o, piece), streams = sources.followed.observed[key], sources.streams
    both = streams.row_numbers(key[0])
    numbers = both[streams.forward[both] == (key[1] == 0)]
    own = streams.rows[numbers]
    found = [
        (member, sources.kept.piece(row)) for member, row in zip(own["link"].tolist(), numbers.tolist(), strict=True)
    ]
    kept = [(member, one) for member, one in found if one is not None]
    direction.sample, direction.observation = sources.followed.samples.get(key), o
    direction.recorded = Recorded(
        max((one.handshake.mss for _, one in kept), default=0),
        Counter({member: one.copies for member, one in kept if o.repeated}),
        Counter({(member, *size): count for member, one in kept for size, count in one.sizes.items()}),
    )
    late = int(own["late"].sum())
    direction.in_part = InPart(_reordered(direction, _timed(piece, key[0], sources).reordered), late)
    direction.missing_bytes = max(0, acknowledged - 2 - direction.payload_bytes)
    controls = int(own["syn"].any()) + int(own["fin"].any())
    direction.once_bytes = min(direction.payload_bytes, span_of([one for _, one in kept], controls))
    if not late and direction.once_bytes == direction.payload_bytes:
        direction.retransmitted = direction.resent_bytes = 0


def _timed(piece: Piece, number: int, sources: _Sources) -> Piece:
    """Return the piece with what came later than the path's round trip as sent again."""
    return piece.within(sources.kept.round_trip(number)) if any(piece.soon) else piece


def _reordered(direction: Direction, counted: int) -> int | None:
    """Reordering is what the receiver sees (RFC 4737): what the captured host sends has its way still before it."""
    return None if direction.side == "tx" else counted
