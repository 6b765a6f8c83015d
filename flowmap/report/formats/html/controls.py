"""The words on what a reader operates: buttons, filters, folded parts, links. They are of the page, not of the report."""

from __future__ import annotations

from flowmap.message import Message, msg, nmsg

__all__ = ["CONTROLS", "SCRIPT", "filter_of", "made", "more_alike"]

CONTROLS: dict[str, Message] = {
    "skip": msg("Skip to the answer"),
    "sections": msg("Sections"),
    "offline": msg("This file needs no network; it holds names and addresses out of the captures."),
    "undrawn": msg("There is no stream to draw."),
    "picture": msg("Which hosts' streams went over which members"),
}
SCRIPT: dict[str, Message] = {
    "copy": msg("Copy"),
    "copied": msg("Copied"),
    "shown": msg("{count} shown", count="{count}"),
    "sorted": msg("Sorted by {count}", count="{count}"),
}
"""What the script says."""


def made(at: str) -> Message:
    """Return when the report was made, for the foot of the page."""
    return msg("made {time}", time=at)


def filter_of(title: str) -> Message:
    """Return what the field says that filters the rows of a table."""
    return msg("Filter {what}", what=title)


def more_alike(number: int) -> Message:
    """Return how many cases a folded part holds."""
    return nmsg("One more like these", "{count} more like these", number)
