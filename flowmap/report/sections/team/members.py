"""The members: what each carried, in what state it is, where it is plugged in, and what its counters say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import amount, grouped
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import (
    Cell,
    Column,
    Line,
    MemberName,
    Name,
    Pairs,
    Quantity,
    Section,
    Table,
    Word,
    words_of,
)
from flowmap.report.cut import more
from flowmap.report.sections.team.host import team_pairs
from flowmap.report.sections.team.mode import expectation_pairs

if TYPE_CHECKING:
    from flowmap.document.members import Lacp, Neighbor
    from flowmap.document.model import Member, Report

__all__ = ["member_state", "members_section"]


def members_section(report: Report, most: int = 256, *, team: bool = True) -> Section:
    """Return the team, unless it stands elsewhere on the page, and a row for each of at most so many members."""
    members = report.members[:most]
    blocks: list[Pairs | Table | Line] = [team_pairs(report)] if team else []
    if members:
        blocks.append(_table(members, sum(one.wire_bytes for one in report.members if not one.aggregate)))
    if len(report.members) > len(members):
        blocks.append(Line(more(len(report.members) - len(members))))
    if members and all(member.neighbor is None for member in members):
        text = msg("No LLDP or CDP frame was captured, so the switch ports are not known.")
        blocks.append(Line(text, tone="quiet", full=True))
    if expected := expectation_pairs(report.team):
        blocks.append(expected)
    return Section("members", msg("Team and members"), tuple(blocks), empty=msg("none"))


def _table(members: list[Member], total: int) -> Table:
    counted = any(member.counters is not None for member in members)
    columns = (
        Column(msg("member")),
        Column(msg("packets"), number=True),
        Column(msg("sent (tx)"), short="tx", number=True),
        Column(msg("received (rx)"), short="rx", number=True),
        Column(msg("state"), short="LACP"),
        Column(msg("speed"), number=True),
        Column(msg("share of all bytes"), short=msg("of all bytes"), number=True, bar=True),
        Column(msg("all bytes"), number=True, wide=True),
        Column(msg("busiest 100 ms"), number=True, wide=True),
        Column(msg("switch"), wide=True),
        Column(msg("switch port"), wide=True),
        *([Column(msg("counters say"), wide=True)] if counted else []),
    )
    counters = tuple(
        (member.name, msg("counters say {what}", what=_counted(member))) for member in members if _counted(member)
    )
    ports = tuple((member.name, _port(member.neighbor)) for member in members if member.neighbor is not None)
    rows = [_row(member, total, counted=counted) for member in members]
    known = [n for n, column in enumerate(columns) if not column.wide or any(words_of(row[n]) for row in rows)]
    return Table(
        msg("Members"),
        tuple(columns[n] for n in known),
        tuple(tuple(row[n] for n in known) for row in rows),
        narrow=(*([Pairs(counters)] if counters else []), *([Pairs(ports, full=True)] if ports else [])),
    )


def _row(member: Member, total: int, *, counted: bool) -> tuple[Cell, ...]:
    """Return the cells of a member; an aggregate has no zeros, as if it had been idle: what it carried is not counted."""
    own = not member.aggregate
    wire = member.wire_packets if member.wire_packets is not None and member.wire_packets > member.packets else None
    note = msg("{count} on the wire", count=grouped(wire)) if wire is not None else glue()
    port = member.neighbor
    return (
        MemberName(member.name, member.description or ""),
        Quantity(member.packets, "count", note),
        Quantity(member.tx_bytes, "bytes") if own else "",
        Quantity(member.rx_bytes, "bytes") if own else "",
        member_state(member),
        Quantity(member.speed_bps, "speed") if own else "",
        Quantity(member.wire_bytes / total if total else 0.0, "share") if own else "",
        Quantity(member.wire_bytes, "bytes"),
        Quantity(member.peak_bps, "rate") if member.peak_bps is not None else "",
        Name((port.system or port.chassis or "") if port else ""),
        Name((port.port or port.description or "") if port else ""),
        *([_counted(member)] if counted else []),
    )


def member_state(member: Member) -> Word:
    """Return how a member stands in the team: left out, or what LACP says of it, with the reason where it is trouble."""
    if member.aggregate:
        why = msg("belongs to another team") if member.other_team else msg("carries the union of the others")
        named = msg("other team") if member.other_team else msg("aggregate")
        return Word(named, "quiet", why=msg("{why}, left out of placement", why=why))
    if member.lacp is not None and member.lacp.bundled is False:
        return Word(msg("NOT in the LACP bundle"), "trouble", msg("NOT in"), member.lacp.reason or "")
    if member.copy_of is not None:
        why = msg("only copies of the packets of {other}, so no place of its own", other=member.copy_of)
        return Word(msg("copies"), "quiet", why=why)
    if member.usable is False:
        return Word(msg("not usable for traffic"), "trouble", msg("not usable"))
    if member.packets == 0:
        return Word(msg("no packets"))
    return _lacp(member.lacp)


def _lacp(lacp: Lacp | None) -> Word:
    if lacp is None:
        return Word(msg("no LACP seen"), "quiet", "-")
    if lacp.bundled is None:
        return Word(msg("LACP unclear"), short=msg("unclear"), why=lacp.reason or "")
    return Word(msg("in the LACP bundle"), "good", msg("bundled"))


def _port(port: Neighbor) -> Message:
    """Return what the switch says of the port, by LLDP or CDP."""
    return msg(
        "plugged into {system}, port {port} ({protocol})",
        system=port.system or port.chassis or "?",
        port=port.port or port.description or "?",
        protocol=port.protocol.upper(),
    )


def _counted(member: Member) -> Message:
    """Return what counters say of a member: packets, what was dropped, what passed the host's stack."""
    own = member.counters
    if own is None:
        return glue()
    parts: list[Message] = []
    if own.rx_packets is not None and own.tx_packets is not None:
        packets = own.rx_packets + own.tx_packets
        parts.append(nmsg("{number} packet", "{number} packets", packets, number=grouped(packets)))
    if dropped := sum(count or 0 for count in (own.rx_drops, own.tx_drops)):
        parts.append(msg("{number} dropped", number=grouped(dropped)))
    if errors := sum(count or 0 for count in (own.rx_errors, own.tx_errors)):
        parts.append(nmsg("{number} error", "{number} errors", errors, number=grouped(errors)))
    for what, received, sent in (
        ("RDMA", own.rdma_rx_bytes, own.rdma_tx_bytes),
        ("SR-IOV", own.vf_rx_bytes, own.vf_tx_bytes),
    ):
        if past := (received or 0) + (sent or 0):
            parts.append(msg("{what} {amount}", what=what, amount=amount(past)))
    return glue(*parts, between=", ")
