"""Members are told apart by colour and by shape, eight of each."""

from __future__ import annotations

from flowmap.report.formats.html.charts.marks import MARKS, marks_of


def test_eight_members_have_eight_colours_signs_and_shapes() -> None:
    marks = list(marks_of([f"nic{k}" for k in range(MARKS)]).values())
    assert MARKS == 8
    for name in ("css", "color", "sign", "shape"):
        assert len({getattr(mark, name) for mark in marks}) == MARKS, name


def test_a_ninth_begins_again_under_its_own_name() -> None:
    marks = marks_of([f"nic{k}" for k in range(9)])
    assert (marks["nic8"].css, marks["nic8"].sign) == (marks["nic0"].css, marks["nic0"].sign)
    assert marks["nic8"].name == "nic8"
