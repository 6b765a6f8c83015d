"""What captures hold, as far as it tells pieces and halves: frames by source and destination MAC, and when they were there.

The end of a file is no dead link. Where one capture ends and another begins, and all stations that were talking at the end of
the one go on in the other without a pause, the two are pieces of one capture, whatever their names. A link that dies looks
different: others go on beside it, or everybody stands still until the loss is noticed and what was lost is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flowmap.capture.inputs.series import Span

__all__ = ["Frames", "Traffic", "successors"]

_LEAST_FRAMES, _LEAST_PAIRS = 4, 2
_PAUSES = 5
"""So many of their mean gaps are no pause."""
_PAUSE_NS = 50_000_000
_GO_ON = 0.9


class Frames(NamedTuple):
    """Frames between two stations one way: how many, first and last time."""

    number: int
    first_ns: int
    last_ns: int


Traffic = Mapping[tuple[int, int], Frames]
"""By source and destination MAC, frames to a single station."""


def successors(spans: Sequence[Span | None], traffic: Sequence[Traffic]) -> dict[int, list[int]]:
    """Return for each capture (by place) those in which all that it held at its end goes on at once."""
    found: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        if span is None or len(traffic[place]) < _LEAST_PAIRS:
            continue
        later = [n for n, other in enumerate(spans) if other is not None and other != span and other[0] >= span[1]]
        going_on = [n for n in later if _goes_on(span, traffic[place], traffic[n])]
        if going_on:
            first = min(spans[n] or span for n in going_on)[0]
            found[place] = [n for n in going_on if (spans[n] or span)[0] <= first + _PAUSE_NS]
    return found


def _goes_on(span: Span, own: Traffic, later: Traffic) -> bool:
    talking = {
        pair: frames for pair, frames in own.items() if frames.number >= _LEAST_FRAMES and _near(frames, span[1])
    }
    if len(talking) < _LEAST_PAIRS:
        return False
    carried = sum(pair in later and _near(frames, later[pair].first_ns) for pair, frames in talking.items())
    return carried >= _GO_ON * len(talking)


def _near(frames: Frames, ts_ns: int) -> bool:
    """Return whether a time is no more than a pause between frames after the last of them."""
    gap = (frames.last_ns - frames.first_ns) // max(1, frames.number - 1)
    return ts_ns - frames.last_ns <= max(_PAUSE_NS, _PAUSES * gap)
