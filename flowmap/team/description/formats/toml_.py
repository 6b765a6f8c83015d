"""Our own form of a team's description: TOML, for teams of which no output is at hand.

name = "team1"
mode = "lacp"                  # as --mode; "lbfo/lacp" where several platforms have one of the name
algorithm = "transport-ports"
lacp_timer = "fast"
active = "NIC1"                # the member that carries, where only one does

[[member]]
name = "NIC1"
mac = "00:1b:21:aa:bb:cc"      # one, or a list
speed = "10G"
standby = false
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.settings.layers import parse_speed
from flowmap.team.description.model import Adapter, LacpTimer, Parts, Role, TeamDescription, mac_of

__all__ = ["read_toml"]

_TEAM = {
    "name": str,
    "mode": str,
    "algorithm": str,
    "lacp_timer": str,
    "active": str,
    "primary": str,
    "mac": (str, list),
    "member": list,
}
_MEMBER = {"name": str, "mac": (str, list), "speed": (str, int), "standby": bool}


def read_toml(text: str, source: str) -> Parts | None:
    """Return the one team of a TOML text; None where it is no TOML at all.

    Raises ConfigError for keys that there are not.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    if not table:
        return None
    _check(table, _TEAM, source)
    members = []
    for one in table.get("member", []):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise ConfigError(msg("{path}: each [[member]] needs a name", path=source))
        _check(one, _MEMBER, source)
        members.append(_member(one, source))
    active = table.get("active")
    team = TeamDescription(
        source,
        "TOML",
        table.get("name"),
        table.get("mode"),
        table.get("algorithm"),
        tuple(members),
        _macs(table.get("mac", []), source),
        _timer(table.get("lacp_timer"), source),
        None,
        active,
        table.get("primary"),
    )
    names = {member.name for member in members}
    for key in ("active", "primary"):
        if members and table.get(key) is not None and table[key] not in names:
            raise ConfigError(
                msg(
                    "{path}: {key} = {name!r} is no member; members: {names}",
                    path=source,
                    key=key,
                    name=table[key],
                    names=", ".join(sorted(filter(None, names))),
                )
            )
    return Parts(teams=[team])


def _check(table: Mapping[str, Any], known: Mapping[str, Any], source: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise ConfigError(
                msg(
                    "{path}: {key!r} is no key of a team description; known: {names}",
                    path=source,
                    key=key,
                    names=", ".join(known),
                )
            )
        if not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is not bool):
            raise ConfigError(msg("{path}: {key} = {value!r} is of the wrong kind", path=source, key=key, value=value))


def _member(table: Mapping[str, Any], source: str) -> Adapter:
    speed = None
    if "speed" in table:
        try:
            speed = parse_speed(str(table["speed"]))
        except ConfigError as error:
            raise ConfigError(msg("{path}: {error}", path=source, error=error.message)) from error
    role: Role | None = "standby" if table.get("standby") else None
    return Adapter(table["name"], None, _macs(table.get("mac", []), source), speed, role)


def _macs(value: Any, source: str) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for text in value if isinstance(value, list) else [value]:
        one = mac_of(text)
        if not one:
            raise ConfigError(msg("{path}: {text!r} is no MAC address", path=source, text=text))
        found |= one
    return found


def _timer(value: str | None, source: str) -> LacpTimer | None:
    if value not in (None, "fast", "slow"):
        raise ConfigError(msg('{path}: lacp_timer = {value!r}; expected "fast" or "slow"', path=source, value=value))
    return "fast" if value == "fast" else "slow" if value == "slow" else None
