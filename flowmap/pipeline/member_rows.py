"""Members as rows of the report."""

from __future__ import annotations

import numpy as np

from flowmap.flow.stream import Streams
from flowmap.message import msg
from flowmap.pipeline.wire_packets import member_wire_packets
from flowmap.report import document as doc
from flowmap.team.discovery import Announcement
from flowmap.team.lacpdu import Lacpdu, mac_text
from flowmap.team.members import MemberCapture, TeamMember
from flowmap.types import PacketClass
from flowmap.verdict.facts import TeamFacts
from flowmap.verdict.spread import usable_members

__all__ = ["LINK_NAMES", "link_name", "member_rows"]

LINK_NAMES = {
    0: "NULL", 1: "EN10MB", 6: "IEEE802_5", 8: "SLIP", 9: "PPP", 10: "FDDI", 12: "RAW", 14: "RAW", 50: "PPP_SERIAL",
    51: "PPP_ETHER", 101: "RAW", 104: "C_HDLC", 105: "IEEE802_11", 107: "FRELAY", 108: "LOOP", 109: "ENC", 113: "LINUX_SLL",
    117: "PFLOG", 123: "SUNATM", 240: "NETANALYZER", 258: "PKTAP",
    119: "IEEE802_11_PRISM", 127: "IEEE802_11_RADIOTAP", 192: "PPI", 228: "IPV4", 229: "IPV6", 239: "NFLOG",
    242: "INFINIBAND", 249: "USBPCAP", 253: "NETLINK", 276: "LINUX_SLL2",
}  # fmt: skip


def link_name(number: int) -> str:
    """tcpdump.org's name of a link type, without LINKTYPE_."""
    return LINK_NAMES.get(number, f"LINKTYPE {number}")


def member_rows(team: TeamFacts, streams: Streams) -> list[doc.Member]:
    """All members, aggregates included, in order of first appearance."""
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = set(usable_members(team, judged)) if judged else None
    on_the_wire = member_wire_packets(team, streams)
    return [_member(member, team, streams, usable, on_the_wire[member.number]) for member in team.members]


def _member(
    member: TeamMember, team: TeamFacts, streams: Streams, usable: set[int] | None, wire_packets: int | None
) -> doc.Member:
    speed = team.speed_of(member.number)
    described = team.described.members.get(member.number) if team.described else None
    tx, rx = _bytes_by_side(member, team, streams)
    return doc.Member(
        name=member.name,
        captures=[_capture(capture) for capture in member.captures],
        packets=member.packets,
        wire_bytes=member.wire_bytes,
        wire_packets=wire_packets,
        tx_bytes=tx,
        rx_bytes=rx,
        first_ns=member.first_ns,
        last_ns=member.last_ns,
        classes={cls.name.lower(): int(member.classes[cls]) for cls in PacketClass if member.classes[cls]},
        speed_bps=speed,
        described_as=None if described is None else described.title,
        peak_bps=member.peak_bytes * 80 if member.packets else None,
        usable=None if usable is None or member.aggregate else member.number in usable,
        aggregate=member.aggregate,
        lacp=_lacp(member, team),
        neighbor=_neighbor(team.switch_ports.get(member.number)),
    )  # fmt: skip


def _neighbor(heard: Announcement | None) -> doc.Neighbor | None:
    if heard is None:
        return None
    return doc.Neighbor(
        protocol=heard.protocol, system=heard.system, chassis=heard.chassis, port=heard.port,
        description=heard.description, speed_bps=heard.speed_bps,
    )  # fmt: skip


def _capture(capture: MemberCapture) -> doc.CaptureInfo:
    return doc.CaptureInfo(
        path=capture.path, format=capture.format, link_types=[link_name(t) for t in capture.link_types],
        packets=capture.packets, wire_bytes=capture.wire_bytes, captured_bytes=capture.captured_bytes,
        first_ns=capture.first_ns, last_ns=capture.last_ns, snaplen=capture.snaplen, drops=capture.drops,
        truncated=capture.truncated, damaged=capture.damaged,
    )  # fmt: skip


def _bytes_by_side(member: TeamMember, team: TeamFacts, streams: Streams) -> tuple[int | None, int | None]:
    """TCP wire bytes from and to the teamed host; captures of two hosts have no such one."""
    if team.host.source == "unknown" or team.two_hosts is not None:
        return None, None
    rows = streams.rows[streams.rows["link"] == member.number]
    sends, receives = (_is_local(rows, side, team) for side in ("src", "dst"))
    wire = rows["wire_bytes"].astype(np.int64)
    return int(wire[sends & ~receives].sum()), int(wire[receives & ~sends].sum())


def _is_local(rows: np.ndarray, side: str, team: TeamFacts) -> np.ndarray:
    own = np.zeros(len(rows), dtype=bool)
    for version, number in team.host.addresses:
        same = (rows[f"{side}_lo"] == number & (1 << 64) - 1) & (rows[f"{side}_hi"] == number >> 64)
        own |= same & (rows["version"] == version)
    if not team.host.addresses and team.host.macs:
        macs = np.array(sorted(team.host.macs), dtype=np.uint64)
        own |= np.isin(rows["smac" if side == "src" else "dmac"], macs)
    return own


def _lacp(member: TeamMember, team: TeamFacts) -> doc.Lacp | None:
    systems = team.lacp.systems(member.number)
    if not systems:
        return None
    host = team.lacp_host.system
    start, end = team.transfer()
    own = (team.member_time(member.number, start), team.member_time(member.number, end))
    bundled = team.lacp.bundled_during(member.number, *own, team.lacp_host) if team.judged else None
    sent = systems.get(host) if host is not None else None
    ordered = [sent] if sent else [systems[system] for system in sorted(systems)][:1]
    last: Lacpdu = ordered[0].last
    actor, partner = last.actor, last.partner
    return doc.Lacp(
        actor_system=mac_text(actor.system), actor_key=actor.key, actor_port=actor.port, actor_state=actor.state,
        partner_system=mac_text(partner.system) if partner else None, partner_key=partner.key if partner else None,
        partner_port=partner.port if partner else None, partner_state=partner.state if partner else None,
        lacpdus_tx=ordered[0].count, lacpdus_rx=sum(s.count for x, s in systems.items() if s is not ordered[0]),
        bundled=bundled,
        reason=msg("one side only speaks LACP") if len(systems) == 1 else None,
    )  # fmt: skip
