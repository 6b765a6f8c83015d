"""The report as one picture for a ticket: the verdict, the two claims, hosts -> streams -> members, what to do first.

Drawn as SVG by us, from the report alone; `png` makes the PNG of it. Every number in it is one of the report's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import translate
from flowmap.report.pictures.picture import CARD, draw
from flowmap.report.pictures.svg import box, group, root, text, text_width, wrap
from flowmap.report.sections.answer import commands_to_run, to_do
from flowmap.report.sections.claims import claims_of
from flowmap.report.sections.map import map_figure
from flowmap.report.sections.method import made_line
from flowmap.report.sections.streams.bundles import drawn_of
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import Report
    from flowmap.report.blocks import Claim

__all__ = ["card"]

WIDTH = CARD.width
_MARGIN = 24
_MOST_LINES = 4


def card(report: Report, language: str = "en") -> str:
    """Return the picture as an SVG document, on a ground of its own."""
    page = _Page(report, language)
    page.answer()
    page.claims()
    page.picture()
    page.step()
    page.footer()
    width, height = WIDTH + 2 * _MARGIN, page.y + _MARGIN
    ground = box(-1, -1, width + 2, height + 2, fill="paper", radius=0)
    return root(
        width,
        height,
        ground + group(_MARGIN, 0, "".join(page.parts)),
        label=translate(report.answer.sentence, language),
    )


class _Page:
    """Parts one below the other; `y` is where the next one begins."""

    def __init__(self, report: Report, language: str) -> None:
        self.report = report
        self.language = language
        self.parts: list[str] = []
        self.y = float(_MARGIN)

    def say(self, content: str) -> str:
        return translate(content, self.language)

    def paragraph(
        self,
        content: str,
        *,
        x: float = 0,
        right: float = WIDTH,
        size: float = 14,
        role: str = "ink",
        bold: bool = False,
        most: int = _MOST_LINES,
    ) -> None:
        """Draw a text in lines of its own."""
        for line in wrap(self.say(content), right - x, size, bold=bold, most=most):
            self.parts.append(text(x, self.y + size, line, size=size, role=role, bold=bold))
            self.y += size * 1.35

    def chip(self, word: str, role: str, *, size: float) -> float:
        """Draw a word on its colour and return how wide that is. The line is not ended."""
        width = text_width(word, size, bold=True) + size * 1.2
        self.parts.append(box(0, self.y, width, size * 1.5, fill=role))
        self.parts.append(
            text(width / 2, self.y + size * 1.1, word, size=size, role="paper", anchor="middle", bold=True)
        )
        return width

    def answer(self) -> None:
        verdict = self.report.verdict
        width = self.chip(self.say(word(verdict)).upper(), verdict, size=20)
        self.paragraph(self.report.answer.sentence, x=width + 16, size=19, bold=True, most=5)
        self.y += 12

    def claims(self) -> None:
        """Draw the two of them, one below the other."""
        claims = claims_of(self.report)
        words = [self.say(claim.word) for claim in claims]
        hang = max(text_width(one, 13, bold=True) for one in words) + 13 * 1.2 + 12
        for claim, one in zip(claims, words, strict=True):
            self.claim(one, claim, hang)

    def claim(self, verdict: str, claim: Claim, hang: float) -> None:
        """Draw one claim with its reason, unless the sentence above has said that."""
        self.chip(verdict, claim.verdict, size=13)
        self.paragraph(claim.title, x=hang, bold=True)
        if not claim.told:
            self.paragraph(claim.reason, x=hang)
        if claim.undermined:
            self.paragraph(claim.undermined, x=hang, role="warning")
        self.y += 6

    def picture(self) -> None:
        self.y += 14
        drawn = drawn_of(self.report)
        drawing = draw(self.report, drawn, CARD, self.language)
        self.parts.append(group(0, self.y, drawing.body))
        self.y += drawing.height + 12
        figure = map_figure(self.report, drawn)
        for note in [*([figure.legend] if figure.legend else []), *figure.notes]:
            self.paragraph(note, size=13, role="quiet")
        self.y += 12

    def step(self) -> None:
        """Draw what its owner can do. What would let flowmap say more is for who runs it, not for who gets the picture."""
        place, top = len(self.parts), self.y
        self.y += 10
        for label, content in to_do(self.report).rows:
            self.labelled(f"{self.say(label)}:", content)
        for command in commands_to_run(self.report):
            self.y += 2
            for line in wrap(command.text, WIDTH - 50, 13, most=_MOST_LINES):
                self.parts.append(text(36, self.y + 13, line, role="quiet"))
                self.y += 18
        self.y += 10
        ground = box(0, top, WIDTH, self.y - top, stroke="line") + box(
            0, top, 7, self.y - top, fill=self.report.verdict, radius=3
        )
        self.parts.insert(place, ground)
        self.y += 12

    def labelled(self, label: str, content: str) -> None:
        """Draw a bold word and a paragraph that hangs beside it."""
        self.parts.append(text(18, self.y + 14, label, size=14, bold=True))
        self.paragraph(content, x=18 + text_width(label, 14, bold=True) + 8, right=WIDTH - 14)

    def footer(self) -> None:
        self.paragraph(made_line(self.report), size=13, role="quiet")
