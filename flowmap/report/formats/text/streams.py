"""The part of the text report that shows streams and hosts by member, tx and rx apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from flowmap.document.quantities import amount, count, duration, endpoint, moment
from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.report.formats.canvas import member_columns
from flowmap.report.formats.text.moves import draw_moves
from flowmap.report.sections.labels import by_urgency, placement_label
from flowmap.report.sections.limits import limit_counts
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Host, Report, Stream
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_hosts", "draw_streams", "more_lines"]

_STREAMS, _SHORT = 40, 10
_HOSTS = 30
_USED = 4
_MOVES = 5
_LABEL = 21
_LABEL_WIDE = 32
_WIDE = 120


def draw_streams(canvas: Canvas, report: Report, *, full: bool) -> None:
    """Draw streams by member, those with trouble first; many are cut here, never in the JSON report. Streams that were not
    judged are for `full`, as is a column for each member."""
    total = report.totals
    heading = msg(
        "STREAMS ({judged} judged of {streams}): payload and duration; wire bytes per member",
        judged=total.streams_judged,
        streams=total.streams,
    )
    canvas.heading(heading if total.streams else msg("STREAMS"))
    streams = [stream for stream in report.streams if full or stream.judged]
    if not streams:
        canvas.line(msg("none judged") if report.streams else msg("none"), indent=2)
        return
    if full:
        _draw_columns(canvas, report)
    else:
        shown = by_urgency(streams, _SHORT)
        for stream in shown:
            _draw_short(canvas, stream)
        _draw_reasons(canvas, shown)
        draw_moves(canvas, shown)
    most = _STREAMS if full else _SHORT
    if len(streams) > most:
        canvas.line(more_lines(len(streams) - most), indent=2)
    if full and total.streams > len(report.streams):
        canvas.line(
            count(
                "{number} other stream beyond --top not listed",
                "{number} other streams beyond --top not listed",
                total.streams - len(report.streams),
            ),
            indent=2,
        )
    if not full and (limits := limit_counts(report)):
        canvas.line(limits, indent=2)


def _draw_columns(canvas: Canvas, report: Report) -> None:
    names = [member.name for member in report.members if not member.aggregate]
    widths = member_columns(names, canvas.width - _room(canvas) - 5)
    if widths is not None:
        canvas.cells([_room(canvas), *widths], ["", *names], style="quiet")
    for stream in by_urgency(report.streams, _STREAMS):
        _draw_stream(canvas, stream, names, widths)


def _draw_short(canvas: Canvas, stream: Stream) -> None:
    """A stream in two lines, if they are long enough for it; why it is undecided, and its moves, stand below all streams."""
    canvas.labelled(_name(stream), _ends(stream), indent=2, gap=1)
    for line in _tunnels(stream):
        canvas.line(line, indent=4)
    together = _moved_together(stream)
    canvas.line(
        together or glue(*(_short(direction, stream) for direction in stream.directions), between="; "), indent=4
    )


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
    loads = _loads(direction, stream)
    if direction.placement in ("single", "moved"):
        return loads
    return glue(word(direction.placement), loads, between=": ")


def _draw_reasons(canvas: Canvas, streams: Sequence[Stream]) -> None:
    """Why directions are undecided, each reason once."""
    for direction in {one.reason: one for stream in streams for one in stream.directions}.values():
        if direction.reason and direction.placement == "undecided":
            canvas.line(msg("{what}: {reason}", what=word(direction.placement), reason=direction.reason), indent=2)


def _loads(direction: Direction, stream: Stream) -> Message:
    """ "rx nic1 9.4 MB": the direction, and what each member carried of it."""
    way: str = direction.direction
    if way == "unknown":
        way = msg("from client") if direction.src == stream.client else msg("from server")
    if len(direction.moves) == 1 and len(direction.members) == 2:
        load = {member.name: member.wire_bytes for member in direction.members}
        old, new = direction.moves[0].from_, direction.moves[0].to
        if {old, new} == load.keys():
            return glue(way, old, amount(load[old]), "->", new, amount(load[new]))
    used = sorted(direction.members, key=lambda member: -member.wire_bytes)
    text = glue(*(glue(member.name, amount(member.wire_bytes)) for member in used[:_USED]), between=", ")
    if len(used) > _USED:
        more = len(used) - _USED
        text = nmsg("{members} ...and {count} more", "{members} ...and {count} more", more, members=text)
    return glue(way, text or msg("nowhere"))


def _name(stream: Stream) -> Message:
    unsure = aside(word(stream.confidence)) if stream.confidence not in (None, "high") else ""
    return glue(f"#{stream.id}", glue(word(stream.kind), unsure, between=""))


def _ends(stream: Stream) -> Message:
    ends = f"{endpoint(stream.client.ip, stream.client.port)} -> {endpoint(stream.server.ip, stream.server.port)}"
    load = amount(stream.payload_bytes)
    if stream.first_ns is not None and stream.last_ns is not None:
        load = msg("{amount} in {time}", amount=load, time=duration(stream.last_ns - stream.first_ns))
    return glue(ends, load, between="  ")


def _draw_stream(canvas: Canvas, stream: Stream, names: Sequence[str], widths: list[int] | None) -> None:
    kind = glue(word(stream.kind), aside(word(stream.confidence) if stream.confidence else ""), between="")
    canvas.labelled(glue(f"#{stream.id}", kind), _ends(stream), indent=2)
    for line in _tunnels(stream):
        canvas.line(line, indent=4)
    for direction in stream.directions:
        label: Message = placement_label(direction)
        if direction.direction == "unknown":
            client = direction.src == stream.client
            label = (
                msg("{placement}, from client", placement=label)
                if client
                else msg("{placement}, from server", placement=label)
            )
        elif widths is None:
            label = glue(direction.direction, label)
        loads = {member.name: member.wire_bytes for member in direction.members}
        _draw_row(canvas, Message("  {label}", {"label": label}), direction.direction, loads, names, widths)
        _draw_moves(canvas, direction)


def _draw_moves(canvas: Canvas, direction: Direction) -> None:
    """What else is to be said of a direction: why it is undecided or absent, and its moves."""
    if direction.reason and direction.placement in ("undecided", "absent"):
        canvas.line(direction.reason, indent=6)
    for move in direction.moves[:_MOVES]:
        said = glue(move.from_, "->", move.to)
        if move.gap_ns is not None:
            said = msg("{move} after {pause}", move=said, pause=duration(move.gap_ns))
        said = glue(said, word(move.cause) if move.cause else "", between=": ")
        canvas.line(glue(moment(move.ts_ns, date=False), said, between="  "), indent=6)
    if len(direction.moves) > _MOVES:
        more = len(direction.moves) - _MOVES
        canvas.line(nmsg("... and {count} more move", "... and {count} more moves", more), indent=6)


def _tunnels(stream: Stream) -> list[Message]:
    """The outer headers of each direction, once where both use the same addresses."""
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
    return lines


def _room(canvas: Canvas) -> int:
    """Columns for what stands before the members' columns."""
    return _LABEL if canvas.width < _WIDE else _LABEL_WIDE


def _draw_row(
    canvas: Canvas, label: Message, way: str, loads: Mapping[str, int], names: Sequence[str], widths: list[int] | None
) -> None:
    """One label and what each member carried; where the members do not fit side by side, only those that were used."""
    short = "" if way == "unknown" else way
    if widths is not None:
        if cell_len(canvas.said(label)) > _room(canvas):
            canvas.line(label, indent=2)
            label = glue()
        cells = [glue(short, amount(loads[n])) if n in loads else "-" for n in names]
        canvas.cells([_room(canvas), *widths], [label, *cells])
        return
    used = sorted(loads.items(), key=lambda item: -item[1])
    text = glue(*(glue(name, amount(load)) for name, load in used[:_USED]), between=", ")
    if len(used) > _USED:
        more = len(used) - _USED
        text = nmsg("{members} ...and {count} more", "{members} ...and {count} more", more, members=text)
    canvas.labelled(label, text or msg("nowhere"), indent=2)


def draw_hosts(canvas: Canvas, report: Report) -> None:
    """Hosts by member, the busiest first."""
    hosts = [host for host in report.hosts if host.role != "teamed"]
    if not hosts:
        return
    canvas.heading(msg("HOSTS (bytes on the wire)"))
    names = [member.name for member in report.members if not member.aggregate]
    widths = member_columns(names, canvas.width - _room(canvas) - 5)
    if widths is not None:
        canvas.cells([_room(canvas), *widths], ["", *names], style="quiet")
    for host in sorted(hosts, key=lambda host: (host.role == "other", -sum(host.members.values())))[:_HOSTS]:
        _draw_host(canvas, host, names, widths)
    if len(hosts) > _HOSTS:
        canvas.line(more_lines(len(hosts) - _HOSTS), indent=2)


def _draw_host(canvas: Canvas, host: Host, names: Sequence[str], widths: list[int] | None) -> None:
    ways = [(way, loads) for way, loads in (("rx", host.rx), ("tx", host.tx)) if loads]
    label = glue(host.host, word(host.role) if host.role != "other" else "")
    for way, loads in ways or [("unknown", host.members)]:
        shown = word(way) if way == "unknown" else way
        _draw_row(canvas, label if widths is not None else glue(label, shown), way, loads, names, widths)
        label = glue() if widths is not None else label


def more_lines(number: int) -> Message:
    """How many are left out here."""
    return nmsg("... and {count} more; --json has it", "... and {count} more; --json has them", number)
