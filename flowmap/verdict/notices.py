"""Notices that only show once all captures are together: what is missing, apart, cut or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from flowmap.message import Message, glue, msg
from flowmap.notice import Notice
from flowmap.team.clock import MemberClock
from flowmap.team.lacp_signs import LIVES
from flowmap.team.members import TeamMember
from flowmap.types import PacketClass
from flowmap.verdict.described import description_notices
from flowmap.verdict.facts import StreamFacts, TeamFacts

__all__ = ["member_notices", "missing_pattern", "team_notices"]

_APART_NS = 60_000_000_000
_UNWATCHED_NS, _UNWATCHED_SHARE = 1_000_000_000, 0.1
"""What a stream may go on after the end of a member's capture: programs that are stopped lose what they have not written."""
_BY_CLASS = (
    (PacketClass.TCP_SHORT, "tcp_header_short", "warning", msg("TCP packets were cut before both ports and are in no flow")),
    (PacketClass.FRAGMENT, "ip_fragment", "info", msg("later fragments of TCP packets carry no ports and are in no flow")),
    (PacketClass.LINK_SHORT, "snaplen_short", "warning", msg("frames are cut inside the link header")),
    (PacketClass.IP_SHORT, "snaplen_short", "warning", msg("packets are cut inside the IP header")),
    (PacketClass.IP_MALFORMED, "ip_malformed", "warning", msg("packets have an IP header that cannot be")),
    (PacketClass.LINK_UNSUPPORTED, "unsupported_link_type", "warning", msg("packets of a link type that is not decoded")),
    (PacketClass.VLAN_DEEP, "unsupported_ethertype", "warning", msg("frames carry more than five VLAN tags")),
    (PacketClass.TUNNEL_DEEP, "tunnel_deep", "warning", msg("packets are in more than eight tunnels, one in the other")),
)  # fmt: skip


def member_notices(members: Sequence[TeamMember], link_names: dict[int, str]) -> Iterator[Notice]:
    """What the counters of each member tell by themselves. `link_names` names link types by number."""
    for member in members:
        path = member.captures[0].path if len(member.captures) == 1 else None
        for cls, code, severity, detail in _BY_CLASS:
            count = int(member.classes[cls])
            if count:
                if cls == PacketClass.LINK_UNSUPPORTED:
                    types = sorted({t for capture in member.captures for t in capture.link_types})
                    names = [link_names.get(t) or msg("number {number}", number=t) for t in types]
                    detail = msg("{what}: {names}", what=detail, names=glue(*names, between=", "))
                yield Notice(code, severity, detail, member.name, path, count=count)  # type: ignore[arg-type]
        if member.out_of_order:
            yield Notice("time_backwards", "info", msg("packets are older than the one before them"), member.name, path,
                         count=member.out_of_order)  # fmt: skip
        if not member.packets and not any(capture.damaged for capture in member.captures):
            yield Notice("empty_capture", "info", msg("the capture has no packets: the member is taken to have been idle"),
                         member.name, path)  # fmt: skip
        if member.lost_member:
            yield Notice("sll_member_lost", "warning",
                         msg("captured on all interfaces with link type SLL, which does not record the interface: "
                             "capture each member, or use tcpdump -i any --linktype LINUX_SLL2"),
                         member.name, path)  # fmt: skip
        if member.aggregate:
            yield Notice("aggregate_left_out", "info",
                         msg("{member} carries the union of the other members (bond, team NIC or vSwitch) and is left "
                             "out of placement", member=member.name), member.name, path)  # fmt: skip
        for capture in member.captures:
            if capture.drops:
                yield Notice("capture_drops", "warning",
                             msg("the capture of {member} lost {packets} packets", member=member.name,
                                 packets=capture.drops),
                             member.name, capture.path, count=capture.drops, undermines=not member.aggregate)  # fmt: skip


def team_notices(team: TeamFacts) -> Iterator[Notice]:
    """What shows only between members and streams."""
    yield from _options(team)
    yield from description_notices(team)
    yield from _clocks(team)
    yield from _windows(team)
    yield from _short(team)
    yield from _repeated(team)
    yield from _mixed(team)
    yield from _missing(team)
    if beyond := team.lacp.skipped.get("beyond_limits"):
        detail = msg("LACPDUs of more systems, members or kinds than any team has are not looked into")
        yield Notice("control_frames_cut", "warning", detail, count=beyond)
    for stream in team.judged:
        for direction in stream.directions:
            if not direction.shares and not direction.bulk:
                yield Notice("reverse_absent", "info",
                             msg("the reverse direction of a migration stream was not captured"))  # fmt: skip


_MISSING: dict[Literal["whole", "steady", "bursts"] | None, Message] = {
    "whole": msg("payload of migration streams was acknowledged, but no capture holds any of it: it went over a member that "
                 "was not captured"),
    "steady": msg("payload of migration streams was acknowledged, but no capture holds it, and a steady share is missing: "
                  "probably a member was not captured"),
    "bursts": msg("payload of migration streams was acknowledged, but no capture holds it, and whole stretches are missing: "
                  "probably packets were lost in capturing"),
    None: msg("payload of migration streams was acknowledged, but no capture holds it: a member is missing, or packets were "
              "lost in capturing"),
}  # fmt: skip


def _missing(team: TeamFacts) -> Iterator[Notice]:
    """Bytes that were delivered and captured nowhere."""
    lacking = [d for s in team.judged for d in s.directions if d.missing_bytes]
    if lacking and team.two_hosts is None:
        count = sum(d.missing_bytes for d in lacking)
        yield Notice("missing_bytes", "warning", _MISSING[missing_pattern(team)], count=count, undermines=True)


def missing_pattern(team: TeamFacts) -> Literal["whole", "steady", "bursts"] | None:
    """How acknowledged bytes are missing: of several directions the gravest pattern; None: it cannot be told."""
    patterns = {d.missing_how for s in team.judged for d in s.directions if d.missing_bytes}
    return next((pattern for pattern in _MISSING if pattern in patterns), None)


def _repeated(team: TeamFacts) -> Iterator[Notice]:
    """Members whose capture holds packets of listed streams more than once."""
    observed = [d.observation for s in team.streams for d in s.directions if d.observation is not None]
    counts = sum((o.repeated for o in observed), Counter[int]())
    for number, count in sorted(counts.items()):
        member = team.members[number]
        detail = msg("the capture of {member} holds packets more than once, as recorded at several layers of the host; the "
                     "claims count each once", member=member.name)  # fmt: skip
        yield Notice("duplicate_packet", "warning", detail, member.name,
                     member.captures[0].path if len(member.captures) == 1 else None, count=count)  # fmt: skip


def _mixed(team: TeamFacts) -> Iterator[Notice]:
    for member in team.team_members:
        if member.links_mixed:
            yield Notice("links_mixed", "warning",
                         msg("the capture of {member} holds several links and does not tell them apart: one LACP system speaks "
                             "there from several ports", member=member.name),
                         member.name, member.captures[0].path if len(member.captures) == 1 else None)  # fmt: skip


def _options(team: TeamFacts) -> Iterator[Notice]:
    """Options that name what no capture has: a slip of the pen would otherwise pass unseen."""
    if team.settings.local and team.streams and all(d.side == "unknown" for s in team.streams for d in s.directions):
        yield Notice("local_unseen", "warning",
                     msg("no listed stream has an address or MAC named by --local ({names}): directions stay unknown",
                         names=", ".join(team.settings.local)))  # fmt: skip
    names = [member.name for member in team.members]
    for name in sorted(set(team.settings.speeds) - set(names)):
        yield Notice("speed_unmatched", "warning", msg("--speed names {name}, but the members are {members}", name=name,
                                                       members=", ".join(names[:8])), name)  # fmt: skip


def _clocks(team: TeamFacts) -> Iterator[Notice]:
    reference = team.members[team.clock.reference].name if team.members else ""
    for clock in team.clock.members:
        if clock.corrected:
            name = team.members[clock.member].name
            yield Notice("clock_offset", "info", _offset(clock, name, reference), name)


def _offset(clock: MemberClock, name: str, reference: str) -> Message:
    said = msg("the clock of {member} is {offset:+.3f} ms from that of {reference}", member=name,
               offset=clock.offset_ns / 1e6, reference=reference)  # fmt: skip
    if clock.uncertainty_ns is not None:
        said = msg("{said} (within {uncertainty:.3f} ms)", said=said, uncertainty=clock.uncertainty_ns / 1e6)
    if clock.drift_ppm:
        said = msg("{said}, drifting {drift:.1f} ppm", said=said, drift=clock.drift_ppm)
    return msg("{said}; corrected", said=said)


def _windows(team: TeamFacts) -> Iterator[Notice]:
    """Members that were known not to be captured at the same time: their verdict would rest on different moments."""
    windows = [(member, window) for member in team.team_members if (window := _window(member, team)) is not None]
    windows.sort(key=lambda one: one[1])
    shared = {share.member for s in team.streams for d in s.directions if len(d.shares) > 1 for share in d.shares}
    ended = None
    for place, (member, (start, end, stated)) in enumerate(windows):
        following = windows[place + 1][1][0] if place + 1 < len(windows) else None
        apart = [gap for gap in (ended is not None and start - ended, following is not None and following - end) if gap]
        ended = end if ended is None else max(ended, end)
        if not apart or min(apart) <= 0:
            continue
        lonely = member.number not in shared and (
            min(apart) > _APART_NS or _lacp_was_due(member, min(apart), team) or _answers_missing(start, end, team)
        )
        if stated or lonely:
            yield Notice("windows_disjoint", "warning",
                         msg("{member} was captured at another time than the other members", member=member.name),
                         member.name, undermines=True)  # fmt: skip


def _lacp_was_due(member: TeamMember, gap_ns: int, team: TeamFacts) -> bool:
    """Whether LACP speaks on all members, and nobody heard it for three intervals between two captures."""
    interval = team.lacp.interval_ns(member.number)
    spoken = {one.number for one in team.team_members} <= set(team.lacp.members)
    return spoken and interval is not None and gap_ns >= LIVES * interval


def _answers_missing(start: int, end: int, team: TeamFacts) -> bool:
    """Whether a judged stream outside of this window has one direction only: the other one was where nobody captured."""
    return any(
        not all(d.shares for d in stream.directions) and (stream.first_ns > end or stream.last_ns < start)
        for stream in team.judged
    )


def _short(team: TeamFacts) -> Iterator[Notice]:
    """Members whose capture is known to end while judged streams go on in one direction only: what came of the other one,
    and of what followed, may have been on that member. (Of a stream with both directions, acknowledged bytes tell.)"""
    for member in team.team_members:
        if (end := _known_end(member, team)) is None:
            continue
        after = [stream.last_ns - end for stream in team.judged if _goes_on_unseen(stream, end)]
        if after:
            yield Notice("window_short", "warning",
                         msg("the capture of {member} ends {seconds:.1f} s before migration streams do that go on in one "
                             "direction; what was on {member} then is not known", member=member.name,
                             seconds=max(after) / 1e9),
                         member.name, count=len(after), undermines=True)  # fmt: skip


def _known_end(member: TeamMember, team: TeamFacts) -> int | None:
    """When a member's capture ended, on the reference clock, where it is cut or says so; not where it may just be quiet."""
    timed = [capture for capture in member.captures if capture.last_ns is not None]
    if not timed:
        return None
    last = max(timed, key=lambda capture: capture.last_ns or 0)
    if last.window is not None:
        return team.true_time(member.number, last.window[1])
    return team.true_time(member.number, last.last_ns or 0) if last.truncated else None


def _goes_on_unseen(stream: StreamFacts, end: int) -> bool:
    after = stream.last_ns - end
    if after <= max(_UNWATCHED_NS, _UNWATCHED_SHARE * (stream.last_ns - stream.first_ns)):
        return False
    lasts = [[share.last_ns for share in d.shares if share.last_ns is not None] for d in stream.directions]
    return not all(times and max(times) > end + after / 2 for times in lasts)


def _window(member: TeamMember, team: TeamFacts) -> tuple[int, int, bool] | None:
    """(start, end, whether the capture itself says so) on the reference clock."""
    stated = [capture.window for capture in member.captures]
    if stated and all(stated):
        bounds = [w for w in stated if w is not None]
        start, end = min(w[0] for w in bounds), max(w[1] for w in bounds)
        return team.true_time(member.number, start), team.true_time(member.number, end), True
    if member.first_ns is None or member.last_ns is None:
        return None
    return team.true_time(member.number, member.first_ns), team.true_time(member.number, member.last_ns), False
