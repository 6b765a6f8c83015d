"""The part of the text report that shows streams and hosts by member, tx and rx apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.report.canvas import member_columns
from flowmap.report.labels import by_urgency, placement_label
from flowmap.report.words import amount, count, duration, endpoint, moment
from flowmap.verdict.words import word

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.document import Host, Report, Stream

__all__ = ["draw_hosts", "draw_streams"]

_STREAMS = 40
_HOSTS = 30
_USED = 4
_MOVES = 5
_LABEL = 21
_LABEL_WIDE = 32
_WIDE = 120


def draw_streams(canvas: Canvas, report: Report) -> None:
    """Streams by member, those with trouble first; many streams are cut here, never in the JSON report."""
    total = report.totals
    heading = msg("STREAMS ({judged} judged of {streams})", judged=total.streams_judged, streams=total.streams)
    canvas.heading(heading if total.streams else msg("STREAMS"))
    if not report.streams:
        canvas.line(msg("none"), indent=2)
        return
    canvas.line(msg("of each its payload and time; below, bytes on the wire by member"), indent=2, style="quiet")
    names = [member.name for member in report.members if not member.aggregate]
    widths = member_columns(names, canvas.width - _room(canvas) - 5)
    if widths is not None:
        canvas.cells([_room(canvas), *widths], ["", *names], style="quiet")
    for stream in by_urgency(report.streams)[:_STREAMS]:
        _draw_stream(canvas, stream, names, widths)
    if len(report.streams) > _STREAMS:
        canvas.line(_more(len(report.streams) - _STREAMS), indent=2)
    if total.streams > len(report.streams):
        canvas.line(
            count("{number} other stream beyond --top not listed", "{number} other streams beyond --top not listed",
                  total.streams - len(report.streams)), indent=2,
        )  # fmt: skip


def _draw_stream(canvas: Canvas, stream: Stream, names: Sequence[str], widths: list[int] | None) -> None:
    kind = glue(word(stream.kind), aside(word(stream.confidence) if stream.confidence else ""), between="")
    ends = f"{endpoint(stream.client.ip, stream.client.port)} -> {endpoint(stream.server.ip, stream.server.port)}"
    load = amount(stream.payload_bytes)
    if stream.first_ns is not None and stream.last_ns is not None:
        load = msg("{amount} in {time}", amount=load, time=duration(stream.last_ns - stream.first_ns))
    canvas.labelled(glue(f"#{stream.id}", kind), glue(ends, load, between="  "), indent=2)
    for line in _tunnels(stream):
        canvas.line(line, indent=4)
    for direction in stream.directions:
        label: Message = placement_label(direction)
        if direction.direction == "unknown":
            client = direction.src == stream.client
            label = msg("{placement}, from client", placement=label) if client else msg("{placement}, from server",
                                                                                       placement=label)  # fmt: skip
        elif widths is None:
            label = glue(direction.direction, label)
        loads = {member.name: member.wire_bytes for member in direction.members}
        _draw_row(canvas, Message("  {label}", {"label": label}), direction.direction, loads, names, widths)
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
            lines.append(msg("in {tunnel} {src} -> {dst}, {number} UDP source ports", number=outer.src_port_count, **parts))
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
        canvas.line(_more(len(hosts) - _HOSTS), indent=2)


def _draw_host(canvas: Canvas, host: Host, names: Sequence[str], widths: list[int] | None) -> None:
    ways = [(way, loads) for way, loads in (("rx", host.rx), ("tx", host.tx)) if loads]
    label = glue(host.host, word(host.role) if host.role != "other" else "")
    for way, loads in ways or [("unknown", host.members)]:
        shown = word(way) if way == "unknown" else way
        _draw_row(canvas, label if widths is not None else glue(label, shown), way, loads, names, widths)
        label = glue() if widths is not None else label


def _more(number: int) -> Message:
    return nmsg("... and {count} more; --json has it", "... and {count} more; --json has them", number)
