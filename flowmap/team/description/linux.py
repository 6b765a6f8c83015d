"""What Linux prints of a bond: /proc/net/bonding/*, and `ip -j -d link`.

Sources: drivers/net/bonding/bond_procfs.c; iproute2 ip/iplink_bond.c and ip/iplink_bond_slave.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from flowmap.team.description.model import Adapter, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["PROC", "ip_links", "is_ip_links", "proc_bonding"]

PROC = "/proc/net/bonding"
_IP = "ip -j -d link"
_START = re.compile(r"^[^\S\n]*Ethernet Channel Bonding Driver:", re.MULTILINE)
_MODE = re.compile(r"^[^\S\n]*Bonding Mode: ", re.MULTILINE)
"""Where the first line was not copied too."""
_LINE = re.compile(r"^\s*([^:]+?):\s*(.*?)\s*$")
_HASHED = re.compile(r"802\.3ad|\(xor\)|balance-xor", re.IGNORECASE)
"""Modes whose algorithm is the transmit hash policy; others print one and do not go by it alone."""


def proc_bonding(text: str, source: str) -> Parts:
    """Of every bond in a text; several may follow one another, as `cat /proc/net/bonding/*` prints them."""
    starts = [match.start() for match in _START.finditer(text)] or [match.start() for match in _MODE.finditer(text)]
    bonds = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    return Parts(teams=[team for bond in bonds if (team := _bond(bond, source)) is not None])


def _bond(text: str, source: str) -> TeamDescription | None:
    head: dict[str, str] = {}
    slaves: list[dict[str, str]] = []
    section = head
    for line in text.splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        key, value = match[1].lower(), match[2]
        if key == "slave interface":
            section = {}
            slaves.append(section)
        section.setdefault(key, value)
    mode = head.get("bonding mode", "").partition(" (fail_over_mac")[0]
    if not mode:
        return None
    members = [_slave(slave) for slave in slaves]
    active = _named(head.get("currently active slave"))
    return TeamDescription(
        source, PROC, None, f"linux/{mode}", head.get("transmit hash policy") if _HASHED.search(mode) else None,
        tuple(_with_roles(members, active, mode)), mac_of(head.get("system mac address")), _timer(head.get("lacp rate")),
        None, active, _named(head.get("primary slave")),
    )  # fmt: skip


def _slave(lines: Mapping[str, str]) -> Adapter:
    status = lines.get("mii status")
    return Adapter(
        _named(lines["slave interface"]), None, mac_of(lines.get("permanent hw addr")), _megabits(lines.get("speed")),
        None, None if status is None else status == "up",
    )  # fmt: skip


def _with_roles(members: Sequence[Adapter], active: str | None, mode: str) -> Iterator[Adapter]:
    """The one that carries, and those that stand by; in balance-tlb and balance-alb all send, and the active one is special."""
    for member in members:
        alone = active is not None and "active-backup" in mode
        yield replace(member, role="active" if member.name == active else "standby") if alone else member


def _named(value: str | None) -> str | None:
    """An interface's name as it is printed, with remarks behind it."""
    word = (value or "").split(" ")[0]
    return None if word in ("", "None") else word


def _megabits(value: str | None) -> int | None:
    match = re.match(r"([0-9]{1,9}) ?Mbps", value or "")
    return int(match[1]) * 10**6 or None if match else None


def _timer(value: object) -> LacpTimer | None:
    return "fast" if value == "fast" else "slow" if value == "slow" else None


def is_ip_links(items: Sequence[Any]) -> bool:
    """Whether a JSON array is of `ip -j link`: newer versions fill up with empty objects."""
    return any(isinstance(item, dict) and "ifname" in item for item in items)


def ip_links(items: Sequence[Any], source: str) -> Parts:
    """Of every bond among the links, and all other links as adapters."""
    links = [item for item in items if isinstance(item, dict) and isinstance(item.get("ifname"), str)]
    bonds = [link for link in links if _info(link).get("info_kind") == "bond"]
    names = {bond["ifname"] for bond in bonds}
    teams = [_linked(bond, [_link(one) for one in links if one.get("master") == bond["ifname"]], source) for bond in bonds]
    return Parts(teams, [_link(link) for link in links if link["ifname"] not in names and "master" not in link])


def _linked(bond: Mapping[str, Any], members: list[Adapter], source: str) -> TeamDescription:
    data = _part(_info(bond), "info_data")
    mode = str(data.get("mode", ""))
    algorithm = data.get("xmit_hash_policy") if _HASHED.search(mode) else None
    if mode == "balance-tlb" and data.get("tlb_dynamic_lb") is not None:
        algorithm = f"tlb-dynamic-lb={int(bool(data['tlb_dynamic_lb']))}"
    active, primary = (value if isinstance(value := data.get(key), str) else None for key in ("active_slave", "primary"))
    return TeamDescription(
        source, _IP, bond["ifname"], f"linux/{mode}" if mode else None, None if algorithm is None else str(algorithm),
        tuple(_with_roles(members, active, mode)), mac_of(bond.get("address")), _timer(data.get("ad_lacp_rate")), None,
        active, primary,
    )  # fmt: skip


def _link(link: Mapping[str, Any]) -> Adapter:
    """A member has the bond's address; its own is the permanent one."""
    own = _part(_info(link), "info_slave_data").get("perm_hwaddr") or link.get("permaddr")
    flags = link.get("flags")
    up = "LOWER_UP" in flags if isinstance(flags, list) else None
    return Adapter(link["ifname"], None, mac_of(own or link.get("address")), None, None, up)


def _info(link: Mapping[str, Any]) -> Mapping[str, Any]:
    return _part(link, "linkinfo")


def _part(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = table.get(key)
    return part if isinstance(part, dict) else {}
