"""What the charts over time have in common, in words; each chart's own title and text are made with its drawing."""

from __future__ import annotations

from flowmap.message import Message, msg, nmsg

__all__ = ["EVERY_PACKET", "MORE_STREAMS", "TITLE", "explained", "near", "not_drawn"]

TITLE = msg("Over time")
MORE_STREAMS = msg("More streams on several members")
EVERY_PACKET = msg("Every packet around a change of member")


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
