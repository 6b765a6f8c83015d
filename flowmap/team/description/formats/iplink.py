"""What `ip -j -d link` prints of bonds and teams: whole, or filtered (`show type bond`, `show master bond0`, `show eth1`).

Filtered by type it has the bond without its slaves, filtered by master the slaves without the bond: both make one team that
lacks what the other output has. A device of the kind "team" is teamd's, which alone knows its runner.
Sources: iproute2 ip/iplink_bond.c and ip/iplink_bond_slave.c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowmap.team.description.formats.bonding import HASHED
from flowmap.team.description.model import Adapter, LacpState, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["IP", "ip_links", "is_ip_links", "names_of"]

IP = "ip -j -d link"
_TEAMS = ("bond", "team")


def is_ip_links(items: Sequence[Any]) -> bool:
    """Return whether a JSON array is of `ip -j link`: newer versions fill up with empty objects."""
    return any(isinstance(item, dict) and "ifname" in item for item in items)


def names_of(items: Sequence[Any]) -> set[str]:
    """Return the names of the interfaces in such an array."""
    return {item["ifname"] for item in items if isinstance(item, dict) and isinstance(item.get("ifname"), str)}


def ip_links(items: Sequence[Any], source: str) -> Parts:
    """Return every bond or team that is among the links or has a member there; all other links are adapters."""
    links = [item for item in items if isinstance(item, dict) and isinstance(item.get("ifname"), str)]
    masters = [link for link in links if _info(link).get("info_kind") in _TEAMS or "MASTER" in _flags(link)]
    names = {master["ifname"] for master in masters}
    slaves: dict[str, list[Mapping[str, Any]]] = {}
    for link in links:
        if isinstance(master := link.get("master"), str) and (master in names or _is_slave(link)):
            slaves.setdefault(master, []).append(link)
    teams = [_team(master, slaves.get(master["ifname"], []), source) for master in masters]
    teams += [_without_master(name, own, source) for name, own in slaves.items() if name not in names]
    placed = names | {link["ifname"] for own in slaves.values() for link in own}
    return Parts(teams, [_link(link) for link in links if link["ifname"] not in placed])


def _is_slave(link: Mapping[str, Any]) -> bool:
    return _info(link).get("info_slave_kind") in _TEAMS or "SLAVE" in _flags(link)


def _without_master(name: str, slaves: Sequence[Mapping[str, Any]], source: str) -> TeamDescription:
    """Return what the members say of a bond that is not among the links."""
    of_team = any(_info(slave).get("info_slave_kind") == "team" for slave in slaves)
    return TeamDescription(
        source,
        IP,
        name,
        members=tuple(map(_link, slaves)),
        lacks=f"teamdctl {name} state dump" if of_team else f"ip -j -d link show dev {name}",
    )


def _team(link: Mapping[str, Any], slaves: Sequence[Mapping[str, Any]], source: str) -> TeamDescription:
    name, data = link["ifname"], _part(_info(link), "info_data")
    members, macs = tuple(map(_link, slaves)), mac_of(link.get("address"))
    if _info(link).get("info_kind") == "team":
        return TeamDescription(source, IP, name, members=members, macs=macs, lacks=f"teamdctl {name} state dump")
    mode = str(data.get("mode", ""))
    algorithm = data.get("xmit_hash_policy") if HASHED.search(mode) else None
    if mode == "balance-tlb" and data.get("tlb_dynamic_lb") is not None:
        algorithm = f"tlb-dynamic-lb={int(bool(data['tlb_dynamic_lb']))}"
    active, primary = (
        value if isinstance(value := data.get(key), str) else None for key in ("active_slave", "primary")
    )
    aggregate = _part(data, "ad_info")
    timer: dict[Any, LacpTimer] = {"fast": "fast", "slow": "slow"}
    rate = data.get("ad_lacp_rate")
    return TeamDescription(
        source,
        IP,
        name,
        f"linux/{mode}" if mode else None,
        None if algorithm is None else str(algorithm),
        members,
        macs,
        timer.get(rate) if isinstance(rate, str) else None,
        None,
        active,
        primary,
        _whole(aggregate.get("aggregator")),
        _whole(aggregate.get("num_ports")),
        lacks=None if mode else f"ip -j -d link show dev {name}",
    )


def _link(link: Mapping[str, Any]) -> Adapter:
    """Return the adapter: a member has the bond's address, its own is the permanent one."""
    data = _part(_info(link), "info_slave_data")
    own, flags = data.get("perm_hwaddr") or link.get("permaddr"), _flags(link)
    up = "LOWER_UP" in flags if flags else {"UP": True, "DOWN": False}.get(str(link.get("operstate")))
    return Adapter(link["ifname"], None, mac_of(own or link.get("address")), up=up, lacp=_lacp(data))


def _lacp(data: Mapping[str, Any]) -> LacpState | None:
    number = _whole(data.get("ad_aggregator_id"))
    if number is None:
        return None
    states = [_whole(data.get(f"ad_{side}_oper_port_state")) for side in ("actor", "partner")]
    return LacpState(number, actor_state=states[0], partner_state=states[1])


def _flags(link: Mapping[str, Any]) -> list[Any]:
    flags = link.get("flags")
    return flags if isinstance(flags, list) else []


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _info(link: Mapping[str, Any]) -> Mapping[str, Any]:
    return _part(link, "linkinfo")


def _part(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = table.get(key)
    return part if isinstance(part, dict) else {}
