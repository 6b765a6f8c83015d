"""The charts of one report: throughput, migrations, sequence numbers, LACP, capture windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.report.document import Direction, Report, Stream
from flowmap.report.evidence import Evidence, LacpHistory, SequencePoints
from flowmap.report.html.charts import Bar, Chart, Lane, Tick, bars_over_time, chart_of, inline
from flowmap.report.html.marks import Mark
from flowmap.report.html.picture import shortened
from flowmap.report.html.speech import Speech
from flowmap.report.labels import CAUSES, by_urgency
from flowmap.report.series import Series
from flowmap.report.words import endpoint, moment, plain

__all__ = ["capture_chart", "lacp_chart", "sequence_charts", "throughput_charts", "timeline_chart"]

_LANES = 40
_MEMBERS = 8
_SEQUENCES = 6
_BINS = 160
_NANO = 10**9
_WORTH_A_CHART = 0.01
"""A side with a smaller part of the bytes is not drawn: of a known host only control frames have no direction."""


def _begin(report: Report) -> tuple[int, int]:
    """First and last packet of the team, ns; (0, 0) where nothing has a time."""
    firsts = [m.first_ns for m in report.members if m.first_ns is not None and not m.aggregate]
    lasts = [m.last_ns for m in report.members if m.last_ns is not None and not m.aggregate]
    return (min(firsts), max(lasts)) if firsts and lasts else (0, 0)


def _axis(start_ns: int, speech: Speech) -> str:
    return speech.text(msg("seconds since {time}", time=moment(start_ns)))


def timeline_chart(report: Report, marks: Mapping[str, Mark], speech: Speech) -> Chart | None:
    """Each judged stream-direction with payload over time in its member's colour, moves marked with their cause."""
    streams = sorted((s for s in report.streams if s.judged), key=lambda s: (s.migration_id or 0, s.first_ns or 0, s.id))
    if len(streams) * 2 > _LANES:  # trouble must not be what is cut
        streams = sorted(by_urgency(streams)[: _LANES // 2], key=lambda s: (s.migration_id or 0, s.first_ns or 0))
    start, end = _begin(report)
    lanes = [lane for stream in streams for lane in _stream_lanes(stream, start, marks, speech)]
    if not lanes or end <= start:
        return None
    judged = sum(stream.judged for stream in report.streams)
    moves = sum(len(d.moves) for s in streams for d in s.directions)
    text = glue(
        nmsg("{count} stream over time, by member;", "{count} streams over time, by member;", len(streams)),
        nmsg("{count} move marked with its cause.", "{count} moves marked with their causes.", moves),
    )
    cut = judged - len(streams)
    note = nmsg("{count} more stream is not drawn.", "{count} more streams are not drawn.", cut) if cut > 0 else ""
    chart = bars_over_time(lanes, (end - start) / _NANO, _axis(start, speech))
    return chart_of("timeline", msg("Migration streams over time"), text, chart, speech, note)


def _stream_lanes(stream: Stream, start: int, marks: Mapping[str, Mark], speech: Speech) -> Iterator[Lane]:
    for direction in stream.directions:
        bars = list(_direction_bars(direction, start, marks, speech))
        if not bars:
            continue
        ticks = [Tick((m.ts_ns - start) / _NANO, speech.text(CAUSES.get(m.cause or "", ""))) for m in direction.moves]
        way: str = direction.direction if direction.direction != "unknown" else msg("from {ip}", ip=direction.src.ip)
        yield Lane(speech.text(msg("#{id} {kind} {way}", id=stream.id, kind=stream.kind, way=way)), bars, ticks)


def _direction_bars(direction: Direction, start: int, marks: Mapping[str, Mark], speech: Speech) -> Iterator[Bar]:
    used = [m for m in direction.members if m.first_ns is not None and m.last_ns is not None and m.name in marks]
    if direction.placement == "moved" and direction.moves and used:
        began, why = min(m.first_ns or 0 for m in used), ""
        for move in direction.moves:
            yield _bar(began, move.ts_ns - (move.gap_ns or 0), start, marks[move.from_], why)
            began, why = move.ts_ns, f"{speech.text(CAUSES.get(move.cause or '', ''))} → "
        yield _bar(began, max(m.last_ns or 0 for m in used), start, marks[direction.moves[-1].to], why)
        return
    for part, m in enumerate(used):
        yield _bar(m.first_ns or 0, m.last_ns or 0, start, marks[m.name], "", part, len(used))


def _bar(first: int, last: int, start: int, mark: Mark, why: str = "", part: int = 0, parts: int = 1) -> Bar:
    text = f"{why}{mark.sign} {shortened(plain(mark.name), 24)}" if parts == 1 else ""
    return Bar((first - start) / _NANO, (last - start) / _NANO, mark.color, text, part, parts)


def throughput_charts(report: Report, series: Series, marks: Mapping[str, Mark], speech: Speech) -> list[Chart]:
    """Received and sent apart: one row for each member, with its line rate where that is known and near."""
    if not series.members:
        return []
    names = [m.name for m in report.members if not m.aggregate and m.name in series.members]
    busiest = sorted(names, key=lambda name: -sum(int(v.sum()) for v in series.members[name].values()))[:_MEMBERS]
    names = [name for name in names if name in busiest]
    carried = {side: sum(int(series.members[name][side].sum()) for name in names) for side in ("rx", "tx", "unknown")}
    sides = [side for side, size in carried.items() if size > _WORTH_A_CHART * sum(carried.values())]
    return [_throughput(side, names, report, series, marks, speech) for side in sides]


_UNITS = ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1, "bit/s"))
_SIDE_TITLES = {
    "rx": msg("Received (rx) by each member"), "tx": msg("Sent (tx) by each member"),
    "unknown": msg("Carried by each member, direction not known"),
}  # fmt: skip


def _throughput(
    side: str, names: Sequence[str], report: Report, series: Series, marks: Mapping[str, Mark], speech: Speech
) -> Chart:
    import altair

    first, per_bin = _used_bins(series, names)
    rates = {name: _rates(series.members[name][side], first, per_bin, series.width_ns) for name in names}
    top = max(float(rate.max(initial=0)) for rate in rates.values()) or 1.0
    speeds = {m.name: m.speed_bps for m in report.members if m.speed_bps}
    factor, unit = next((f, u) for f, u in _UNITS if top >= f or f == 1)
    near = {name: speed for name, speed in speeds.items() if name in rates and speed <= 4 * top}
    ceiling = max([top, *near.values()]) / factor * 1.05
    origin = series.start_ns + first[0] * series.width_ns
    step = per_bin * series.width_ns / _NANO
    rows = []
    for index, name in enumerate(names):
        values = [{"t": round(i * step, 6), "v": float(f"{v / factor:.4g}")} for i, v in enumerate([*rates[name], 0.0])]
        last = index == len(names) - 1
        x_scale = altair.Scale(domain=[0, len(rates[name]) * step], nice=False)
        x_axis = altair.Axis(labels=last, tickCount=8)
        x = altair.X("t:Q", title=_axis(origin, speech) if last else None, scale=x_scale, axis=x_axis)
        y = altair.Y("v:Q", title=unit, scale=altair.Scale(domain=[0, ceiling], nice=False), axis=altair.Axis(tickCount=3))
        area = altair.Chart(inline(values)).mark_area(
            interpolate="step-after", color=marks[name].color, opacity=0.75, clip=True
        ).encode(x=x, y=y)  # fmt: skip
        layers = [area]
        if name in near:
            line = altair.Chart(inline([{"v": near[name] / factor}]))
            layers.append(line.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color="var(--fail)").encode(y="v:Q"))
        title = altair.TitleParams(f"{marks[name].sign} {shortened(plain(name), 40)}", fontSize=12, offset=4)
        rows.append(altair.layer(*layers).properties(width=440, height=76, title=title))
    chart = altair.vconcat(*rows, spacing=8)
    return chart_of(
        f"throughput-{side}", _SIDE_TITLES[side], _throughput_text(rates, speeds, speech), chart, speech,
        _throughput_note(names, near, speeds, len(report.members), step, speech),
    )  # fmt: skip


def _used_bins(series: Series, names: Sequence[str]) -> tuple[tuple[int, int], int]:
    """First and last bin that carried anything, and how many bins are drawn as one."""
    carried = sum((side.astype(float) for name in names for side in series.members[name].values()), start=np.zeros(1))
    used = np.flatnonzero(carried)
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
    return (first, last), max(1, -(-(last - first) // _BINS))


def _rates(wire: Any, bins: tuple[int, int], per_bin: int, width_ns: int) -> Any:
    """Bits per second of each drawn bin."""
    own = wire[bins[0] : bins[1]].astype(float)
    own = np.pad(own, (0, -len(own) % per_bin)).reshape(-1, per_bin).sum(axis=1)
    return own * 8 * _NANO / (per_bin * width_ns)


def _throughput_text(rates: Mapping[str, Any], speeds: Mapping[str, int], speech: Speech) -> Message:
    parts = []
    for name, rate in rates.items():
        values = {"member": name, "mean": speech.bits(int(rate.mean())), "peak": speech.bits(int(rate.max(initial=0)))}
        if name in speeds:
            line = speech.bits(speeds[name])
            parts.append(msg("{member}: mean {mean}, peak {peak}, line rate {line}.", line=line, **values))
        else:
            parts.append(msg("{member}: mean {mean}, peak {peak}.", **values))
    return glue(*parts)


def _throughput_note(
    names: Sequence[str], near: Mapping[str, int], speeds: Mapping[str, int], members: int, step: float, speech: Speech
) -> Message:
    parts = [msg("Each step is {span}, wire bytes of all frames.", span=speech.duration(int(step * _NANO)))]
    if near:
        parts.append(msg("The dashed line is the member's line rate."))
    elif any(name in speeds for name in names):
        parts.append(msg("The line rate is far above what is drawn."))
    else:
        parts.append(msg("The line rate is not known: --speed draws it in."))
    if members > len(names):
        parts.append(nmsg("{count} more member is not drawn.", "{count} more members are not drawn.", members - len(names)))
    return glue(*parts)


def sequence_charts(report: Report, evidence: Evidence, marks: Mapping[str, Mark], speech: Speech) -> tuple[list[Chart], int]:
    """(charts of moved and sprayed directions, how many more there are)."""
    rank = {stream.id: n for n, stream in enumerate(by_urgency(report.streams))}
    ordered = sorted(evidence.sequences, key=lambda points: (rank.get(points.stream, len(rank)), points.source))
    charts = []
    for number, points in enumerate(ordered[:_SEQUENCES]):
        found = [d for s in report.streams if s.id == points.stream for d in s.directions]
        direction = next((d for d in found if (d.src.ip, d.src.port) == points.source), None)
        if direction is not None and len(points.ts_ns):
            charts.append(_sequence(number, points, direction, marks, speech))
    return charts, len(evidence.sequences) - len(charts) + evidence.sequences_cut


def _sequence(number: int, points: SequencePoints, direction: Direction, marks: Mapping[str, Mark], speech: Speech) -> Chart:
    import altair

    start = int(points.ts_ns.min())
    names = [plain(name) for name in points.members]
    used = [marks[name] for name in points.members]
    color = altair.Color("m:N", scale=altair.Scale(domain=names, range=[mark.color for mark in used]), legend=None)
    shape = altair.Shape("m:N", scale=altair.Scale(domain=names, range=[mark.shape for mark in used]), legend=None)

    def panel(chosen: Any, title: str, unit_ns: int, unit: str) -> Any:
        begin = int(points.ts_ns[chosen].min(initial=points.ts_ns.max()))
        base = int(points.position[chosen].min(initial=points.position.max()))
        rows = [
            {"t": round((ts - begin) / unit_ns, 4), "v": (position - base) / 1000, "m": names[member]}
            for ts, position, member in zip(
                points.ts_ns[chosen].tolist(), points.position[chosen].tolist(), points.member[chosen].tolist(), strict=True
            )
        ]
        x = altair.X("t:Q", title=unit, axis=altair.Axis(tickCount=6), scale=altair.Scale(nice=False))
        y = altair.Y("v:Q", title=speech.text(msg("kB of the stream")), axis=altair.Axis(tickCount=5))
        marked = altair.Chart(inline(rows)).mark_point(filled=True, size=18, opacity=0.85)
        return marked.encode(x=x, y=y, color=color, shape=shape).properties(width=330, height=190, title=title)

    whole = panel(~points.closeup, speech.text(msg("whole stream")), _NANO, _axis(start, speech))
    panels = [whole]
    if points.closeup.any():
        near = int(points.ts_ns[points.closeup].min())
        title = speech.text(msg("every packet around the first change"))
        axis = speech.text(msg("milliseconds since {time}", time=moment(near, date=False)))
        panels.append(panel(points.closeup, title, 10**6, axis))
    flow = f"{endpoint(direction.src.ip, direction.src.port)} → {endpoint(direction.dst.ip, direction.dst.port)}"
    title = msg("#{stream} {flow}: sequence over time", stream=points.stream, flow=flow)
    text = msg(
        "Stream {stream}, {flow}: {points} of {packets} packets with payload, drawn on {members}.", stream=points.stream,
        flow=flow, points=int((~points.closeup).sum()), packets=points.packets, members=listed(names),
    )  # fmt: skip
    return chart_of(f"sequence-{number}", title, text, altair.hconcat(*panels, spacing=28), speech)


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
    start, end = _begin(report)
    lanes = [lane for history in evidence.lacp for lane in _lacp_lanes(history, start, end, speech)]
    if not lanes or end <= start:
        return None
    whole = end - start
    told = [_bundled_text(history, start, end, whole, speech) for history in evidence.lacp]
    chart = bars_over_time(lanes[:_LANES], whole / _NANO, _axis(start, speech))
    cut = len(lanes) - _LANES
    note = nmsg("{count} more row is not drawn.", "{count} more rows are not drawn.", cut) if cut > 0 else ""
    return chart_of("lacp", msg("LACP state over time"), glue(*told[:_LANES]), chart, speech, note)


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


def capture_chart(report: Report, marks: Mapping[str, Mark], speech: Speech) -> Chart | None:
    """From when to when each member was captured."""
    start, end = _begin(report)
    members = [m for m in report.members if not m.aggregate and m.first_ns is not None and m.last_ns is not None][:_LANES]
    if end <= start or not members:
        return None
    lanes = []
    for m in members:
        timed = [c for c in m.captures if c.first_ns is not None and c.last_ns is not None][:50]
        spans = [((c.first_ns or 0) - start, (c.last_ns or 0) - start, speech.text(shortened(c.path, 60))) for c in timed]
        bars = [Bar(first / _NANO, last / _NANO, marks[m.name].color, path) for first, last, path in spans]
        lanes.append(Lane(f"{marks[m.name].sign} {shortened(speech.text(m.name), 26)}", bars))
    shared = min(m.last_ns or 0 for m in members) - max(m.first_ns or 0 for m in members)
    text = msg(
        "All members were captured together for {shared} of {whole}.", shared=speech.duration(max(0, shared)),
        whole=speech.duration(end - start),
    )  # fmt: skip
    chart = bars_over_time(lanes, (end - start) / _NANO, _axis(start, speech))
    return chart_of("windows", msg("When each member was captured"), text, chart, speech)
