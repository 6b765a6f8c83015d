"""How the page has each kind of cell: numbers with the value to sort by, shares with a bar, names apart from words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from markupsafe import Markup

from flowmap.document.quantities import amount
from flowmap.message import Message, glue
from flowmap.report import blocks
from flowmap.report.cut import and_more
from flowmap.report.formats.html.charts.drawing import shortened
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.speech import Speech

__all__ = ["Cells"]

_LINKS = 8
_MEMBER_COLUMNS = 6
"""Most members that have a column each in a matrix."""
_NAME = 16
"""Most characters of a member's name in a matrix."""
_TONES = {"good": "l-good", "trouble": "l-out", "quiet": "l-none"}


class Cells:
    """Cells in one language. `marks`: those of members; `listed`: streams that the page has a row of."""

    def __init__(self, speech: Speech, marks: Mapping[str, Mark], listed: Collection[int]) -> None:
        self.speech, self.marks, self.listed = speech, marks, listed
        self._anchored: set[str] = set()

    def anchor(self, code: str) -> Markup:
        """Return the attribute that links to a finding lead to: of a code's first one only."""
        if code in self._anchored:
            return Markup("")
        self._anchored.add(code)
        return Markup(' id="{}"').format(code)

    def text(self, value: str) -> Markup:
        """Return a text in the reader's language."""
        return Markup("{}").format(self.speech.text(value))

    def member(self, name: str, most: int = 1000) -> Markup:
        """Return a member's name with its mark; a long one is shortened, and whole as its title."""
        mark = self.marks.get(name)
        shown = self.speech.text(name)
        sign = Markup('<span aria-hidden="true">{}</span> ').format(mark.sign) if mark else ""
        title = Markup(' title="{}"').format(shown) if len(shown) > most else ""
        css = f" {mark.css}" if mark else ""
        return Markup('<span class="mem{}"{}>{}<bdi>{}</bdi></span>').format(css, title, sign, shortened(shown, most))

    def head(self, cell: blocks.Cell) -> Markup:
        """Return the cell that names its row."""
        return Markup('<th scope="row"{}>{}</th>').format(self._sorted(cell), self._inside(cell))

    def cell(self, cell: blocks.Cell, column: blocks.Column, member: str = "", notes: Iterable[Message] = ()) -> Markup:
        """Return any other cell, with notes on its row; a bar has the colour of the row's member."""
        css = "n" if column.number else ""
        if isinstance(cell, blocks.Word) and cell.tone:
            css = _TONES[cell.tone]
        if column.bar and isinstance(cell, blocks.Quantity) and member in self.marks:
            css = f"n {self.marks[member].css} h{round(100 * (cell.value or 0))}"
        named = Markup(' class="{}"').format(css) if css else ""
        small = Markup("").join(Markup(" <small>{}</small>").format(self.text(note)) for note in notes)
        return Markup("<td{}{}>{}{}</td>").format(named, self._sorted(cell), self._inside(cell), small)

    def _sorted(self, cell: blocks.Cell) -> Markup:
        """Return the value that a column is sorted by."""
        if isinstance(cell, blocks.Quantity) and cell.value is not None:
            return Markup(' data-v="{}"').format(cell.value)
        return Markup("")

    def _inside(self, cell: blocks.Cell) -> Markup:
        if isinstance(cell, blocks.MemberName | blocks.Name):
            shown = self.member(cell.text) if isinstance(cell, blocks.MemberName) else self._name(cell.text)
            return Markup("{} <small>{}</small>").format(shown, self._name(cell.note)) if cell.note else shown
        if isinstance(cell, blocks.Names):
            return self._name(glue(*cell.names, between=", "))
        if isinstance(cell, blocks.StreamNumbers):
            return self.streams(cell.numbers)
        if isinstance(cell, blocks.Code):
            return Markup("<code>{}</code>").format(self.speech.text(cell.text))
        if isinstance(cell, blocks.Word) and cell.why:
            return Markup("{}: <bdi>{}</bdi>").format(self.text(cell.text), self.text(cell.why))
        if isinstance(cell, blocks.Quantity) and cell.note:
            return Markup("{}<small>{}</small>").format(self.text(cell.words), self.text(cell.note))
        words = (
            cell.words if isinstance(cell, blocks.Quantity) else cell.text if isinstance(cell, blocks.Word) else cell
        )
        return self.text(words) if words else Markup("–")

    def _name(self, name: str) -> Markup:
        """Return a name, whose letters may be written right to left and must not turn their surroundings."""
        return Markup("<bdi>{}</bdi>").format(self.speech.text(name)) if name else Markup("–")

    def streams(self, numbers: Iterable[int]) -> Markup:
        """Return streams by their numbers, with links to the rows that there are."""
        every = list(numbers)
        shown = [
            Markup('<a href="#s{0}">#{0}</a>').format(one) if one in self.listed else Markup(f"#{one:d}")
            for one in every[:_LINKS]
        ]
        more = [self.text(and_more(len(every) - _LINKS))] if len(every) > _LINKS else []
        return Markup(" ").join([Markup(", ").join(shown), *more])

    def linked(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """Return those streams that the page has a row of, as many as are linked."""
        return tuple(one for one in numbers if one in self.listed)[:_LINKS]

    def members(self, matrix: blocks.Matrix) -> tuple[str, ...]:
        """Return the members that have a column each; none where they are too many."""
        return matrix.members if len(matrix.members) <= _MEMBER_COLUMNS else ()

    def member_head(self, name: str) -> Markup:
        """Return the head of a member's column."""
        return Markup('<th scope="col">{}</th>').format(self.member(name, _NAME))

    def way(self, matrix: blocks.Matrix, row: blocks.MatrixRow, group: str) -> Markup:
        """Return the cells of one direction of a row: its placement, and what each member carried."""
        way = next((way for way in row.ways if way.group == group), None)
        loads = {load.member: load.bytes for load in way.loads} if way else {}
        total = sum(loads.values()) or 1
        names = self.members(matrix)
        parts = [self._placed(way)] if matrix.placed else []
        if names:
            parts += [self._load(name, loads.get(name, 0), total, known=name in loads) for name in names]
        else:
            used = sorted((name for name, load in loads.items() if load), key=lambda name: -loads[name])
            said = [
                Markup("{} {}").format(self.member(name, _NAME), self.text(amount(loads[name])))
                for name in used[:_MEMBER_COLUMNS]
            ]
            parts.append(Markup("<td>{}</td>").format(Markup(", ").join(said)))
        return Markup("").join(parts)

    def _placed(self, way: blocks.Way | None) -> Markup:
        if way is None:
            return Markup("<td></td>")
        css = Markup(' class="p-{}"').format(way.state) if way.state else ""
        notes = glue(*way.notes, between=", ")
        small = Markup(" <small>{}</small>").format(self.text(notes)) if notes else ""
        return Markup("<td{}>{}{}</td>").format(css, self.text(way.placed), small)

    def _load(self, name: str, load: int, total: int, *, known: bool) -> Markup:
        text = self.text(amount(load)) if load or known else ""
        if not load or name not in self.marks:
            return Markup('<td class="n">{}</td>').format(text if load else "")
        css = f"n {self.marks[name].css} h{round(100 * load / total)}"
        return Markup('<td class="{}" data-v="{}">{}</td>').format(css, load, text)

    def total(self, row: blocks.MatrixRow) -> Markup:
        """Return the cell with the sum of all members and directions of a row."""
        size = sum(way.total for way in row.ways)
        return Markup('<td class="n" data-v="{}">{}</td>').format(size, self.text(amount(size)))

    def capital(self, label: Message | str) -> Message:
        """Return a label as it begins a line; a name stays as it is."""
        return Message("{label:capital}", {"label": glue(label)})
