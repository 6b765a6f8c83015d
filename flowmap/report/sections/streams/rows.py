"""Streams by member, sent and received apart: where each direction sat, and what each member carried of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.quantities import amount, duration, endpoint, grouped, moment
from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.report.blocks import (
    Block,
    Column,
    Items,
    Line,
    Load,
    Matrix,
    MatrixRow,
    Name,
    Quantity,
    Section,
    StreamNumbers,
    Way,
)
from flowmap.report.cut import more
from flowmap.report.sections.streams.limits import limit_counts
from flowmap.report.sections.streams.moves import moves_of
from flowmap.report.sections.streams.order import by_urgency, judged_of
from flowmap.words import DIRECTIONS, word

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Move, Report, Stream

__all__ = ["UNSIDED", "member_names", "placement_label", "sender_of", "streams_section", "used_members"]

UNSIDED = {"forward": msg("client to server"), "back": msg("server to client")}
"""Directions where the teamed host is not known."""
_EXPLAINED = msg(
    "What each member carried of each stream, in wire bytes. Data and acknowledgments may well use different members: the host "
    "places what it sends, the switch what the host receives."
)
_USED = 4
_MOVES = 5
_COLUMNS = (
    Column(msg("stream"), number=True),
    Column(msg("kind")),
    Column(msg("client")),
    Column(msg("server")),
    Column(msg("payload"), number=True),
)


def streams_section(report: Report, most: int, *, judged_only: bool = False) -> Section:
    """Return at most so many streams, those with trouble first; `judged_only`: for a page that has no room for others."""
    total = report.totals
    number = judged_of(report.streams) if judged_only else len(report.streams)
    shown = [stream for stream in by_urgency(report.streams, most) if stream.judged or not judged_only]
    about = msg(
        "{judged} judged of {streams}: payload and duration, wire bytes per member",
        judged=grouped(total.streams_judged),
        streams=grouped(total.streams),
    )
    blocks: list[Block] = [Line(_EXPLAINED, full=True), _matrix(report, shown)] if shown else []
    if moves := moves_of(shown):
        blocks.append(Items(moves))
    if number > len(shown):
        blocks.append(Line(more(number - len(shown))))
    if total.streams > len(report.streams):
        blocks.append(Line(_not_listed(report), full=True))
    if limits := limit_counts(report):
        blocks.append(Line(limits))
    return Section("streams", msg("Streams"), tuple(blocks), about if total.streams else "", _none(report))


def _none(report: Report) -> Message:
    return msg("none judged") if report.streams else msg("No TCP stream was seen.")


def _not_listed(report: Report) -> Message:
    left_out = report.totals.streams - len(report.streams)
    return nmsg(
        "{count} other stream, not a migration, is not listed.",
        "{count} other streams, not migrations, are not listed.",
        left_out,
    )


def member_names(report: Report) -> tuple[str, ...]:
    """Return the members that a matrix has columns for."""
    return tuple(member.name for member in report.members if not member.aggregate)


def _matrix(report: Report, streams: Sequence[Stream]) -> Matrix:
    known = any(direction.direction != "unknown" for stream in streams for direction in stream.directions)
    names = {side: DIRECTIONS[side] for side in ("rx", "tx")} if known else UNSIDED
    return Matrix(
        msg("Streams"),
        _COLUMNS,
        member_names(report),
        tuple(names.items()),
        tuple(_row(stream, tuple(names)) for stream in streams),
        others=msg("Other streams, not judged"),
    )


def _row(stream: Stream, groups: Sequence[str]) -> MatrixRow:
    ends = [endpoint(end.ip, end.port) for end in (stream.client, stream.server)]
    kind = glue(word(stream.kind), aside(word(stream.confidence) if stream.confidence else ""), between="")
    unsure = aside(word(stream.confidence)) if stream.confidence not in (None, "high") else ""
    load = amount(stream.payload_bytes)
    if stream.first_ns is not None and stream.last_ns is not None:
        load = msg("{amount} in {time}", amount=load, time=duration(stream.last_ns - stream.first_ns))
    return MatrixRow(
        (StreamNumbers((stream.id,)), kind, Name(ends[0]), Name(ends[1]), Quantity(stream.payload_bytes, "bytes")),
        tuple(_way(direction, stream, groups) for direction in stream.directions),
        stream.id,
        tuple(_tunnels(stream)),
        label=glue(f"#{stream.id}", glue(word(stream.kind), unsure, between="")),
        text=glue(glue(*ends, between=" -> "), load, between="  "),
        brief=_moved_together(stream) or glue(*(_short(one, stream) for one in stream.directions), between="; "),
        judged=stream.judged,
    )


def _way(direction: Direction, stream: Stream, groups: Sequence[str]) -> Way:
    """Return one direction; one of unknown side goes by who sends."""
    own = direction.direction in groups
    bad = direction.placement in ("sprayed", "undecided") or direction.cause == "unexplained"
    plain = direction.placement == "single" and direction.cause is None and direction.expected is not False
    return Way(
        group=direction.direction if own else groups[direction.src != stream.client],
        named=sender_of(direction, stream),
        loads=tuple(Load(member.name, member.wire_bytes) for member in direction.members),
        state="" if plain else "bad" if bad else direction.placement,
        placed=placement_label(direction),
        reason=_reason(direction, "undecided"),
        notes=_notes(direction),
        moves=_moves(direction.moves),
    )


def placement_label(direction: Direction) -> Message:
    """Return the placement with its cause, and whether the configuration does not allow it."""
    label = word(direction.placement)
    if direction.cause is not None:
        label = msg("{placement}: {cause}", placement=label, cause=word(direction.cause))
    return label if direction.expected is not False else msg("{placement}, not as configured", placement=label)


def sender_of(direction: Direction, stream: Stream) -> Message | str:
    """Return tx or rx, or who sends where the teamed host is not known."""
    if direction.direction != "unknown":
        return direction.direction
    return msg("from client") if direction.src == stream.client else msg("from server")


def _reason(direction: Direction, *placements: str) -> Message | str:
    """Return why a direction that has one of these placements has it."""
    if not direction.reason or direction.placement not in placements:
        return ""
    return msg("{what}: {reason}", what=word(direction.placement), reason=direction.reason)


def _notes(direction: Direction) -> tuple[Message | str, ...]:
    """Return what else there is to say of a direction: why it has no place, what was sent again or out of order."""
    notes = (
        direction.reason if direction.placement in ("undecided", "absent") else "",
        msg("{number} retransmitted", number=grouped(direction.retransmitted)) if direction.retransmitted else "",
        msg("{number} reordered", number=grouped(direction.reordered)) if direction.reordered else "",
    )
    return tuple(note for note in notes if note)


def _moves(moves: Sequence[Move]) -> tuple[Message, ...]:
    """Return the first moves of one direction, each with its time and cause."""
    lines = []
    for move in moves[:_MOVES]:
        said = glue(move.from_, "->", move.to)
        if move.gap_ns is not None:
            said = msg("{move} after {pause}", move=said, pause=duration(move.gap_ns))
        said = glue(said, word(move.cause) if move.cause else "", between=": ")
        lines.append(glue(moment(move.ts_ns, date=False), said, between="  "))
    if len(moves) > _MOVES:
        lines.append(nmsg("... and {count} more move", "... and {count} more moves", len(moves) - _MOVES))
    return tuple(lines)


def _moved_together(stream: Stream) -> Message | None:
    """Return "nic1 rx 4.3 MB, tx 61 kB -> nic2 rx 5.2 MB, tx 85 kB" where all went one way at once, else None."""
    ways = {(move.from_, move.to) for direction in stream.directions for move in direction.moves}
    if len(stream.directions) < 2 or len(ways) != 1 or any(len(one.moves) != 1 for one in stream.directions):
        return None
    ends = []
    for name in ways.pop():
        loads = [
            glue(one.direction, amount(member.wire_bytes))
            for one in stream.directions
            for member in one.members
            if member.name == name
        ]
        ends.append(glue(name, glue(*loads, between=", ")))
    return glue(*ends, between=" -> ")


def _short(direction: Direction, stream: Stream) -> Message:
    """Return "rx nic1 9.4 MB", with the placement before it where it is not on one member."""
    loads = glue(sender_of(direction, stream), _loads(direction))
    if direction.placement in ("single", "moved"):
        return loads
    return glue(word(direction.placement), loads, between=": ")


def _loads(direction: Direction) -> Message:
    """Return what each member carried of a direction, in the order of its move where it made one."""
    if len(direction.moves) == 1 and len(direction.members) == 2:
        load = {member.name: member.wire_bytes for member in direction.members}
        old, new = direction.moves[0].from_, direction.moves[0].to
        if {old, new} == load.keys():
            return glue(old, amount(load[old]), "->", new, amount(load[new]))
    return used_members({member.name: member.wire_bytes for member in direction.members})


def used_members(loads: dict[str, int]) -> Message:
    """Return the members that carried most, with what they did; how many there are beyond these."""
    used = sorted(loads.items(), key=lambda item: -item[1])
    text = glue(*(glue(name, amount(load)) for name, load in used[:_USED]), between=", ")
    if len(used) > _USED:
        rest = len(used) - _USED
        text = nmsg("{members} ...and {count} more", "{members} ...and {count} more", rest, members=text)
    return text or msg("nowhere")


def _tunnels(stream: Stream) -> list[Message]:
    """Return the outer headers of each direction, once where both use the same addresses."""
    lines: list[Message] = []
    known: set[tuple[str, str]] = set()
    for outer in (direction.outer for direction in stream.directions):
        if outer is None or (outer.dst, outer.src) in known:
            continue
        known.add((outer.src, outer.dst))
        parts = {"tunnel": stream.encapsulation, "src": outer.src, "dst": outer.dst}
        if outer.src_port_count == 1:
            lines.append(msg("in {tunnel} {src} -> {dst}, UDP source port {port}", port=outer.src_ports[0], **parts))
        elif outer.src_port_count:
            lines.append(
                msg("in {tunnel} {src} -> {dst}, {number} UDP source ports", number=outer.src_port_count, **parts)
            )
        else:
            lines.append(msg("in {tunnel} {src} -> {dst}", **parts))
    if not lines and stream.encapsulation:
        lines.append(msg("in {tunnel}", tunnel=stream.encapsulation))
    return lines
