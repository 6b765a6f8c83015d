"""What Open vSwitch prints of its bonds: `ovs-appctl bond/show` and `ovs-appctl lacp/show`, all bonds or one.

Before 2.17 it said slave for member; old versions print no heading where one bond is asked for.
Source: openvswitch/ovs ofproto/bond.c and lib/lacp.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace

from flowmap.dataclass import dataclass
from flowmap.team.description.model import Adapter, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["HEADING", "appctl"]

HEADING = re.compile(r"^---- (.+) ----\s*$", re.MULTILINE)
_MODE = re.compile(r"^[^\S\n]*bond_mode: ", re.MULTILINE)
_BOND_MEMBER = re.compile(r"^(?:member|slave) (.+): (enabled|disabled)\s*$")
_LACP_MEMBER = re.compile(r"^(?:member|slave): (.+?): (?:current|expired|defaulted)\b")
_ACTIVE_MAC = re.compile(r"([0-9a-fA-F:]{17})\((.+)\)")
_LINE = re.compile(r"^([A-Za-z_ -]+): ?(.*?)\s*$")


@dataclass
class _Section:
    """One bond's lines: before its members, and its members with whether each is enabled."""

    head: dict[str, str] = field(default_factory=dict)
    members: dict[str, bool | None] = field(default_factory=dict)
    active: str | None = None


def appctl(text: str, source: str) -> Parts:
    """Return every bond in a text; what is neither of the two outputs (their statistics, say) is left out."""
    found = list(HEADING.finditer(text))
    parts = Parts()
    if not found and (match := _MODE.search(text)):
        parts.teams.append(_bond(None, _read(text[match.start() :]), source))
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        section = _read(text[match.end() : end])
        if "bond_mode" in section.head:
            parts.teams.append(_bond(match[1], section, source))
        elif "status" in section.head and "lacp_time" in section.head:
            parts.teams.append(_lacp(match[1], section, source))
    return parts


def _read(text: str) -> _Section:
    section, current = _Section(), None
    for line in text.splitlines():
        plain = line.strip()
        if bond := _BOND_MEMBER.match(plain):
            current = bond[1]
            section.members[current] = bond[2] == "enabled"
        elif lacp := _LACP_MEMBER.match(plain):
            current = lacp[1]
            section.members[current] = None
        elif plain in ("active member", "active slave"):
            section.active = current
        elif current is None and (match := _LINE.match(plain)):
            section.head.setdefault(match[1], match[2])
    return section


def _bond(name: str | None, section: _Section, source: str) -> TeamDescription:
    head = section.head
    mode = head["bond_mode"]
    mac = _ACTIVE_MAC.match(head.get("active member mac") or head.get("active slave mac") or "")
    own = {mac[2]: mac_of(mac[1])} if mac else {}
    members = [Adapter(member, None, own.get(member, frozenset()), up=up) for member, up in section.members.items()]
    active = section.active if mode == "active-backup" else None
    if active is not None:
        members = [replace(one, role="active" if one.name == active else "standby") for one in members]
    primary = head.get("active-backup primary", "<none>")
    return TeamDescription(
        source,
        "ovs-appctl bond/show",
        name,
        f"ovs/{mode}",
        None,
        tuple(members),
        negotiated=_negotiated(head),
        active=active,
        primary=None if primary == "<none>" else primary,
    )


def _negotiated(head: Mapping[str, str]) -> bool | None:
    status = head.get("lacp_status") or {"true": "negotiated", "false": "off"}.get(head.get("lacp_negotiated", ""))
    return None if status in (None, "off") else status == "negotiated"


def _lacp(name: str, section: _Section, source: str) -> TeamDescription:
    timers: dict[str, LacpTimer] = {"fast": "fast", "slow": "slow"}
    return TeamDescription(
        source,
        "ovs-appctl lacp/show",
        name,
        members=tuple(Adapter(member) for member in section.members),
        macs=mac_of(section.head.get("sys_id")),
        lacp_timer=timers.get(section.head["lacp_time"]),
        negotiated="negotiated" in section.head["status"].split(),
    )
