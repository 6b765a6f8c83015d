"""Streams by member on a terminal: two lines each on one screen, else a column for each member."""

from __future__ import annotations

from flowmap.report.blocks import Column, Load, Matrix, MatrixRow, Name, Way
from flowmap.report.formats.canvas import Canvas
from flowmap.report.formats.text.matrix import draw_matrix


def drawn(*, full: bool) -> list[str]:
    ways = tuple(
        Way(side, side, (Load("nic1", 9_400_000),), reason="undecided: too few packets") for side in ("rx", "tx")
    )
    rows = tuple(
        MatrixRow((f"#{n}", "qemu"), ways, n, label=f"#{n} qemu", text="a -> b", brief="rx nic1 9.4 MB") for n in (1, 2)
    )
    canvas = Canvas(80, color=False)
    draw_matrix(canvas, Matrix("", (Column("stream"),), ("nic1", "nic2"), (), rows), full=full)
    return canvas.text().splitlines()


def test_on_one_screen_each_reason_is_told_once() -> None:
    assert drawn(full=False) == [
        "  #1 qemu a -> b",
        "    rx nic1 9.4 MB",
        "  #2 qemu a -> b",
        "    rx nic1 9.4 MB",
        "  undecided: too few packets",
    ]


def test_else_each_member_has_a_column() -> None:
    lines = drawn(full=True)
    assert lines[0].split() == ["nic1", "nic2"]
    assert lines[2].split() == ["rx", "9.4", "MB", "-"]


def test_hosts_are_named_in_the_line_of_their_first_direction() -> None:
    row = MatrixRow((Name("10.0.0.1"),), (Way("rx", "rx", (Load("nic1", 5),)),), label="10.0.0.1 source")
    canvas = Canvas(80, color=False)
    draw_matrix(canvas, Matrix("", (), ("nic1",), (), (row,), placed=False), full=True)
    assert canvas.text().splitlines()[1].split() == ["10.0.0.1", "source", "rx", "5", "B"]
