"""Cells of the page: names are escaped, numbers have a value to sort by, only streams with a row are linked."""

from __future__ import annotations

from flowmap.message import msg
from flowmap.report.blocks import Column, Load, Matrix, MatrixRow, MemberName, Name, Quantity, StreamNumbers, Way, Word
from flowmap.report.formats.html.cells import Cells
from flowmap.report.formats.html.charts.marks import marks_of
from flowmap.report.formats.html.speech import Speech

CELLS = Cells(Speech("de"), marks_of(["nic1", "nic2"]), {1, 2})
NUMBER = Column("payload", number=True)


def test_a_number_has_its_value_and_the_decimal_mark_of_the_language() -> None:
    assert CELLS.cell(Quantity(9_499_347, "bytes"), NUMBER) == '<td class="n" data-v="9499347">9,5 MB</td>'


def test_a_share_has_a_bar_in_the_colour_of_its_member() -> None:
    column = Column("share", number=True, bar=True)
    assert CELLS.cell(Quantity(0.333, "share"), column, "nic2") == '<td class="n m1 h33" data-v="0.333">33 %</td>'


def test_names_are_text() -> None:
    assert CELLS.head(Name("<b>")) == '<th scope="row"><bdi>&lt;b&gt;</bdi></th>'
    assert "<script" not in CELLS.head(MemberName("<script>", "<i>"))
    assert "&lt;i&gt;" in CELLS.head(MemberName("<script>", "<i>"))


def test_only_streams_with_a_row_are_linked_and_many_are_counted() -> None:
    assert CELLS.streams((1, 3)) == '<a href="#s1">#1</a>, #3'
    assert str(CELLS.cell(StreamNumbers(tuple(range(20))), Column("streams"))).endswith("und 12 weitere</td>")


def test_trouble_has_its_reason() -> None:
    word = Word(msg("NOT in the LACP bundle"), "trouble", why="<no answer>")
    assert str(CELLS.cell(word, Column("state"))).startswith('<td class="l-out">')
    assert "&lt;no answer&gt;" in CELLS.cell(word, Column("state"))


def test_a_code_is_anchored_once() -> None:
    cells = Cells(Speech("en"), {}, ())
    assert [cells.anchor("FM103"), cells.anchor("FM103")] == [' id="FM103"', ""]


def test_with_many_members_only_the_used_ones_are_named() -> None:
    way = Way("rx", "rx", (Load("nic7", 5), Load("nic3", 9), Load("nic4", 0)))
    row = MatrixRow((Name("x"),), (way,))
    matrix = Matrix("", (), tuple(f"nic{n}" for n in range(9)), (("rx", "rx"),), (row,), placed=False)
    said = str(CELLS.way(matrix, row, "rx"))
    assert said.index("nic3") < said.index("nic7")
    assert "nic4" not in said
