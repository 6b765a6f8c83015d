"""The order in which a person wants to see streams, and how to find one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmap.document.listing import StreamListing, Urgency, urgency

if TYPE_CHECKING:
    from flowmap.document.model import Report, Stream

__all__ = ["by_urgency", "judged_of", "remote_host", "stream_of"]


def by_urgency(streams: Sequence[Stream], most: int) -> list[Stream]:
    """Return at most so many: judged streams first, those with trouble before the others; what was not judged by bytes."""
    if isinstance(streams, StreamListing):
        return streams.most_urgent(most)
    return sorted(streams, key=_urgency)[:most]


def _urgency(stream: Stream) -> Urgency:
    return urgency(
        stream.id, stream.judged, stream.wire_bytes, [direction.placement for direction in stream.directions]
    )


def judged_of(streams: Sequence[Stream]) -> int:
    """Return how many of them are judged."""
    return streams.judged if isinstance(streams, StreamListing) else sum(stream.judged for stream in streams)


def stream_of(streams: Sequence[Stream], number: int) -> Stream | None:
    """Return the stream of this id; None: it is not listed."""
    if isinstance(streams, StreamListing):
        at = bisect_left(streams, number, key=lambda stream: stream.id)
        streams = streams[at : at + 1]
    return next((stream for stream in streams if stream.id == number), None)


def remote_host(stream: Stream, report: Report) -> str:
    """Return the stream's end that is not the teamed host; where that is unknown, the host that sends the bulk."""
    for direction in stream.directions:
        if direction.direction != "unknown":
            return direction.src.ip if direction.direction == "rx" else direction.dst.ip
    own = {report.team.host, *report.team.addresses}
    ends = [host for host in (stream.source_host, stream.destination_host) if host is not None and host not in own]
    return ends[0] if ends else stream.client.ip
