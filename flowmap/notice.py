"""Notices: counted oddities of the input, as data.

A notice is neither an exception nor a log line: it is part of the report, so that no packet disappears uncounted. One
notice stands for all occurrences of its code at one place (path, member); `count` says how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowmap.dataclass import dataclass
from flowmap.message import Message
from flowmap.words import Severity

__all__ = ["Notice", "NoticeLog", "Severity"]


@dataclass(frozen=True)
class Notice:
    """`first_offset` is a byte offset in `path`; `packet_number` counts from 1; None where there is none."""

    code: str
    severity: Severity
    detail: Message
    member: str | None = None
    path: str | None = None
    first_offset: int | None = None
    packet_number: int | None = None
    count: int = 1
    undermines: bool = False
    """Whether this oddity turns a pass into inconclusive (design: undermining)."""


class NoticeLog:
    """Collects notices; equal (code, member, path) are counted together, the first one's place and text are kept."""

    def __init__(self) -> None:
        self._notices: dict[tuple[str, str | None, str | None], Notice] = {}

    def add(self, notice: Notice) -> None:
        key = (notice.code, notice.member, notice.path)
        known = self._notices.get(key)
        if known is not None:
            both = known.undermines or notice.undermines
            notice = replace(known, count=known.count + notice.count, undermines=both)
        self._notices[key] = notice

    def extend(self, notices: Iterator[Notice] | list[Notice]) -> None:
        for notice in notices:
            self.add(notice)

    def __iter__(self) -> Iterator[Notice]:
        return iter(self._notices.values())

    def __len__(self) -> int:
        return len(self._notices)
