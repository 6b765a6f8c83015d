"""The report as text for a terminal: the answer first, then what it rests on, then what to do.

Meant for 80 columns, good at more. Without colour there is no control character in it, whatever a capture's names hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.report.claims import claims_of, commands_of, offset_of, together
from flowmap.report.first_step import first_step
from flowmap.report.labels import host_unknown
from flowmap.report.limits import limit_lines
from flowmap.report.mode_text import expectation_lines, mode_lines
from flowmap.report.terminal_policy import draw_policy
from flowmap.report.words import amount, bits, count, duration, grouped, moment, speed
from flowmap.verdict.words import word

if TYPE_CHECKING:
    from flowmap.report.canvas import Canvas
    from flowmap.report.document import BalanceNumbers, Finding, Member, NoticeRow, Report
    from flowmap.report.members import ClockOffset

__all__ = ["render"]

_BAR = 10
_NOTICES = 30
_OF_BYTES = frozenset({"missing_bytes"})
_SAME = 5
_CAPTURE_LIST = 6


def render(report: Report, width: int, color: bool, language: str = "en") -> str:
    """The whole report as lines of at most `width` columns, in `language`; ANSI colours only if `color`."""
    from flowmap.report.canvas import Canvas
    from flowmap.report.terminal_streams import draw_hosts, draw_streams

    canvas = Canvas(width, color, language)
    canvas.labelled(canvas.said(word(report.verdict)).upper(), report.summary, label_style=report.verdict)
    canvas.blank()
    _draw_claims(canvas, report)
    _draw_first_step(canvas, report)
    _draw_team(canvas, report)
    _draw_members(canvas, report.members)
    draw_streams(canvas, report)
    draw_hosts(canvas, report)
    _draw_numbers(canvas, report)
    _draw_findings(canvas, report.findings)
    _draw_notices(canvas, report)
    _draw_footer(canvas, report)
    return canvas.text()


def _draw_claims(canvas: Canvas, report: Report) -> None:
    """Verdicts with their numbers, and with their reason unless the sentence above has said it."""
    claims = claims_of(report)
    room = max(len(canvas.said(word(claim.verdict))) for claim in claims)
    for claim in claims:
        canvas.labelled(canvas.said(word(claim.verdict)).ljust(room), claim.title, label_style=claim.verdict)
        if claim.reason not in report.summary:
            canvas.line(claim.reason, indent=room + 2)
        canvas.line(claim.numbers, indent=room + 2, style="quiet")
        if claim.undermined_by:
            by = msg("undermined by: {reasons}", reasons=claim.undermined)
            canvas.line(by, indent=room + 2, style="warning")


def _draw_first_step(canvas: Canvas, report: Report) -> None:
    """What to do first, and for more speed; the findings below have it in full."""
    step = first_step(report)
    canvas.blank()
    canvas.labelled(msg("{label}:", label=step.heading), _coded(step.text, step.code), label_style="heading", gap=1)
    for command in step.commands:
        canvas.command(command, indent=2)
    if (speed := step.speed) is not None:
        canvas.labelled(msg("{label}:", label=speed.heading), _coded(speed.text, speed.code), label_style="heading", gap=1)


def _coded(text: str, code: str) -> Message:
    return glue(text, f"({code})" if code else "")


def _draw_team(canvas: Canvas, report: Report) -> None:
    team = report.team
    canvas.heading(msg("TEAM {name}", name=team.name) if team.name else msg("TEAM"))
    host = glue(team.host, _how_found(team.host_source)) if team.host else word("unknown")
    if host_unknown(report):
        host = msg("unknown (name it: --local ADDR)")
    mode = glue(" ".join(part for part in (team.mode, team.algorithm) if part)) or word("unknown")
    source = aside(word(team.mode_source)) if team.mode_source != "unknown" else ""
    canvas.line(msg("teamed host: {host}; mode: {mode}", host=host, mode=glue(mode, source, between="")), indent=2)
    for label, text in expectation_lines(team):
        canvas.labelled(msg("{label}:", label=label), text, indent=2, gap=1)
    times = [(m.first_ns, m.last_ns) for m in report.members if m.first_ns is not None and m.last_ns is not None]
    if times:
        first, last = min(first for first, _ in times), max(last for _, last in times)
        canvas.line(msg("seen: {begin}, for {time}", begin=moment(first), time=duration(last - first)), indent=2)
    for offset in report.clock.offsets:
        if offset.offset_ns:
            canvas.line(_clock(offset, report.clock.reference), indent=2)


def _how_found(source: str) -> str:
    found = {
        "option": msg("(named)"),
        "direction": msg("(by direction)"),
        "mac": msg("(by its MAC)"),
        "migration": msg("(common to all migrations)"),
        "neighbor": msg("(by neighbor)"),
    }
    return found.get(source, "")


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


def _draw_members(canvas: Canvas, members: list[Member]) -> None:
    canvas.heading(msg("MEMBERS"))
    if not members:
        canvas.line(word("none"), indent=2)
        return
    total = sum(member.wire_bytes for member in members if not member.aggregate)
    rows = []
    for member in members:
        share = member.wire_bytes / total if total and not member.aggregate else 0.0
        full = round(share * _BAR)
        rows.append(
            [
                member.name,
                grouped(member.packets),
                amount(member.tx_bytes),
                amount(member.rx_bytes),
                _lacp_word(member),
                speed(member.speed_bps),
                msg("aggregate") if member.aggregate else f"{'#' * full}{'.' * (_BAR - full)} {share:4.0%}",
            ]
        )
    header = [msg("member"), msg("packets"), "tx", "rx", "LACP", msg("speed"), msg("of all bytes")]
    canvas.table(header, rows, right=(1, 2, 3, 5))
    for member in members:
        if member.aggregate:
            text = msg("{member}: carries the union of the others, left out of placement", member=member.name)
            canvas.line(text, indent=2)
        elif member.lacp is not None and member.lacp.bundled is not True and member.lacp.reason:
            canvas.labelled(f"{member.name}:", member.lacp.reason, indent=2, gap=1)
        elif member.usable is False:
            canvas.line(msg("{member}: not usable for traffic", member=member.name), indent=2)
    for member in members[:_CAPTURE_LIST]:
        if (port := member.neighbor) is not None:
            text = msg(
                "{member} is plugged into {system}, port {port} ({protocol})", member=member.name,
                system=port.system or port.chassis or "?", port=port.port or port.description or "?",
                protocol=port.protocol.upper(),
            )  # fmt: skip
            canvas.line(text, indent=2, style="quiet")
    _draw_captures(canvas, members)


def _draw_captures(canvas: Canvas, members: list[Member]) -> None:
    """Names differ from files often enough: say which files made which member."""
    for member in members[:_CAPTURE_LIST]:
        paths = [capture.path for capture in member.captures]
        named = glue(*paths[:3], between=", ")
        if len(paths) > 3:
            named = nmsg("{paths} and {count} more", "{paths} and {count} more", len(paths) - 3, paths=named)
        if paths:
            canvas.line(msg("{member} from {paths}", member=member.name, paths=named), indent=2, style="quiet")


def _lacp_word(member: Member) -> str:
    if member.lacp is None:
        return "-"
    return {True: msg("bundled"), False: msg("NOT in"), None: msg("unclear")}[member.lacp.bundled]


def _draw_numbers(canvas: Canvas, report: Report) -> None:
    lines = [
        text
        for direction, numbers in (("tx", report.balance.tx), ("rx", report.balance.rx))
        if (text := _evenness(direction, numbers))
    ]
    members = sum(not member.aggregate for member in report.members)
    if lines:
        canvas.heading(nmsg("EVENNESS (of bytes, over {count} member; no verdict)",
                            "EVENNESS (of bytes, over {count} members, idle ones too; no verdict)", members))  # fmt: skip
        for line in lines:
            canvas.line(line, indent=2)
    draw_policy(canvas, report.policy)
    if len([member for member in report.members if not member.aggregate]) > 1:
        canvas.heading(msg("MODE (what the packets say, whatever is configured)"))
        for label, text in mode_lines(report.team):
            canvas.labelled(msg("{label}:", label=label), text, indent=2, gap=1)
    if report.migrations:
        canvas.heading(msg("MIGRATIONS"))
        rows = []
        for m in report.migrations:
            span = duration(m.last_ns - m.first_ns) if m.first_ns is not None and m.last_ns is not None else ""
            route = f"{m.source_host or '?'} -> {m.destination_host or '?'}"
            rows.append([str(m.id), m.platform, route, str(len(m.streams)), amount(m.bytes), span, bits(m.mean_bps)])
        header = ["id", msg("platform"), msg("hosts"), msg("streams"), msg("payload"), msg("time"), msg("mean")]
        canvas.table(header, rows, right=(3, 4, 5, 6))
        for line in limit_lines(report.migrations):
            canvas.labelled(msg("limited by"), line, indent=2)


def _evenness(direction: str, numbers: BalanceNumbers) -> Message | None:
    if numbers.jain is None or numbers.max_over_mean is None:
        return None
    said = msg("{direction}: Jain {jain:.2f}, busiest member {ratio:.2f} x the mean", direction=direction,
               jain=numbers.jain, ratio=numbers.max_over_mean)  # fmt: skip
    if numbers.peak_concurrency:
        said = msg("{evenness}, up to {streams} at once", evenness=said, streams=numbers.peak_concurrency)
    return said


def _draw_findings(canvas: Canvas, findings: list[Finding]) -> None:
    """Findings that ask for the same are put together: one title, one thing to do."""
    if not findings:
        return
    canvas.heading(msg("FINDINGS"))
    for group in together(findings):
        first = group[0]
        label = glue(first.code, glue(word(first.severity), ":", between=""))
        canvas.labelled(label, first.title, label_style=first.severity, indent=2, gap=1)
        for finding in group[:_SAME]:
            canvas.line(finding.explanation, indent=4)
            if finding.wireshark_filter:
                canvas.labelled("Wireshark:", finding.wireshark_filter, indent=6, gap=1)
        if len(group) > _SAME:
            canvas.line(_more(len(group) - _SAME), indent=4)
        canvas.labelled(msg("Do:"), first.action, indent=4, gap=1)
        for command in dict.fromkeys(command for finding in group for command in commands_of(finding)):
            canvas.command(command, indent=6)


def _draw_notices(canvas: Canvas, report: Report) -> None:
    if not report.notices:
        return
    canvas.heading(msg("NOTICES"))
    for notice in report.notices[:_NOTICES]:
        about = glue(*dict.fromkeys(part for part in (notice.member, notice.path) if part), between=", ")
        if about and (offset := offset_of(notice)) is not None:
            about = msg("{about} at byte {offset}", about=about, offset=offset)
        repeated = notice.count > 1 and str(notice.count) not in notice.detail
        times = aside(_times(notice) if repeated else "")
        text = glue(about, glue(notice.detail, times, between=""), between=": ")
        label = glue(word(notice.severity), f"{notice.code}:")
        canvas.labelled(label, text, label_style=notice.severity, indent=2, gap=1)
    if len(report.notices) > _NOTICES:
        canvas.line(_more(len(report.notices) - _NOTICES), indent=2)


def _more(number: int) -> Message:
    return nmsg("... and {count} more; --json has them all", "... and {count} more; --json has them all", number)


def _times(notice: NoticeRow) -> Message:
    if notice.code in _OF_BYTES:
        return count("{number} byte", "{number} bytes", notice.count)
    return count("{number} time", "{number} times", notice.count)


def _draw_footer(canvas: Canvas, report: Report) -> None:
    settings = report.settings
    canvas.heading(msg("SETTINGS"))
    parts = [f"streams {settings.streams}", *(f"{name} {value}" for name, value in settings.thresholds.items())]
    canvas.line(", ".join(parts), indent=2, style="quiet")
    total = report.totals
    read = glue(
        count("{number} packet", "{number} packets", total.packets),
        count("{number} flow", "{number} flows", total.flows),
        count("{number} stream", "{number} streams", total.streams),
        between=", ",
    )
    facts = {"version": report.tool.version, "read": read, "time": report.generated_at}
    canvas.line(msg("flowmap {version}: {read}, made {time}", **facts), indent=2, style="quiet")
    if report.findings or report.notices:
        canvas.line(msg("`flowmap explain CODE` tells more about any code above."), indent=2, style="quiet")
