"""Which host is the teamed one: what `tx` and `rx` are relative to.

Evidence in this order: what the user says, then what a description of the team does; the direction recorded with packets
(epb_flags, SLL); the one MAC that is in every unicast frame, with its addresses; the one address common to all migration
streams; ARP and neighbour discovery (who is asked by many and answers many). Otherwise unknown, which is honest and decides
nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["Address", "TeamHost", "address_text", "addresses_of", "common_macs", "find_host", "mac_number"]

Array = np.ndarray[Any, Any]
Address = tuple[int, int]
"""(IP version, address as an integer)."""
Source = Literal["option", "description", "direction", "mac", "migration", "neighbor", "unknown"]

_MOST_ADDRESSES = 64
_EVERY = 0.99
"""Share of unicast frames that counts as every one: a switch floods a few frames of others."""


@dataclass(frozen=True)
class TeamHost:
    """What is known of the teamed host. `ambiguous_macs`: more than one MAC is in every frame (two hosts, or a router)."""

    source: Source = "unknown"
    addresses: frozenset[Address] = frozenset()
    macs: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)

    def direction(self, src: Address, dst: Address, smac: int = 0, dmac: int = 0) -> Literal["tx", "rx", "unknown"]:
        """Of a flow from `src` to `dst`, carried in frames from `smac` to `dmac` (0: no MAC captured)."""
        sends, receives = src in self.addresses, dst in self.addresses
        if sends == receives and smac != dmac:
            sends, receives = smac in self.macs, dmac in self.macs
        return "unknown" if sends == receives else "tx" if sends else "rx"


def mac_number(text: str) -> int | None:
    """48-bit integer of aa:bb:cc:dd:ee:ff, aa-bb-..., aabb.ccdd.eeff; None for anything else."""
    if re.fullmatch(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}", text):
        return int(re.sub(r"[^0-9a-fA-F]", "", text), 16)
    return None


def address_text(address: Address) -> str:
    """As RFC 5952 writes it."""
    version, number = address
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


def addresses_of(rows: Array, side: Literal["src", "dst"]) -> list[Address]:
    """Distinct addresses of one side of FLOW rows, at most a few more than anyone asks for."""
    columns = np.stack([rows["version"].astype(np.uint64), rows[f"{side}_hi"], rows[f"{side}_lo"]], axis=1)
    distinct = np.unique(columns, axis=0)[: 4 * _MOST_ADDRESSES]
    return [(int(version), int(hi) << 64 | int(lo)) for version, hi, lo in distinct]


def common_macs(pairs: Array) -> list[frozenset[int]]:
    """For each member with unicast frames: the MACs that are in (nearly) every one. `pairs` is MACPAIR, link = member."""
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
        result.append(frozenset(mac for mac, count in frames.items() if count >= _EVERY * total))
    return result


def find_host(
    rows: Array, pairs: Array, local: Sequence[str], migration_ends: Sequence[tuple[Address, Address]],
    neighbors: Iterable[tuple[Address, Address]], described: frozenset[int] = frozenset(),
) -> TeamHost:  # fmt: skip
    """`rows` FLOW and `pairs` MACPAIR with link = member; `migration_ends` the two addresses of each judged stream;
    `neighbors` (who answers or is asked, by whom) of ARP and neighbour discovery; `described` MACs of the team."""
    if local:
        return _named(rows, local)
    found = _described(rows, described) or _recorded(rows) or _in_every_frame(rows, pairs) or _common_end(rows, migration_ends)
    return found or _asked_by_many(rows, neighbors) or TeamHost()


def _named(rows: Array, local: Sequence[str]) -> TeamHost:
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
            raise ConfigError(msg("--local {text}: neither an IP address nor a MAC address", text=text)) from None
        addresses.add((ip.version, int(ip)))
    return _completed(rows, "option", addresses, macs)


def _completed(rows: Array, source: Source, addresses: set[Address], macs: set[int]) -> TeamHost:
    """Addresses that send with the MACs; MACs the addresses send with (a router's MAC would bring in everybody's)."""
    by_mac = rows[np.isin(rows["smac"], np.array(sorted(macs), dtype=np.uint64))] if macs else rows[:0]
    also = addresses_of(by_mac, "src") if len(by_mac) else []
    if addresses and not macs:
        sent = np.zeros(len(rows), dtype=bool)
        for version, number in addresses:
            same = (rows["src_lo"] == number & (1 << 64) - 1) & (rows["src_hi"] == number >> 64)
            sent |= same & (rows["version"] == version)
        macs = {int(mac) for mac in np.unique(rows["smac"][sent])[:_MOST_ADDRESSES] if mac}
    return TeamHost(source, frozenset(addresses | set(also if len(also) <= _MOST_ADDRESSES else [])), frozenset(macs))


def _described(rows: Array, macs: frozenset[int]) -> TeamHost | None:
    """The addresses that send with the team's MACs; none where the host sends with others (those of virtual machines)."""
    sending = macs & {int(mac) for mac in np.unique(rows["smac"])} if macs else macs
    host = _completed(rows, "description", set(), set(sending))
    return host if host.addresses else None


def _recorded(rows: Array) -> TeamHost | None:
    """Directions recorded by the capturing host."""
    sent, came = rows[rows["directions"] == 2], rows[rows["directions"] == 1]
    if not len(sent) or len(sent) + len(came) < len(rows) // 2:
        return None
    remote = set(addresses_of(came, "src"))
    addresses = {address for address in addresses_of(sent, "src") if address not in remote}
    macs = {int(mac) for mac in np.unique(sent["smac"])[:_MOST_ADDRESSES] if mac}
    return TeamHost("direction", frozenset(addresses), frozenset(macs)) if addresses else None


def _in_every_frame(rows: Array, pairs: Array) -> TeamHost | None:
    by_member = common_macs(pairs)
    if not by_member:
        return None
    everywhere = frozenset.intersection(*by_member)
    if len(everywhere) == 1:
        return _completed(rows, "mac", set(), set(everywhere))
    if not everywhere and all(len(macs) == 1 for macs in by_member):
        return _completed(rows, "mac", set(), set().union(*by_member))
    return None


def _common_end(rows: Array, ends: Sequence[tuple[Address, Address]]) -> TeamHost | None:
    if not ends:
        return None
    common = set.intersection(*({a, b} for a, b in ends))
    return _completed(rows, "migration", common, set()) if len(common) == 1 else None


def _asked_by_many(rows: Array, neighbors: Iterable[tuple[Address, Address]]) -> TeamHost | None:
    askers: dict[Address, set[Address]] = {}
    for answers, asks in neighbors:
        askers.setdefault(answers, set()).add(asks)
    ranked = sorted(((len(peers), address) for address, peers in askers.items()), reverse=True)
    if not ranked or ranked[0][0] < 2 or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return _completed(rows, "neighbor", {ranked[0][1]}, set())
