"""LACP over time: what host and switch announced on each member, and when both had it in the bundle."""

from __future__ import annotations

from collections.abc import Iterator

from flowmap.document.evidence import Evidence, LacpHistory
from flowmap.document.model import Report
from flowmap.document.quantities import plain
from flowmap.report.formats.html.charts.drawing import Chart, Sheet, shortened, span_of
from flowmap.report.formats.html.charts.lanes import Bar, Lane, lanes_over_time
from flowmap.report.formats.html.charts.time_axis import Scene
from flowmap.report.sections.figures.lacp import STATE, STATES, lacp_figure, says

__all__ = ["lacp_chart"]

_LANES = 40
_STATE_COLORS = {
    "in use": "var(--pass)",
    "in sync": "var(--warn)",
    "not in sync": "var(--fail)",
    "defaulted": "var(--fail)",
    "expired": "var(--fail)",
    "bundled": "var(--pass)",
}


def _state(bits: int) -> str:
    """Return what a state byte of IEEE 802.1AX says, in one word."""
    if bits & 0x80:
        return "expired"
    if bits & 0x40:
        return "defaulted"
    if bits & 0x38 == 0x38:
        return "in use"
    return "in sync" if bits & 0x08 else "not in sync"


def lacp_chart(report: Report, evidence: Evidence, scene: Scene) -> Chart | None:
    """Draw for each member what host and switch announced, and when both had it in the bundle."""
    lanes = [lane for history in evidence.lacp for lane in _lacp_lanes(history, scene)]
    if not lanes:
        return None
    sheet = Sheet()
    chart = lanes_over_time(sheet, lanes[:_LANES], STATE, scene)
    return scene.draw(lacp_figure(evidence, span_of(report), _LANES, len(lanes) - _LANES), chart, sheet)


def _lacp_lanes(history: LacpHistory, scene: Scene) -> Iterator[Lane]:
    bundle = [_state_bar(span, "bundled", scene, solid=True) for span in history.bundled]
    sign = f"{scene.marks[history.member].sign} " if history.member in scene.marks else ""
    yield Lane(f"{sign}{shortened(plain(history.member), 22)}", [bar for bar in bundle if bar.end > bar.start])
    for side in history.sides:
        bars = [_state_bar((s.start_ns, s.end_ns), _state(s.state), scene, solid=False) for s in side.spans]
        yield Lane(scene.speech.text(says(side)), [bar for bar in bars if bar.end > bar.start])


def _state_bar(span: tuple[int, int], state: str, scene: Scene, *, solid: bool) -> Bar:
    axis = scene.axis
    first, last = max(span[0], axis.start_ns), min(span[1], axis.end_ns)
    return Bar(axis.at(first), axis.at(last), _STATE_COLORS[state], scene.speech.text(STATES[state]), solid=solid)
