"""Which counters are which member's: by the interface's name, its MAC, its description, or the switch port it is on.

Where one text has several hosts or switches with interfaces of one name, a MAC or the switch's name in LLDP tells whose is
meant; what cannot be assigned belongs to no member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain

from flowmap.team.counters.model import Change, Counter, MemberCounters, plain
from flowmap.team.description.match import Described, Seen, same_port
from flowmap.team.host import mac_number

__all__ = ["counters_of_members"]

_RANK = (
    "ip -s -j link",
    "/proc/net/dev",
    "Get-NetAdapterStatistics",
    "esxcli network nic stats get",
    "ethtool -S",
    "RDMA Activity",
    "/sys/class/infiniband",
    "show interfaces counters",
    "show interfaces",
)
"""Whose packets and bytes are taken first: the host's of the interface itself, as a capture sees it."""
_OF_ONE: frozenset[Counter] = frozenset({"rx_packets", "tx_packets", "rx_bytes", "tx_bytes"})


def counters_of_members(
    changes: Sequence[Change], seen: Sequence[Seen], described: Described | None
) -> dict[int, MemberCounters]:
    """Return counters by member number.

    An interface that could be two members' belongs to none, nor does a member that two interfaces of one output could be.
    """
    own: dict[int, list[Change]] = {}
    changes = _of_this_host(changes, seen, described)
    for kind in dict.fromkeys(change.after.kind for change in changes):
        open_changes = [change for change in changes if change.after.kind == kind]
        open_members = list(seen)
        for test in (_by_name, _by_mac, _by_label, _by_rdma_name, _by_port):
            for change, one in _unique(open_changes, open_members, described, test):
                own.setdefault(one.member.number, []).append(change)
                open_changes.remove(change)
                open_members.remove(one)
    return {number: _joined(found) for number, found in sorted(own.items())}


def _of_this_host(changes: Sequence[Change], seen: Sequence[Seen], described: Described | None) -> Sequence[Change]:
    """Leave out changes of other hosts, where the MACs of the members show which of several hosts is theirs."""
    hosts = {change.after.host for change in changes if not change.after.of_switch}
    mine = {change.after.host for change in changes for one in seen if _by_mac(change, one, described)}
    if len(hosts) < 2 or len(mine) != 1 or None in mine:
        return changes
    return [change for change in changes if change.after.of_switch or change.after.host in mine]


_Test = Callable[[Change, Seen, Described | None], bool]


def _unique(
    changes: Sequence[Change], seen: Sequence[Seen], described: Described | None, test: _Test
) -> list[tuple[Change, Seen]]:
    by_change = [[one for one in seen if test(change, one, described)] for change in changes]
    numbers = [one.member.number for one in chain.from_iterable(by_change)]
    return [
        (change, found[0])
        for change, found in zip(changes, by_change, strict=True)
        if len(found) == 1 and numbers.count(found[0].member.number) == 1
    ]


def _by_name(change: Change, one: Seen, described: Described | None) -> bool:
    names = {one.member.name, *one.member.interface_names}
    adapter = described.members.get(one.member.number) if described is not None else None
    names |= {adapter.name} if adapter is not None and adapter.name else set()
    name = change.after.interface
    return not change.after.of_switch and name is not None and plain(name) in {plain(text) for text in names}


def _by_mac(change: Change, one: Seen, described: Described | None) -> bool:
    adapter = described.members.get(one.member.number) if described is not None else None
    macs = {mac_number(text) for text in one.member.macs} | one.lacp_macs
    macs |= adapter.macs if adapter is not None else frozenset()
    return bool(change.after.macs & macs)


def _by_label(change: Change, one: Seen, described: Described | None) -> bool:
    """Return whether label and description have the same letters and digits: performance counters write ( as [."""
    adapter = described.members.get(one.member.number) if described is not None else None
    labels = {*one.member.descriptions, *([adapter.label] if adapter is not None and adapter.label else [])}
    label = change.after.label
    return label is not None and plain(label) in {plain(text) for text in labels}


def _by_rdma_name(change: Change, one: Seen, _: Described | None) -> bool:
    """Return whether the names are of one place on the bus: rocep1s0f0 is enp1s0f0, perhaps with a port (np0)."""
    name = change.after.interface or ""
    place = re.match(r"(?:roce|ib|mlx\d_)(p\d+s\d+(?:f\d+)?)$", name)
    return place is not None and any(
        re.match(rf"en{place[1]}(?:n\w+)?$", text) for text in (one.member.name, *one.member.interface_names)
    )


def _by_port(change: Change, one: Seen, _: Described | None) -> bool:
    """Return whether they match by the port that the switch announced, or the member is called by its switch port.

    Of two switches, by its name.
    """
    if not change.after.of_switch:
        return False
    if "/" in one.member.name and same_port(change.after.interface, one.member.name):
        return True
    host, switch = change.after.host, one.switch_name
    other_switch = host is not None and switch is not None and host.split(".")[0] != switch.casefold().split(".")[0]
    return not other_switch and same_port(change.after.interface, one.switch_port)


def _joined(found: Sequence[Change]) -> MemberCounters:
    """Return packets and bytes of the output that is best, whole; of the rest what that lacks."""
    ranked = sorted(found, key=lambda change: (change.before is None, _RANK.index(change.after.kind)))
    values: dict[Counter, int] = {}
    total: dict[Counter, int] = {}
    for change in ranked:
        more = {field: count for field, count in change.values.items() if change is ranked[0] or field not in _OF_ONE}
        values = more | values
        total = dict(change.after.values) | total if change.before is None else total
    best = ranked[0]
    sources = [one.source for change in ranked for one in (change.before, change.after) if one is not None]
    return MemberCounters(
        best.after.kind, tuple(dict.fromkeys(sources)), values, best.backwards, total if best.before is None else {}
    )
