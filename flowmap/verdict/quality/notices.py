"""Notices that only show once all captures are together: what is missing, apart, cut or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from flowmap.facts.model import TeamFacts
from flowmap.facts.unread import too_deep
from flowmap.message import Message, glue, msg
from flowmap.notice import Notice
from flowmap.team.clock.offsets import MemberClock
from flowmap.team.lacp.spans import beside
from flowmap.team.members import TeamMember
from flowmap.types import PacketClass
from flowmap.verdict.quality.counters import counter_notices
from flowmap.verdict.quality.described import description_notices
from flowmap.verdict.quality.lacking import missing_notices
from flowmap.verdict.quality.one_way import one_way_notices
from flowmap.verdict.quality.quiet import quiet_notices
from flowmap.verdict.quality.time_faults import time_notices
from flowmap.verdict.quality.unread import unread_notices
from flowmap.verdict.quality.unseen import unseen_notices

__all__ = ["member_notices", "team_notices"]

_BY_CLASS = (
    (
        PacketClass.TCP_SHORT,
        "tcp_header_short",
        msg("TCP packets were cut before both ports and are in no flow"),
    ),
    (
        PacketClass.FRAGMENT,
        "ip_fragment",
        msg("later fragments of TCP packets carry no ports and are in no flow"),
    ),
    (PacketClass.LINK_SHORT, "snaplen_short", msg("frames are cut inside the link header")),
    (PacketClass.IP_SHORT, "snaplen_short", msg("packets are cut inside the IP header")),
    (PacketClass.IP_MALFORMED, "ip_malformed", msg("packets have an IP header that cannot be")),
    (
        PacketClass.LINK_UNSUPPORTED,
        "unsupported_link_type",
        msg("packets of a link type that is not decoded"),
    ),
    (PacketClass.VLAN_DEEP, "unsupported_ethertype", msg("frames carry more than five VLAN tags")),
    (
        PacketClass.TUNNEL_DEEP,
        "tunnel_deep",
        msg("packets are in more than eight tunnels, one in the other"),
    ),
)


def member_notices(members: Sequence[TeamMember], link_names: dict[int, str]) -> Iterator[Notice]:
    """Yield what the counters of each member tell by themselves. `link_names` names link types by number."""
    for member in members:
        path = member.captures[0].path if len(member.captures) == 1 else None
        yield from _odd_packets(member, path, link_names)
        yield from unread_notices(member)
        yield from _no_member(member, path)
        for capture in member.captures:
            if capture.drops:
                yield Notice(
                    "capture_drops",
                    msg("the capture of {member} lost {packets} packets", member=member.name, packets=capture.drops),
                    member.name,
                    capture.path,
                    count=capture.drops,
                    undermines=not member.left_out,
                )


def _odd_packets(member: TeamMember, path: str | None, link_names: dict[int, str]) -> Iterator[Notice]:
    for cls, code, detail in _BY_CLASS:
        count = int(member.classes[cls])
        if count:
            if cls == PacketClass.LINK_UNSUPPORTED:
                types = sorted({t for capture in member.captures for t in capture.link_types})
                names = [link_names.get(t) or msg("number {number}", number=t) for t in types]
                detail = msg("{what}: {names}", what=detail, names=glue(*names, between=", "))
            undermines = cls == PacketClass.VLAN_DEEP and too_deep(member)
            yield Notice(code, detail, member.name, path, count=count, undermines=undermines)
    if member.tcp_short:
        yield Notice(
            "tcp_header_short",
            msg("TCP packets were cut before the length of their header: their payload is not known and not counted"),
            member.name,
            path,
            count=member.tcp_short,
        )
    if member.out_of_order:
        yield Notice(
            "time_backwards",
            msg("packets are older than the one before them"),
            member.name,
            path,
            count=member.out_of_order,
        )


def _no_member(member: TeamMember, path: str | None) -> Iterator[Notice]:
    """Yield why it is not a member like the others: nothing captured, interfaces mixed, not of this team."""
    if not member.packets and not member.undescribed and not any(capture.damaged for capture in member.captures):
        yield Notice(
            "empty_capture",
            msg("the capture has no packets: the member is taken to have been idle"),
            member.name,
            path,
        )
    if member.lost_member:
        yield Notice(
            "sll_member_lost",
            msg(
                "captured on all interfaces with link type SLL, which does not record the interface: "
                "capture each member, or use tcpdump -i any --linktype LINUX_SLL2"
            ),
            member.name,
            path,
        )
    if member.aggregate:
        yield Notice(
            "aggregate_left_out",
            msg(
                "{member} carries the union of the other members (bond, team NIC or vSwitch) and is left "
                "out of placement",
                member=member.name,
            ),
            member.name,
            path,
        )
    if member.other_team:
        yield Notice(
            "other_team",
            msg(
                "{member} belongs to another aggregate of this host, which carried no migration, and is left out: "
                "analyze it by itself",
                member=member.name,
            ),
            member.name,
            path,
        )


def team_notices(team: TeamFacts) -> Iterator[Notice]:
    """Yield what shows only between members and streams."""
    for doubt in team.doubts:
        yield Notice("members_unsure", doubt)
    yield from time_notices(team)
    yield from one_way_notices(team)
    yield from _options(team)
    yield from description_notices(team)
    yield from _clocks(team)
    yield from (apart := [*_windows(team), *unseen_notices(team)])
    yield from (one for one in quiet_notices(team) if one.member not in {other.member for other in apart})
    yield from _repeated(team)
    yield from _mixed(team)
    yield from missing_notices(team)
    yield from counter_notices(team)
    if beyond := team.lacp.skipped.get("beyond_limits"):
        detail = msg("LACPDUs of more systems, members or kinds than any team has are not looked into")
        yield Notice("control_frames_cut", detail, count=beyond)


def _repeated(team: TeamFacts) -> Iterator[Notice]:
    """Yield members whose capture holds packets of listed streams more than once."""
    recorded = [d.recorded for s in team.streams for d in s.directions if d.recorded is not None]
    counts = sum((one.repeated for one in recorded), Counter[int]())
    for number, count in sorted(counts.items()):
        member = team.members[number]
        detail = msg(
            "the capture of {member} holds packets more than once, as recorded at several layers of the host; the "
            "claims count each once",
            member=member.name,
        )
        yield Notice(
            "duplicate_packet",
            detail,
            member.name,
            member.captures[0].path if len(member.captures) == 1 else None,
            count=count,
        )


def _mixed(team: TeamFacts) -> Iterator[Notice]:
    for member in team.team_members:
        if member.links_mixed and len(member.captures) > 1:
            yield Notice(
                "links_mixed",
                msg(
                    "the files taken together as {member} are of several links: one LACP system speaks there from "
                    "several ports",
                    member=member.name,
                ),
                member.name,
            )
        elif member.links_mixed:
            yield Notice(
                "links_mixed",
                msg(
                    "the capture of {member} holds several links and does not tell them apart: one LACP system speaks "
                    "there from several ports",
                    member=member.name,
                ),
                member.name,
                member.captures[0].path if len(member.captures) == 1 else None,
            )


def _options(team: TeamFacts) -> Iterator[Notice]:
    """Yield options that name what no capture has: a slip of the pen would otherwise pass unseen."""
    if team.settings.local and team.streams and all(d.side == "unknown" for s in team.streams for d in s.directions):
        yield Notice(
            "local_unseen",
            msg(
                "no listed stream has an address or MAC named by --local ({names})",
                names=", ".join(team.settings.local),
            ),
        )
    names = [member.name for member in team.members]
    for name in sorted(set(team.settings.speeds) - set(names)):
        yield Notice(
            "speed_unmatched",
            msg("--speed names {name}, but the members are {members}", name=name, members=", ".join(names[:8])),
            name,
        )


def _clocks(team: TeamFacts) -> Iterator[Notice]:
    reference = team.members[team.clock.reference].name if team.members else ""
    for clock in team.clock.members:
        if clock.corrected:
            name = team.members[clock.member].name
            yield Notice("clock_offset", _offset(clock, name, reference), name)


def _offset(clock: MemberClock, name: str, reference: str) -> Message:
    said = msg(
        "the clock of {member} is {offset:+.3f} ms from that of {reference}",
        member=name,
        offset=clock.offset_ns / 1e6,
        reference=reference,
    )
    if clock.uncertainty_ns is not None:
        said = msg("{said} (within {uncertainty:.3f} ms)", said=said, uncertainty=clock.uncertainty_ns / 1e6)
    if clock.drift_ppm:
        said = msg("{said}, drifting {drift:.1f} ppm", said=said, drift=clock.drift_ppm)
    return msg("{said}; corrected", said=said)


def _windows(team: TeamFacts) -> Iterator[Notice]:
    """Yield members that were not captured at the same time, or not when the judged streams were.

    Of a member without a stream that is only known where it says so or is silent for too long. Where a stream goes on
    from one to the other, nothing tells a link that was lost from a capture that ended.
    """
    windows = {one.number: window for one in team.team_members if (window := _window(one, team)) is not None}
    shared, silent = _left_for_another(team), team.lacp.silent(member.number for member in team.team_members)
    answers_missing = _answers_missing(team)
    begun, over = team.transfer() if team.judged else (0, team.end_ns)
    for number, gaps in beside({number: (start, end) for number, (start, end, _) in windows.items()}):
        member, (start, end, stated), apart = team.members[number], windows[number], [gap for gap in gaps if gap]
        if not apart or max(min(apart), begun - end, start - over) <= 0:
            continue
        told = min(apart) > 0 and (number in shared or min(apart) >= team.lacp.apart_ns(number, silent))
        if stated or told or answers_missing(start, end):
            yield Notice(
                "windows_disjoint",
                msg("{member} was captured at another time than the other members", member=member.name),
                member.name,
            )


def _left_for_another(team: TeamFacts) -> set[int]:
    """Return members whose silence before or after is explained neither by the streams nor by the mode.

    They share streams with others. A member that the host leaves while frames still come in there was captured until
    then, and a standby is silent.
    """
    if any(team.expectation.one_member_scope(side) == "team" for side in ("tx", "rx")):
        return set()
    return {
        share.member
        for stream in team.streams
        for d in stream.directions
        if len(d.shares) > 1
        and not (d.placed.moves and all(move.cause == "member-set-change" for move in d.placed.moves))
        for share in d.shares
    }


def _answers_missing(team: TeamFacts) -> Callable[[int, int], bool]:
    """Return what tells whether a judged stream outside of a window has one direction only: the other was not captured."""
    one_way = [stream for stream in team.judged if not all(d.shares for d in stream.directions)]
    latest = max((stream.first_ns for stream in one_way), default=None)
    earliest = min((stream.last_ns for stream in one_way), default=None)
    return lambda start, end: latest is not None and earliest is not None and (latest > end or earliest < start)


def _window(member: TeamMember, team: TeamFacts) -> tuple[int, int, bool] | None:
    """Return (start, end, whether the capture itself says so) on the reference clock."""
    stated = [capture.window for capture in member.captures]
    if stated and all(stated):
        bounds = [w for w in stated if w is not None]
        start, end = min(w[0] for w in bounds), max(w[1] for w in bounds)
        return team.true_time(member.number, start), team.true_time(member.number, end), True
    if member.first_ns is None or member.last_ns is None:
        return None
    return team.true_time(member.number, member.first_ns), team.true_time(member.number, member.last_ns), False
