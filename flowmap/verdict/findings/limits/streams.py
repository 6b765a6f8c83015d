"""Findings about what limited the migrations, one for each cause and member, each with its largest stream."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flowmap.facts.model import Limit, StreamFacts, TeamFacts
from flowmap.finding import Finding, Rule, Severity
from flowmap.flow.streams.platforms import CAPS
from flowmap.message import Message, glue, listed, msg, nmsg, number_word
from flowmap.verdict.findings.limits.rules import FM401, FM402, FM403, FM404, FM405, FM406, FM407, FM408
from flowmap.verdict.findings.limits.unequal import even_speeds, slower_than
from flowmap.verdict.findings.stream_filter import stream_filter
from flowmap.verdict.sentences import direction_text
from flowmap.verdict.speed.limits import rate_text
from flowmap.verdict.speed.line_rate import main_share

__all__ = ["limit_findings"]

_RULES: dict[str, tuple[Rule, Severity]] = {
    "member-line-rate": (FM402, "info"),
    "shared-member": (FM403, "warning"),
    "receiver-window": (FM404, "warning"),
    "loss": (FM405, "warning"),
    "sender": (FM406, "info"),
    "cpu": (FM407, "info"),
}
_SHOWS = {
    "receiver-window": "tcp.analysis.window_full || tcp.analysis.zero_window || tcp.analysis.window_update",
    "loss": "tcp.analysis.retransmission || tcp.analysis.duplicate_ack",
    "sender": "tcp.time_delta > 0.01",
}
_MOST_NAMED = 20
_FAST_BPS, _NOT_FILLED = 25 * 10**9, 0.8


def limit_findings(team: TeamFacts) -> Iterator[Finding]:
    """Yield what is known to have limited streams."""
    yield from _past_capture(team)
    yield from _one_stream(team)
    groups: dict[tuple[str, str], list[tuple[StreamFacts, Limit]]] = {}
    for stream in team.judged:
        if any(direction.placed.placement == "sprayed" for direction in stream.directions):
            continue  # its limit is what spraying does to it, whatever else the packets look like
        if stream.limit is not None and stream.limit.by in _RULES:
            full = stream.limit.by in ("member-line-rate", "shared-member")
            key = (stream.limit.by, str(stream.limit.evidence.get("member") or "") if full else "")
            groups.setdefault(key, []).append((stream, stream.limit))
    for (by, member), found in groups.items():
        rule, severity = _RULES[by]
        largest, limit = max(found, key=lambda one: (one[0].bulk.payload_bytes, -one[0].number))
        own, full = stream_filter(largest.bulk), by in ("member-line-rate", "shared-member")
        numbers = [stream.number for stream, _ in found[:_MOST_NAMED]]
        kinds = {stream.migration.kind for stream, _ in found if stream.migration is not None}
        known = {key.name: limit.evidence.get(key.name) for key in rule.evidence}
        yield Finding(
            rule,
            severity,
            _text(largest, limit, len(found) - 1),
            {"streams": numbers} | ({"member": member} if member else {}),
            {name: value for name, value in known.items() if value is not None and value != {}},
            glue("(", own, ") && (", _SHOWS[by], ")", between="") if by in _SHOWS else own,
            _cap_action(by, kinds) or (even_speeds(member) if full and slower_than(team, member) else None),
        )


def _cap_action(by: str, kinds: Collection[str]) -> Message | None:
    """Return where the bandwidth limit is set on the platforms seen; None: what the page says."""
    where = list(dict.fromkeys(CAPS[kind] for kind in sorted(kinds) if kind in CAPS))
    if not where or by not in ("sender", "cpu"):
        return None
    if by == "cpu":
        return msg(
            "Check the migration's bandwidth limit first ({where}): one that was set gives such a rate. Then watch "
            "the cores of both hosts during a migration; more streams, receive side scaling, and larger frames help.",
            where=listed(where),
        )
    return msg(
        "Check the migration's bandwidth limit ({where}), then the source host's processor and disk. The team is not "
        "the reason.",
        where=listed(where),
    )


def _past_capture(team: TeamFacts) -> Iterator[Finding]:
    """Yield connections of SMB that carried almost nothing beside none that did: RDMA carries the data past the capture."""
    quiet_smb = [s for s in team.streams if s.migration and s.migration.kind == "smb" and not s.judged]
    if quiet_smb and not any(s.migration and s.migration.kind == "smb" for s in team.judged):
        payload = sum(d.payload_bytes for s in quiet_smb for d in s.directions)
        text = nmsg(
            "One smb connection carried almost nothing ({payload:,} bytes): if live migration runs over SMB Direct (RDMA), "
            "its bulk bypasses the capture.",
            "{number} smb connections carried almost nothing ({payload:,} bytes): if live migration runs over SMB Direct "
            "(RDMA), its bulk bypasses the capture.",
            len(quiet_smb),
            number=number_word(len(quiet_smb), capital=True),
            payload=payload,
        )
        yield Finding(FM401, "warning", text, {"streams": [s.number for s in quiet_smb]}, {"payload_bytes": payload})


def _one_stream(team: TeamFacts) -> Iterator[Finding]:
    """Yield that vMotion uses one stream on a link that one stream does not fill."""
    least = team.settings.thresholds.bulk_min_bytes
    bulk = [s for s in team.judged if s.migration and s.migration.kind == "vmotion" and s.bulk.payload_bytes >= least]
    for stream in bulk:
        ends = {stream.bulk.src[0], stream.bulk.dst[0]}
        beside = [
            s
            for s in bulk
            if s is not stream
            and {s.bulk.src[0], s.bulk.dst[0]} == ends
            and s.first_ns < stream.last_ns
            and s.last_ns > stream.first_ns
        ]
        share = main_share(stream.bulk)
        speed = team.speed_of(share.member) if share is not None else None
        rate = stream.bulk.payload_bytes * 8 * 10**9 // max(1, stream.last_ns - stream.first_ns)
        innocent = stream.limit is not None and stream.limit.by in ("unknown", "sender", "cpu")
        if share is None or speed is None or speed < _FAST_BPS or beside or not innocent or rate > _NOT_FILLED * speed:
            continue
        text = msg(
            "{what}: this vMotion uses one stream and comes to {rate} on {member} ({speed}). One stream seldom goes "
            "beyond 15 to 18 Gbit/s.",
            what=direction_text(stream.bulk),
            rate=rate_text(rate),
            member=team.members[share.member].name,
            speed=rate_text(speed),
        )
        evidence = {"streams": 1, "rate_bps": rate, "speed_bps": speed}
        yield Finding(FM408, "info", text, {"streams": [stream.number]}, evidence, stream_filter(stream.bulk))


def _text(stream: StreamFacts, limit: Limit, others: int) -> Message:
    text = msg("{what}: {reason}.", what=direction_text(stream.bulk), reason=limit.reason)
    if others:
        text = nmsg(
            "{text} The same holds for one more stream.",
            "{text} The same holds for {others} more streams.",
            others,
            text=text,
            others=others,
        )
    spare = {name: bps for name, bps in limit.evidence.get("idle_bps", {}).items() if bps}
    if limit.by in ("member-line-rate", "shared-member") and spare:
        room = listed([msg("{rate} on {member}", member=name, rate=rate_text(bps)) for name, bps in spare.items()])
        text = msg("{text} Meanwhile there was room for another {room}.", text=text, room=room)
    return text
