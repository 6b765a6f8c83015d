"""Streams and members in a few words for a person, and the order in which a person wants to see them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.listing import StreamListing, Urgency, urgency
from flowmap.document.quantities import amount, grouped, moment, speed
from flowmap.message import Message, aside, glue, listed, msg, nmsg
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.members import Team
    from flowmap.document.model import Direction, Member, Report, ReportSettings, Stream

__all__ = [
    "HOST_SOURCES",
    "ROLES",
    "by_urgency",
    "copies_text",
    "counted_text",
    "host_text",
    "host_unknown",
    "judged_of",
    "left_out_text",
    "member_status",
    "placement_label",
    "remote_host",
    "several_hosts",
    "stream_of",
    "window_text",
]

ROLES = {
    "teamed": msg("teamed host"),
    "source": msg("source"),
    "destination": msg("destination"),
    "both": msg("both"),
    "other": msg("other"),
}
"""What a host is to the migrations, as a column has it."""


def left_out_text(member: Member) -> Message:
    """Why a member is no part of the team that is judged."""
    return msg("belongs to another team") if member.other_team else msg("carries the union of the others")


def copies_text(member: Member) -> Message:
    """Whose copies are all that a member holds."""
    return msg("only copies of the packets of {other}, so no place of its own", other=member.copy_of or "?")


def counted_text(member: Member) -> Message:
    """What counters say of a member: packets, what was dropped, what passed the host's stack. Empty where they say nothing."""
    own = member.counters
    if own is None:
        return glue()
    parts: list[Message] = []
    if own.rx_packets is not None and own.tx_packets is not None:
        packets = own.rx_packets + own.tx_packets
        parts.append(nmsg("{number} packet", "{number} packets", packets, number=grouped(packets)))
    if dropped := sum(count or 0 for count in (own.rx_drops, own.tx_drops)):
        parts.append(msg("{number} dropped", number=grouped(dropped)))
    if errors := sum(count or 0 for count in (own.rx_errors, own.tx_errors)):
        parts.append(nmsg("{number} error", "{number} errors", errors, number=grouped(errors)))
    for what, received, sent in (
        ("RDMA", own.rdma_rx_bytes, own.rdma_tx_bytes),
        ("SR-IOV", own.vf_rx_bytes, own.vf_tx_bytes),
    ):
        if past := (received or 0) + (sent or 0):
            parts.append(msg("{what} {amount}", what=what, amount=amount(past)))
    return glue(*parts, between=", ")


def by_urgency(streams: Sequence[Stream], most: int) -> list[Stream]:
    """At most so many: judged streams first, those with trouble before the others; what was not judged by bytes."""
    if isinstance(streams, StreamListing):
        return streams.most_urgent(most)
    return sorted(streams, key=_urgency)[:most]


def _urgency(stream: Stream) -> Urgency:
    return urgency(
        stream.id, stream.judged, stream.wire_bytes, [direction.placement for direction in stream.directions]
    )


def judged_of(streams: Sequence[Stream]) -> int:
    """How many of them are judged."""
    return streams.judged if isinstance(streams, StreamListing) else sum(stream.judged for stream in streams)


def stream_of(streams: Sequence[Stream], number: int) -> Stream | None:
    """The stream of this id; None: it is not listed."""
    if isinstance(streams, StreamListing):
        at = bisect_left(streams, number, key=lambda stream: stream.id)
        streams = streams[at : at + 1]
    return next((stream for stream in streams if stream.id == number), None)


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


HOST_SOURCES = {
    "option": msg("as named"),
    "description": msg("as described"),
    "direction": msg("by recorded direction"),
    "mac": msg("by its MAC"),
    "migration": msg("common to all migrations"),
    "neighbor": msg("by ARP or neighbor discovery"),
    "lacp": msg("by LACP"),
}
"""How the teamed host was found."""


def host_text(team: Team) -> Message:
    """Return the teamed host with how it was found: "10.0.0.100 (by its MAC)"."""
    if team.host is None:
        return word("unknown")
    several = team.host_source == "option" and len(team.addresses) > 1
    host = listed(team.addresses) if several else glue(team.host)
    return glue(host, aside(HOST_SOURCES.get(team.host_source, "")), between="")


def host_unknown(report: Report) -> bool:
    """Whether nothing tells which host has the team, and that matters: streams are there, and they are of one team."""
    return report.team.host is None and bool(report.streams) and not several_hosts(report)


def window_text(settings: ReportSettings) -> Message:
    """The time that was judged, where one was asked for, and which numbers are of the whole captures all the same."""
    start, end = settings.from_ns, settings.to_ns
    if start is None and end is None:
        return glue()
    begin = msg("from {time}", time=moment(start)) if start is not None else ""
    until = msg("to {time}", time=moment(end)) if end is not None else ""
    return msg("{window}; packets and share of all bytes are of the whole captures", window=glue(begin, until))


def several_hosts(report: Report) -> bool:
    """Whether the captures are of several hosts, or of several teams of one."""
    return any(one.code == "FM307" for one in report.findings)


def member_status(member: Member) -> tuple[Message, bool]:
    """LACP and speed in a few words, and whether that is trouble."""
    rate = speed(member.speed_bps) if member.speed_bps is not None else ""
    if member.lacp is not None and member.lacp.bundled is False:
        return msg("NOT in the LACP bundle"), True
    if member.copy_of is not None:
        return copies_text(member), False
    if member.usable is False:
        return msg("not usable for traffic"), True
    words: str = ""
    if member.packets == 0:
        words = msg("no packets")
    elif member.lacp is not None:
        words = msg("in the LACP bundle") if member.lacp.bundled else msg("LACP unclear")
    return glue(words, rate, between=", "), False
