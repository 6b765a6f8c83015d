"""The cheapest change that would put streams on more members: another key, more streams, other ports, more members.

They are tried in this order, which is that of what they cost, and the first that helps is told. A change helps where it
makes more members carry something, counted in full for a computed placement, on average for a hash that is a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.team.hashes.chooser import Chooser, find_chooser
from flowmap.verdict.mode.forecast import Forecast, Load, forecast, load_member, used_members

__all__ = ["Change", "cheapest_change"]

Kind = Literal["none", "key", "streams", "ports", "members", "mode"]

_FINER = {
    "layer2": ("layer2+3", "layer3+4"),
    "layer2+3": ("layer3+4",),
    "encap2+3": ("layer3+4",),
    "vlan+srcmac": ("layer3+4",),
    "xor-mac": ("xor-ip", "xor-4tuple"),
    "xor-ip": ("xor-4tuple",),
}
"""Of policies that are replayed."""
_BY_PORTS = {
    "lbfo": "transport-ports",
    "set": "dynamic",
    "ovs": "balance-tcp",
    "vsphere": "vsphere/lag",
    "aix": "src-dst-port",
    "lagg": "l2,l3,l4",
}
"""What hashes ports on other platforms."""
_SURE = 0.9
"""The probability with which the streams that are named use every member."""
_MATTERS = 0.2
"""So many more members, on average, make a change worth telling."""
_NEXT_PORTS = range(1, 17)
_MOST_MEMBERS = 8
_MOST_STREAMS = 64


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` none: nothing is to be changed, or nothing known helps (`helps` false).

    The others say what to take instead: a `policy`, a number of `streams`, a destination `port` in place of `of_port`, so
    many `members`. `used`: members that would carry something then.
    """

    kind: Kind
    helps: bool = True
    used: float = 0.0
    policy: str | None = None
    streams: int | None = None
    of_port: int | None = None
    port: int | None = None
    members: int | None = None


def cheapest_change(seen: Forecast, loads: Sequence[Load], variant: str | None = None) -> Change:
    """Return the cheapest change to the forecast of these loads; `variant` is that of the policies, as it was asked for."""
    if not seen.streams:
        return Change("none", helps=False)
    if seen.chooser.key in ("active", "all"):
        return Change("mode")
    if seen.expected_used >= seen.n_members - _MATTERS:
        return Change("none", used=seen.expected_used)
    for change in (_key(seen, loads, variant), _streams(seen, variant), _ports(seen, loads), _members(seen, loads)):
        if change is not None:
            return change
    return Change("none", helps=False, used=seen.expected_used)


def _key(seen: Forecast, loads: Sequence[Load], variant: str | None) -> Change | None:
    for finer in _finer(seen.chooser, variant):
        then = forecast(finer, seen.n_members, loads, None)
        if then.expected_used >= seen.expected_used + _MATTERS and then.undecided <= seen.undecided:
            return Change("key", used=then.expected_used, policy=finer.name)
    return None


def _finer(chooser: Chooser, variant: str | None) -> Iterator[Chooser]:
    """Yield finer choosers, coarser ones first; the last one looks at ports, if there is such a one."""
    if chooser.name in _FINER:
        yield from (find_chooser(name, variant) for name in _FINER[chooser.name])
    elif chooser.key != "4tuple":
        known = [_BY_PORTS[platform] for platform in sorted(chooser.platforms) if platform in _BY_PORTS]
        if known:
            yield Chooser(known[-1], "4tuple")
        elif not chooser.platforms:
            yield Chooser("4tuple", "4tuple")


def _streams(seen: Forecast, variant: str | None) -> Change | None:
    """Return how many more connections would help, where each is a key of its own and there are too few; else None.

    Perhaps it takes another policy too.
    """
    finest = [seen.chooser, *_finer(seen.chooser, variant)][-1]
    wanted = next((k for k in range(1, _MOST_STREAMS) if used_members(k, seen.n_members)[-1] >= _SURE), _MOST_STREAMS)
    if finest.key != "4tuple" or wanted <= seen.streams:
        return None
    average = sum(count * p for count, p in enumerate(used_members(wanted, seen.n_members)))
    return Change("streams", used=average, streams=wanted, policy=None if finest is seen.chooser else finest.name)


def _ports(seen: Forecast, loads: Sequence[Load]) -> Change | None:
    """Return the nearest destination port that puts one stream of a shared member on an idle one."""
    if seen.members is None:
        return None
    idle = {index for index, member in enumerate(seen.members) if not member.streams}
    shared = [
        load
        for load in loads
        if (index := load_member(seen.chooser, seen.n_members, load)) is not None and seen.members[index].streams > 1
    ]
    for step in _NEXT_PORTS:
        for load in shared:
            port = load.fields.dst_port
            if port is not None and port + step <= 0xFFFF:
                moved = replace(load, fields=replace(load.fields, dst_port=port + step))
                if load_member(seen.chooser, seen.n_members, moved) in idle:
                    return Change("ports", used=seen.expected_used + 1, of_port=port, port=port + step)
    return None


def _members(seen: Forecast, loads: Sequence[Load]) -> Change | None:
    for more in range(seen.n_members + 1, _MOST_MEMBERS + 1):
        then = forecast(seen.chooser, more, loads, None)
        if then.expected_used >= seen.expected_used + _MATTERS:
            return Change("members", used=then.expected_used, members=more)
    return None
