"""Facts of the listed streams: their columns of the first pass become objects, with what the second pass saw of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.facts.draft import Draft
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
_NEVER = 2**63 - 1


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
    """Return the facts of streams, given as (number, its migration or None, whether it is judged), in their order.

    Times are on the reference clock of what was followed.
    """
    sources = _Sources(streams, host, kept, followed, kept.told, {})
    found = [one for begin in range(0, len(listed), _CHUNK) for one in _some(listed[begin : begin + _CHUNK], sources)]
    return count_wire_packets(found, streams)


def ends_of(table: Array, known: dict[Any, Any]) -> list[tuple[End, End]]:
    """Return the endpoints a and b of rows of STREAM.

    `known` keeps what many have in common once: here the addresses.
    """
    names = ("version", "a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port")
    found = []
    for version, a_hi, a_lo, a_port, b_hi, b_lo, b_port in zip(*(table[name].tolist() for name in names), strict=True):
        a = version, a_hi << 64 | a_lo if a_hi else a_lo
        b = version, b_hi << 64 | b_lo if b_hi else b_lo
        found.append(((known.setdefault(a, a), a_port), (known.setdefault(b, b), b_port)))
    return found


def _some(listed: Chosen, sources: _Sources) -> list[StreamFacts]:
    streams, followed = sources.streams, sources.followed
    if len(sources.known) > _CHUNK:  # so many hosts have little in common
        sources.known.clear()
    numbers = [number for number, _, _ in listed]
    table, sides = streams.table[numbers], Sides.of(streams, numbers)
    shares, first_ns, last_ns = _shares(sides, followed.clock)
    counts = _counts(sides, streams, listed, table)
    directions = _directions(sides, shares, counts, ends_of(table, sources.known), sources)
    drafts = _with_states(directions, sides, listed, sources)
    absent, missing = np.flatnonzero(sides.rows == 0), uncaptured_bytes(table).ravel()
    for entry, lost in zip(absent.tolist(), missing[absent].tolist(), strict=True):
        if lost:
            drafts.setdefault(entry, Draft.of(directions[entry])).missing_bytes = lost
    for place, (number, _, _) in enumerate(listed) if followed.observed else ():
        for side in (0, 1):
            entry = 2 * place + side
            if directions[entry].shares and (number, side) in followed.observed:
                drafts[entry] = Draft.of(directions[entry])
                _add_followed(drafts[entry], (number, side), table[place], sources)
    for entry, draft in drafts.items():
        directions[entry] = draft.finished()
    both = zip(directions[::2], directions[1::2], strict=True)
    columns = zip(listed, first_ns, last_ns, both, strict=True)
    return [StreamFacts(*one, first, last, list(ways)) for one, first, last, ways in columns]


def _add_followed(direction: Draft, key: tuple[int, int], row: Any, sources: _Sources) -> None:
    """Add what the second pass saw of a direction that it read."""
    if sources.followed.observed[key][0].whole:
        _add_packets(direction, *key, int(row["encap"]), sources)
    else:
        _add_first_packets(direction, key, int(row["acked_bytes"][key[1]]), sources)


def _directions(
    sides: Sides,
    shares: list[MemberShare],
    counts: Iterable[_Counted],
    ends: Sequence[tuple[End, End]],
    sources: _Sources,
) -> list[Direction]:
    """Return the directions, by entry, as the first pass knows them."""
    direction_of, known = sources.host.direction, sources.known
    columns = (sides.payload_bytes, sides.smac_changed, sides.smac, sides.dmac, sides.macs_alike, sides.vlan)
    both_ways = (way for a, b in ends for way in ((a, b), (b, a)))
    found = []
    for (src, dst), own, (bulk, peak, duplicates, late, once), (payload, changed, smac, dmac, alike, vlan) in zip(
        both_ways,
        pairwise(sides.start.tolist()),
        counts,
        zip(*(one.tolist() for one in columns), strict=True),
        strict=True,
    ):
        side = direction_of(src[0], dst[0], smac, dmac)
        found.append(
            Direction(
                src,
                dst,
                side,
                bulk,
                payload,
                shares[own[0] : own[1]],
                changed,
                known.setdefault((smac, dmac), (smac, dmac)),
                alike,
                vlan,
                peak_bytes=peak,
                duplicates=duplicates,
                retransmitted=late,
                once_bytes=payload if once else None,
                resent_bytes=0 if once else None,
                reordered=0 if late is not None and side != "tx" else None,
            )
        )
    return found


def _shares(sides: Sides, clock: ClockSolution) -> tuple[list[MemberShare], list[int], list[int]]:
    """Return what members carried, and when each stream began and ended, all on the reference clock.

    Without large frames each record is a packet; what the second pass saw may show more.
    """
    s = sides.shares
    times = [clock.true_times(s["member"], s[name]) for name in ("first_ns", "last_ns")]
    timed, stream = s["first_ns"] != TS_NONE, s["entry"] >> 1
    began, ended = (np.full(len(sides.rows) // 2, bound) for bound in (_NEVER, -_NEVER))
    np.minimum.at(began, stream[timed], times[0][timed])
    np.maximum.at(ended, stream[timed], times[1][timed])
    counts = [s[name].tolist() for name in ("member", "packets", "wire_bytes", "payload_bytes")]
    columns = zip(*counts, *(_known(own, timed) for own in times), counts[1], strict=True)
    spans = (np.where(abs(own) == _NEVER, 0, own).tolist() for own in (began, ended))
    return list(map(MemberShare._make, columns)), *spans


_Counted = tuple[bool, int | None, int | None, int | None, bool]


def _counts(sides: Sides, streams: Streams, listed: Chosen, table: Array) -> Iterable[_Counted]:
    """Return by entry (bulk, peak, duplicates, retransmitted, whether each byte is there once).

    What the flow table counts of a direction is all there is to know where it has one row and nothing was missing.
    Where a stream is judged there is a state besides if anything was amiss.
    """
    payload = table["payload_bytes"]
    more = (payload[:, 1] > payload[:, 0]).tolist()
    bulk = np.array([m.bulk if m is not None else more[place] for place, (_, m, _) in enumerate(listed)], np.int64)
    judged = np.array([judged for _, _, judged in listed], bool)
    ahead, late, peak = (streams.rows[name][sides.first_row] for name in ("ahead", "late", "peak_bytes"))
    one = sides.rows == 1
    whole = one & ((ahead == 0) | np.repeat(judged, 2))
    return zip(
        (bulk[:, None] == (0, 1)).ravel().tolist(),
        _known(peak, one),
        _known(np.zeros(len(one), np.int64), one),
        _known(late, whole),
        (whole & (late == 0)).tolist(),
        strict=True,
    )


def _known(values: Array, known: Array) -> list[int | None]:
    """Return values, and None in place of those that are not known."""
    found: list[int | None] = values.tolist()
    for place in np.flatnonzero(~known).tolist():
        found[place] = None
    return found


def _with_states(directions: Sequence[Direction], sides: Sides, listed: Chosen, sources: _Sources) -> dict[int, Draft]:
    """Return draft, by entry, directions of one row that were not read again, with what the first pass kept of them.

    Beside large frames that is also what their SYNs offer.
    """
    followed = sources.followed.observed
    one = sides.rows == 1
    for entry in np.flatnonzero(one).tolist() if followed else ():
        one[entry] = (listed[entry >> 1][0], entry & 1) not in followed
    told = one & np.isin(sides.first_row, sources.told)
    large = one & (sources.streams.rows["max_payload"][sides.first_row] > LARGE_PAYLOAD)
    told |= one & large.reshape(-1, 2)[:, ::-1].ravel()
    entries = np.flatnonzero(told)
    numbers = np.array([number for number, _, _ in listed], np.int64)[entries >> 1]
    confirmed = last_acknowledged(sources.streams, numbers, 1 - (entries & 1))
    controls = [sources.streams.rows[name][sides.first_row[entries]].tolist() for name in ("syn", "fin")]
    drafts: dict[int, Draft] = {}
    for entry, number, acknowledged, own in zip(
        entries.tolist(), numbers.tolist(), confirmed, zip(*controls, strict=True), strict=True
    ):
        piece = sources.kept.piece(int(sides.first_row[entry]))
        if piece is not None:
            piece = _timed(piece, number, sources)
            drafts[entry] = draft = Draft.of(directions[entry])
            _add_state(draft, piece)
            if listed[entry >> 1][2]:
                _add_sequence(draft, piece, acknowledged)
                _add_bytes(draft, piece, own)
    return drafts


def _add_state(direction: Draft, piece: Piece) -> None:
    member, packets = direction.shares[0][:2]
    repeated, sizes = Counter({member: piece.copies}), Counter({(member, *size): n for size, n in piece.sizes.items()})
    direction.recorded = Recorded(piece.handshake.mss, repeated, sizes)
    direction.duplicates = piece.copies
    if direction.peak_bytes is not None:  # copies are as dense as what they are copies of
        direction.peak_bytes -= direction.peak_bytes * piece.copies // packets


def _add_sequence(direction: Draft, piece: Piece, acknowledged: int | None) -> None:
    """Take retransmissions, reordering and missing bytes; `acknowledged` is the last number that the peer confirmed."""
    direction.retransmitted = piece.sent_again
    direction.reordered = _reordered(direction, piece.reordered)
    direction.missing_bytes, direction.missing_tenths = (
        piece.missing_below(acknowledged),
        piece.missing_tenths(acknowledged),
    )


def _add_bytes(direction: Draft, piece: Piece, controls: tuple[int, int]) -> None:
    """Bytes of the stream each once, and what was sent again.

    `controls`: SYNs and FINs, of which one each is no payload. Where copies were recorded besides, nothing tells their
    bytes from those sent again.
    """
    if piece.base is None:
        return
    direction.once_bytes = once = min(
        direction.payload_bytes, max(0, piece.once - sum(min(1, count) for count in controls))
    )
    if not piece.sent_again:
        direction.resent_bytes = 0
    else:
        direction.resent_bytes = None if direction.duplicates else direction.payload_bytes - once


def _add_packets(direction: Draft, number: int, side: int, encap: int, sources: _Sources) -> None:
    """Take what the second pass saw of the direction."""
    followed = sources.followed
    direction.sample = followed.samples.get((number, side))
    o, piece = followed.observed[number, side]
    direction.observation = o
    direction.recorded = Recorded(o.mss, o.repeated, o.sizes)
    direction.peak_bytes, direction.duplicates = o.peak_bytes, o.duplicates + o.repeated.total()
    piece = _timed(piece, number, sources)
    (acknowledged,) = last_acknowledged(sources.streams, np.array([number]), np.array([1 - side]))
    _add_sequence(direction, piece, acknowledged)
    rows, forward = sources.streams.rows_of(number)
    own = rows[forward == (side == 0)]
    _add_bytes(direction, piece, (int(own["syn"].sum()), int(own["fin"].sum())))
    direction.tunnel = find_tunnel(encap, o.outer, followed.outers)


def _add_first_packets(direction: Draft, key: tuple[int, int], acknowledged: int, sources: _Sources) -> None:
    """Take what the second pass saw of a direction's first packets, and what the first pass counted of all.

    The first pass counted each member by itself: there packets keep their order, so that what comes late was sent
    again. More may have been: on the other member it need not be late. At least the bytes by which `acknowledged`
    exceeds what was captured were captured nowhere.
    """
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


def _reordered(direction: Draft, counted: int) -> int | None:
    """Return the reordering that the receiver sees (RFC 4737): what the captured host sends has its way still before it."""
    return None if direction.side == "tx" else counted
