"""How a terminal shows each kind of block: paragraphs that hang beside their labels, tables, cells under members' names.

A page of one screen (not `full`) leaves out blocks for those who look closer, and what the answer has said already. It has no
words of its own: texts come with the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from flowmap.message import Message, aside, glue
from flowmap.report import blocks
from flowmap.report.cut import more, more_alike
from flowmap.report.formats.text.matrix import draw_matrix
from flowmap.report.sections.findings import DO, FILTER

if TYPE_CHECKING:
    from flowmap.report.formats.canvas import Canvas

__all__ = ["Printer"]

_BAR = 10
_NOTICES, _NOTICES_FULL = 8, 30
_SAME, _SAME_FULL = 1, 5
_STYLES = {"quiet": "quiet", "trouble": "warning"}


class Printer:
    """Draws blocks on a canvas, one below the other; `full`: also those for people who look closer."""

    def __init__(self, canvas: Canvas, *, full: bool) -> None:
        self.canvas, self.full = canvas, full
        self._drawers: dict[type, Callable[[Any, int], None]] = {
            blocks.Line: self._line,
            blocks.Items: self._items,
            blocks.Pairs: self.pairs,
            blocks.Settings: self._settings,
            blocks.Table: self._table,
            blocks.Matrix: lambda block, _indent: draw_matrix(self.canvas, block, full=self.full),
            blocks.Command: self.command,
            blocks.Finding: self._finding,
            blocks.Notices: self._notices,
        }

    def section(self, section: blocks.Section, *, needed: bool = False) -> None:
        """Draw a heading and its blocks; nothing where there are none, unless it is `needed`."""
        shown = [block for block in section.blocks if self._shown(block)]
        if not shown and not needed:
            return
        about = glue("(", section.about, ")", between="") if section.about else ""
        self.canvas.heading(glue(self.canvas.said(section.title).upper(), about))
        self.draw(shown)
        if not shown:
            self.canvas.line(section.empty, indent=2)

    def draw(self, shown: Iterable[blocks.Block], *, indent: int = 2) -> None:
        """Draw blocks without a heading."""
        for block in shown:
            if self._shown(block):
                self._drawers[type(block)](block, indent)

    def _shown(self, block: blocks.Block) -> bool:
        """Return whether there is something to draw of it on this page."""
        if self.full:
            return True
        if isinstance(block, blocks.Finding):
            return not block.told
        if isinstance(block, blocks.Notices):
            return not all(notice.full for notice in block.rows)
        return not getattr(block, "full", False)

    def _line(self, block: blocks.Line, indent: int) -> None:
        self.canvas.line(block.text, indent=indent, style=_STYLES.get(block.tone, ""))

    def _items(self, block: blocks.Items, indent: int) -> None:
        for line in block.lines:
            self.canvas.line(line, indent=indent)

    def pairs(self, block: blocks.Pairs, indent: int, *, style: str = "") -> None:
        """Draw a line for each pair; those with a title stand beside it."""
        if block.title:
            self._titled(block)
        else:
            for label, text in block.rows:
                self.canvas.labelled(
                    Message("{label}:", {"label": label}), text, label_style=style, indent=indent, gap=1
                )

    def _titled(self, block: blocks.Pairs) -> None:
        """Draw pairs beside their title, as many in a line as fit; the title's first word is a heading's."""
        word, _, name = self.canvas.said(block.title).partition(" ")
        title = f"{word.upper()} {name}".strip()
        room = cell_len(title) + 2
        lines: list[Message] = []
        for label, text in block.rows:
            pair = Message("{label}: {text}", {"label": label, "text": text})
            longer = glue(lines[-1], pair, between="; ") if lines else pair
            if lines and cell_len(self.canvas.said(longer)) <= self.canvas.width - room:
                lines[-1] = longer
            else:
                lines.append(pair)
        self.canvas.labelled(title, lines[0], label_style="heading")
        for line in lines[1:]:
            self.canvas.line(line, indent=room)

    def command(self, block: blocks.Command, indent: int) -> None:
        """Draw a command to copy, below what it is for."""
        if block.label:
            self.canvas.line(Message("{label}:", {"label": block.label}), indent=indent)
        self.canvas.command(block.text, indent=indent + 2 if block.label else indent)

    def _settings(self, block: blocks.Settings, indent: int) -> None:
        self.canvas.line(glue(*(glue(*row) for row in block.rows), between=", "), indent=indent, style="quiet")

    def _table(self, block: blocks.Table, indent: int) -> None:
        """Draw the columns that a narrow page has; then reasons, and what stands in place of the wide columns."""
        kept = [number for number, column in enumerate(block.columns) if not column.wide]
        columns = [block.columns[number] for number in kept]
        if columns:
            header = [column.title if column.short is None else column.short for column in columns]
            rows = [[self._cell(row[number], block.columns[number]) for number in kept] for row in block.rows]
            right = [place for place, column in enumerate(columns) if column.number and not column.bar]
            self.canvas.table(header, rows, right=right)
        for row in block.rows:
            for cell in row if columns else ():
                if (
                    isinstance(cell, blocks.Word)
                    and cell.why
                    and cell.tone != "good"
                    and cell in [row[n] for n in kept]
                ):
                    self.canvas.labelled(
                        glue(blocks.words_of(_bare(row[0])), ":", between=""), cell.why, indent=2, gap=1
                    )
        self.draw(block.narrow, indent=indent)

    def _cell(self, cell: blocks.Cell, column: blocks.Column) -> str:
        if isinstance(cell, blocks.Quantity) and column.bar:
            filled = round(_BAR * (cell.value or 0))
            return f"{'#' * filled}{'.' * (_BAR - filled)} {self.canvas.said(cell.words):>5}"
        if isinstance(cell, blocks.Word):
            return cell.text if cell.short is None else cell.short
        return blocks.words_of(_bare(cell))

    def claims(self, claims: Sequence[blocks.Claim]) -> None:
        """Draw a line for each claim with its numbers; the full page has also the reason, unless the answer has said it."""
        canvas = self.canvas
        room = max(len(canvas.said(claim.word)) for claim in claims)
        for claim in claims:
            short = Message("{title} ({numbers})", {"title": claim.title, "numbers": claim.short})
            verdict = canvas.said(claim.word).ljust(room)
            canvas.labelled(verdict, claim.title if self.full else short, label_style=claim.verdict)
            if self.full and not claim.told:
                canvas.line(claim.reason, indent=room + 2)
            if self.full:
                canvas.line(claim.numbers, indent=room + 2, style="quiet")
            if claim.undermined:
                canvas.line(claim.undermined, indent=room + 2, style="warning")

    def _finding(self, block: blocks.Finding, indent: int) -> None:
        """Draw a title, what it is about, what to do; on one screen filters only of what is not mere information."""
        canvas, shown = self.canvas, _SAME_FULL if self.full else _SAME
        label = glue(block.code, glue(block.word, ":", between=""))
        canvas.labelled(label, block.title, label_style=block.severity, indent=indent, gap=1)
        for case in block.cases[:shown]:
            if not case.told:
                canvas.line(case.explanation, indent=indent + 2)
            if case.filter and (self.full or block.severity != "info"):
                self._filter(case.filter, indent + 2)
        if len(block.cases) > shown:
            canvas.line(more_alike(len(block.cases) - shown), indent=indent + 2)
        if self.full or block.asks:
            canvas.labelled(glue(DO, ":", between=""), block.action, indent=indent + 2, gap=1)
        for command in () if block.answers else block.commands:
            canvas.command(command, indent=indent + 4)

    def _filter(self, text: str, indent: int) -> None:
        """Draw a filter on a line of its own, to be copied; a single word would not be known for one."""
        if " " in text:
            self.canvas.whole(text, indent=indent)
        else:
            self.canvas.labelled(glue(FILTER, ":", between=""), text, indent=indent, gap=1)

    def _notices(self, block: blocks.Notices, indent: int) -> None:
        rows = [notice for notice in block.rows if self.full or not notice.full]
        most = _NOTICES_FULL if self.full else _NOTICES
        for notice in rows[:most]:
            about = glue(blocks.words_of(notice.about), notice.place, between=", ")
            times = aside(notice.times if notice.repeated else "")
            text = glue(about, glue(notice.detail, times, between=""), between=": ")
            label = glue(notice.word, f"{notice.code}:")
            self.canvas.labelled(label, text, label_style=notice.severity, indent=indent, gap=1)
        if len(rows) > most:
            self.canvas.line(more(len(rows) - most), indent=indent)


def _bare(cell: blocks.Cell) -> blocks.Cell:
    """Return the cell without what else there is to know of it."""
    if isinstance(cell, blocks.Name):
        return blocks.Name(cell.text)
    return cell.words if isinstance(cell, blocks.Quantity) else cell
