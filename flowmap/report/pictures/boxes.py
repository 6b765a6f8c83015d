"""Boxes of the picture: what stands in them as far as it fits, and how they look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flowmap.dataclass import dataclass
from flowmap.report.pictures.svg import box, fit, text, text_width, titled, warning_sign
from flowmap.report.sections.streams.bundles import worst_direction

if TYPE_CHECKING:
    from flowmap.document.model import Stream

__all__ = ["Box", "alarm_of", "draw_box"]

_PAD = 9.0
_SIGN = 15.0


@dataclass(frozen=True)
class Box:
    """A title and lines of detail. `role`: a member's colour; `alarm`: that of trouble, or empty; `idle`: with a dashed edge.

    `aside` stands at the right of the title; `bar` is a share as a bar and in words, in place of the first detail.
    """

    x: float
    y: float
    width: float
    height: float
    title: str
    details: tuple[str, ...] = ()
    aside: str = ""
    tip: str = ""
    role: str = ""
    alarm: str = ""
    idle: bool = False
    bar: tuple[float, str] | None = None
    stretch: float = 1.0
    """How much wider than measured text may be drawn, where the font is not known."""

    @property
    def left(self) -> tuple[float, float]:
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> tuple[float, float]:
        return self.x + self.width, self.y + self.height / 2

    @property
    def room(self) -> float:
        return self.width - 2 * _PAD - (7 if self.role else 0)

    def wide(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return how wide a text may be drawn."""
        return text_width(text, size, bold=bold) * self.stretch

    def cut(self, text: str, room: float, size: float, *, bold: bool = False) -> str:
        """Return the text, its middle left out where it may be too wide."""
        return fit(text, room / self.stretch, size, bold=bold)

    def titled(self, title: str, aside: str, size: float) -> Box:
        """Return the box with a longer title, if that fits beside `aside`."""
        needed = self.wide(title, size, bold=True) + self.wide(aside, size) + 12
        return replace(self, title=title) if needed <= self.room else self

    def filled(self, aside: str, words: Sequence[str], size: float) -> Box:
        """Return the box with `aside` beside its title, where there is room, and the first of `words` that fits."""
        small = size - 1
        if self.wide(self.title, size, bold=True) + self.wide(aside, small) + 10 > self.room:
            words = [aside, *words] if not self.alarm else words
            aside = ""
        room = self.room - (_SIGN if self.alarm else 0)
        chosen = next((one for one in words if self.wide(one, small, bold=bool(self.alarm)) <= room), words[-1])
        return replace(self, aside=aside, details=(chosen,))


def alarm_of(stream: Stream) -> str:
    """Return the colour of a judged stream's trouble, empty where there is none."""
    worst = worst_direction(stream)
    if worst is None or not stream.judged or worst.placement in ("single", "mirrored"):
        return ""
    grave = worst.placement == "sprayed" or worst.cause in ("unexplained", "rebalance", "flowlet")
    return "error" if grave and worst.expected is not True else "warning"


@dataclass(frozen=True)
class _Line:
    """Where a line of a box is written, and in which size."""

    left: float
    base: float
    size: float


def draw_box(one: Box, size: float) -> str:
    """Return the box with its texts, cut in their middle where they are too wide."""
    small = size - 1
    left, base = one.x + _PAD + (7 if one.role else 0), one.y + size * 1.45
    parts = [
        box(
            one.x,
            one.y,
            one.width,
            one.height,
            fill="paper",
            stroke=one.alarm or one.role or "line",
            wide=bool(one.alarm or one.role),
            dashed=one.idle,
        ),
    ]
    if one.role:
        parts.append(box(one.x, one.y, 7, one.height, fill=one.role, radius=3))
    room = one.room - (one.wide(one.aside, small) + 10 if one.aside else 0)
    parts.append(text(left, base, one.cut(one.title, room, size, bold=True), size=size, bold=True))
    if one.aside:
        parts.append(text(left + one.room, base, one.aside, size=small, anchor="end"))
    base += size * 1.35
    for number, detail in enumerate(one.details):
        if one.bar is not None and number == 0:
            parts += _bar(one, left, base)
        else:
            parts += _detail(one, detail, _Line(left, base, small), last=number == len(one.details) - 1)
        base += size * 1.3
    return titled(one.tip or one.title, "".join(parts))


def _detail(one: Box, detail: str, at: _Line, *, last: bool) -> list[str]:
    """Draw a line; trouble is told in the last one, with a sign before it."""
    left, base, size = at.left, at.base, at.size
    if not (one.alarm and last):
        return [text(left, base, one.cut(detail, one.room, size), size=size, role="quiet")]
    if one.wide(detail, size, bold=True) > one.room - _SIGN:
        shown = one.cut(detail, one.room, size, bold=True)
        return [text(left, base, shown, size=size, role=one.alarm, bold=True)]
    shown = detail
    return [warning_sign(left, base, one.alarm), text(left + _SIGN, base, shown, size=size, role=one.alarm, bold=True)]


def _bar(one: Box, left: float, base: float) -> list[str]:
    share, words = one.bar or (0.0, "")
    wide = one.room - 50
    parts = [box(left, base - 9, wide, 9, fill="paper", stroke="line", radius=2)]
    if share:
        parts.append(box(left, base - 9, max(wide * share, 1), 9, fill=one.role, radius=2))
    return [*parts, text(left + one.room, base, words, anchor="end")]
