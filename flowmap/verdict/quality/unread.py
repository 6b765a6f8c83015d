"""Notices about what was captured and not read: EtherTypes and protocols by name, captures without an interface."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.decode.rare.protocols import ETHERTYPES, PROTOCOLS
from flowmap.facts.unread import may_hold_streams, weighs
from flowmap.flow.scanning.undecoded import Kind
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice
from flowmap.team.members import TeamMember

__all__ = ["unread_notices"]


def unread_notices(member: TeamMember) -> Iterator[Notice]:
    """Yield a notice for each kind of frame that may hold streams, and one for all the others."""
    path = member.captures[0].path if len(member.captures) == 1 else None
    harmless: list[Message] = []
    others = 0
    for (kind, number), count in sorted(member.undecoded.items()):
        if may_hold_streams(kind, number):
            detail = msg("frames with {what} are not decoded; they may hold streams", what=_what(kind, number))
            heavy = weighs(member, kind, number)
            code = "unsupported_protocol" if kind == "protocol" else "unsupported_ethertype"
            yield Notice(code, detail, member.name, path, count=count, undermines=heavy)
        else:
            harmless.append(msg("{what}: {count}", what=_what(kind, number), count=count))
            others += count
    if harmless:
        detail = msg("frames that hold no TCP are counted only: {kinds}", kinds=glue(*harmless, between=", "))
        yield Notice("other_protocols", detail, member.name, path, count=others)
    if member.undescribed:
        detail = msg(
            "the capture of {member} describes no interface, so nothing was captured there: it is not known what "
            "{member} carried",
            member=member.name,
        )
        yield Notice("no_interface", detail, member.name, path)


def _what(kind: Kind, number: int) -> Message:
    if kind == "llc":
        return msg("802.2 LLC")
    names, told = (PROTOCOLS, f"{number}") if kind == "protocol" else (ETHERTYPES, f"0x{number:04x}")
    text = msg("IP protocol {number}", number=told) if kind == "protocol" else msg("EtherType {number}", number=told)
    return msg("{what} ({name})", what=text, name=names[number]) if number in names else text
