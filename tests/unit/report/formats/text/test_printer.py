"""Blocks on a terminal: one screen leaves out what is for those who look closer, a narrow page has no wide columns."""

from __future__ import annotations

import pytest

from flowmap.message import msg
from flowmap.report import blocks
from flowmap.report.formats.canvas import Canvas
from flowmap.report.formats.text.printer import Printer


def drawn(*shown: blocks.Block, full: bool = False, width: int = 60) -> str:
    canvas = Canvas(width, color=False)
    Printer(canvas, full=full).draw(shown)
    return canvas.text()


@pytest.mark.parametrize(
    "block",
    [
        blocks.Line("closer", full=True),
        blocks.Items((msg("closer"),), full=True),
        blocks.Pairs((("closer", "x"),), full=True),
        blocks.Settings((("closer", "x"),), full=True),
        blocks.Command("closer", full=True),
        blocks.Finding("FM204", "info", "info", "closer", (), "x", told=True),
    ],
)
def test_one_screen_leaves_out_what_is_for_a_closer_look(block: blocks.Block) -> None:
    assert "closer" not in drawn(block)
    assert "closer" in drawn(block, full=True)


def test_a_section_that_is_left_out_has_no_heading_unless_it_is_needed() -> None:
    section = blocks.Section("x", msg("Hosts"), (blocks.Line("x", full=True),), empty=msg("none"))
    canvas = Canvas(60, color=False)
    Printer(canvas, full=False).section(section)
    assert canvas.text().strip() == ""
    Printer(canvas, full=False).section(section, needed=True)
    assert canvas.text().split() == ["HOSTS", "none"]


def test_wide_columns_give_way_to_lines_and_reasons_stand_below() -> None:
    columns = (blocks.Column("member"), blocks.Column("state", short="LACP"), blocks.Column("switch", wide=True))
    word = blocks.Word(msg("NOT in the LACP bundle"), "trouble", msg("NOT in"), "no answer")
    table = blocks.Table("Members", columns, ((blocks.Name("nic1"), word, "sw1"),), (blocks.Line("instead"),))
    assert [line.split() for line in drawn(table).splitlines()] == [
        ["member", "LACP"],
        ["nic1", "NOT", "in"],
        ["nic1:", "no", "answer"],
        ["instead"],
    ]


def test_a_share_is_drawn() -> None:
    columns = (blocks.Column("member"), blocks.Column("share", number=True, bar=True))
    table = blocks.Table("Members", columns, ((blocks.Name("nic1"), blocks.Quantity(0.31, "share")),))
    assert "###.......  31 %" in drawn(table)


def test_pairs_with_a_title_stand_beside_it_and_break_between_two() -> None:
    pairs = blocks.Pairs((("teamed host", "10.0.0.1"), ("mode", "LACP"), ("captured", "x" * 30)), title=msg("Team"))
    assert drawn(pairs).splitlines() == ["TEAM  teamed host: 10.0.0.1; mode: LACP", f"      captured: {'x' * 30}"]
