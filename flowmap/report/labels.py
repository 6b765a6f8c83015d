"""Streams and members in a few words for a person, and the order in which a person wants to see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowmap.message import Message, glue, msg
from flowmap.report.words import speed
from flowmap.verdict.words import word

if TYPE_CHECKING:
    from flowmap.report.document import Direction, Member, Report, Stream

__all__ = [
    "TROUBLE",
    "by_urgency",
    "host_unknown",
    "member_status",
    "placement_label",
    "remote_host",
]

TROUBLE = ("sprayed", "moved", "undecided", "mirrored", "absent", "single")
"""Placements, what a person wants to know of first."""


def by_urgency(streams: Iterable[Stream]) -> list[Stream]:
    """Judged streams first, those with trouble before the others; what was not judged by bytes."""
    return sorted(streams, key=_urgency)


def _urgency(stream: Stream) -> tuple[bool, int, int]:
    worst = min((TROUBLE.index(direction.placement) for direction in stream.directions), default=len(TROUBLE))
    return (not stream.judged, worst if stream.judged else 0, stream.id if stream.judged else -stream.wire_bytes)


def placement_label(direction: Direction) -> Message:
    """Placement with its cause, and whether the configuration does not allow it."""
    label = word(direction.placement)
    if direction.cause is not None:
        label = msg("{placement}: {cause}", placement=label, cause=word(direction.cause))
    return label if direction.expected is not False else msg("{placement}, not as configured", placement=label)


def remote_host(stream: Stream, report: Report) -> str:
    """The stream's end that is not the teamed host; where that is unknown, the host that sends the bulk."""
    for direction in stream.directions:
        if direction.direction != "unknown":
            return direction.src.ip if direction.direction == "rx" else direction.dst.ip
    own = {report.team.host, *report.team.addresses}
    ends = [host for host in (stream.source_host, stream.destination_host) if host is not None and host not in own]
    return ends[0] if ends else stream.client.ip


def host_unknown(report: Report) -> bool:
    """Whether nothing tells which host has the team, and that matters: streams are there, and they are of one team."""
    return report.team.host is None and bool(report.streams) and all(one.code != "FM307" for one in report.findings)


def member_status(member: Member) -> tuple[Message, bool]:
    """LACP and speed in a few words, and whether that is trouble."""
    rate = speed(member.speed_bps) if member.speed_bps is not None else ""
    if member.lacp is not None and member.lacp.bundled is False:
        return msg("NOT in the LACP bundle"), True
    if member.usable is False:
        return msg("not usable for traffic"), True
    words: str = ""
    if member.packets == 0:
        words = msg("no packets")
    elif member.lacp is not None:
        words = msg("in the LACP bundle") if member.lacp.bundled else msg("LACP unclear")
    return glue(words, rate, between=", "), False
