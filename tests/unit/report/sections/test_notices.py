"""Notices: those that undermine a verdict come first, and a count is in the unit of what was counted."""

from __future__ import annotations

from factories import make_report

from flowmap.document.model import NoticeRow
from flowmap.report.blocks import Notices
from flowmap.report.sections.notices import notices_section


def rows_of(*notices: NoticeRow) -> Notices:
    (block,) = notices_section(make_report(notices=list(notices))).blocks
    assert isinstance(block, Notices)
    return block


def test_what_undermines_comes_first_then_the_gravest() -> None:
    info = NoticeRow(code="snaplen_short", severity="info", detail="a")
    error = NoticeRow(code="time_backwards", severity="error", detail="b")
    under = NoticeRow(code="capture_drops", severity="warning", detail="c", undermines=True)
    block = rows_of(info, error, under)
    assert [row.code for row in block.rows] == ["capture_drops", "time_backwards", "snaplen_short"]
    assert [bool(row.undermines) for row in block.rows] == [True, False, False]
    assert [row.full for row in block.rows] == [False, False, True]


def test_bytes_are_not_times() -> None:
    lost = NoticeRow(code="missing_bytes", severity="warning", detail="some", count=196_926)
    cut = NoticeRow(code="ip_fragment", severity="warning", detail="3 of them", count=3)
    rows = rows_of(lost, cut).rows
    assert [(row.times, row.repeated) for row in rows] == [("196,926 bytes", True), ("3 times", False)]


def test_a_place_that_the_detail_names_is_not_told_again() -> None:
    told = NoticeRow(code="record_truncated", severity="info", path="a.pcap", first_offset=1234, detail="at 1234")
    untold = told.model_copy(update={"detail": "cut"})
    assert [row.place for row in rows_of(told, untold).rows] == ["", "byte 1234"]


def test_a_member_named_as_its_file_is_named_once() -> None:
    notice = NoticeRow(code="capture_drops", severity="info", member="a.pcap", path="a.pcap", detail="x")
    assert rows_of(notice).rows[0].about.names == ("a.pcap",)


def test_no_notices_are_told_as_such() -> None:
    section = notices_section(make_report(notices=[]))
    assert (section.blocks, section.empty) == ((), "None: nothing odd was met in the captures.")
