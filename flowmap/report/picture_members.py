"""The right column of the picture: one box per member with its load, its share, LACP and speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowmap.message import msg, translate
from flowmap.report.labels import member_status
from flowmap.report.svg import box, fit, member_role, text
from flowmap.report.words import amount

if TYPE_CHECKING:
    from flowmap.report.document import Member

__all__ = ["MEMBERS_X", "MOST_MEMBERS", "MemberBox", "draw_members", "place_members"]

MEMBERS_X = 790
MOST_MEMBERS = 16
_WIDTH = 250
_ROOMY = 8
_GAP = 12.0
_TALL, _SHORT = 82.0, 44.0


@dataclass(frozen=True)
class MemberBox:
    """A member with its place; `position` among the members of the team decides its colour."""

    name: str
    position: int
    y: float
    height: float


def place_members(
    members: Sequence[Member], used: Sequence[str], top: float, bottom: float
) -> tuple[list[MemberBox], int]:
    """Boxes spread evenly from top to bottom, or below it where they need more; and how many members have none.

    Where there are too many, those that streams used come first, then the busiest.
    """
    own = [(position, one) for position, one in enumerate(member for member in members if not member.aggregate)]
    ranked = sorted(own, key=lambda pair: (pair[1].name not in used, -pair[1].wire_bytes, pair[0]))
    kept = sorted(ranked[:MOST_MEMBERS], key=lambda pair: pair[0])
    if not kept:
        return [], 0
    height = _TALL if len(kept) <= _ROOMY else _SHORT
    room = (bottom - top - height * len(kept)) / len(kept)
    gap = max(room, _GAP)
    start = top + max(room, 0) / 2
    boxes = [
        MemberBox(member.name, position, start + index * (height + gap), height)
        for index, (position, member) in enumerate(kept)
    ]
    return boxes, len(own) - len(kept)


def draw_members(boxes: Sequence[MemberBox], members: Sequence[Member], language: str) -> list[str]:
    """The boxes with their words and share bars."""
    by_name = {member.name: member for member in members}
    total = sum(member.wire_bytes for member in members if not member.aggregate)
    return [part for one in boxes for part in _draw(one, by_name[one.name], total, language)]


def _draw(one: MemberBox, member: Member, total: int, language: str) -> list[str]:
    x, y, inner = MEMBERS_X + 16.0, one.y, _WIDTH - 26.0
    status, trouble = member_status(member)
    share = member.wire_bytes / total if total else 0.0
    color = member_role(one.position)
    percent = f"{share:.0%}"
    parts = [
        box(MEMBERS_X, y, _WIDTH, one.height, stroke="error" if trouble else "line", tip=member.name),
        box(MEMBERS_X, y, 7, one.height, fill=color, radius=3),
    ]
    if one.height < _TALL:
        load = translate(status, language) if trouble else _load(member, language)
        parts.append(text(x, y + 18, fit(member.name, inner - 44, 13, bold=True), bold=True))
        parts.append(text(x + inner, y + 18, percent, anchor="end"))
        parts.append(text(x, y + 35, fit(load, inner, 13), role="error" if trouble else "quiet"))
        return parts
    parts.append(text(x, y + 19, fit(member.name, inner, 14, bold=True), size=14, bold=True))
    parts.append(box(x, y + 28, inner - 48, 9, fill="paper", stroke="line", radius=2))
    if share:
        parts.append(box(x, y + 28, max((inner - 48) * share, 1), 9, fill=color, radius=2))
    parts.append(text(x + inner, y + 37, percent, anchor="end"))
    parts.append(text(x, y + 55, fit(_load(member, language), inner, 13)))
    words = fit(translate(status, language), inner, 13)
    parts.append(text(x, y + 72, words, role="error" if trouble else "quiet", bold=trouble))
    return parts


def _load(member: Member, language: str) -> str:
    if member.tx_bytes is None or member.rx_bytes is None:
        return amount(member.wire_bytes)
    return translate(msg("rx {rx}, tx {tx}", rx=amount(member.rx_bytes), tx=amount(member.tx_bytes)), language)
