"""Findings about members that were full while others idled: how often, how full, and what the others carried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowmap.dataclass import dataclass
from flowmap.facts.model import TeamFacts
from flowmap.finding import Finding
from flowmap.message import Message, listed, msg, nmsg
from flowmap.verdict.findings.limits.rules import FM411
from flowmap.verdict.speed.imbalance import FullSpan
from flowmap.verdict.speed.limits import rate_text

__all__ = ["imbalance_findings"]

_SECOND = 10**9
_NAMED = 3


@dataclass(frozen=True)
class _Full:
    """When a member was full in a direction, at what load, and what each idle member carried meanwhile, bits per second."""

    name: str
    side: str
    spans: list[FullSpan]
    seconds: float
    load: int
    idle: dict[str, int]


def imbalance_findings(team: TeamFacts, spans: Sequence[FullSpan]) -> Iterator[Finding]:
    """Yield one for each member and direction."""
    grouped: dict[tuple[int, str], list[FullSpan]] = {}
    for span in spans:
        grouped.setdefault((span.member, span.side), []).append(span)
    for (member, side), own in grouped.items():
        name = team.members[member].name
        idle = {team.members[other].name: bps for span in reversed(own) for other, bps in span.idle_bps.items()}
        seconds = sum(span.last_ns - span.first_ns for span in own) / _SECOND
        load = round(sum(span.load_bps * (span.last_ns - span.first_ns) for span in own) / seconds / _SECOND)
        evidence = {
            "seconds": round(seconds),
            "times": len(own),
            "load_bps": load,
            "speed_bps": own[0].speed_bps,
            "idle_load_bps": idle,
        }
        text = _text(_Full(name, side, own, seconds, load, idle))
        yield Finding(FM411, "info", text, {"direction": side, "member": name}, evidence)


def _text(full: _Full) -> Message:
    longest = sorted(full.spans, key=lambda span: span.first_ns - span.last_ns)[:_NAMED]
    times: list[str] = [_time(span) for span in sorted(longest, key=lambda span: span.first_ns)]
    if more := len(full.spans) - len(longest):
        times.append(nmsg("{count} shorter time", "{count} shorter times", more))
    others = listed(
        [msg("{member} carried {rate}", member=other, rate=rate_text(bps)) for other, bps in full.idle.items()]
    )
    what = {
        "member": full.name,
        "load": rate_text(full.load),
        "speed": rate_text(full.spans[0].speed_bps),
        "seconds": round(full.seconds),
        "times": listed(times),
        "others": others,
    }
    if full.side == "rx":
        return msg("{member} received {load} of {speed} for {seconds} s ({times}), while {others}.", **what)
    return msg("{member} sent {load} of {speed} for {seconds} s ({times}), while {others}.", **what)


def _time(span: FullSpan) -> Message:
    from datetime import UTC, datetime

    try:
        first, last = (f"{datetime.fromtimestamp(ns // _SECOND, UTC):%H:%M:%S}" for ns in (span.first_ns, span.last_ns))
    except (OverflowError, OSError, ValueError):
        first, last = str(span.first_ns // _SECOND), str(span.last_ns // _SECOND)
    return msg("{first} to {last} UTC", first=first, last=last)
