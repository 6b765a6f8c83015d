"""How a terminal shows streams and hosts by member: in two lines each, or with a column for each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from flowmap.document.quantities import amount
from flowmap.message import Message, glue
from flowmap.report.blocks import words_of
from flowmap.report.formats.canvas import member_columns
from flowmap.report.sections.streams.rows import used_members

if TYPE_CHECKING:
    from flowmap.report.blocks import Matrix, MatrixRow, Way
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_matrix"]

_LABEL = 21
_LABEL_WIDE = 32
_WIDE = 120


def draw_matrix(canvas: Canvas, matrix: Matrix, *, full: bool) -> None:
    """Draw each row in two lines, if they are long enough for it, and each reason once; `full`: each direction by itself."""
    if not full:
        for row in matrix.rows:
            _draw_short(canvas, row)
        for reason in dict.fromkeys(way.reason for row in matrix.rows for way in row.ways if way.reason):
            canvas.line(reason, indent=2)
        return
    columns = _Columns(canvas, matrix)
    columns.header()
    for row in matrix.rows:
        columns.row(row)


def _draw_short(canvas: Canvas, row: MatrixRow) -> None:
    canvas.labelled(row.label, row.text, indent=2, gap=1)
    for line in row.notes:
        canvas.line(line, indent=4)
    canvas.line(row.brief, indent=4)


class _Columns:
    """A column for each member; where they do not fit side by side, only those that were used."""

    def __init__(self, canvas: Canvas, matrix: Matrix) -> None:
        self.canvas, self.matrix = canvas, matrix
        self.room = _LABEL if canvas.width < _WIDE else _LABEL_WIDE
        self.widths = member_columns(matrix.members, canvas.width - self.room - 5)

    def header(self) -> None:
        """Draw the members' names."""
        if self.widths is not None:
            self.canvas.cells([self.room, *self.widths], ["", *self.matrix.members], style="quiet")

    def row(self, row: MatrixRow) -> None:
        """Draw what a row is about, if that takes a line of its own, and its directions."""
        if self.matrix.placed:
            label = glue(*(words_of(cell) for cell in row.head[:2]))
            self.canvas.labelled(label, row.text, indent=2)
            for line in row.notes:
                self.canvas.line(line, indent=4)
            for way in row.ways:
                self._way(Message("  {label}", {"label": self._placed(way)}), way)
            return
        label = glue(row.label)
        for way in (way for way in row.ways if way.loads):
            self._way(label if self.widths is not None else glue(label, way.named), way)
            label = glue() if self.widths is not None else label

    def _placed(self, way: Way) -> Message | str:
        """Return the placement of a direction, with who sends where that is not in its cells."""
        if way.named == way.group:
            return way.placed if self.widths is not None else glue(way.named, way.placed)
        return glue(way.placed, way.named, between=", ")

    def _way(self, label: Message | str, way: Way) -> None:
        loads = {load.member: load.bytes for load in way.loads}
        if self.widths is None:
            self.canvas.labelled(label, used_members(loads), indent=2)
        else:
            if cell_len(self.canvas.said(label)) > self.room:
                self.canvas.line(label, indent=2)
                label = glue()
            short = way.named if way.named == way.group else ""
            cells = [glue(short, amount(loads[name])) if name in loads else "-" for name in self.matrix.members]
            self.canvas.cells([self.room, *self.widths], [label, *cells])
        for line in (*way.notes, *way.moves):
            self.canvas.line(line, indent=6)
