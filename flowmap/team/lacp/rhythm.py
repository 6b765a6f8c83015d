"""How often each side of a link sends LACPDUs, against what the other side asked for, and what came before each expiry.

A side that loses its partner suffers; who is at fault is told by the sender's rhythm. Three measures tell it:

- the median gap: a sender that follows the timeout bit sends one LACPDU in 1 s or 30 s, give or take its timer's tick;
- the longest gap that reaches into the time before an Expired: longer than an LACPDU lives means that nothing came;
- both together: with a slow median the sender sends too seldom, with a right one frames were lost or it paused, and where
  no gap was that long the receiver had what it needed and let it lie.

Source: IEEE 802.1AX-2020 6.4.4 (timers), 6.4.12 (Receive machine: Expired after three intervals).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median_low

from flowmap.team.lacp.lacpdu import DEFAULTED, EXPIRED, SHORT_TIMEOUT, Lacpdu

__all__ = [
    "BAD",
    "FAST_NS",
    "LIVES",
    "SLOW_NS",
    "OnMember",
    "asked_ns",
    "gap_ns",
    "other_side",
    "outlives",
    "pauses",
    "sends_too_seldom",
]

FAST_NS, SLOW_NS = 10**9, 30 * 10**9
"""The two intervals between periodic LACPDUs (802.1AX: Fast_Periodic_Time, Slow_Periodic_Time)."""
LIVES = 3
"""Intervals after which what was heard is no longer true."""
BAD = DEFAULTED | EXPIRED
_ENOUGH = 3
_LATE = 1.5
"""Times the interval that was asked for: a median beyond it is another rhythm, not a timer's tick."""
_TICK = 10
"""Timers run in ticks: an LACPDU is waited for a tenth of an interval less or more."""

OnMember = Mapping[int, Sequence[Lacpdu]]
"""What each system sent on one member, in order of time."""


def other_side(system: int, own: OnMember) -> Sequence[Lacpdu]:
    """Return what the one other side sent; nothing where there is none, or several."""
    others = [sent for other, sent in own.items() if other != system]
    return others[0] if len(others) == 1 else ()


def asked_ns(system: int, own: OnMember) -> int | None:
    """Return the interval in which the other side wants to hear this one; None where it asks for one, then for another.

    What it asks for while it has no partner is left out: some ask for the fast rate only until they have one.
    """
    heard = [pdu.actor.state for pdu in other_side(system, own)]
    heard = heard or [pdu.partner.state for pdu in own.get(system, ()) if pdu.partner is not None and pdu.has_partner]
    settled = [state for state in heard if not state & BAD] or heard
    asked = {FAST_NS if state & SHORT_TIMEOUT else SLOW_NS for state in settled}
    return asked.pop() if len(asked) == 1 else None


def gap_ns(sent: Sequence[Lacpdu]) -> int | None:
    """Return a sender's rhythm, the median gap between its LACPDUs; None for too few of them."""
    gaps = [after.ts_ns - before.ts_ns for before, after in pairwise(sent)]
    return median_low(gaps) if len(gaps) >= _ENOUGH - 1 else None


def pauses(suffering: Sequence[Lacpdu], sender: Sequence[Lacpdu]) -> list[int]:
    """Return, for each time that a side became Expired or Defaulted, the sender's longest gap just before, nanoseconds.

    A gap counts if it reaches into the time between the last good LACPDU of the side that suffers and the first bad one;
    the silence after the sender's last LACPDU counts too.
    """
    times = [pdu.ts_ns for pdu in sender]
    found = []
    for good, bad in pairwise(suffering):
        if good.actor.state & BAD or not bad.actor.state & BAD:
            continue
        spans = [*pairwise(times), *([(times[-1], bad.ts_ns)] if times and times[-1] < bad.ts_ns else [])]
        found.append(max((b - a for a, b in spans if a < bad.ts_ns and b >= good.ts_ns), default=0))
    return found


def sends_too_seldom(median: int | None, asked: int | None, expiries: Sequence[int]) -> bool:
    """Return whether a side that sends one LACPDU in `median` of `asked` nanoseconds is the one that is too slow.

    Either none of its LACPDUs lives until the next one, or it keeps to a slower rhythm than it was asked for and the other
    side expired after a gap longer than an LACPDU lives (`expiries`, of `pauses`).
    """
    if median is None or asked is None:
        return False
    if median > LIVES * asked:
        return True
    return median > _LATE * asked and any(outlives(gap, asked) for gap in expiries)


def outlives(gap: int, asked: int) -> bool:
    """Return whether an LACPDU was no longer true at the end of this gap."""
    return gap >= LIVES * asked - asked // _TICK
