"""LACP over time: what host and switch announced on each member, and when both had it in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowmap.document.evidence import Evidence, LacpHistory
from flowmap.document.model import Report
from flowmap.document.quantities import plain
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, chart_of, shortened, span_of
from flowmap.report.formats.html.charts.lanes import Bar, Lane, lanes_over_time
from flowmap.report.formats.html.charts.marks import Mark
from flowmap.report.formats.html.charts.time_axis import TimeAxis
from flowmap.report.formats.html.speech import Speech

__all__ = ["lacp_chart"]

_LANES = 40
_STATE_WORDS = {
    "in use": msg("in use"),
    "in sync": msg("in sync"),
    "not in sync": msg("not in sync"),
    "defaulted": msg("no partner"),
    "expired": msg("partner lost"),
    "bundled": msg("in the bundle"),
}
_STATE_COLORS = {
    "in use": "var(--pass)",
    "in sync": "var(--warn)",
    "not in sync": "var(--fail)",
    "defaulted": "var(--fail)",
    "expired": "var(--fail)",
    "bundled": "var(--pass)",
}
_PARTIES = {"host": msg("host says"), "switch": msg("switch says")}


def _state(bits: int) -> str:
    """Return what a state byte of IEEE 802.1AX says, in one word."""
    if bits & 0x80:
        return "expired"
    if bits & 0x40:
        return "defaulted"
    if bits & 0x38 == 0x38:
        return "in use"
    return "in sync" if bits & 0x08 else "not in sync"


def lacp_chart(
    report: Report, evidence: Evidence, axis: TimeAxis | None, marks: Mapping[str, Mark], speech: Speech
) -> Chart | None:
    """Draw for each member what host and switch announced, and when both had it in the bundle."""
    start, end = span_of(report)
    if axis is None or end <= start:
        return None
    lanes = [lane for history in evidence.lacp for lane in _lacp_lanes(history, axis, marks, speech)]
    if not lanes:
        return None
    told = [_bundled_text(history, start, end, end - start, speech) for history in evidence.lacp]
    sheet = Sheet()
    chart = lanes_over_time(sheet, lanes[:_LANES], axis, msg("state"), speech)
    cut = len(lanes) - _LANES
    note = glue(
        msg("Which of the two is the host is not known.") if _unknown(evidence) else "",
        nmsg("{count} more row is not drawn.", "{count} more rows are not drawn.", cut) if cut > 0 else "",
    )
    return chart_of(
        "lacp", msg("LACP: what each side said of each member"), glue(*told[:_LANES]), chart, sheet, speech, note
    )


def _unknown(evidence: Evidence) -> bool:
    """Return whether two sides speak and neither is known to be the host."""
    return any(len(h.sides) > 1 and all(side.party == "unknown" for side in h.sides) for h in evidence.lacp)


def _lacp_lanes(history: LacpHistory, axis: TimeAxis, marks: Mapping[str, Mark], speech: Speech) -> Iterator[Lane]:
    bundle = [_state_bar(a, b, axis, "bundled", speech) for a, b in history.bundled]
    sign = f"{marks[history.member].sign} " if history.member in marks else ""
    yield Lane(f"{sign}{shortened(plain(history.member), 22)}", [bar for bar in bundle if bar.end > bar.start])
    for side in history.sides:
        bars = [_state_bar(s.start_ns, s.end_ns, axis, _state(s.state), speech, False) for s in side.spans]
        who = _PARTIES.get(side.party) or msg("{who} says", who=side.system)
        yield Lane(speech.text(who), [bar for bar in bars if bar.end > bar.start])


def _state_bar(a: int, b: int, axis: TimeAxis, state: str, speech: Speech, solid: bool = True) -> Bar:
    first, last = max(a, axis.start_ns), min(b, axis.end_ns)
    return Bar(axis.at(first), axis.at(last), _STATE_COLORS[state], speech.text(_STATE_WORDS[state]), solid=solid)


def _bundled_text(history: LacpHistory, start: int, end: int, whole: int, speech: Speech) -> Message:
    inside = sum(max(0, min(b, end) - max(a, start)) for a, b in history.bundled)
    share = speech.percent(inside / whole)
    return msg("{member} was in the bundle for {share} of the capture.", member=history.member, share=share)
