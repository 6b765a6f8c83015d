"""Which host is the teamed one: what `tx` and `rx` are relative to.

Evidence in this order: what the user says, then what a description of the team does; the direction recorded with packets
(epb_flags, SLL); the one MAC that is in every unicast frame, with its addresses; the one address common to all migration
streams; ARP and neighbour discovery (who is asked by many and answers many); the LACP system that also sends unicast frames.
Otherwise unknown, which is honest and decides nothing.

Every frame means every one: where one pair of hosts talks, the peer is in nearly all of the host's frames. Only where no MAC
is in every frame, as a switch floods a few of others, one that is alone in nearly every frame counts. Where a MAC is common to
all members and each has another one besides in every frame, either may be the host's: a peer that talks to a team which puts
each member's own MAC into what it sends, or a host with a peer on each member. The address that sends with several decides.

99 % (`_NEARLY_EVERY`) leaves room for what a switch floods before it has learned a MAC. Rejected: the end that listens
(migrations go either way), the larger end (both carry the same), and private addresses (both ends have them).
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import field
from functools import lru_cache
from typing import Any

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.flow.streams.grouping import distinct, grouped
from flowmap.message import msg
from flowmap.words import HostSource, Side

__all__ = [
    "Address",
    "HostSigns",
    "TeamHost",
    "address_text",
    "addresses_of",
    "check_local",
    "common_macs",
    "find_host",
    "mac_number",
]

Array = np.ndarray[Any, Any]
Address = tuple[int, int]
"""(IP version, address as an integer)."""

_MOST_ADDRESSES = 64
_NEARLY_EVERY = 0.99
"""Share of unicast frames that is left where a switch floods a few frames of others."""


@dataclass(frozen=True)
class TeamHost:
    """What is known of the teamed host. `ambiguous_macs`: more than one MAC is in every frame (two hosts, or a router)."""

    source: HostSource = "unknown"
    addresses: frozenset[Address] = frozenset()
    macs: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)

    def direction(self, src: Address, dst: Address, smac: int = 0, dmac: int = 0) -> Side:
        """Return the direction of a flow from `src` to `dst`, in frames from `smac` to `dmac` (0: no MAC captured)."""
        sends, receives = src in self.addresses, dst in self.addresses
        if sends == receives and smac != dmac:
            sends, receives = smac in self.macs, dmac in self.macs
        return "unknown" if sends == receives else "tx" if sends else "rx"


def mac_number(text: str) -> int | None:
    """Return 48-bit integer of aa:bb:cc:dd:ee:ff, aa-bb-..., aabb.ccdd.eeff; None for anything else."""
    if re.fullmatch(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}", text):
        return int(re.sub(r"[^0-9a-fA-F]", "", text), 16)
    return None


@lru_cache(maxsize=4096)
def address_text(address: Address) -> str:
    """Return the address as RFC 5952 writes it; IPv4-mapped addresses in the mixed form of its section 5.

    >>> address_text((6, 0xFFFF << 32 | 0xC0000201)), address_text((6, 1))
    ('::ffff:192.0.2.1', '::1')
    """
    version, number = address
    if version == 4:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if number >> 32 == 0xFFFF:
        return f"::ffff:{ipaddress.IPv4Address(number & 0xFFFFFFFF)}"
    return str(ipaddress.IPv6Address(number))


def addresses_of(rows: Array, chosen: Array) -> list[Address]:
    """Return the distinct source addresses of the chosen FLOW rows (a mask), at most a few more than anyone asks for."""
    columns = [rows[name][chosen] for name in ("src_lo", "src_hi", "version")]
    order, new = grouped(columns, columns[0])
    low, high, version = (column[order[new]] for column in columns)
    first = np.lexsort((low, high, version))[: 4 * _MOST_ADDRESSES]
    numbers = zip(version[first].tolist(), high[first].tolist(), low[first].tolist(), strict=True)
    return [(version, hi << 64 | lo) for version, hi, lo in numbers]


def common_macs(pairs: Array, share: float = _NEARLY_EVERY) -> list[frozenset[int]]:
    """Return for each member with unicast frames the MACs that are in nearly all of them.

    `pairs` is MACPAIR, link = member.
    """
    unicast = pairs[(pairs["dmac"] >> np.uint64(40)) & np.uint64(1) == 0]
    unicast = unicast[np.argsort(unicast["link"], kind="stable")]
    result = []
    for own in np.split(unicast, np.flatnonzero(np.diff(unicast["link"])) + 1) if len(unicast) else []:
        frames: Counter[int] = Counter()
        for smac, dmac, count in zip(own["smac"].tolist(), own["dmac"].tolist(), own["frames"].tolist(), strict=True):
            frames[smac] += count
            if dmac != smac:
                frames[dmac] += count
        total = int(own["frames"].sum())
        result.append(frozenset(mac for mac, count in frames.items() if count >= share * total))
    return result


@dataclass(frozen=True)
class HostSigns:
    """What may show which host is the teamed one, beside the rows: all of it is optional."""

    local: Sequence[str] = ()
    """What the user says: addresses or MACs."""
    described: frozenset[int] = frozenset()
    """MACs of the team by a description of it."""
    migration_ends: Sequence[tuple[Address, Address]] = ()
    """The two addresses of each judged stream."""
    neighbors: Iterable[tuple[Address, Address]] = ()
    """Who answers or is asked, by whom, in ARP and neighbour discovery."""
    told: Mapping[Address, Set[int]] = field(default_factory=dict)
    """The MACs that these give for addresses."""
    speakers: frozenset[int] = frozenset()
    """The LACP systems that were heard as actors."""


def find_host(rows: Array, pairs: Array, signs: HostSigns) -> TeamHost:
    """Find the teamed host by what was given, or by what rows and signs show; `rows` FLOW, `pairs` MACPAIR, link = member."""
    if signs.local:
        return _completed(rows, "option", *check_local(signs.local))
    return (
        _described(rows, signs.described)
        or _recorded(rows)
        or _in_every_frame(rows, pairs)
        or _common_end(rows, signs.migration_ends)
        or _asked_by_many(rows, signs.neighbors, signs.told)
        or _lacp_actor(rows, pairs, signs.speakers)
        or TeamHost()
    )


def check_local(local: Sequence[str]) -> tuple[set[Address], set[int]]:
    """Return the IP addresses and the MACs that name the teamed host. Raises ConfigError for what is neither."""
    macs: set[int] = set()
    addresses: set[Address] = set()
    for text in local:
        mac = mac_number(text)
        if mac is not None:
            macs.add(mac)
            continue
        try:
            ip = ipaddress.ip_address(text)
        except ValueError:
            raise ConfigError(msg("local: {text!r} is neither an IP address nor a MAC address", text=text)) from None
        addresses.add((ip.version, int(ip)))
    return addresses, macs


def _completed(rows: Array, source: HostSource, addresses: set[Address], macs: set[int]) -> TeamHost:
    """Return addresses that send with the MACs; MACs the addresses send with (a router's MAC would bring in everybody's)."""
    also = addresses_of(rows, np.isin(rows["smac"], np.array(sorted(macs), dtype=np.uint64))) if macs else []
    if addresses and not macs:
        sent = np.zeros(len(rows), dtype=bool)
        for version, number in addresses:
            same = (rows["src_lo"] == number & (1 << 64) - 1) & (rows["src_hi"] == number >> 64)
            sent |= same & (rows["version"] == version)
        macs = {int(mac) for mac in distinct(rows["smac"][sent])[:_MOST_ADDRESSES] if mac}
    return TeamHost(source, frozenset(addresses | set(also if len(also) <= _MOST_ADDRESSES else [])), frozenset(macs))


def _described(rows: Array, macs: frozenset[int]) -> TeamHost | None:
    """Return the addresses that send with the team's MACs; none if the host sends with virtual machines' MACs."""
    sending = macs & {int(mac) for mac in distinct(rows["smac"])} if macs else macs
    host = _completed(rows, "description", set(), set(sending))
    return host if host.addresses else None


def _recorded(rows: Array) -> TeamHost | None:
    """Return directions recorded by the capturing host."""
    sent, came = rows["directions"] == 2, rows["directions"] == 1
    if not sent.any() or sent.sum() + came.sum() < len(rows) // 2:
        return None
    remote = set(addresses_of(rows, came))
    addresses = {address for address in addresses_of(rows, sent) if address not in remote}
    macs = {int(mac) for mac in distinct(rows["smac"][sent])[:_MOST_ADDRESSES] if mac}
    return TeamHost("direction", frozenset(addresses), frozenset(macs)) if addresses else None


def _in_every_frame(rows: Array, pairs: Array) -> TeamHost | None:
    for share in (1.0, _NEARLY_EVERY):
        by_member = common_macs(pairs, share)
        everywhere = frozenset.intersection(*by_member) if by_member else frozenset()
        if len(everywhere) == 1:
            if len(by_member) > 1 and all(len(macs) > 1 for macs in by_member):
                return _sending_with_several(rows, everywhere, frozenset().union(*by_member) - everywhere)
            return _completed(rows, "mac", set(), set(everywhere))
        if everywhere:
            return None
    if by_member and all(len(macs) == 1 for macs in by_member):
        return _completed(rows, "mac", set(), set().union(*by_member))
    return None


def _sending_with_several(rows: Array, everywhere: frozenset[int], others: frozenset[int]) -> TeamHost | None:
    """Return the host of the MAC that is in all frames and of those that are each in all frames of a member.

    An address that sends with several of the latter is the team's, for a host has one MAC at its peer; addresses of
    their own make them peers.
    """
    users = [_senders(rows, mac) for mac in sorted(others)]
    if set.intersection(*users):
        return _completed(rows, "mac", set(), set(others))
    apart = all(users) and len(set().union(*users)) == sum(map(len, users))
    return _completed(rows, "mac", set(), set(everywhere)) if apart else None


def _senders(rows: Array, mac: int) -> set[Address]:
    return set(addresses_of(rows, rows["smac"] == np.uint64(mac)))


def _common_end(rows: Array, ends: Sequence[tuple[Address, Address]]) -> TeamHost | None:
    if not ends:
        return None
    common = set.intersection(*({a, b} for a, b in ends))
    return _completed(rows, "migration", common, set()) if len(common) == 1 else None


def _asked_by_many(
    rows: Array, neighbors: Iterable[tuple[Address, Address]], told: Mapping[Address, Set[int]]
) -> TeamHost | None:
    """Return who most hosts ask for. IPv4 and IPv6 addresses of one MAC are one host, whether they ask or are asked."""
    askers: dict[Hashable, set[Hashable]] = {}
    addresses: dict[Hashable, set[Address]] = {}
    pairs = list(neighbors)
    owners = _owners({address for pair in pairs for address in pair}, rows, told)
    for answers, asks in pairs:
        addresses.setdefault(owners[answers], set()).add(answers)
        if owners[answers] != owners[asks]:
            askers.setdefault(owners[answers], set()).add(owners[asks])
    ranked = sorted(askers, key=lambda owner: -len(askers[owner]))
    if (
        not ranked
        or len(askers[ranked[0]]) < 2
        or (len(ranked) > 1 and len(askers[ranked[1]]) == len(askers[ranked[0]]))
    ):
        return None
    return _completed(rows, "neighbor", addresses[ranked[0]], set())


def _owners(addresses: Set[Address], rows: Array, told: Mapping[Address, Set[int]]) -> dict[Address, Hashable]:
    """Return by address the one MAC that ARP or neighbour discovery gave for it, or that it sends with.

    Else the address stands for itself.
    """
    known = {address: set(told.get(address, ())) for address in addresses}
    silent = [number & (1 << 64) - 1 for (_, number), macs in known.items() if not macs]
    sent = rows[np.isin(rows["src_lo"], np.array(silent, dtype=np.uint64))] if silent else rows[:0]
    columns = (sent[name].tolist() for name in ("version", "src_hi", "src_lo", "smac"))
    for version, high, low, mac in set(zip(*columns, strict=True)):
        if mac and (address := (version, high << 64 | low)) in known and address not in told:
            known[address].add(mac)
    return {address: next(iter(macs)) if len(macs) == 1 else address for address, macs in known.items()}


def _lacp_actor(rows: Array, pairs: Array, speakers: frozenset[int]) -> TeamHost | None:
    """Return the LACP system whose MAC also sends to single stations: a switch speaks LACP and forwards what others send."""
    unicast = pairs[(pairs["dmac"] >> np.uint64(40)) & np.uint64(1) == 0]
    sending = speakers & {int(mac) for mac in distinct(unicast["smac"])} if speakers else speakers
    host = _completed(rows, "lacp", set(), set(sending)) if len(sending) == 1 else None
    return host if host is not None and host.addresses else None
