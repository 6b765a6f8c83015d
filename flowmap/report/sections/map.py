"""The map of hosts, streams and members: its title and columns, what stands in its boxes, what is not in it.

How many characters a box has room for, the drawing decides: of words there are several, from all to the shortest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.quantities import amount
from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.report.blocks import Figure, Quantity
from flowmap.report.sections.streams.bundles import Bundle, Drawn, worst_direction
from flowmap.report.sections.streams.limits import limit_counts
from flowmap.report.sections.streams.order import judged_of
from flowmap.report.sections.streams.rows import placement_label, sender_of
from flowmap.report.sections.team.host import host_unknown, several_hosts
from flowmap.report.sections.team.members import member_state
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Direction, Member, Report, Stream

__all__ = [
    "NOTHING",
    "headings",
    "host_words",
    "map_figure",
    "member_words",
    "rest_words",
    "short_member_words",
    "stream_titles",
    "stream_words",
]

NOTHING = msg("No TCP stream was captured")
_LEGEND = msg(
    "Thick line: the data; dashed: the other direction. Sizes: bytes on the wire. Shares: parts of these streams' data, not of "
    "all bytes."
)


def map_figure(report: Report, drawn: Drawn) -> Figure:
    """Return what the map is called, how much of the data each member carried, and what is not in it."""
    loads = {member.name: 0 for member in report.members if not member.aggregate} | drawn.loads
    parts = [
        msg("{member} {share}", member=name, share=Quantity(load / (drawn.total or 1), "share").words)
        for name, load in loads.items()
    ]
    text = msg(
        "{streams}; share of the data: {shares}.",
        streams=nmsg("{count} stream", "{count} streams", drawn.count),
        shares=listed(parts),
    )
    legend = _LEGEND if report.streams else glue()
    return Figure("map", _title(report, drawn), text, tuple(_notes(report, drawn)), legend)


def _title(report: Report, drawn: Drawn) -> Message:
    ways = drawn.ways if judged_of(report.streams) else set()
    if ways == {"rx"}:
        return msg("Where the data went: received from the hosts, placed by the switch")
    if ways == {"tx"}:
        return msg("Where the data went: sent to the hosts, placed by this host")
    return msg("Where the data of each stream went")


def _notes(report: Report, drawn: Drawn) -> list[Message]:
    """Return what is not in the map."""
    notes: list[Message] = []
    if report.streams and not any(stream.judged for stream in report.streams):
        notes.append(msg("None of these streams was judged: no migration stream is among them."))
        hidden = report.totals.streams - report.totals.streams_listed
        if hidden > 0:
            notes.append(nmsg("{count} more stream is not drawn.", "{count} more streams are not drawn.", hidden))
    if limits := limit_counts(report):
        notes.append(limits)
    if host_unknown(report):
        notes.append(msg("Which host has the team is not known."))
    if tunnels := _tunnels(drawn):
        notes.append(tunnels)
    others = [member.name for member in report.members if member.aggregate]
    if others:
        left_out = nmsg(
            "{name} carries the union of the others and is left out.",
            "{count} interfaces that carry the union of others are left out.",
            len(others),
            name=others[0],
        )
        notes.append(left_out)
    return notes


def _tunnels(drawn: Drawn) -> Message | None:
    """Return what a team sees of streams in tunnels, which are drawn with the hosts inside."""
    pairs = list(dict.fromkeys(tuple(sorted(pair)) for pair in drawn.outer))
    if not pairs:
        return None
    facts = {"one": pairs[0][0], "other": pairs[0][1]}
    return nmsg(
        "Hosts are those inside the tunnels. The team hashes the outer addresses: {one} and {other}.",
        "Hosts are those inside the tunnels. The team hashes the outer addresses: {count} pairs, such as {one} and {other}.",
        len(pairs),
        **facts,
    )


def headings(report: Report, *, roomy: bool) -> tuple[Message, Message, Message]:
    """Return what the columns of hosts, streams and members hold."""
    judged = any(stream.judged for stream in report.streams)
    migrations = judged and report.settings.streams == "migration"
    own = roomy and report.team.host is not None and not several_hosts(report)
    return (
        msg("Remote hosts") if report.team.host or not report.streams else msg("Sending hosts"),
        (msg("Migration streams") if migrations else msg("TCP streams")) if roomy else msg("Streams"),
        msg("Members of {host}", host=report.team.host) if own else msg("Members"),
    )


def host_words(bundles: Sequence[Bundle]) -> tuple[str, Message]:
    """Return the title and the detail of a host's box."""
    hosts, streams = bundles[0].hosts, sum(bundle.count for bundle in bundles)
    title: str = hosts[0] if len(hosts) == 1 else nmsg("{count} host", "{count} hosts", len(hosts))
    return title, nmsg("{count} stream", "{count} streams", streams)


def stream_titles(bundle: Bundle) -> list[Message]:
    """Return the title of a stream's box, and a longer one where there is more to say."""
    one = bundle.lead
    if bundle.count > 1:
        return [nmsg("{count} stream", "{count} streams", bundle.count)]
    named = msg("#{id} {kind}", id=one.id, kind=one.kind)
    if not one.encapsulation:
        return [named]
    return [named, msg("#{id} {kind} in {tunnel}", id=one.id, kind=one.kind, tunnel=one.encapsulation)]


def stream_words(stream: Stream, *, mixed: bool = False) -> list[Message]:
    """Return its placement, from all that can be said of it to the shortest; `mixed`: others in its box differ."""
    said = _stream_words(stream)
    return [msg("some: {placement}", placement=one) for one in said] if mixed else said


def _stream_words(stream: Stream) -> list[Message]:
    worst = worst_direction(stream)
    if worst is None:
        return [word("absent")]
    labels = {placement_label(direction) for direction in stream.directions}
    if len(labels) == 1 and all(direction.direction == "unknown" for direction in stream.directions):
        return [placement_label(worst), word(worst.cause or worst.placement)]
    if all(direction.placement == "mirrored" for direction in stream.directions):
        recorded = msg("recorded on {members} members, counted once", members=len(worst.members))
        return [recorded, placement_label(worst)]
    all_ways = glue(*(_way(direction, stream) for direction in stream.directions), between=", ")
    shortest = word(worst.cause or worst.placement)
    sided = glue(worst.direction, shortest) if worst.direction != "unknown" else placement_label(worst)
    return [all_ways, _way(worst, stream), sided, shortest, word(worst.placement)]


def _way(direction: Direction, stream: Stream) -> Message:
    return glue(sender_of(direction, stream), placement_label(direction))


def member_words(member: Member) -> tuple[Message, Message]:
    """Return what a member's box has below its bar: its load, and its state with its speed."""
    if member.tx_bytes is None or member.rx_bytes is None:
        load = msg("{size}, direction not known", size=amount(member.wire_bytes))
    else:
        load = msg("rx {rx}, tx {tx}", rx=amount(member.rx_bytes), tx=amount(member.tx_bytes))
    state = member_state(member)
    if state.tone == "trouble":
        return load, state.text
    rate = Quantity(member.speed_bps, "speed").words if member.speed_bps is not None else ""
    return load, glue(state.text if state.tone != "quiet" else state.why, rate, between=", ")


def short_member_words(member: Member, share: Message, *, used: bool, shortest: bool) -> Message:
    """Return what a small box says of a member: that it is out, or without streams, else its share of the data."""
    if member_state(member).tone == "trouble":
        out = member.lacp is not None and member.lacp.bundled is False
        return msg("not in LACP") if out else msg("not usable")
    if not used:
        return msg("no stream")
    return share if shortest else msg("{share} of data", share=share)


def rest_words(members: int, share: Message) -> tuple[Message, Message]:
    """Return the title and the detail of the box of members that have none of their own."""
    return nmsg("{count} more member", "{count} more members", members), msg("{share} of data", share=share)
