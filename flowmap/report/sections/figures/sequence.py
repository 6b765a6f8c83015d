"""Sequence numbers over time of a stream on several members, in words."""

from __future__ import annotations

from flowmap.document.evidence import SequencePoints
from flowmap.document.model import Direction
from flowmap.document.quantities import endpoint, grouped, moment, plain
from flowmap.message import Message, listed, msg, nmsg
from flowmap.report.blocks import Figure

__all__ = ["KILOBYTES", "MILLISECONDS", "change_figure", "milliseconds_since", "sequence_figure"]

KILOBYTES, MILLISECONDS = msg("kB of the stream"), msg("time, ms")


def sequence_figure(number: int, points: SequencePoints, direction: Direction, drawn: int) -> Figure:
    """Return what the chart of a whole direction shows, of which so many packets are `drawn`."""
    text = msg(
        "Stream {stream}, {flow}: {points} of {packets} packets with payload, drawn on {members}.",
        stream=points.stream,
        flow=_flow(direction),
        points=grouped(drawn),
        packets=grouped(points.packets),
        members=listed([plain(name) for name in points.members]),
    )
    title = msg("#{stream} {flow}: sequence", stream=points.stream, flow=_flow(direction))
    return Figure(f"sequence-{number}", title, text)


def change_figure(number: int, points: SequencePoints, direction: Direction, drawn: int) -> Figure:
    """Return what the chart of every packet around the first change shows."""
    title = msg("#{stream} {flow}: every packet around the first change", stream=points.stream, flow=_flow(direction))
    text = nmsg(
        "{count} packet around the first change of member.", "{count} packets around the first change of member.", drawn
    )
    return Figure(f"change-{number}", title, text)


def milliseconds_since(begin_ns: int) -> Message:
    """Return the title of the axis of time of a chart of single packets."""
    return msg("milliseconds since {time}", time=moment(begin_ns, date=False))


def _flow(direction: Direction) -> str:
    return f"{endpoint(direction.src.ip, direction.src.port)} → {endpoint(direction.dst.ip, direction.dst.port)}"
