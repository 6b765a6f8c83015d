"""The parts of the text report that only --full has: evenness, hash keys, what the packets say of the mode, migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import bits, duration, migrated
from flowmap.message import Message, msg, nmsg
from flowmap.report.formats.text.policy import draw_policy
from flowmap.report.sections.limits import limit_lines
from flowmap.report.sections.mode import mode_lines

if TYPE_CHECKING:
    from flowmap.document.model import BalanceNumbers, Report
    from flowmap.report.formats.canvas import Canvas

__all__ = ["draw_numbers"]

_MIGRATIONS = 30


def draw_numbers(canvas: Canvas, report: Report) -> None:
    """Draw evenness, hash keys, modes and migrations: for those who look closer."""
    lines = [
        text
        for direction, numbers in (("tx", report.balance.tx), ("rx", report.balance.rx))
        if (text := _evenness(direction, numbers))
    ]
    members = sum(not member.aggregate for member in report.members)
    if lines:
        canvas.heading(
            nmsg(
                "EVENNESS (of bytes, over {count} member; no verdict)",
                "EVENNESS (of bytes, over {count} members, idle ones too; no verdict)",
                members,
            )
        )
        for line in lines:
            canvas.line(line, indent=2)
    draw_policy(canvas, report.policy)
    if len([member for member in report.members if not member.aggregate]) > 1:
        canvas.heading(msg("MODE (what the packets say, whatever is configured)"))
        for label, text in mode_lines(report.team):
            canvas.labelled(msg("{label}:", label=label), text, indent=2, gap=1)
    if report.migrations:
        from flowmap.report.formats.text.streams import more_lines

        canvas.heading(msg("MIGRATIONS"))
        rows = []
        for m in report.migrations[:_MIGRATIONS]:
            span = duration(m.last_ns - m.first_ns) if m.first_ns is not None and m.last_ns is not None else ""
            route = f"{m.source_host or '?'} -> {m.destination_host or '?'}"
            payload = migrated(m.bytes, m.resent_bytes)
            rows.append([str(m.id), m.platform, route, str(len(m.streams)), payload, span, bits(m.mean_bps)])
        header = ["id", msg("platform"), msg("hosts"), msg("streams"), msg("payload"), msg("time"), msg("mean")]
        canvas.table(header, rows, right=(3, 4, 5, 6))
        if len(report.migrations) > _MIGRATIONS:
            canvas.line(more_lines(len(report.migrations) - _MIGRATIONS), indent=2)
        for line in limit_lines(report.migrations):
            canvas.labelled(msg("limited by"), line, indent=2)


def _evenness(direction: str, numbers: BalanceNumbers) -> Message | None:
    if numbers.jain is None or numbers.max_over_mean is None:
        return None
    said = msg(
        "{direction}: Jain {jain:.2f}, busiest member {ratio:.2f} x the mean",
        direction=direction,
        jain=numbers.jain,
        ratio=numbers.max_over_mean,
    )
    if numbers.peak_concurrency:
        said = msg("{evenness}, up to {streams} at once", evenness=said, streams=numbers.peak_concurrency)
    return said
