"""Notices: oddities of the input, those that undermine a verdict first, each with its place and how often it was met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import count
from flowmap.message import Message, msg
from flowmap.notice import KINDS, Kind
from flowmap.report import blocks
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.model import NoticeRow, Report

__all__ = ["COLUMNS", "notices_section"]

COLUMNS = (msg("severity"), msg("code"), msg("about"), msg("what"), msg("times"))
"""What a page calls the parts of a notice, where each has a column."""

_RANK = {"error": 0, "warning": 1, "info": 2}


def notices_section(report: Report) -> blocks.Section:
    """Return all notices; mere information is for those who look closer."""
    ordered = sorted(report.notices, key=lambda notice: (not notice.undermines, _RANK[notice.severity]))
    rows = tuple(_notice(notice) for notice in ordered)
    return blocks.Section(
        "notices",
        msg("Notices"),
        (blocks.Notices(rows),) if rows else (),
        empty=msg("None: nothing odd was met in the captures."),
    )


def _notice(notice: NoticeRow) -> blocks.Notice:
    kind = KINDS.get(notice.code)
    return blocks.Notice(
        code=notice.code,
        severity=notice.severity,
        word=word(notice.severity),
        about=blocks.Names(tuple(dict.fromkeys(part for part in (notice.member, notice.path) if part))),
        detail=notice.detail,
        count=notice.count,
        place=_place(notice),
        times=_times(notice, kind),
        repeated=notice.count > 1 and str(notice.count) not in notice.detail,
        undermines=msg("undermines a verdict") if notice.undermines else "",
        full=notice.severity == "info" and not (kind and kind.of_file),
    )


def _place(notice: NoticeRow) -> Message | str:
    """Return the place in the file, where it says something and the notice's text has not named it."""
    place = notice.first_offset
    return msg("byte {offset}", offset=place) if place and str(place) not in notice.detail else ""


def _times(notice: NoticeRow, kind: Kind | None) -> Message:
    """Return how often it was met; a document of another version may have kinds that are not known here."""
    if kind is not None and kind.counts == "bytes":
        return count("{number} byte", "{number} bytes", notice.count)
    return count("{number} time", "{number} times", notice.count)
