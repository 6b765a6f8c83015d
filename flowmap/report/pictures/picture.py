"""One picture of hosts -> streams -> members, for the PNG, for notebooks, and wide or narrow for the page.

A pure function from the report to SVG: the same report gives the same bytes. Three columns, each spread over the whole
height; ribbons in the members' colours, as wide as their bytes. How many boxes there are is bounded: more streams are
drawn as groups, and what is left out is said. Colour never stands alone: members are named, trouble has a sign and words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flowmap.dataclass import dataclass
from flowmap.document.quantities import amount
from flowmap.message import Message, glue, translate
from flowmap.report.blocks import Quantity
from flowmap.report.pictures.boxes import Box, alarm_of, draw_box
from flowmap.report.pictures.svg import curve, fit, member_role, root, text, wrap
from flowmap.report.sections.map import (
    NOTHING,
    headings,
    host_words,
    map_figure,
    member_words,
    rest_words,
    short_member_words,
    stream_titles,
    stream_words,
)
from flowmap.report.sections.streams.bundles import Bundle, Drawn, drawn_of
from flowmap.report.sections.team.members import member_state

if TYPE_CHECKING:
    from flowmap.document.model import Member, Report

__all__ = ["CARD", "PAGE", "PHONE", "Drawing", "Shape", "draw", "picture"]

_MOST_MEMBERS = {True: 16, False: 8}
_TOP = 26.0
_ANSWERS = 1.5
_UNKNOWN_FONT = 1.2


@dataclass(frozen=True)
class Shape:
    """How the picture is laid out: `columns` are (x, width) of hosts, streams, members; `size` is that of titles.

    `roomy`: members have their load, LACP and speed in words too, and a bar for their share.
    """

    width: float
    columns: tuple[tuple[float, float], ...]
    size: float
    most: int
    least_height: float
    roomy: bool = False
    answers: bool = True
    """Whether the direction with less payload is drawn too."""

    @property
    def row(self) -> float:
        return self.size * 3.4

    @property
    def member_row(self) -> float:
        return self.size * 6 if self.roomy else self.row


CARD = Shape(1040, ((0, 250), (340, 330), (790, 250)), 14, 12, 130, roomy=True)
PAGE = Shape(640, ((0, 150), (214, 190), (466, 174)), 13, 9, 230)
PHONE = Shape(360, ((0, 98), (118, 112), (250, 110)), 11.5, 5, 130, answers=False)


@dataclass(frozen=True)
class Drawing:
    """A picture's body and how large it is."""

    width: float
    height: float
    body: str


def picture(report: Report, language: str = "en") -> str:
    """Return the picture as an SVG document with its notes: as wide as CARD, or as a notebook's cell where that is narrower."""
    drawn = drawn_of(report)
    drawing = draw(report, drawn, CARD, language)
    parts, height = [drawing.body], drawing.height
    figure = map_figure(report, drawn)
    for note in [*([figure.legend] if figure.legend else []), *figure.notes]:
        for line in wrap(translate(note, language), drawing.width, 13):
            height += 20
            parts.append(text(0, height - 6, line, role="quiet"))
    label = translate(report.answer.sentence, language)
    return root(drawing.width, height, "".join(parts), label=label, fitted=True)


def draw(
    report: Report, drawn: Drawn, shape: Shape, language: str = "en", signs: Mapping[str, str] | None = None
) -> Drawing:
    """Return headings, boxes and ribbons. `signs`: a character for each member, to tell it by without its colour."""
    return _Layout(report, drawn, shape, language, signs or {}).drawing()


class _Layout:
    """Boxes in three columns, each spread over the whole height, and the curves between them."""

    def __init__(self, report: Report, drawn: Drawn, shape: Shape, language: str, signs: Mapping[str, str]) -> None:
        self.report, self.shape, self.language, self.signs = report, shape, language, signs
        self.bundles = drawn.bundles(shape.most)
        own = [member for member in report.members if not member.aggregate]
        self.positions = {member.name: number for number, member in enumerate(own)}
        self.members = _shown(own, self.bundles, _MOST_MEMBERS[shape.roomy])
        self.left_out = len(own) - len(self.members)
        self.hosts: dict[tuple[str, ...], list[Bundle]] = {}
        for bundle in self.bundles:
            self.hosts.setdefault(bundle.hosts, []).append(bundle)
        ends = len(self.members) + bool(self.left_out)
        gap = shape.size * 0.9
        needed = max(max(len(self.bundles), len(self.hosts)) * (shape.row + gap), ends * (shape.member_row + gap))
        self.height = _TOP + max(shape.least_height, needed)
        self.total = sum(bundle.total for bundle in self.bundles)

    def say(self, content: str) -> str:
        return translate(content, self.language)

    def drawing(self) -> Drawing:
        shape = self.shape
        streams = [
            self._stream(one, y) for one, y in zip(self.bundles, self._rows(len(self.bundles), shape.row), strict=True)
        ]
        hosts = [
            self._host(own, y)
            for own, y in zip(self.hosts.values(), self._rows(len(self.hosts), shape.row), strict=True)
        ]
        places = self._rows(len(self.members) + bool(self.left_out), shape.member_row)
        members = {one.name: self._member(one, y) for one, y in zip(self.members, places, strict=False)}
        rest = self._rest(places[-1]) if self.left_out else None
        curves = self._curves(dict(zip(self.hosts, hosts, strict=True)), streams, members, rest)
        boxes = [*hosts, *streams, *members.values(), *([rest] if rest else [])]
        parts = [*self._headings(), *curves, *(draw_box(one, shape.size) for one in boxes)]
        if not streams:
            room = shape.columns[2][0] - 8
            nothing = fit(self.say(NOTHING), room, 13)
            parts.append(text(room / 2, _TOP + 36, nothing, role="quiet", anchor="middle"))
        return Drawing(shape.width, self.height + 2, "".join(parts))

    def _headings(self) -> list[str]:
        """Return what each column holds."""
        roomy = self.shape.roomy
        size, role = (14, "ink") if roomy else (12, "quiet")
        return [
            text(x, 16, fit(self.say(title), width, size, bold=roomy), size=size, bold=roomy, role=role)
            for title, (x, width) in zip(headings(self.report, roomy=roomy), self.shape.columns, strict=True)
        ]

    def _rows(self, number: int, height: float) -> list[float]:
        """Return tops of so many boxes, spread evenly."""
        free = self.height - _TOP
        return [_TOP + free * (index + 0.5) / number - height / 2 for index in range(number)]

    def _box(self, column: int, y: float, title: str, *details: str) -> Box:
        x, width = self.shape.columns[column]
        height = self.shape.member_row if column == 2 else self.shape.row
        stretch = 1.0 if self.shape.roomy else _UNKNOWN_FONT
        return Box(x, y, width, height, self.say(title), tuple(self.say(one) for one in details), stretch=stretch)

    def _host(self, bundles: Sequence[Bundle], y: float) -> Box:
        return self._box(0, y, *host_words(bundles))

    def _stream(self, bundle: Bundle, y: float) -> Box:
        title, *longer = stream_titles(bundle)
        size = self.say(amount(bundle.total))
        box = self._box(1, y, title)
        for one in longer:
            box = box.titled(self.say(one), size, self.shape.size)
        words = [self.say(one) for one in stream_words(bundle.lead, mixed=bundle.mixed)]
        return replace(box, alarm=alarm_of(bundle.lead)).filled(size, words, self.shape.size)

    def _share(self, loads: int) -> Message:
        return Quantity(loads / (self.total or 1), "share").words

    def _member(self, member: Member, y: float) -> Box:
        data = sum(bundle.data.get(member.name, 0) for bundle in self.bundles)
        share, trouble = self._share(data), member_state(member).tone == "trouble"
        sign = self.signs.get(member.name, "")
        if self.shape.roomy:
            details: tuple[str, ...] = ("", *member_words(member))
        else:
            used = bool(data) or any(member.name in bundle.answers for bundle in self.bundles)
            details = (short_member_words(member, share, used=used, shortest=self.shape is PHONE),)
        box = self._box(2, y, glue(sign, member.name), *details)
        return replace(
            box,
            tip=member.name,
            role=member_role(self.positions[member.name]),
            alarm="error" if trouble else "",
            idle=trouble or not data,
            bar=(data / (self.total or 1), self.say(share)) if self.shape.roomy else None,
        )

    def _rest(self, y: float) -> Box:
        """Return members that have no box of their own."""
        shown = {member.name for member in self.members}
        loads = sum(load for bundle in self.bundles for name, load in bundle.data.items() if name not in shown)
        return replace(self._box(2, y, *rest_words(self.left_out, self._share(loads))), idle=True)

    def _curves(
        self, hosts: Mapping[tuple[str, ...], Box], streams: Sequence[Box], members: Mapping[str, Box], rest: Box | None
    ) -> list[str]:
        """Draw from each host to its streams and on to the members; data thick and above the answers."""
        most = max((bundle.total for bundle in self.bundles), default=0) or 1
        under: list[str] = []
        over: list[str] = []
        for bundle, box in zip(self.bundles, streams, strict=True):
            start = hosts[bundle.hosts]
            over.append(curve(start.right, box.left, "line", width=_thick(bundle.total, most, self.shape)))
            lines = [(name, load, True) for name, load in bundle.data.items()]
            lines += [(name, load, False) for name, load in bundle.answers.items() if self.shape.answers]
            lines.sort(key=lambda line: (members[line[0]].y if line[0] in members else self.height, not line[2]))
            step = min(8.0, (box.height - 8) / max(1, len(lines) - 1))
            shift = -step * (len(lines) - 1) / 2
            for name, load, data in lines:
                end = members.get(name, rest)
                if end is not None:
                    role, tip = end.role or "quiet", f"{box.tip or box.title} → {name}: {self.say(amount(load))}"
                    width = _thick(load, most, self.shape) if data else _ANSWERS
                    place = (box.right[0], box.right[1] + shift), (end.left[0], end.left[1] + shift)
                    (over if data else under).append(curve(*place, role, width=width, dashed=not data, tip=tip))
                shift += step
        return under + over


def _thick(load: int, most: int, shape: Shape) -> float:
    return 2 + shape.size * 0.7 * load / most


def _shown(own: Sequence[Member], bundles: Sequence[Bundle], most: int) -> list[Member]:
    """Return members that get a box: where there are too many, those that carried something, then the busiest."""
    used = {name for bundle in bundles for name in (*bundle.data, *bundle.answers)}
    ranked = sorted(own, key=lambda member: (member.name not in used, -member.wire_bytes))
    kept = {member.name for member in ranked[: most if len(own) <= most else most - 1]}
    return [member for member in own if member.name in kept]
