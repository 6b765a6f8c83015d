"""Blocks as Markdown: words and names stay what they are, and each kind of block has its form."""

from __future__ import annotations

from flowmap.message import msg
from flowmap.report import blocks
from flowmap.report.formats.markdown.printer import Printer

PRINTER = Printer("en")


def printed(*shown: blocks.Block) -> list[list[str]]:
    return PRINTER.paragraphs(shown)


def test_a_section_without_blocks_has_no_heading() -> None:
    assert PRINTER.section(blocks.Section("x", msg("Claims"), ())) == []
    section = blocks.Section("x", msg("Hosts"), (blocks.Line("*a*"),), about=msg("bytes on the wire"))
    assert PRINTER.section(section) == [["## Hosts (bytes on the wire)"], ["\\*a\\*"]]


def test_lists_labels_settings_and_commands() -> None:
    assert printed(blocks.Items((msg("one"), msg("two")))) == [["- one", "- two"]]
    assert printed(blocks.Pairs(((msg("mode"), "<b>"),))) == [["**Mode:** &lt;b>"]]
    pairs = ((msg("mode"), "1"), ("nic1", "2"))
    assert printed(blocks.Pairs(pairs)) == [["- **Mode:** 1", "- **nic1:** 2"]]
    assert printed(blocks.Pairs(pairs, title=msg("Team"))) == [["**Mode:** 1; **nic1:** 2"]]
    assert printed(blocks.Settings((("spread_alpha", "0.05"),))) == [["- `spread_alpha`: 0.05"]]
    assert printed(blocks.Command("flowmap analyze a", label="run")) == [["run:"], ["```", "flowmap analyze a", "```"]]


def test_in_a_table_numbers_are_at_the_right_names_in_code_and_trouble_stands_out() -> None:
    columns = (blocks.Column("member"), blocks.Column("state"), blocks.Column("packets", number=True))
    row = (blocks.Name("a|b"), blocks.Word(msg("not usable"), "trouble"), blocks.Quantity(12_000, "count"))
    other = (blocks.Name("nic_2"), blocks.Word(msg("in the LACP bundle"), "good"), blocks.Quantity(7, "count"))
    (lines,) = printed(blocks.Table("Members", columns, (row, other)))
    assert [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]] == [
        ["a&#124;b", "**not usable**", "12,000"],
        ["`nic_2`", "in the LACP bundle", "7"],
    ]
    assert lines[1].rstrip(" |").endswith("-:")
