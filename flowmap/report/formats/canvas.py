"""A page of text of a given width: paragraphs, tables, cells by member. rich lays it out; nothing here is markup.

Messages are said in the language of the page. Everything printed goes through `plain`, so that names from captures can
neither steer a terminal nor style the text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flowmap.document.quantities import plain
from flowmap.message import translate

__all__ = ["STYLES", "Canvas", "member_columns"]

STYLES = {
    "pass": "bold green",
    "by-design": "bold cyan",
    "not-applicable": "dim",
    "fail": "bold red",
    "inconclusive": "bold yellow",
    "error": "red",
    "warning": "yellow",
    "info": "cyan",
    "heading": "bold",
    "quiet": "dim",
}
_CELL = 11
"""Columns that `rx 999.9 MB` needs."""
_WORD = r"""(?:'[^']*'|"[^"]*"|[^\s'"]|['"])+"""
_COMMAND_WORDS = re.compile(rf"-\S+ (?!-){_WORD}|{_WORD}")
"""As a shell parts them, but an option with what follows it."""
_LEAST = 5
"""A column is not folded to fewer if others can be."""


class Canvas:
    """Lines of at most `width` columns, with ANSI colour only where `color` says so."""

    def __init__(self, width: int, color: bool, language: str = "en") -> None:
        self.width = width
        self.language = language
        self._buffer = io.StringIO()
        self._console = Console(
            file=self._buffer,
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def text(self) -> str:
        """Return all that was drawn, no blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._buffer.getvalue().splitlines()) + "\n"

    def said(self, text: str) -> str:
        """Return a text as it is printed: in the language of the page, and harmless."""
        return plain(translate(text, self.language))

    def blank(self) -> None:
        self._console.print()

    def heading(self, title: str) -> None:
        """Begin a new part of the page."""
        self.blank()
        self.line(title, style="heading")

    def line(self, text: str, *, style: str = "", indent: int = 0) -> None:
        """Draw a paragraph, wrapped at the width."""
        self.labelled("", text, text_style=style, indent=indent, gap=0)

    def labelled(
        self, label: str, text: str, *, label_style: str = "", text_style: str = "", indent: int = 0, gap: int = 2
    ) -> None:
        """Draw a label and a paragraph that hangs beside it, or stands below it where the label is long."""
        shown = Text(self.said(label), STYLES.get(label_style, label_style), overflow="fold")
        body = Text(self.said(text), STYLES.get(text_style, text_style), overflow="fold")
        room = cell_len(shown.plain)
        if room > max(8, self.width // 3):
            self._console.print(Padding(shown, (0, 0, 0, indent)))
            self._console.print(Padding(body, (0, 0, 0, indent + 2)))
        elif label:
            table = Table.grid(padding=0, pad_edge=False)
            table.add_column(width=room + gap, overflow="fold")
            table.add_column(overflow="fold")
            table.add_row(shown, body)
            self._console.print(Padding(table, (0, 0, 0, indent)))
        else:
            self._console.print(Padding(body, (0, 0, 0, indent)))

    def whole(self, text: str, *, indent: int = 0) -> None:
        """Draw a line that is never wrapped, however wide, because it is to be copied."""
        self._console.print(Text(" " * indent + self.said(text)), soft_wrap=True)

    def command(self, command: str, *, indent: int = 0) -> None:
        """Draw a command to copy: a line ends between two words only, with a backslash, however long a word is."""
        lines = [""]
        for word in _COMMAND_WORDS.findall(self.said(command)):
            if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) + 2 > self.width - indent:
                lines.append("  ")
            lines[-1] += word if not lines[-1].strip() else f" {word}"
        for number, line in enumerate(lines):
            end = "" if number == len(lines) - 1 else " \\"
            self._console.print(Text(" " * indent + line + end), no_wrap=True, overflow="ignore", crop=False)

    def room(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
        """Return the columns of the terminal that a table takes at least if nothing is to fold."""
        told = [[self.said(cell) for cell in row] for row in (header, *rows)]
        return sum(max(map(cell_len, column)) + 1 for column in zip(*told, strict=True)) + 1

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Sequence[int] = (),
        fold: Sequence[int] | None = None,
    ) -> None:
        """Draw a table; `right` has the columns of numbers.

        Long cells are folded, never cut; `fold`: in these columns only, as long as that is enough.
        """
        room = self.room(header, rows)
        gap = (
            2 if room + len(header) - 1 <= self.width else 1
        )  # longer words in one language must not fold another's cells
        if fold is not None:
            stiff = [index for index in range(len(header)) if index not in fold]
            rest = self.width - self.room([header[i] for i in stiff], [[row[i] for i in stiff] for row in rows])
            fold = fold if rest >= (_LEAST + 1) * len(fold) else None
        table = Table(box=None, show_header=bool(header), header_style="dim", padding=(0, gap, 0, 0), pad_edge=False)
        for index, title in enumerate(header):
            table.add_column(
                Text(self.said(title)),
                justify="right" if index in right else "left",
                overflow="fold",
                no_wrap=fold is not None and index not in fold,
            )
        for row in rows:
            table.add_row(*(Text(self.said(cell), overflow="fold") for cell in row))
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def cells(self, widths: Sequence[int], row: Sequence[str], *, style: str = "", indent: int = 2) -> None:
        """Draw one row of columns with fixed widths, so that rows printed apart stand under each other."""
        table = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
        for width in widths:
            table.add_column(width=width, overflow="fold")
        table.add_row(*(Text(self.said(cell), STYLES.get(style, style), overflow="fold") for cell in row))
        self._console.print(Padding(table, (0, 0, 0, indent)))


def member_columns(names: Sequence[str], room: int) -> list[int] | None:
    """Return widths of one column per member in `room` columns, a blank between them; None where they do not fit."""
    if not names:
        return None
    even = room // len(names) - 1
    if even < _CELL:
        return None
    return [min(even, max(_CELL, cell_len(plain(name)))) for name in names]
