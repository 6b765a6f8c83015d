"""The part of the text report that shows the team and its members: what carried how much, and in what state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import amount, duration, grouped, moment, speed
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.sections.labels import (
    copies_text,
    counted_text,
    host_text,
    host_unknown,
    left_out_text,
    several_hosts,
    window_text,
)
from flowmap.report.sections.mode import expectation_lines, mode_text
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.members import ClockOffset
    from flowmap.document.model import Member, Report
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_members"]

_BAR = 10
_CAPTURE_LIST = 6


def draw_members(canvas: Canvas, report: Report, *, full: bool) -> None:
    """Draw whose team it is and a row for each member; with `full` also clocks, switch ports, files and what the mode does."""
    canvas.blank()
    _draw_team(canvas, report)
    if full:
        for label, text in expectation_lines(report.team):
            canvas.labelled(msg("{label}:", label=label), text, indent=2, gap=1)
    _draw_rows(canvas, report.members)
    if full:
        _draw_ports(canvas, report.members)
        _draw_captures(canvas, report.members)
        for offset in report.clock.offsets:
            if offset.offset_ns:
                canvas.line(_clock(offset, report.clock.reference), indent=2)


def _draw_team(canvas: Canvas, report: Report) -> None:
    team = report.team
    host = host_text(team)
    if host_unknown(report):
        host = msg("unknown (name it: --local ADDR)")
    elif several_hosts(report):
        host = msg("several, as told above")
    told = msg("teamed host: {host}; mode: {mode}", host=host, mode=mode_text(team))
    label = msg("TEAM {name}", name=team.name) if team.name else msg("TEAM")
    canvas.labelled(label, told, label_style="heading")
    times = [(m.first_ns, m.last_ns) for m in report.members if m.first_ns is not None and m.last_ns is not None]
    if times:
        first, last = min(first for first, _ in times), max(last for _, last in times)
        canvas.line(msg("seen: {begin}, for {time}", begin=moment(first), time=duration(last - first)), indent=2)
    if window := window_text(report.settings):
        canvas.labelled(msg("time judged:"), window, indent=2, gap=1)


def _clock(offset: ClockOffset, reference: str | None) -> Message:
    facts = {"member": offset.member, "time": duration(abs(offset.offset_ns)), "reference": reference}
    said = (
        msg("clock of {member}: {time} ahead of {reference}", **facts)
        if offset.offset_ns > 0
        else msg("clock of {member}: {time} behind {reference}", **facts)
    )
    if offset.uncertainty_ns is not None:
        said = glue(said, glue("+-", duration(offset.uncertainty_ns), between=""))
    if offset.drift_ppm:
        said = msg("{clock}, drifts {drift:.1f} ppm", clock=said, drift=offset.drift_ppm)
    return msg("{clock}; taken out", clock=said) if offset.corrected else msg("{clock}; not taken out", clock=said)


def _draw_rows(canvas: Canvas, members: list[Member]) -> None:
    if not members:
        canvas.line(word("none"), indent=2)
        return
    total = sum(member.wire_bytes for member in members if not member.aggregate)
    rows = []
    for member in members:
        share = member.wire_bytes / total if total else 0.0
        full = round(share * _BAR)
        if member.aggregate:  # what it carried is not counted: no zeros, as if it had been idle
            rows.append([member.name, grouped(member.packets), "", "", "", "", _out_word(member)])
            continue
        rows.append(
            [
                member.name,
                grouped(member.packets),
                amount(member.tx_bytes),
                amount(member.rx_bytes),
                _lacp_word(member),
                speed(member.speed_bps),
                f"{'#' * full}{'.' * (_BAR - full)} {share:4.0%}",
            ]
        )
    header = [msg("member"), msg("packets"), "tx", "rx", "LACP", msg("speed"), msg("of all bytes")]
    canvas.table(header, rows, right=(1, 2, 3, 5))
    for member in members:
        if counted := counted_text(member):
            canvas.labelled(msg("{member}: counters say", member=member.name), counted, indent=2, gap=1)
    for member in members:
        if member.aggregate:
            text = msg("{member}: {why}, left out of placement", member=member.name, why=left_out_text(member))
            canvas.line(text, indent=2)
        elif member.copy_of is not None:
            canvas.line(msg("{member}: {what}", member=member.name, what=copies_text(member)), indent=2)
        elif member.lacp is not None and member.lacp.bundled is not True and member.lacp.reason:
            canvas.labelled(f"{member.name}:", member.lacp.reason, indent=2, gap=1)
        elif member.usable is False:
            canvas.line(msg("{member}: not usable for traffic", member=member.name), indent=2)


def _draw_ports(canvas: Canvas, members: list[Member]) -> None:
    """What the switch says of the ports, by LLDP or CDP."""
    for member in members[:_CAPTURE_LIST]:
        if (port := member.neighbor) is not None:
            text = msg(
                "{member} is plugged into {system}, port {port} ({protocol})",
                member=member.name,
                system=port.system or port.chassis or "?",
                port=port.port or port.description or "?",
                protocol=port.protocol.upper(),
            )
            canvas.line(text, indent=2, style="quiet")


def _draw_captures(canvas: Canvas, members: list[Member]) -> None:
    """Names differ from files often enough: say which files made which member."""
    for member in members[:_CAPTURE_LIST]:
        paths = [capture.path for capture in member.captures]
        named = glue(*paths[:3], between=", ")
        if len(paths) > 3:
            named = nmsg("{paths} and {count} more", "{paths} and {count} more", len(paths) - 3, paths=named)
        if paths:
            canvas.line(msg("{member} from {paths}", member=member.name, paths=named), indent=2, style="quiet")


def _out_word(member: Member) -> Message:
    return msg("other team") if member.other_team else msg("aggregate")


def _lacp_word(member: Member) -> str:
    if member.lacp is None:
        return "-"
    return {True: msg("bundled"), False: msg("NOT in"), None: msg("unclear")}[member.lacp.bundled]
