"""What the charts over time have in common, in words."""

from __future__ import annotations

from flowmap.document.quantities import moment
from flowmap.message import Message, msg, nmsg

__all__ = [
    "EVERY_PACKET",
    "FROM",
    "MEMBER",
    "MORE_STREAMS",
    "TIME",
    "TITLE",
    "TO",
    "explained",
    "near",
    "not_drawn",
    "part_of_time",
    "since",
]

TITLE = msg("Over time")
MORE_STREAMS = msg("More streams on several members")
EVERY_PACKET = msg("Every packet around a change of member")
MEMBER, TIME, FROM, TO = msg("member"), msg("time, s"), msg("from, s"), msg("to, s")


def explained(moves: int) -> tuple[Message, ...]:
    """Return how the charts are to be read."""
    axis = msg("All charts have the same time axis: what stands below each other happened at the same time.")
    return (axis, msg("A dotted line marks the moment at which a stream moved.")) if moves else (axis,)


def near() -> Message:
    """Return how the charts of single packets are to be read."""
    return msg("A sprayed stream alternates between members packet by packet; a moved one changes once and stays.")


def not_drawn(directions: int) -> Message:
    """Return how many directions of streams have no chart."""
    return nmsg(
        "{count} more stream-direction on several members is not drawn.",
        "{count} more stream-directions on several members are not drawn.",
        directions,
    )


def since(start_ns: int) -> Message:
    """Return the title of the axis of time."""
    return msg("seconds since {time}", time=moment(start_ns))


def part_of_time(start_ns: int, end_ns: int) -> Message:
    """Return what is said where the axis is not the whole capture."""
    return msg(
        "The time around the streams is drawn, from {begin} to {end}; the capture is longer.",
        begin=moment(start_ns, date=False),
        end=moment(end_ns, date=False),
    )
