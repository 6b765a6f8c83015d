"""The report as text for a terminal: the answer first, then what it rests on, then what to do.

Meant for 80 columns, good at more. Without colour there is no control character in it, whatever a capture's names hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.report.terminal_policy import draw_policy
from flowmap.report.words import amount, bits, count, duration, moment, plain, probability, speed

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.document import Claims, Finding, Member, Report

__all__ = ["render"]

_BAR = 10
_NOTICES = 30
_SAME = 5
_CAPTURE_LIST = 6


def render(report: Report, width: int, color: bool) -> str:
    """The whole report as lines of at most `width` columns; ANSI colours only if `color`."""
    from flowmap.report.canvas import Canvas
    from flowmap.report.terminal_streams import draw_hosts, draw_streams

    canvas = Canvas(width, color)
    canvas.labelled(report.verdict.upper(), report.summary, label_style=report.verdict)
    canvas.blank()
    _draw_claims(canvas, report.claims, report.summary)
    _draw_team(canvas, report)
    _draw_members(canvas, report.members)
    draw_streams(canvas, report)
    draw_hosts(canvas, report)
    _draw_numbers(canvas, report)
    _draw_findings(canvas, report.findings)
    _draw_notices(canvas, report)
    _draw_footer(canvas, report)
    return canvas.text()


def _draw_claims(canvas: Canvas, claims: Claims, said: str) -> None:
    """Verdicts with their numbers, and with their reason unless the sentence above has `said` it."""
    pinned, spread = claims.pinned, claims.spread
    label = max(len(pinned.verdict), len(spread.verdict))
    names = ("single", "moved", "sprayed", "mirrored", "undecided", "absent")
    kinds = ", ".join(f"{getattr(pinned, name)} {name}" for name in names if getattr(pinned, name))
    numbers = f"{count(pinned.streams, 'stream')}, {count(pinned.directions, 'direction')}" + (kinds and f": {kinds}")
    canvas.labelled(f"{pinned.verdict:{label}}", "Each migration stream sits on one member", label_style=pinned.verdict)
    _draw_reason(canvas, "" if pinned.reason in said else pinned.reason, numbers, pinned.undermined_by, label + 2)
    numbers = f"{count(spread.hosts, 'remote host')}"
    if spread.direction is not None:
        where = ", ".join(f"{name} {number}" for name, number in spread.counts.items())
        numbers = f"{spread.direction}: {numbers}; {count(spread.units, spread.unit or 'unit')} counted: {where}"
        numbers += f"; p = {probability(spread.p_value)}" if spread.p_value is not None else ""
    canvas.labelled(f"{spread.verdict:{label}}", "Source hosts spread across the members", label_style=spread.verdict)
    _draw_reason(canvas, "" if spread.reason in said else spread.reason, numbers, spread.undermined_by, label + 2)


def _draw_reason(canvas: Canvas, reason: str, numbers: str, undermined_by: list[str], indent: int) -> None:
    if reason:
        canvas.line(reason, indent=indent)
    canvas.line(numbers, indent=indent, style="quiet")
    if undermined_by:
        canvas.line(f"undermined by: {', '.join(undermined_by)}", indent=indent, style="warning")


def _draw_team(canvas: Canvas, report: Report) -> None:
    team = report.team
    canvas.heading("TEAM" + (f" {team.name}" if team.name else ""))
    how = {"option": "named", "mac": "by its MAC", "unknown": "", "migration": "common to all migrations"}
    found = how.get(team.host_source, f"by {team.host_source}")
    host = f"{team.host}{f' ({found})' if found else ''}" if team.host else "unknown"
    mode = " ".join(part for part in (team.mode, team.algorithm) if part) or "unknown"
    source = f" ({team.mode_source})" if team.mode_source != "unknown" else ""
    canvas.line(f"teamed host: {host}; mode: {mode}{source}", indent=2)
    times = [(m.first_ns, m.last_ns) for m in report.members if m.first_ns is not None and m.last_ns is not None]
    if times:
        first, last = min(first for first, _ in times), max(last for _, last in times)
        canvas.line(f"seen: {moment(first)}, for {duration(last - first)}", indent=2)
    for offset in report.clock.offsets:
        if offset.offset_ns:
            side = "ahead of" if offset.offset_ns > 0 else "behind"
            line = f"clock of {offset.member}: {duration(abs(offset.offset_ns))} {side} {report.clock.reference}"
            line += f" +-{duration(offset.uncertainty_ns)}" if offset.uncertainty_ns is not None else ""
            line += f", drifts {offset.drift_ppm:.1f} ppm" if offset.drift_ppm else ""
            canvas.line(f"{line}; {'taken out' if offset.corrected else 'not taken out'}", indent=2)


def _draw_members(canvas: Canvas, members: list[Member]) -> None:
    canvas.heading("MEMBERS")
    if not members:
        canvas.line("none", indent=2)
        return
    total = sum(member.wire_bytes for member in members if not member.aggregate)
    rows = []
    for member in members:
        share = member.wire_bytes / total if total and not member.aggregate else 0.0
        full = round(share * _BAR)
        rows.append(
            [
                member.name,
                f"{member.packets:,}".replace(",", " "),
                amount(member.tx_bytes),
                amount(member.rx_bytes),
                _lacp_word(member),
                speed(member.speed_bps),
                "aggregate" if member.aggregate else f"{'#' * full}{'.' * (_BAR - full)} {share:4.0%}",
            ]
        )
    canvas.table(["member", "packets", "tx", "rx", "LACP", "speed", "share"], rows, right=(1, 2, 3, 5))
    for member in members:
        if member.aggregate:
            canvas.line(f"{member.name}: carries the union of the others, left out of placement", indent=2)
        elif member.lacp is not None and member.lacp.bundled is not True and member.lacp.reason:
            canvas.labelled(f"{member.name}:", member.lacp.reason, indent=2, gap=1)
        elif member.usable is False:
            canvas.line(f"{member.name}: not usable for traffic", indent=2)
    _draw_captures(canvas, members)


def _draw_captures(canvas: Canvas, members: list[Member]) -> None:
    """Names differ from files often enough: say which files made which member."""
    for member in members[:_CAPTURE_LIST]:
        paths = [capture.path for capture in member.captures]
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        if paths:
            canvas.line(f"{member.name} from {', '.join(paths[:3])}{more}", indent=2, style="quiet")


def _lacp_word(member: Member) -> str:
    if member.lacp is None:
        return "-"
    return {True: "bundled", False: "NOT in", None: "unclear"}[member.lacp.bundled]


def _draw_numbers(canvas: Canvas, report: Report) -> None:
    lines = []
    for direction, numbers in (("tx", report.balance.tx), ("rx", report.balance.rx)):
        if numbers.jain is not None and numbers.max_over_mean is not None:
            text = f"{direction}: Jain {numbers.jain:.2f}, busiest member {numbers.max_over_mean:.2f} x the mean"
            text += f", up to {numbers.peak_concurrency} at once" if numbers.peak_concurrency else ""
            lines.append(text)
    if lines:
        canvas.heading("EVENNESS (of bytes; no verdict)")
        for line in lines:
            canvas.line(line, indent=2)
    draw_policy(canvas, report.policy)
    if report.migrations:
        canvas.heading("MIGRATIONS")
        rows = []
        for m in report.migrations:
            span = duration(m.last_ns - m.first_ns) if m.first_ns is not None and m.last_ns is not None else ""
            route = f"{m.source_host or '?'} -> {m.destination_host or '?'}"
            rows.append([str(m.id), m.platform, route, str(len(m.streams)), amount(m.bytes), span, bits(m.mean_bps)])
        canvas.table(["id", "platform", "hosts", "streams", "payload", "time", "mean"], rows, right=(3, 4, 5, 6))


def _draw_findings(canvas: Canvas, findings: list[Finding]) -> None:
    """Findings that ask for the same are put together: one title, one thing to do."""
    if not findings:
        return
    canvas.heading("FINDINGS")
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.severity, finding.title, finding.action), []).append(finding)
    for (code, severity, title, action), group in groups.items():
        canvas.labelled(f"{code} {severity}:", title, label_style=severity, indent=2, gap=1)
        for finding in group[:_SAME]:
            canvas.line(finding.explanation, indent=4)
            if finding.wireshark_filter:
                canvas.labelled("Wireshark:", finding.wireshark_filter, indent=6, gap=1)
        if len(group) > _SAME:
            canvas.line(f"... and {len(group) - _SAME} more; --json has them all", indent=4)
        canvas.labelled("Do:", action, indent=4, gap=1)


def _draw_notices(canvas: Canvas, report: Report) -> None:
    if not report.notices:
        return
    canvas.heading("NOTICES")
    for notice in report.notices[:_NOTICES]:
        about = ", ".join(dict.fromkeys(part for part in (notice.member, notice.path) if part))
        times = (
            f" ({count(notice.count, 'time')})" if notice.count > 1 and str(notice.count) not in notice.detail else ""
        )
        where = f" at byte {notice.first_offset}" if notice.first_offset is not None else ""
        text = f"{about}{where}: {notice.detail}{times}" if about else f"{notice.detail}{times}"
        label = f"{notice.severity} {notice.code}:"
        canvas.labelled(label, text, label_style=notice.severity, indent=2, gap=1)
    if len(report.notices) > _NOTICES:
        canvas.line(f"... and {len(report.notices) - _NOTICES} more; --json has them all", indent=2)


def _draw_footer(canvas: Canvas, report: Report) -> None:
    settings = report.settings
    canvas.heading("SETTINGS")
    parts = [f"streams {settings.streams}"]
    parts += [f"{name} {value}" for name, value in settings.thresholds.items()]
    canvas.line(", ".join(parts), indent=2, style="quiet")
    total = report.totals
    read = f"{count(total.packets, 'packet')}, {count(total.flows, 'flow')}, {count(total.streams, 'stream')}"
    canvas.line(f"flowmap {plain(report.tool.version)}: {read}, made {report.generated_at}", indent=2, style="quiet")
    if report.findings or report.notices:
        canvas.line("`flowmap explain CODE` tells more about any code above.", indent=2, style="quiet")
