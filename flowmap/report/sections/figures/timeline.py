"""Streams, and captures, over time, in words: which member carried what, and from when to when each was captured."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.document.model import Direction, Stream
from flowmap.document.quantities import duration, moment
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import Figure

__all__ = ["FILE", "captured_figure", "lane_of", "timeline_figure"]

_MOVES_TOLD = 3
FILE = msg("file")


def timeline_figure(streams: Sequence[Stream], left_out: int, axis_note: Message) -> Figure:
    """Return what the lanes of these streams show. `left_out`: how many more there are."""
    moves = sum(len(d.moves) for s in streams for d in s.directions)
    text = glue(
        nmsg("{count} stream over time, by member.", "{count} streams over time, by member.", len(streams)),
        nmsg("{count} move is marked with its cause.", "{count} moves are marked with their causes.", moves)
        if moves
        else "",
        *_first_moves(streams),
    )
    cut = nmsg("{count} more stream is not drawn.", "{count} more streams are not drawn.", left_out)
    notes = (*((cut,) if left_out > 0 else ()), *((axis_note,) if axis_note else ()))
    return Figure("timeline", msg("Migration streams"), text, notes)


def _first_moves(streams: Sequence[Stream]) -> list[Message]:
    """Return the first moves with their clock times, which an event log has too; the axis has seconds."""
    found = sorted(
        {
            (move.ts_ns, stream.id, move.from_, move.to)
            for stream in streams
            for way in stream.directions
            if way.placement == "moved"
            for move in way.moves
        }
    )
    return [
        msg("{time}: #{stream} from {old} to {new}.", time=moment(ts_ns, date=False), stream=number, old=old, new=new)
        for ts_ns, number, old, new in found[:_MOVES_TOLD]
    ]


def lane_of(stream: Stream, direction: Direction) -> Message:
    """Return what the lane of a direction is called."""
    if direction.direction == "unknown":
        return msg("#{id} from {ip}", id=stream.id, ip=direction.src.ip)
    return msg("#{id} {kind} {way}", id=stream.id, kind=stream.kind, way=direction.direction)


def captured_figure(shared_ns: int, whole_ns: int) -> Figure:
    """Return what the captures' lanes show: how long all members were captured at once, of how long."""
    text = msg(
        "All members were captured together for {shared} of {whole}.",
        shared=duration(max(0, shared_ns)),
        whole=duration(whole_ns),
    )
    return Figure("windows", msg("When each member was captured"), text)
