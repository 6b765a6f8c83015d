"""LACP over time: what host and switch announced on each member, and when both had it in the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.document import Report
from flowmap.report.evidence import Evidence, LacpHistory
from flowmap.report.html.charts import Bar, Chart, Lane, Sheet, axis_since, bars_over_time, chart_of, shortened, span_of
from flowmap.report.html.speech import Speech

__all__ = ["lacp_chart"]

_LANES = 40
_NANO = 10**9


_STATE_WORDS = {
    "in use": msg("in use"), "in sync": msg("in sync"), "not in sync": msg("not in sync"), "defaulted": msg("no partner"),
    "expired": msg("partner lost"), "bundled": msg("in the bundle"),
}  # fmt: skip
_STATE_COLORS = {
    "in use": "var(--pass)", "in sync": "var(--warn)", "not in sync": "var(--fail)", "defaulted": "var(--fail)",
    "expired": "var(--fail)", "bundled": "var(--pass)",
}  # fmt: skip
_PARTIES = {"host": msg("host"), "switch": msg("switch")}


def _state(bits: int) -> str:
    """What a state byte of IEEE 802.1AX says, in one word."""
    if bits & 0x80:
        return "expired"
    if bits & 0x40:
        return "defaulted"
    if bits & 0x38 == 0x38:
        return "in use"
    return "in sync" if bits & 0x08 else "not in sync"


def lacp_chart(report: Report, evidence: Evidence, speech: Speech) -> Chart | None:
    """For each member what host and switch announced, and when both had it in the bundle."""
    start, end = span_of(report)
    lanes = [lane for history in evidence.lacp for lane in _lacp_lanes(history, start, end, speech)]
    if not lanes or end <= start:
        return None
    whole = end - start
    told = [_bundled_text(history, start, end, whole, speech) for history in evidence.lacp]
    sheet = Sheet()
    chart = bars_over_time(sheet, lanes[:_LANES], whole / _NANO, axis_since(start, speech), msg("state"), speech)
    cut = len(lanes) - _LANES
    note = nmsg("{count} more row is not drawn.", "{count} more rows are not drawn.", cut) if cut > 0 else ""
    return chart_of("lacp", msg("LACP state over time"), glue(*told[:_LANES]), chart, sheet, speech, note)


def _lacp_lanes(history: LacpHistory, start: int, end: int, speech: Speech) -> Iterator[Lane]:
    bundle = [_state_bar(a, b, start, end, "bundled", speech) for a, b in history.bundled]
    yield Lane(speech.text(shortened(history.member, 26)), bundle)
    for side in history.sides:
        bars = [_state_bar(s.start_ns, s.end_ns, start, end, _state(s.state), speech, False) for s in side.spans]
        who = _PARTIES.get(side.party) or side.system
        yield Lane(speech.text(msg("{who} says", who=who)), [bar for bar in bars if bar.end > bar.start])


def _state_bar(a: int, b: int, start: int, end: int, state: str, speech: Speech, solid: bool = True) -> Bar:
    first, last = max(a, start), min(b, end)
    text = speech.text(_STATE_WORDS[state])
    return Bar((first - start) / _NANO, (last - start) / _NANO, _STATE_COLORS[state], text, solid=solid)


def _bundled_text(history: LacpHistory, start: int, end: int, whole: int, speech: Speech) -> Message:
    inside = sum(max(0, min(b, end) - max(a, start)) for a, b in history.bundled)
    share = speech.percent(inside / whole)
    return msg("{member} was in the bundle for {share} of the capture.", member=history.member, share=share)
