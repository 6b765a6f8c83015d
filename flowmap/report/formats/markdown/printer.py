"""How Markdown has each kind of block: paragraphs, lists, tables that are readable as they are, code in fences.

Words go through `safe` and names through `name`, so that neither can become markup. It has no words of its own: texts come
with the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flowmap.document.quantities import amount
from flowmap.message import Message, glue, translate
from flowmap.report import blocks
from flowmap.report.cut import more, more_alike
from flowmap.report.formats.markdown.escaped import code, fenced, name, safe, table
from flowmap.report.sections.findings import DO, FILTER

__all__ = ["Paragraphs", "Printer"]

Paragraphs = list[list[str]]
"""Paragraphs of lines; a blank line is to stand between two of them."""
_NOTICES = 30
_SAME = 10
_COLUMNS = 8
"""Most members that have a column each in a matrix."""


class Printer:
    """Blocks as paragraphs, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._print: dict[type, Callable[[Any], Paragraphs]] = {
            blocks.Line: lambda block: [[self.say(block.text)]],
            blocks.Items: lambda block: [[f"- {self.say(line)}" for line in block.lines]],
            blocks.Pairs: self.pairs,
            blocks.Settings: lambda block: [[f"- {code(key)}: {self.say(text)}" for key, text in block.rows]],
            blocks.Table: self._table,
            blocks.Matrix: self._matrix,
            blocks.Command: self._command,
            blocks.Claim: lambda block: [list(self._claim(block))],
            blocks.Finding: self._finding,
            blocks.Notices: self._notices,
        }

    def say(self, text: str) -> str:
        """Return a text in the reader's language, as one line that shows exactly itself."""
        return safe(translate(text, self.language))

    def section(self, section: blocks.Section) -> Paragraphs:
        """Return a heading and its blocks; nothing where there are none."""
        if not section.blocks:
            return []
        about = glue(" (", section.about, ")", between="") if section.about else ""
        return [[f"## {self.say(glue(section.title, about, between=''))}"], *self.paragraphs(section.blocks)]

    def paragraphs(self, shown: Sequence[blocks.Block]) -> Paragraphs:
        """Return blocks without a heading."""
        return [paragraph for block in shown for paragraph in self._print[type(block)](block)]

    def pairs(self, block: blocks.Pairs) -> Paragraphs:
        """Return a list of labels in bold and what they stand for; one pair is a paragraph, those with a title a sentence."""
        pairs = [self._pair(label, text) for label, text in block.rows]
        if block.title:
            return [["; ".join(pairs)]]
        return [pairs] if len(pairs) == 1 else [[f"- {pair}" for pair in pairs]] if pairs else []

    def _pair(self, label: str, text: str) -> str:
        return f"**{self.say(Message('{label:capital}:', {'label': glue(label)}))}** {self.say(text)}"

    def _table(self, block: blocks.Table) -> Paragraphs:
        header = [self.say(column.title) for column in block.columns]
        right = [number for number, column in enumerate(block.columns) if column.number]
        return [table(header, [[self._cell(cell) for cell in row] for row in block.rows], right=right)]

    def _cell(self, cell: blocks.Cell) -> str:
        if isinstance(cell, blocks.Name):
            return (
                " ".join([name(cell.text), *([self.say(f"({cell.note})")] if cell.note else [])]) if cell.text else ""
            )
        if isinstance(cell, blocks.Names):
            return ", ".join(map(name, cell.names))
        if isinstance(cell, blocks.StreamNumbers):
            return ", ".join(name(f"#{number}") for number in cell.numbers)
        if isinstance(cell, blocks.Code):
            return name(cell.text)
        words = self.say(blocks.words_of(cell))
        return f"**{words}**" if isinstance(cell, blocks.Word) and cell.tone == "trouble" else words

    def _matrix(self, block: blocks.Matrix) -> Paragraphs:
        """Return a table with a row for each direction, and a column for each member where these are few."""
        names = block.members if len(block.members) <= _COLUMNS else ()
        titles = [column.title for column in block.columns]
        header = [
            self.say(title) for title in (*titles, blocks.DIRECTION, *([blocks.PLACEMENT] if block.placed else []))
        ]
        right = [number for number, column in enumerate(block.columns) if column.number]
        right += range(len(header), len(header) + len(names))
        header += [name(one) for one in names] or [self.say(blocks.MEMBERS)]
        return [table(header, [line for row in block.rows for line in self._row(row, block, names)], right=right)]

    def _row(self, row: blocks.MatrixRow, block: blocks.Matrix, names: Sequence[str]) -> Iterator[list[str]]:
        head = [self._cell(cell) for cell in row.head]
        if row.notes:
            head[1] = " ".join([head[1], *map(self.say, row.notes)])
        for way in row.ways:
            placed = self.say(glue(way.placed, *way.notes, between="; "))
            placement = [f"**{placed}**" if way.state else placed] if block.placed else []
            loads = {load.member: self.say(amount(load.bytes)) for load in way.loads}
            cells = [loads.get(one, "-") for one in names]
            if not names:
                cells = [", ".join(f"{name(member)} {load}" for member, load in loads.items()) or "-"]
            yield [*head, self.say(way.named), *placement, *cells]
            head = [head[0], *[""] * (len(head) - 1)]

    def _command(self, block: blocks.Command) -> Paragraphs:
        return [*([[f"{self.say(block.label)}:"]] if block.label else []), fenced(block.text)]

    def _claim(self, block: blocks.Claim) -> Iterator[str]:
        yield f"- **{self.say(block.title)}: {self.say(block.word)}.** {self.say(block.reason)}"
        yield f"  {self.say(block.numbers)}"
        if block.undermined:
            yield f"  {self.say(block.undermined)}"

    def _finding(self, block: blocks.Finding) -> Paragraphs:
        """Return one title, the cases, and one thing to do."""
        lines = [line for case in block.cases[:_SAME] for line in self._case(case)]
        if len(block.cases) > _SAME:
            lines.append(f"- {self.say(more_alike(len(block.cases) - _SAME))}")
        title = f"### {block.code} {self.say(block.word)}: {self.say(block.title)}"
        return [[title], lines, [self._pair(DO, block.action)], *map(fenced, block.commands)]

    def _case(self, case: blocks.Case) -> Iterator[str]:
        yield f"- {self.say(case.explanation)}"
        facts = [Message("{label}: {text}", {"label": label, "text": text}) for label, text in case.facts]
        if facts:
            yield f"  - {self.say(glue(*facts, between='; '))}"
        if case.filter:
            yield f"  - {self.say(glue(FILTER, ':', between=''))} {code(case.filter)}"

    def _notices(self, block: blocks.Notices) -> Paragraphs:
        lines = [self._notice(notice) for notice in block.rows[:_NOTICES]]
        if len(block.rows) > _NOTICES:
            lines.append(f"- {self.say(more(len(block.rows) - _NOTICES))}")
        return [lines]

    def _notice(self, notice: blocks.Notice) -> str:
        said = [notice.place, notice.times if notice.repeated else "", notice.undermines]
        facts = ", ".join([*map(name, notice.about.names), *(self.say(text) for text in said if text)])
        return f"- {self.say(notice.word)} `{notice.code}`: {self.say(notice.detail)}{f' ({facts})' if facts else ''}"
