"""How every report tells what it left out: nothing is cut silently, and the JSON report has all of it."""

from __future__ import annotations

from flowmap.message import Message, nmsg

__all__ = ["and_more", "more", "more_alike"]


def more(number: int) -> Message:
    """Return how many more there are of what stands above."""
    return nmsg("{count} more is in the JSON report.", "{count} more are in the JSON report.", number)


def more_alike(number: int) -> Message:
    """Return how many more findings ask for the same."""
    return nmsg("The same holds for one more.", "The same holds for {count} more.", number)


def and_more(number: int) -> Message:
    """Return how many follow those that a list names."""
    return nmsg("and {count} more", "and {count} more", number)
