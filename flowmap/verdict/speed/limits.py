"""Decides what limited each judged stream: the member, the receiver's window, loss, the sender, a processor, or unknown.

In: a placed team; of its largest streams the measures of `trace/watching/dynamics.py`. Out: the same team, each judged
stream with a `Limit` and the numbers it rests on. The theory is T-RAT's (Zhang, Breslau, Paxson, Shenker, SIGCOMM 2002):
what did the sender wait for? The order matters, and the first that holds decides:

1. member: it was full (`line_rate`), whatever TCP does about that. Most of the load its own: member-line-rate; else
   shared-member.
2. receiver's window: bytes in flight reached it for most of the time, or it closed. Not where data queues on the way: a
   larger window would only make it wait longer.
3. sender: all was acknowledged and the window open, but nothing came (a cap, a disk, compression).
4. loss: only a sender that always had something on the way can have been held back by it. Mathis et al. (1997) give the
   rate that TCP reaches with this loss; a rate far below it has another reason, unless most of the time went into
   recovering.
5. a steady rate below a known speed, with none of these: one processor, or a cap of the sender. Where it fills a queue on
   the way, what that queue drops is not the reason but the means, so this is asked before loss.
6. unknown, with what would be needed to know.

Thresholds: `limit_most`, `limit_own_share`, `limit_idle`, `limit_loss` and `limit_plateau` are settings, printed in every
report. The others stand below with their source: domain knowledge (one core forwards 3 to 6.5 Gbit/s of one stream), or the
recordings in `captures/limits`, made with a known limit each, which must come out as that limit.

Rejected: to take the highest rate seen for the speed of the member (a cap would look like a full member); to judge by the
retransmission share alone (a full member drops packets too); a rate for streams of less than `bulk_min_bytes` (slow start
is all they show).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flowmap.facts.model import Limit, LimitedBy, StreamFacts, TeamFacts
from flowmap.message import Message, msg, nmsg
from flowmap.team.host import Address
from flowmap.trace.watching.dynamics import Dynamics
from flowmap.verdict.speed.line_rate import Fullness, fullness, main_share

__all__ = ["find_limits", "limit_of_migration", "rate_text"]

_LEAST_PACKETS = 100
"""Of fewer packets a share of time means nothing."""
_CPU_BPS = (3_000_000_000, 6_500_000_000)
"""What one processor handles of one stream, with a margin: 4 to 4.5 Gbit/s of a migration, 5 to 6 of a VM queue."""
_BELOW_SPEED = 0.8
"""A member with a load above this share of its speed is too near to being full to rule that out."""
_QUEUE = 3
"""Round trips that take this many times the least one: data waits in a queue on the way."""
_LEAST_QUEUE_NS = 2_000_000
"""On a short path three times the round trip is still no queue: delayed acknowledgments and interrupts take a millisecond."""
_LOSS_BOUND = 3
"""Loss does not explain a rate that is below what it allows by more than this factor."""
_RECOVERING = 0.2
"""Share of the time spent recovering that makes loss the reason even below what Mathis allows."""
_LOSS_FACTOR_WITHOUT_WINDOW = 5
"""Without the window scale (no SYN) demand 5 times the loss: the window may be the real limit.

The recording `captures/limits/loss-rx` sets it."""


def find_limits(team: TeamFacts) -> TeamFacts:
    """Return the placed team with the limit of each judged stream."""
    measured = _by_paths(team, team.dynamics)
    untold = frozenset(member.number for member in team.members if not member.tells_rates)
    streams = [
        stream.limited_by(_judge(team, stream, measured.get(stream.number), untold)) if stream.judged else stream
        for stream in team.streams
    ]
    return replace(team, streams=streams)


def _by_paths(team: TeamFacts, measured: Mapping[int, Dynamics]) -> dict[int, Dynamics]:
    """Give streams the least round trip of their path: one that began behind a full queue never saw it empty."""
    least: dict[tuple[Address, Address], tuple[int, int]] = {}
    paths = {stream.number: (stream.bulk.src[0], stream.bulk.dst[0]) for stream in team.judged}
    known = {number: (d.up_ns, d.down_ns) for number, d in measured.items() if number in paths}
    for number, (up_ns, down_ns) in known.items():
        if up_ns is not None and down_ns is not None:
            before = least.get(paths[number], (up_ns, down_ns))
            least[paths[number]] = min(before[0], up_ns), min(before[1], down_ns)
    found = dict(measured)
    for number, (up_ns, down_ns) in known.items():
        if up_ns is not None and down_ns is not None and least[paths[number]] != (up_ns, down_ns):
            up_ns, down_ns = least[paths[number]]
            found[number] = replace(measured[number], up_ns=up_ns, down_ns=down_ns)
    return found


def _judge(team: TeamFacts, stream: StreamFacts, d: Dynamics | None, untold: AbstractSet[int]) -> Limit:
    """`untold`: members whose times tell no rates."""
    direction = stream.bulk
    least = team.settings.thresholds.bulk_min_bytes
    if team.two_hosts is not None:
        return Limit("unknown", msg("the captures are of two hosts"))
    if not direction.shares:
        return Limit("unknown", msg("the data was captured on no member"))
    if untold and any(share.member in untold for way in stream.directions for share in way.shares):
        return Limit("unknown", msg("the times in the captures tell no rates"))
    if direction.payload_bytes < least:
        return _too_little(direction.payload_bytes)
    used = fullness(team, [stream])
    evidence = _evidence(team, used, d)
    found = _member_full(team, used) or (_by_packets(team, stream, used, d) if d is not None else None)
    if found is None:
        found = Limit("unknown", msg("more streams than are looked into; this is not among the largest"))
    return replace(found, evidence={**evidence, **found.evidence})


@lru_cache(maxsize=1024)
def _too_little(payload: int) -> Limit:
    """Return the limit of a short stream: what thousands have in common is there once."""
    return Limit(
        "unknown",
        nmsg(
            "only {payload} byte of payload: too little to tell",
            "only {payload} bytes of payload: too little to tell",
            payload,
            payload=payload,
        ),
    )


def _evidence(team: TeamFacts, used: Fullness | None, d: Dynamics | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if used is not None:
        found |= {
            "member": team.members[used.member].name,
            "speed_bps": used.speed_bps,
            "load_bps": used.load_bps,
            "full_share": _short(used.full_share),
            "own_share": _short(used.own_share),
            "concurrent": used.concurrent,
            "idle_bps": {team.members[member].name: spare for member, spare in sorted(used.idle_bps.items())},
        }
    if d is not None:
        found |= {
            "rate_bps": round(d.rate_bps) if d.rates_bps else None,
            "rate_variation": _short(d.variation),
            "window_blocked_share": _short(d.blocked_share),
            "sender_idle_share": _short(d.idle_share),
            "recovering_share": _short(d.recovering_share),
            "window_bytes": d.window_bytes,
            "zero_windows": d.zero_windows,
            "flight_bytes": d.flight_bytes,
            "round_trip_ns": d.round_trip_ns,
            "captured_near": d.captured_near,
            "resent_share": _short(d.resent_share),
            "examined_packets": d.packets,
            "examined_ns": d.span_ns,
        }
    return found


def _short(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _member_full(team: TeamFacts, used: Fullness | None) -> Limit | None:
    if used is None or used.full_share is None or used.faster or used.full_share <= team.settings.thresholds.limit_most:
        return None
    if used.by_evidence:
        alone = used.own_share >= team.settings.thresholds.limit_own_share
        word: LimitedBy = "member-line-rate" if alone else "shared-member"
        return Limit(
            word,
            msg(
                "{member} ran flat at {rate} whether one bulk stream was on it or {number}: that is what it carries, though "
                "its speed was not given",
                member=team.members[used.member].name,
                rate=rate_text(used.load_bps),
                number=used.concurrent,
            ),
        )
    said = {
        "member": team.members[used.member].name,
        "speed": rate_text(used.speed_bps or 0),
        "share": 100 * used.full_share,
    }
    if used.own_share >= team.settings.thresholds.limit_own_share:
        return Limit("member-line-rate", msg("{member} ({speed}) was full {share:.0f} % of the time", **said))
    own = 100 * used.own_share
    if used.concurrent > 1:
        reason = msg(
            "{member} ({speed}) was full {share:.0f} % of the time and carried {number} bulk streams; this had "
            "{own:.0f} % of it",
            number=used.concurrent,
            own=own,
            **said,
        )
    else:
        reason = msg(
            "{member} ({speed}) was full {share:.0f} % of the time; this had {own:.0f} % of it, other traffic the rest",
            own=own,
            **said,
        )
    return Limit("shared-member", reason)


def _by_packets(team: TeamFacts, stream: StreamFacts, used: Fullness | None, d: Dynamics) -> Limit:
    if d.packets < _LEAST_PACKETS or not d.span_ns:
        return Limit("unknown", msg("too few packets of both directions were captured"))
    if not _same_time(team, stream, d):
        return Limit("unknown", msg("data and acknowledgments are on members whose clocks are not known well enough"))
    found = _window(team, d) or _sender_idle(team, d)
    if found is None and (_queues(d) or _waits(d.down_median_ns, d.round_trip_ns or 0)):
        found = _plateau(team, used, d)  # what is lost there is what the queue has no room for
    return found or _loss(team, d) or _plateau(team, used, d) or _unknown(team, used, d)


def _same_time(team: TeamFacts, stream: StreamFacts, d: Dynamics) -> bool:
    members = {share.member for direction in stream.directions for share in direction.shares}
    if len(members) < 2:
        return True
    within = team.uncertainty_ns(sorted(members))
    return within is not None and d.round_trip_ns is not None and within <= max(d.round_trip_ns, 1_000_000)


def _window(team: TeamFacts, d: Dynamics) -> Limit | None:
    if (
        d.blocked_share is None
        or d.blocked_share < team.settings.thresholds.limit_most
        or (_queues(d) and not d.zero_windows)
    ):
        return None
    share = 100 * d.blocked_share
    if d.window_bytes is None or d.zero_windows:
        return Limit(
            "receiver-window",
            nmsg(
                "the receiver's window was full {share:.0f} % of the time, and closed {number} time",
                "the receiver's window was full {share:.0f} % of the time, and closed {number} times",
                d.zero_windows,
                share=share,
                number=d.zero_windows,
            ),
        )
    return Limit(
        "receiver-window",
        msg(
            "the receiver's window of {window} bytes was full {share:.0f} % of the time, with a round trip of {trip:.1f} ms",
            window=d.window_bytes,
            share=share,
            trip=(d.round_trip_ns or 0) / 1e6,
        ),
    )


def _queues(d: Dynamics) -> bool:
    """Return whether data waits on the way to the receiver: a larger window would only make it wait longer."""
    return d.round_trip_ns is not None and _waits(d.up_median_ns, d.round_trip_ns)


def _waits(median_ns: int | None, least_ns: int) -> bool:
    return median_ns is not None and median_ns > max(_QUEUE * least_ns, least_ns + _LEAST_QUEUE_NS)


def _sender_idle(team: TeamFacts, d: Dynamics) -> Limit | None:
    if d.idle_share is None or d.idle_share < team.settings.thresholds.limit_idle:
        return None
    return Limit(
        "sender",
        msg(
            "the sender had nothing to send {share:.0f} % of the time: all was acknowledged, and the window open",
            share=100 * d.idle_share,
        ),
    )


def _loss(team: TeamFacts, d: Dynamics) -> Limit | None:
    least = team.settings.thresholds.limit_loss
    if d.resent_share < (least if d.window_bytes is not None else _LOSS_FACTOR_WITHOUT_WINDOW * least):
        return None
    if d.window_bytes is None and d.zero_windows:
        return None  # the receiver may well be the reason
    bound = _loss_bound(d)
    if bound is not None and d.rate_bps * _LOSS_BOUND < bound and d.recovering_share < _RECOVERING:
        return None
    share = 100 * d.resent_share
    return Limit(
        "loss",
        msg("{share:.1f} % of the packets had to be sent again", share=share),
        {"loss_bound_bps": None if bound is None else round(bound)},
    )


def _loss_bound(d: Dynamics) -> float | None:
    """Return the rate that TCP gets with this loss and round trip (Mathis, Semke, Mahdavi, Ott, 1997), bits per second."""
    trip = d.round_trip_ns
    return None if not trip or not d.resent else 8e9 * d.segment / trip * 1.22 / float(d.resent_share) ** 0.5


def _plateau(team: TeamFacts, used: Fullness | None, d: Dynamics) -> Limit | None:
    """Return a steady rate, with room left in the window and on a member of known speed."""
    if d.blocked_share is None or d.window_bytes is None:
        return None
    if d.variation is None or d.variation > team.settings.thresholds.limit_plateau:
        return None
    if used is None or used.speed_bps is None or used.faster or used.load_bps > _BELOW_SPEED * used.speed_bps:
        return None
    rate = rate_text(round(d.rate_bps))
    if _CPU_BPS[0] <= d.rate_bps <= _CPU_BPS[1]:
        return Limit(
            "cpu",
            msg("a steady {rate} with window and loss innocent: what one processor handles of one stream", rate=rate),
        )
    return Limit(
        "sender",
        msg(
            "a steady {rate}, with room on {member} ({speed}), in the window, and no loss that explains it",
            rate=rate,
            member=team.members[used.member].name,
            speed=rate_text(used.speed_bps),
        ),
    )


def _unknown(team: TeamFacts, used: Fullness | None, d: Dynamics) -> Limit:
    if used is not None and used.faster:
        return Limit(
            "unknown",
            msg(
                "{member} carried more than its stated speed of {speed}",
                member=team.members[used.member].name,
                speed=rate_text(used.speed_bps or 0),
            ),
        )
    if d.down_ns is None:
        return Limit(
            "unknown", msg("neither handshake nor timestamps tell where between sender and receiver it was captured")
        )
    if d.blocked_share is None or d.window_bytes is None:
        return Limit("unknown", msg("its SYNs were not captured, so the scale of its windows is not known"))
    if used is not None and used.speed_bps is None:
        return Limit(
            "unknown",
            msg("the speed of {member} is not known: give it with --speed", member=team.members[used.member].name),
        )
    return Limit(
        "unknown",
        msg(
            "nothing stands out: window full {window:.0f} %, sender idle {idle:.0f} % of the time, "
            "{loss:.2f} % sent again",
            window=100 * d.blocked_share,
            idle=100 * (d.idle_share or 0),
            loss=100 * d.resent_share,
        ),
    )


def limit_of_migration(team: TeamFacts, streams: Sequence[StreamFacts]) -> Limit | None:
    """Of the streams of one migration: what limited those that carried most of it.

    One that fills a member with several streams of its own is limited by that member, not by sharing it.
    """
    if len(streams) == 1:
        return streams[0].limit
    whole = sum(stream.bulk.payload_bytes for stream in streams)
    by: dict[str, int] = {}
    for stream in streams:
        if stream.limit is not None:
            by[stream.limit.by] = by.get(stream.limit.by, 0) + stream.bulk.payload_bytes
    if not by:
        return None
    word = max(by, key=lambda one: by[one])
    largest = max((s for s in streams if s.limit and s.limit.by == word), key=lambda s: s.bulk.payload_bytes)
    if largest.limit is None or 2 * by[word] < whole:
        return Limit("unknown", msg("its streams are limited by different things"))
    if word == "shared-member":
        together = _together(team, streams)
        if together is not None:
            return replace(together, evidence={**largest.limit.evidence, **together.evidence})
    return largest.limit


def _together(team: TeamFacts, streams: Sequence[StreamFacts]) -> Limit | None:
    """Return the limit where all bulk of the migration shares one member, with the share of all of it."""
    bulk = [s for s in streams if s.bulk.payload_bytes >= team.settings.thresholds.bulk_min_bytes]
    if len({share.member for s in bulk if (share := main_share(s.bulk)) is not None}) != 1:
        return None
    used = fullness(team, bulk)
    found = _member_full(team, used)
    return None if found is None else replace(found, evidence=_evidence(team, used, None))


def rate_text(bps: int) -> Message:
    """Return bits per second: 941 Mbit/s.

    >>> rate_text(941_000_000), rate_text(10**10)
    ('941 Mbit/s', '10 Gbit/s')
    """
    size, unit = _rate(bps)
    return Message("{size:.3g} {unit}" if unit != "bit/s" else "{size} {unit}", {"size": size, "unit": unit})


def load_text(bps: int, speed_bps: int) -> Message:
    """Return a load and the speed that it is held against, with their unit once where they have the same.

    >>> load_text(23_900_000, 24_000_000), load_text(941_000_000, 10**9)
    ('23.9 of 24 Mbit/s', '941 Mbit/s of 1 Gbit/s')
    """
    size, unit = _rate(bps)
    load = Message("{size:.3g}", {"size": size}) if unit == _rate(speed_bps)[1] else rate_text(bps)
    return msg("{load} of {speed}", load=load, speed=rate_text(speed_bps))


def _rate(bps: int) -> tuple[float, str]:
    for factor, unit in ((10**9, "Gbit/s"), (10**6, "Mbit/s"), (10**3, "kbit/s")):
        if bps >= factor:
            return bps / factor, unit
    return bps, "bit/s"
