"""One picture of hosts -> streams -> members: a pure function from the report to SVG.

The same report gives the same bytes. How many rows are drawn is bounded, and what is left out is said in the picture.
Colour never stands alone: members are named, trouble has a sign and words. Numbers are those of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from flowmap.message import glue, msg, nmsg, translate
from flowmap.report.labels import TROUBLE, by_urgency, placement_label, remote_host
from flowmap.report.picture_members import MEMBERS_X, MemberBox, draw_members, place_members
from flowmap.report.svg import band, box, curve, fit, member_role, root, text, text_width, warning_sign
from flowmap.report.words import amount

if TYPE_CHECKING:
    from flowmap.report.document import Direction, Report, Stream

__all__ = ["MOST_STREAMS", "WIDTH", "Drawing", "draw", "picture"]

WIDTH = 1040
MOST_STREAMS = 24
_ROOMY = 12
_HOST_WIDTH = 250
_STREAM_X, _STREAM_WIDTH = 330, 340
_TOP = 30
_THICKEST = 9.0


@dataclass(frozen=True)
class Drawing:
    """A picture's body and how large it is."""

    height: float
    body: str


@dataclass(frozen=True)
class _Row:
    """One stream with its place."""

    stream: Stream
    host: str
    y: float
    height: float


def picture(report: Report, language: str = "en") -> str:
    """The picture as an SVG document, WIDTH wide."""
    drawing = draw(report, language)
    return root(WIDTH, drawing.height, drawing.body, label=translate(report.summary, language))


def draw(report: Report, language: str = "en") -> Drawing:
    """The picture's parts from top to bottom: headings, hosts, streams, members, and what it leaves out."""
    judged = [stream for stream in report.streams if stream.judged]
    wanted = by_urgency(judged or report.streams)
    rows = _place(wanted[:MOST_STREAMS], report)
    used = [part.name for row in rows for direction in row.stream.directions for part in direction.members]
    bottom = rows[-1].y + rows[-1].height if rows else _TOP + 60
    members, left_out = place_members(report.members, used, _TOP, bottom)
    bottom = max([bottom, *(one.y + one.height for one in members)])
    shift = (bottom - (rows[-1].y + rows[-1].height)) / 2 if rows else 0
    rows = [_Row(row.stream, row.host, row.y + shift, row.height) for row in rows]
    notes = _notes(report, wanted[MOST_STREAMS:], left_out, bool(judged))
    parts = [
        *_headings(report, bool(judged), language),
        *_links(rows, members),
        *_hosts(rows),
        *[piece for row in rows for piece in _stream(row, language)],
        *draw_members(members, report.members, language),
    ]
    if not rows:
        parts.append(_centred(translate(msg("No TCP stream was captured"), language), _TOP + 36))
    for note in notes:
        bottom += 22
        parts.append(text(0, bottom, translate(note, language), role="quiet"))
    return Drawing(bottom + 8, "".join(parts))


def _place(streams: Sequence[Stream], report: Report) -> list[_Row]:
    """Streams of one host stand together, hosts in the order of their first stream."""
    hosts: dict[str, list[Stream]] = {}
    for stream in sorted(streams, key=lambda stream: stream.id):
        hosts.setdefault(remote_host(stream, report), []).append(stream)
    roomy = len(streams) <= _ROOMY
    height, gap = (38.0, 6.0) if roomy else (22.0, 3.0)
    y = float(_TOP)
    rows = []
    for host, group in hosts.items():
        for stream in group:
            rows.append(_Row(stream, host, y, height))
            y += height + gap
        y += 6
    return rows


def _headings(report: Report, judged: bool, language: str) -> list[str]:
    host = report.team.host
    titles = (
        (0, msg("Remote hosts")),
        (
            _STREAM_X,
            msg("Migration streams") if judged and report.settings.streams == "migration" else msg("TCP streams"),
        ),
        (MEMBERS_X, msg("Members of {host}", host=host) if host else msg("Members")),
    )
    return [text(x, 16, fit(translate(title, language), 330, 14, bold=True), size=14, bold=True) for x, title in titles]


def _hosts(rows: Sequence[_Row]) -> list[str]:
    parts = []
    for host, group in groupby(rows, key=lambda row: row.host):
        own = list(group)
        top, end = own[0].y, own[-1].y + own[-1].height
        parts.append(box(0, top, _HOST_WIDTH, end - top, stroke="line", tip=host))
        size = 14 if text_width(host, 14, bold=True) <= _HOST_WIDTH - 20 else 12
        parts.append(text(10, (top + end) / 2 + 5, fit(host, _HOST_WIDTH - 20, size, bold=True), size=size, bold=True))
    return parts


def _stream(row: _Row, language: str) -> list[str]:
    stream, x, right = row.stream, _STREAM_X, _STREAM_X + _STREAM_WIDTH
    worst = min(stream.directions, key=lambda one: TROUBLE.index(one.placement), default=None)
    alarm = _alarm(worst) if stream.judged else ""
    name = f"#{stream.id} {stream.kind}"
    parts = [box(x, row.y, _STREAM_WIDTH, row.height, stroke=alarm or "line", tip=name)]
    size = amount(stream.payload_bytes)
    if row.height > 30:
        base, words_y, words_x = row.y + 16, row.y + 31, x + 10.0
        words = glue(*(_way(direction, stream) for direction in stream.directions), between=", ")
        room = _STREAM_WIDTH - 20.0
    else:
        base = words_y = row.y + 15.5
        words_x = x + 122.0
        words = glue(_way(worst, stream)) if worst is not None and alarm else glue(*(
            [placement_label(worst)] if worst is not None else []))  # fmt: skip
        room = _STREAM_WIDTH - 132 - text_width(size, 13) - 10
    parts.append(text(x + 10, base, fit(name, 108 if row.height < 30 else 220, 13, bold=True), bold=True))
    parts.append(text(right - 10, base, size, anchor="end"))
    if alarm:
        parts.append(warning_sign(words_x, words_y, alarm))
        words_x, room = words_x + 16, room - 16
    parts.append(text(words_x, words_y, fit(translate(words, language), room, 13), role=alarm or "quiet"))
    return parts


def _way(direction: Direction, stream: Stream) -> str:
    if direction.direction != "unknown":
        return msg("{way} {placement}", way=direction.direction, placement=placement_label(direction))
    if direction.src == stream.client:
        return msg("from client {placement}", placement=placement_label(direction))
    return msg("from server {placement}", placement=placement_label(direction))


def _alarm(direction: Direction | None) -> str:
    """The colour of trouble, empty where there is none."""
    if direction is None or direction.placement in ("single", "mirrored"):
        return ""
    grave = direction.placement == "sprayed" or direction.cause in ("unexplained", "rebalance", "flowlet")
    return "error" if grave and direction.expected is not True else "warning"


def _links(rows: Sequence[_Row], members: Sequence[MemberBox]) -> list[str]:
    """Bands from hosts to their streams, curves from streams to the members that carried them, thick for the bulk."""
    places = {one.name: one for one in members}
    arrivals: dict[str, list[tuple[float, float, bool]]] = {}
    most = max((part.wire_bytes for row in rows for one in row.stream.directions for part in one.members), default=1)
    thickest = _THICKEST if len(rows) <= _ROOMY else _THICKEST / 2
    parts = []
    for row in rows:
        top, end = row.y + row.height * 0.3, row.y + row.height * 0.7
        parts.append(band([(_HOST_WIDTH, top), (_STREAM_X, top), (_STREAM_X, end), (_HOST_WIDTH, end)], "line"))
        bulk = max(row.stream.directions, key=lambda one: sum(part.wire_bytes for part in one.members), default=None)
        for direction in row.stream.directions:
            y = row.y + row.height * (0.35 if direction is bulk else 0.7)
            for part in direction.members:
                if part.name in places:
                    width = 1.5 + thickest * (part.wire_bytes / max(most, 1)) ** 0.5 if direction is bulk else 1.5
                    arrivals.setdefault(part.name, []).append((y, width, direction is not bulk))
    for name, ends in arrivals.items():
        one = places[name]
        step = (one.height - 16) / max(len(ends), 1)
        for position, (y, width, dashed) in enumerate(ends):
            place = (MEMBERS_X, one.y + 8 + step * (position + 0.5))
            parts.append(
                curve((_STREAM_X + _STREAM_WIDTH, y), place, member_role(one.position), width=width, dashed=dashed)
            )
    return parts


def _notes(report: Report, cut: Sequence[Stream], members_cut: int, judged: bool) -> list[str]:
    notes: list[str] = []
    if report.streams:
        notes.append(
            msg("Thick line: the data; dashed: the other direction. Share: part of all bytes captured on the members.")
        )
    if report.streams and not judged:
        notes.append(msg("None of these streams was judged: no migration stream is among them."))
    hidden = len(cut) + (0 if judged else report.totals.streams - report.totals.streams_listed)
    if hidden:
        size = amount(sum(stream.payload_bytes for stream in cut))
        notes.append(
            nmsg(
                "{count} more stream is not drawn ({size}).",
                "{count} more streams are not drawn ({size}).",
                hidden,
                size=size,
            )
            if judged
            else nmsg("{count} more stream is not drawn.", "{count} more streams are not drawn.", hidden)
        )
    if members_cut:
        notes.append(nmsg("{count} more member is not drawn.", "{count} more members are not drawn.", members_cut))
    others = [member.name for member in report.members if member.aggregate]
    if others:
        notes.append(
            nmsg(
                "{name} carries the union of the others and is left out.",
                "{count} interfaces that carry the union of others are left out.",
                len(others),
                name=others[0],
            )
        )
    return notes


def _centred(content: str, y: float) -> str:
    return text(_STREAM_X + _STREAM_WIDTH / 2, y, content, role="quiet", anchor="middle")
