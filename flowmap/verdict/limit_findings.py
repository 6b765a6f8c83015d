"""Findings about what limited the migrations, one for each cause and member, each with its largest stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowmap.message import Message, glue, listed, msg, nmsg
from flowmap.verdict.facts import Limit, StreamFacts, TeamFacts
from flowmap.verdict.limits import rate_text
from flowmap.verdict.line_rate import main_share
from flowmap.verdict.sentences import direction_text
from flowmap.verdict.stream_filter import stream_filter

__all__ = ["limit_findings"]

_CODES = {
    "member-line-rate": ("FM402", "info"), "shared-member": ("FM403", "warning"), "receiver-window": ("FM404", "warning"),
    "loss": ("FM405", "warning"), "sender": ("FM406", "info"), "cpu": ("FM407", "info"),
}  # fmt: skip
_SHOWS = {
    "receiver-window": "tcp.analysis.window_full || tcp.analysis.zero_window || tcp.analysis.window_update",
    "loss": "tcp.analysis.retransmission || tcp.analysis.duplicate_ack",
    "sender": "tcp.time_delta > 0.01",
}
_KEPT = (
    "member", "speed_bps", "load_bps", "full_share", "own_share", "concurrent", "rate_bps", "rate_variation",
    "window_blocked_share", "sender_idle_share", "recovering_share", "window_bytes", "zero_windows", "round_trip_ns",
    "captured_near", "resent_share", "loss_bound_bps",
)  # fmt: skip
_MOST_NAMED = 20
_FAST_BPS, _NOT_FILLED = 25 * 10**9, 0.8


def limit_findings(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """Fields of Finding, where something is known to have limited a stream."""
    yield from _one_stream(team)
    groups: dict[tuple[str, str], list[tuple[StreamFacts, Limit]]] = {}
    for stream in team.judged:
        if stream.limit is not None and stream.limit.by in _CODES:
            key = (stream.limit.by, str(stream.limit.evidence.get("member") or ""))
            groups.setdefault(key, []).append((stream, stream.limit))
    for (by, member), found in groups.items():
        code, severity = _CODES[by]
        largest, limit = max(found, key=lambda one: (one[0].bulk.payload_bytes, -one[0].number))
        own = stream_filter(largest.bulk)
        numbers = [stream.number for stream, _ in found[:_MOST_NAMED]]
        yield {
            "code": code, "severity": severity, "explanation": _text(largest, limit, len(found) - 1),
            "subject": {"streams": numbers} | ({"member": member} if member else {}),
            "evidence": {name: value for name in _KEPT if (value := limit.evidence.get(name)) is not None}
            | ({"idle_bps": limit.evidence["idle_bps"]} if limit.evidence.get("idle_bps") else {}),
            "wireshark_filter": glue("(", own, ") && (", _SHOWS[by], ")", between="") if by in _SHOWS else own,
        }  # fmt: skip


def _one_stream(team: TeamFacts) -> Iterator[dict[str, Any]]:
    """vMotion with one stream on a link that one stream does not fill."""
    least = team.settings.thresholds.bulk_min_bytes
    bulk = [s for s in team.judged if s.migration and s.migration.kind == "vmotion" and s.bulk.payload_bytes >= least]
    for stream in bulk:
        ends = {stream.bulk.src[0], stream.bulk.dst[0]}
        beside = [s for s in bulk if s is not stream and {s.bulk.src[0], s.bulk.dst[0]} == ends
                  and s.first_ns < stream.last_ns and s.last_ns > stream.first_ns]  # fmt: skip
        share = main_share(stream.bulk)
        speed = team.speed_of(share.member) if share is not None else None
        rate = stream.bulk.payload_bytes * 8 * 10**9 // max(1, stream.last_ns - stream.first_ns)
        innocent = stream.limit is not None and stream.limit.by in ("unknown", "sender", "cpu")
        if share is None or speed is None or speed < _FAST_BPS or beside or not innocent or rate > _NOT_FILLED * speed:
            continue
        text = msg("{what}: this vMotion uses one stream and comes to {rate} on {member} ({speed}). One stream seldom goes "
                   "beyond 15 to 18 Gbit/s.", what=direction_text(stream.bulk), rate=rate_text(rate),
                   member=team.members[share.member].name, speed=rate_text(speed))  # fmt: skip
        yield {
            "code": "FM408", "severity": "info", "explanation": text, "subject": {"streams": [stream.number]},
            "evidence": {"streams": 1, "rate_bps": rate, "speed_bps": speed}, "wireshark_filter": stream_filter(stream.bulk),
        }  # fmt: skip


def _text(stream: StreamFacts, limit: Limit, others: int) -> Message:
    text = msg("{what}: {reason}.", what=direction_text(stream.bulk), reason=limit.reason)
    if others:
        text = nmsg("{text} The same holds for one more stream.", "{text} The same holds for {others} more streams.",
                    others, text=text, others=others)  # fmt: skip
    spare = {name: bps for name, bps in limit.evidence.get("idle_bps", {}).items() if bps}
    if limit.by in ("member-line-rate", "shared-member") and spare:
        said = listed([msg("{member} {rate}", member=name, rate=rate_text(bps)) for name, bps in spare.items()])
        text = msg("{text} Idle meanwhile: {spare}.", text=text, spare=said)
    return text
