"""Parts that several sentences of the answer are made of: subjects, where they landed, moments, rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from flowmap.facts.model import Direction, Moved, Side, StreamFacts
from flowmap.message import Message, all_of, glue, listed, msg, nmsg, number_word
from flowmap.team.host import address_text
from flowmap.verdict.answer.case import Case, used_members
from flowmap.verdict.claims.results import Spread
from flowmap.verdict.placement.moves import GRID_NS, GRID_TOLERANCE_NS
from flowmap.verdict.placement.scene import TOGETHER_NS
from flowmap.verdict.sentences import all_units
from flowmap.verdict.speed.limits import load_text, rate_text

__all__ = [
    "clock",
    "full_clause",
    "grid_of",
    "landed",
    "one_member_at_a_time",
    "pair_subject",
    "span",
    "times",
    "units_landed",
    "when",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FULL = ("member-line-rate", "shared-member")
_LEAST_ON_GRID = 3
_GRID_S = GRID_NS // 1_000_000_000


def clock(ts_ns: int) -> Message:
    """Return a time of day in UTC, to a tenth of a second: a sentence that is forwarded has one meaning in every zone.

    >>> clock(1_763_919_862_835_000_000)
    '17:44:22.8 UTC'
    """
    at = _EPOCH + timedelta(microseconds=ts_ns // 1000)
    return msg("{time}.{tenth} UTC", time=f"{at:%H:%M:%S}", tenth=at.microsecond // 100_000)


def span(span_ns: int) -> Message:
    """Return a length of time as it stands in a sentence.

    >>> span(98_000_000), span(3_520_000_000)
    ('98 ms', '3.5 s')
    """
    if span_ns < 1_000_000_000:
        return Message("{size} ms", {"size": max(1, round(span_ns / 1e6))})
    return Message("{size:.1f} s", {"size": span_ns / 1e9})


def pair_subject(streams: Sequence[StreamFacts], side: Side) -> Message:
    """Return "Both streams from 10.0.0.11": streams of one pair of hosts, by their remote end."""
    src, dst = address_text(streams[0].bulk.seen_src), address_text(streams[0].bulk.seen_dst)
    count = len(streams)
    facts = {"all": all_of(count), "src": src, "dst": dst}
    if side == "rx":
        return nmsg("The one stream from {src}", "{all} streams from {src}", count, **facts)
    if side == "tx":
        return nmsg("The one stream to {dst}", "{all} streams to {dst}", count, **facts)
    return nmsg("The one stream from {src} to {dst}", "{all} streams from {src} to {dst}", count, **facts)


def units_subject(spread: Spread, side: Side) -> Message:
    """Return "Traffic from all four hosts": the units of spread that all landed on one member."""
    if spread.unit == "stream":
        return msg("{all} streams", all=all_of(spread.units))
    hosts = msg("both hosts") if spread.units == 2 else msg("all {number} hosts", number=number_word(spread.units))
    if side == "tx" or (side == "unknown" and spread.counted_end == "destination"):
        return msg("Traffic to {hosts}", hosts=hosts)
    return msg("Traffic from {hosts}", hosts=hosts)


def units_landed(spread: Spread, members: Sequence[str], side: Side) -> Message:
    """Return "Traffic from all four hosts came in on nic1": `landed`, of the units of spread."""
    return landed(units_subject(spread, side), members, side, 2 if spread.unit == "stream" else 1)


def landed(subject: Message, members: Sequence[str], side: Side, count: int = 2) -> Message:
    """Return a clause without its full stop; `count` of what the subject names."""
    facts = {"subject": subject, "members": listed(members)}
    if side == "rx":
        return nmsg("{subject} came in on {members}", "{subject} came in on {members}", count, **facts)
    if side == "tx":
        return nmsg("{subject} went out over {members}", "{subject} went out over {members}", count, **facts)
    return nmsg("{subject} used {members}", "{subject} used {members}", count, **facts)


def full_clause(case: Case, directions: Sequence[Direction]) -> Message:
    """Return ", which was full (9.4 of 10 Gbit/s)" where the member that these directions used was, else nothing.

    It adds what the other members had to spare.
    """
    used = used_members(directions)
    limit = next((s.limit for s in case.carrying if s.limit and s.limit.by in FULL and s.bulk in directions), None)
    if limit is None or len(used) != 1:
        return glue()
    spare = {name: bps for name, bps in limit.evidence.get("idle_bps", {}).items() if bps}
    load, speed = limit.evidence.get("load_bps"), limit.evidence.get("speed_bps")
    full = (
        msg(", which was full ({load})", load=load_text(load, speed))
        if load and speed
        else msg(", which was full ({load})", load=rate_text(load))
        if load
        else msg(", which was full")
    )
    room = nmsg("; {names} had room", "; {names} had room", len(spare), names=listed(list(spare))) if spare else ""
    return glue(full, room, between="")


def one_member_at_a_time(case: Case) -> Message:
    """Return for which modes it is right that one member carries everything, where it does; nothing where hosts spread."""
    if case.spread.verdict != "fail":
        return glue()
    if case.meant is not None and not case.proven:
        return msg("That all hosts use one member at a time is by design: {reason}.", reason=case.meant)
    hosts = all_units(case.spread)
    seen = (
        msg(
            "{hosts} used one member at a time, and broadcasts arrived on every member: the switch does not treat the "
            "ports as one channel.",
            hosts=hosts,
        )
        if case.spread.why == "flooded"
        else msg("{hosts} used one member at a time.", hosts=hosts)
    )
    return glue(
        seen, msg("That is right for an active-backup team; with LACP or static mode it is a fault at the switch.")
    )


def when(case: Case, moves: Sequence[Moved]) -> Message:
    """Return "from nic2 to nic1 at 12:05:31.2 UTC": the members where there is one way only, and when."""
    ways = {(move.old, move.new) for move in moves}
    if len(ways) > 1:
        return times(moves)
    old, new = (case.team.members[number].name for number in ways.pop())
    return msg("from {old} to {new} {time}", old=old, new=new, time=times(moves))


def times(moves: Sequence[Moved]) -> Message:
    """Return when `moves`, which are in the order of time, were: one moment, or the first and the last."""
    first, last = clock(moves[0].ts_ns), clock(moves[-1].ts_ns)
    if first == last:
        return msg("at {time}", time=first)
    span = msg("between {first} and {last}", first=first, last=last)
    return msg("{span}, in steps of {seconds} s", span=span, seconds=_GRID_S) if grid_of(moves) else span


def grid_of(moves: Sequence[Moved]) -> bool:
    """Tell whether all `moves`, in the order of time, are of at least three moments that are whole multiples of 10 s apart."""
    moments = [moves[0].ts_ns] if moves else []
    moments += [after.ts_ns for before, after in pairwise(moves) if after.ts_ns - before.ts_ns > TOGETHER_NS]
    steps = [after - before for before, after in pairwise(moments)]
    off = [min(step % GRID_NS, GRID_NS - step % GRID_NS) for step in steps]
    return len(moments) >= _LEAST_ON_GRID and max(off) <= GRID_TOLERANCE_NS and min(steps) > GRID_NS // 2
