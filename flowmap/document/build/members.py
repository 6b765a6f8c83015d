"""Members as rows of the report."""

from __future__ import annotations

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.decode.linktypes import link_name
from flowmap.document import model as doc
from flowmap.facts.model import TeamFacts
from flowmap.flow.streams.stream import Streams
from flowmap.message import msg
from flowmap.team.lacp.lacpdu import Lacpdu, mac_text
from flowmap.team.members import MemberCapture, TeamMember
from flowmap.team.neighbors.discovery import Announcement
from flowmap.types import PacketClass
from flowmap.verdict.claims.usable import usable_members
from flowmap.verdict.quality.counters import compare

__all__ = ["member_rows"]


@dataclass(frozen=True)
class _Carried:
    """TCP wire bytes of a member from and to the teamed host; None: not known."""

    tx: int | None = None
    rx: int | None = None


def member_rows(team: TeamFacts, streams: Streams) -> list[doc.Member]:
    """Return all members, aggregates included, in order of first appearance."""
    judged = [stream for stream in team.judged if stream.bulk.shares]
    usable = set(usable_members(team, judged)) if judged else None
    carried = _bytes_by_side(team, streams)
    return [_member(one, team, usable, carried[one.number]) for one in team.members]


def _member(member: TeamMember, team: TeamFacts, usable: set[int] | None, carried: _Carried) -> doc.Member:
    speed = team.speed_of(member.number)
    described = team.described.members.get(member.number) if team.described else None
    return doc.Member(
        name=member.name,
        captures=[_capture(capture) for capture in member.captures],
        packets=member.packets,
        wire_bytes=member.wire_bytes,
        wire_packets=team.wire_packets[member.number],
        tx_bytes=carried.tx,
        rx_bytes=carried.rx,
        first_ns=member.first_ns,
        last_ns=member.last_ns,
        classes={cls.name.lower(): int(member.classes[cls]) for cls in PacketClass if member.classes[cls]},
        speed_bps=speed,
        described_as=None if described is None else described.title,
        peak_bps=member.peak_bytes * 80 if member.packets and member.tells_rates else None,
        usable=None if usable is None or member.left_out else member.number in usable,
        copy_of=team.members[team.copies[member.number]].name if member.number in team.copies else None,
        aggregate=member.left_out,
        other_team=member.other_team,
        lacp=_lacp(member, team),
        neighbor=_neighbor(team.switch_ports.get(member.number)),
        counters=_counters(team, member),
    )


def _neighbor(heard: Announcement | None) -> doc.Neighbor | None:
    if heard is None:
        return None
    return doc.Neighbor(
        protocol=heard.protocol,
        system=heard.system,
        chassis=heard.chassis,
        port=heard.port,
        description=heard.description,
        speed_bps=heard.speed_bps,
    )


def _counters(team: TeamFacts, member: TeamMember) -> doc.MemberCounters | None:
    own = team.counters.get(member.number)
    if own is None:
        return None
    both = compare(team, member)
    return doc.MemberCounters(
        of=own.kind,
        missed_packets=None if both is None else both.missed,
        slack_packets=None if both is None else both.slack,
        backwards=list(own.backwards),
        one_reading=bool(own.total),
        **{str(name): count for name, count in own.values.items()},
    )


def _capture(capture: MemberCapture) -> doc.CaptureInfo:
    return doc.CaptureInfo(
        path=capture.path,
        format=capture.format,
        link_types=[link_name(t) for t in capture.link_types],
        packets=capture.packets,
        wire_bytes=capture.wire_bytes,
        captured_bytes=capture.captured_bytes,
        first_ns=capture.first_ns,
        last_ns=capture.last_ns,
        snaplen=capture.snaplen,
        drops=capture.drops,
        truncated=capture.truncated,
        damaged=capture.damaged,
    )


def _bytes_by_side(team: TeamFacts, streams: Streams) -> list[_Carried]:
    """Return by member the TCP wire bytes from and to the teamed host; captures of two hosts have no such one."""
    if team.host.source == "unknown" or team.two_hosts is not None:
        return [_Carried()] * len(team.members)
    rows, link, wire = streams.rows, streams.rows["link"], streams.rows["wire_bytes"]
    sends, receives = (_is_local(rows, side, team) for side in ("src", "dst"))
    sums = np.zeros((2, len(team.members)), dtype=np.int64)
    for total, chosen in zip(sums, (sends & ~receives, receives & ~sends), strict=True):
        np.add.at(total, link[chosen], wire[chosen].astype(np.int64))
    out = [member.left_out for member in team.members]  # their packets are in no stream
    return [_Carried() if left else _Carried(*own) for left, own in zip(out, sums.T.tolist(), strict=True)]


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
    if not team.judged:  # then at any time
        own = member.first_ns or 0, member.last_ns or 0
    bundled = team.lacp.bundled_during(member.number, *own, team.lacp_host)
    sent = systems.get(host) if host is not None else None
    ordered = [sent] if sent else [systems[system] for system in sorted(systems)][:1]
    last: Lacpdu = ordered[0].last
    actor, partner = last.actor, last.partner
    return doc.Lacp(
        actor_system=mac_text(actor.system),
        actor_key=actor.key,
        actor_port=actor.port,
        actor_state=actor.state,
        partner_system=mac_text(partner.system) if partner else None,
        partner_key=partner.key if partner else None,
        partner_port=partner.port if partner else None,
        partner_state=partner.state if partner else None,
        lacpdus_tx=ordered[0].count,
        lacpdus_rx=sum(s.count for x, s in systems.items() if s is not ordered[0]),
        bundled=bundled,
        reason=msg("only one side speaks LACP") if len(systems) == 1 else None,
    )
