"""A page of text: nothing wider than asked for, nothing lost, and what is to be copied stays whole."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from rich.cells import cell_len

from flowmap.report.formats.canvas import Canvas, member_columns

LONG = "the first host sends to the second one and the second one answers " * 4


def drawn(canvas: Canvas) -> list[str]:
    return canvas.text().splitlines()


@pytest.mark.parametrize("width", [20, 41, 80, 200])
@pytest.mark.parametrize("text", [LONG, "x" * 300, "漢字" * 100, "a\tb\x1b[31mc"])
def test_paragraphs_keep_the_width_and_lose_nothing(width: int, text: str) -> None:
    canvas = Canvas(width, color=False)
    canvas.line(text, indent=3)
    lines = drawn(canvas)
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(canvas.said(text).split())
    assert all(line.startswith("   ") for line in lines)


def test_no_name_steers_the_terminal_or_styles_the_text() -> None:
    canvas = Canvas(80, color=False)
    canvas.line("[bold]a[/bold] :smile: \x1b[2J")
    assert drawn(canvas) == ["[bold]a[/bold] :smile: \\x1b[2J"]


def test_colour_only_where_it_is_asked_for() -> None:
    plain, coloured = Canvas(80, color=False), Canvas(80, color=True)
    for canvas in (plain, coloured):
        canvas.line("it is so", style="fail")
    assert plain.text() == "it is so\n"
    assert coloured.text() == "\x1b[1;31mit is so\x1b[0m\n"  # ECMA-48: bold, red


def test_a_label_hangs_where_it_is_short_and_stands_above_where_it_is_long() -> None:
    canvas = Canvas(40, color=False)
    canvas.labelled("why", "one two three four five six seven eight nine")
    canvas.labelled("a label of some length", "one two")
    assert drawn(canvas) == [
        "why  one two three four five six seven",
        "     eight nine",
        "a label of some length",
        "  one two",
    ]


def test_commands_break_between_words_so_that_a_shell_reads_the_same() -> None:
    command = "flowmap analyze --mode 802.3ad --local 10.0.0.1 'a name with blanks.pcap' " + "x" * 60
    canvas = Canvas(40, color=False)
    canvas.command(command, indent=2)
    lines = drawn(canvas)
    assert len(lines) > 3
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert not lines[-1].endswith("\\")
    echoed = 'words() { printf "%s\\n" "$@"; }; words ' + "\n".join(lines)
    read = subprocess.run(["sh", "-c", echoed], capture_output=True, text=True, check=True).stdout
    assert read.splitlines() == shlex.split(command)
    assert any("--mode 802.3ad" in line for line in lines)  # an option stays with its value


def test_a_line_to_copy_is_never_wrapped() -> None:
    canvas = Canvas(20, color=False)
    canvas.whole("y" * 90, indent=2)
    assert drawn(canvas) == ["  " + "y" * 90]


def test_tables_fold_where_they_may() -> None:
    header, rows = ["name", "number"], [["a long name with words", "12345678"], ["b", "9"]]
    canvas = Canvas(24, color=False)
    canvas.table(header, rows, right=[1], fold=[0])
    lines = drawn(canvas)
    assert max(map(len, lines)) <= 24
    assert any(line.endswith("12345678") for line in lines)
    assert next(line for line in lines if line.strip().startswith("b ")).endswith("       9")


def test_what_a_table_takes() -> None:
    canvas = Canvas(80, color=False)
    assert canvas.room(["ab", "c"], [["a", "漢字"]]) == 2 + 1 + 4 + 1 + 1


@pytest.mark.parametrize(
    ("names", "room", "widths"),
    [
        ([], 80, None),
        (["nic1", "nic2"], 24, [11, 11]),  # `rx 999.9 MB` is 11
        (["nic1", "nic2"], 23, None),
        (["nic1", "a longer name"], 60, [11, 13]),
        (["a much longer name than there is room for", "b"], 40, [19, 11]),
    ],
)
def test_columns_of_members(names: list[str], room: int, widths: list[int] | None) -> None:
    assert member_columns(names, room) == widths
