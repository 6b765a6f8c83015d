"""Which captures are pieces of one another, now that the times of their packets are known.

In: the plan's captures, each with its window. Out: the same captures, those of one series under its name and in the order of
their times, and doubts: files that look like pieces where the rule (see `series`) cannot be sure.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from flowmap.capture.inputs.plan import PlannedCapture
from flowmap.capture.inputs.series import Span, common_start, following
from flowmap.dataclass import dataclass
from flowmap.message import Message, glue, listed, msg

__all__ = ["Doubt", "Settled", "settle"]

_ORDERED = ("name", "series")
_LEAST_WIDTH = 5
"""Counters of this many digits need no zero in front to be told from numbers that people give."""


@dataclass(frozen=True)
class Doubt:
    """Captures that may or may not be of one member; `text` says why, and how to name them."""

    paths: tuple[str, ...]
    text: Message


@dataclass(frozen=True)
class Settled:
    """`order` are places in what was given, `captures` those captures, named as far as they are pieces."""

    order: list[int]
    captures: list[PlannedCapture]
    doubts: list[Doubt]


def settle(captures: Sequence[PlannedCapture], spans: Sequence[Span | None]) -> Settled:
    """Join the pieces among `captures`; `spans` are their windows, None where there are no packets with a time."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, one in enumerate(captures):
        groups.setdefault(_group(one), []).append(place)
    order: list[int] = []
    settled: list[PlannedCapture] = []
    doubts: list[Doubt] = []
    for (name_from, _, _), places in groups.items():
        own = [captures[place] for place in places]
        if name_from not in _ORDERED and len(places) > 1:
            joined = _are_pieces(own, [spans[place] for place in places])
            if joined:
                own = [_in_series(one) for one in own]
            elif joined is None:
                doubts.append(_doubt(own))
        if own[0].name_from in _ORDERED:
            ranked = sorted(range(len(own)), key=lambda n: _rank(own[n], spans[places[n]], n))
            own = [replace(own[n], order=rank) for rank, n in enumerate(ranked)]
            places = [places[n] for n in ranked]
        order += places
        settled += own
    return Settled(order, settled, doubts)


def _group(one: PlannedCapture) -> tuple[str, str, str]:
    """Return what captures have in common that may be one member's."""
    if one.name_from == "name":
        return "name", one.member or "", ""
    if one.name_from == "series":
        return "series", one.series, ""
    return "piece", one.folder, one.piece.key or one.path


def _are_pieces(own: Sequence[PlannedCapture], spans: Sequence[Span | None]) -> bool | None:
    """Return whether they are pieces (True), captures of their own (False), or neither can be shown (None)."""
    kinds = {one.piece.kind for one in own}
    if kinds == {"none"}:
        return False
    timed = [span for span in spans if span is not None]
    if kinds & {"behind", "time"}:
        return following(timed)
    numbers = [one.piece.number[0] for one in own]
    padded = len({len(number) for number in numbers}) == 1 and (
        len(numbers[0]) >= _LEAST_WIDTH or any(number.startswith("0") for number in numbers)
    )
    return len(timed) > 1 and padded and following(timed, closely=True)


def _in_series(one: PlannedCapture) -> PlannedCapture:
    """Return name a piece as the pieces share it; where the names hold nothing but times, by their folder."""
    stem = one.piece.stem or os.path.basename(one.folder.rstrip("/")) or "capture"
    return replace(one, member=stem, name_from="series", series=os.path.join(one.folder, one.piece.key))


def _rank(one: PlannedCapture, span: Span | None, place: int) -> tuple[bool, int, tuple[str, int], int]:
    """Return what orders captures by the first packet; those without packets come last, by name."""
    return span is None, span[0] if span else 0, one.piece.number if span is None else ("", 0), place


def _doubt(own: Sequence[PlannedCapture]) -> Doubt:
    names = [os.path.basename(one.path) for one in own]
    stem = own[0].piece.stem or "NIC1"
    common = common_start(names)
    how = msg("{name}={pattern}", name=stem, pattern=f"'{os.path.join(os.path.dirname(own[0].path), common)}*'")
    return Doubt(
        tuple(one.path for one in own),
        msg(
            "{names} look like pieces of one capture by their names, but some of them hold the same time: say which files are "
            "of one member, each with NAME=PATTERN, as in {how}",
            names=listed(names),
            how=glue(how),
        ),
    )
