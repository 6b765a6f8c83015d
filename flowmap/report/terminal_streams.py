"""The part of the text report that shows streams and hosts by member, tx and rx apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flowmap.message import msg
from flowmap.report.canvas import member_columns
from flowmap.report.words import amount, count, duration, endpoint, moment

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.document import Direction, Host, Report, Stream

__all__ = ["draw_hosts", "draw_streams"]

_STREAMS = 40
_HOSTS = 30
_USED = 4
_MOVES = 5
_LABEL = 21
_TROUBLE = ("sprayed", "moved", "undecided", "mirrored", "absent", "single")


def draw_streams(canvas: Canvas, report: Report) -> None:
    """Streams by member, those with trouble first; many streams are cut here, never in the JSON report."""
    total = report.totals
    heading = f"STREAMS ({total.streams_judged} judged of {total.streams})" if total.streams else "STREAMS"
    canvas.heading(heading)
    if not report.streams:
        canvas.line("none", indent=2)
        return
    names = [member.name for member in report.members if not member.aggregate]
    widths = member_columns(names, canvas.width - _LABEL - 5)
    if widths is not None:
        canvas.cells([_LABEL, *widths], ["", *names], style="quiet")
    for stream in sorted(report.streams, key=_urgency)[:_STREAMS]:
        _draw_stream(canvas, stream, names, widths)
    if len(report.streams) > _STREAMS:
        canvas.line(f"... and {len(report.streams) - _STREAMS} more; --json has them", indent=2)
    if total.streams > len(report.streams):
        canvas.line(f"{count(total.streams - len(report.streams), 'other stream')} beyond --top not listed", indent=2)


def _urgency(stream: Stream) -> tuple[bool, int, int]:
    worst = min((_TROUBLE.index(direction.placement) for direction in stream.directions), default=len(_TROUBLE))
    return (not stream.judged, worst if stream.judged else 0, stream.id if stream.judged else -stream.wire_bytes)


def _draw_stream(canvas: Canvas, stream: Stream, names: Sequence[str], widths: list[int] | None) -> None:
    kind = stream.kind + (f" ({stream.confidence})" if stream.confidence else "")
    ends = f"{endpoint(stream.client.ip, stream.client.port)} -> {endpoint(stream.server.ip, stream.server.port)}"
    span = ""
    if stream.first_ns is not None and stream.last_ns is not None:
        span = f" in {duration(stream.last_ns - stream.first_ns)}"
    canvas.labelled(f"#{stream.id} {kind}", f"{ends}  {amount(stream.payload_bytes)}{span}", indent=2)
    for line in _tunnels(stream):
        canvas.line(line, indent=4)
    for direction in stream.directions:
        label = _placement(direction)
        if direction.direction == "unknown":
            label = f"{label}, from {'client' if direction.src == stream.client else 'server'}"
        elif widths is None:
            label = f"{direction.direction} {label}"
        loads = {member.name: member.wire_bytes for member in direction.members}
        _draw_row(canvas, f"  {label}", direction.direction, loads, names, widths)
        if direction.reason and direction.placement in ("undecided", "absent"):
            canvas.line(direction.reason, indent=6)
        for move in direction.moves[:_MOVES]:
            gap = f" after {duration(move.gap_ns)}" if move.gap_ns is not None else ""
            cause = f": {move.cause}" if move.cause else ""
            canvas.line(f"{moment(move.ts_ns, date=False)}  {move.from_} -> {move.to}{gap}{cause}", indent=6)
        if len(direction.moves) > _MOVES:
            canvas.line(f"... and {len(direction.moves) - _MOVES} more moves", indent=6)


def _tunnels(stream: Stream) -> list[str]:
    """The outer headers of each direction, once where both use the same addresses."""
    lines: list[str] = []
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


def _placement(direction: Direction) -> str:
    words = direction.placement + (f": {direction.cause}" if direction.cause else "")
    return words if direction.expected is not False else f"{words}, not as configured"


def _draw_row(
    canvas: Canvas, label: str, way: str, loads: Mapping[str, int], names: Sequence[str], widths: list[int] | None
) -> None:
    """One label and what each member carried; where the members do not fit side by side, only those that were used."""
    short = "" if way == "unknown" else f"{way} "
    if widths is not None:
        canvas.cells([_LABEL, *widths], [label, *(f"{short}{amount(loads[n])}" if n in loads else "-" for n in names)])
        return
    used = sorted(loads.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} {amount(load)}" for name, load in used[:_USED])
    more = f" ...and {len(used) - _USED} more" if len(used) > _USED else ""
    canvas.labelled(label, f"{text}{more}" or "nowhere", indent=2)


def draw_hosts(canvas: Canvas, report: Report) -> None:
    """Hosts by member, the busiest first."""
    hosts = [host for host in report.hosts if host.role != "teamed"]
    if not hosts:
        return
    canvas.heading("HOSTS")
    names = [member.name for member in report.members if not member.aggregate]
    widths = member_columns(names, canvas.width - _LABEL - 5)
    if widths is not None:
        canvas.cells([_LABEL, *widths], ["", *names], style="quiet")
    for host in sorted(hosts, key=lambda host: (host.role == "other", -sum(host.members.values())))[:_HOSTS]:
        _draw_host(canvas, host, names, widths)
    if len(hosts) > _HOSTS:
        canvas.line(f"... and {len(hosts) - _HOSTS} more; --json has them", indent=2)


def _draw_host(canvas: Canvas, host: Host, names: Sequence[str], widths: list[int] | None) -> None:
    ways = [(way, loads) for way, loads in (("rx", host.rx), ("tx", host.tx)) if loads]
    label = f"{host.host} {host.role}" if host.role != "other" else host.host
    if widths is not None and len(label) > _LABEL:
        canvas.line(label, indent=2)
        label = ""
    for way, loads in ways or [("unknown", host.members)]:
        _draw_row(canvas, label if widths is not None else f"{label} {way}", way, loads, names, widths)
        label = "" if widths is not None else label
