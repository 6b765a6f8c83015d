"""What a chooser would make of given streams on n members: the placement where it can be computed, else what chance gives.

In: loads (header fields, host, bytes) and a chooser. Out: a forecast. A replayed policy gives every load its member's index.
Of a hash that is a secret only the key is known: loads of equal key share a member, and different keys fall on members
independently and evenly, as in `chance`. Speed is max-min fair: every load takes what it gets, members of one speed.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import comb
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.team.hashes.chooser import Chooser, key_of
from flowmap.team.hashes.policy import Fields, Variant, hash_value
from flowmap.verdict.chance.expected import mean_largest

__all__ = ["Forecast", "Load", "MemberLoad", "forecast", "load_member", "load_value", "used_members"]

Method = Literal["computed", "chance", "fixed"]
_MOST_KEYS = 400
"""With more keys every member is used, as good as surely, and the sums take long."""


@dataclass(frozen=True, slots=True)
class Load:
    """One stream-direction to be placed.

    `hashed`: false where its mode does not place it by a hash of headers. `kernel`: the variant of the Linux kernel
    that sends it, where that is told.
    """

    fields: Fields
    host: str | None = None
    wire_bytes: int | None = None
    hashed: bool = True
    kernel: Variant | None = None


@dataclass(frozen=True, slots=True)
class MemberLoad:
    """What one member, by its index in the chooser's order, would carry; bytes as far as they are known."""

    streams: int
    hosts: int
    wire_bytes: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """`undecided`: loads whose member, or key, the header fields do not tell.

    `keys`: distinct keys among the others.

    `members`: computed placements only. `used`: probability of each number of members used, from 0 on. `busiest`: (expected)
    streams on the busiest member, by chance: keys. Speeds in bits per second, None where a member's is not known.
    """

    chooser: Chooser
    n_members: int
    method: Method
    streams: int
    undecided: int
    keys: int
    members: tuple[MemberLoad, ...] | None
    used: tuple[float, ...]
    busiest: float
    total_bps: int | None
    slowest_bps: int | None

    @property
    def expected_used(self) -> float:
        """How many members carry something, on average."""
        return sum(count * p for count, p in enumerate(self.used))


def load_member(chooser: Chooser, n: int, load: Load) -> int | None:
    """Return the member's index for one load, where headers tell."""
    value = load_value(chooser, load)
    return None if value is None else value % n


def load_value(chooser: Chooser, load: Load) -> int | None:
    """Return what the chooser takes modulo the number of members, where headers tell."""
    if chooser.policy is None or chooser.variant is None or not load.hashed:
        return None
    own = load.kernel if not chooser.asked and chooser.policy.chooser == "Linux bonding" else None
    return hash_value(chooser.policy, own or chooser.variant, load.fields)


def forecast(chooser: Chooser, n: int, loads: Sequence[Load], speed_bps: int | None) -> Forecast:
    """Return forecast all loads together; `speed_bps` is of one member."""
    if chooser.key in ("active", "rr", "all"):
        return _fixed(chooser, n, loads, speed_bps)
    placed = [load_member(chooser, n, load) for load in loads]
    if any(index is not None for index in placed):
        return _computed(chooser, n, loads, placed, speed_bps)
    return _by_chance(chooser, n, loads, speed_bps)


def _fixed(chooser: Chooser, n: int, loads: Sequence[Load], speed_bps: int | None) -> Forecast:
    """Return forecast one member for all; all of them packet by packet; or a copy on each, which makes nothing faster."""
    used = n if chooser.key in ("rr", "all") else 1
    useful = n if chooser.key == "rr" else 1
    shares = tuple(float(count == used and bool(loads)) for count in range(n + 1))
    streams = len(loads)
    total = None if speed_bps is None or not streams else useful * speed_bps
    return Forecast(
        chooser,
        n,
        "fixed",
        streams,
        0,
        1 if loads else 0,
        None,
        shares,
        float(streams),
        total,
        None if total is None else total // streams,
    )


def _computed(
    chooser: Chooser, n: int, loads: Sequence[Load], placed: Sequence[int | None], speed_bps: int | None
) -> Forecast:
    own: list[list[Load]] = [[] for _ in range(n)]
    for load, index in zip(loads, placed, strict=True):
        if index is not None:
            own[index].append(load)
    members = tuple(_member(part) for part in own)
    used = sum(1 for member in members if member.streams)
    busiest = max(member.streams for member in members)
    decided = [load for load, index in zip(loads, placed, strict=True) if index is not None]
    return Forecast(
        chooser,
        n,
        "computed",
        len(decided),
        len(loads) - len(decided),
        len(_keys(chooser, decided)),
        members,
        tuple(float(count == used) for count in range(n + 1)),
        float(busiest),
        None if speed_bps is None else used * speed_bps,
        None if speed_bps is None else speed_bps // busiest,
    )


def _member(loads: Sequence[Load]) -> MemberLoad:
    known = [load.wire_bytes for load in loads if load.wire_bytes is not None]
    hosts = {load.host for load in loads if load.host is not None}
    return MemberLoad(len(loads), len(hosts), sum(known) if known or not loads else None)


def _by_chance(chooser: Chooser, n: int, loads: Sequence[Load], speed_bps: int | None) -> Forecast:
    told = [load for load in loads if load.hashed and key_of(chooser, load.fields) is not None]
    keys = len(_keys(chooser, told))
    used = used_members(keys, n)
    average = sum(count * p for count, p in enumerate(used))
    total = None if speed_bps is None or not told else round(average * speed_bps)
    return Forecast(
        chooser, n, "chance", len(told), len(loads) - len(told), keys, None, used, mean_largest(keys, n), total, None
    )


def _keys(chooser: Chooser, loads: Sequence[Load]) -> set[Hashable]:
    return {key_of(chooser, load.fields) for load in loads}


def used_members(keys: int, n: int) -> tuple[float, ...]:
    """Return P(exactly u of n members get one of `keys` keys) for u = 0 ... n.

    >>> used_members(4, 2)
    (0.0, 0.125, 0.875)
    """
    keys = min(keys, _MOST_KEYS)
    return tuple(float(Fraction(comb(n, u) * _onto(keys, u), n**keys)) for u in range(n + 1))


def _onto(keys: int, members: int) -> int:
    """Return in how many ways this many keys use each of the members."""
    return sum((-1) ** left * comb(members, left) * (members - left) ** keys for left in range(members + 1))
