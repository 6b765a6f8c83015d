"""What PowerShell prints of a team: the objects of Get-NetLbfoTeam, -TeamMember, -TeamNic, Get-VMSwitchTeam, Get-NetAdapter.

As JSON (`| ConvertTo-Json`) or as text (powershell.py). An object is known by its properties,
so that what `Select-Object` left out may be missing. Enumerations are numbers or names.
Sources: learn.microsoft.com, modules NetLbfo, Hyper-V and NetAdapter; numbers of LBFO's enumerations: cloudbase-init,
utils/windows/netlbfo.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowmap.errors import ConfigError
from flowmap.message import listed, msg
from flowmap.team.description.model import Adapter, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["objects", "read_objects"]

_MODES = {0: "static", 1: "switch-independent", 2: "lacp"}
_ALGORITHMS = {0: "transport-ports", 2: "ip-addresses", 3: "mac-addresses", 4: "hyperv-port", 5: "dynamic"}
_TIMERS = {0: "slow", 1: "fast"}
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}

Item = Mapping[str, Any]


def objects(value: Any) -> Iterator[Item]:
    """Yield the objects in a JSON value: itself, those of an array, and those that Windows PowerShell 5 puts under `value`."""
    if isinstance(value, list):
        for one in value:
            yield from objects(one)
    elif isinstance(value, dict):
        if set(value) == {"value", "Count"}:
            yield from objects(value["value"])
        else:
            yield value


def read_objects(items: Sequence[Item], source: str) -> Parts:
    """Return teams and adapters of these objects; others are passed over."""
    parts = Parts()
    for item in items:
        if "TeamingMode" in item and "NetAdapterInterfaceDescription" in item:
            parts.teams.append(_switch_team(item, source))
        elif "TeamingMode" in item:
            parts.teams.append(_lbfo_team(item, source))
        elif (
            "Team" in item and ("AdministrativeMode" in item or "InterfaceDescription" in item) and "VlanID" not in item
        ):
            parts.teams.append(_lbfo_member(item, source))
        elif "Name" in item and ("InterfaceDescription" in item or "MacAddress" in item):
            parts.adapters.append(_adapter(item))
    return parts


def _lbfo_team(item: Item, source: str) -> TeamDescription:
    members = tuple(Adapter(name) for name in _names(item, "Members", source))
    return TeamDescription(
        source,
        "Get-NetLbfoTeam",
        _text(item.get("Name")),
        f"lbfo/{_word(item, 'TeamingMode', _MODES, source)}",
        _word(item, "LoadBalancingAlgorithm", _ALGORITHMS, source),
        members,
        lacp_timer=_timer(item, source),
    )


def _switch_team(item: Item, source: str) -> TeamDescription:
    labels = _names(item, "NetAdapterInterfaceDescription", source)
    _word(item, "TeamingMode", _MODES, source)
    return TeamDescription(
        source,
        "Get-VMSwitchTeam",
        _text(item.get("Name")),
        "set/switch-embedded",
        _word(item, "LoadBalancingAlgorithm", _ALGORITHMS, source),
        tuple(Adapter(None, label) for label in labels),
    )


def _lbfo_member(item: Item, source: str) -> TeamDescription:
    standby = "standby" in (str(item.get(key, "")).lower() for key in ("AdministrativeMode", "OperationalStatus"))
    status = item.get("OperationalStatus")
    member = Adapter(
        _text(item.get("Name")),
        _text(item.get("InterfaceDescription")),
        frozenset(),
        _speed(item),
        "standby" if standby else None,
        status.lower() != "failed" if isinstance(status, str) else None,
    )
    return TeamDescription(source, "Get-NetLbfoTeamMember", _text(item.get("Team")), members=(member,))


def _adapter(item: Item) -> Adapter:
    """Return the adapter; `MacAddress` is the one in use, `PermanentAddress` that of the card: either may be seen."""
    status = item.get("Status")
    macs = mac_of(item.get("MacAddress")) | mac_of(item.get("PermanentAddress"))
    up = status.lower() == "up" if isinstance(status, str) else None
    return Adapter(_text(item.get("Name")), _text(item.get("InterfaceDescription")), macs, _speed(item), None, up)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _names(item: Item, key: str, source: str) -> list[str]:
    """Return an array of names, or one name; Raises ConfigError where PowerShell cut it short ("...")."""
    value = item.get(key)
    if isinstance(value, dict):
        value = value.get("value")
    names = [text for one in (value if isinstance(value, list) else [value]) if (text := _text(one)) is not None]
    if any(name.endswith(("...", "\N{HORIZONTAL ELLIPSIS}")) for name in names):
        raise ConfigError(
            msg("{path}: PowerShell has cut {key} short: write it with | ConvertTo-Json", path=source, key=key)
        )
    return names


def _word(item: Item, key: str, known: Mapping[int, str], source: str) -> str | None:
    """Return a value of an enumeration: its name as it is, its number as the name that it stands for."""
    value = item.get(key)
    if isinstance(value, str) and value.strip().isdigit() and len(value) < 4:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in known:
        return known[value]
    if value is None or (isinstance(value, str) and value.strip()):
        return None if value is None else value.strip()
    choices = listed([f"{number} ({name})" for number, name in known.items()])
    raise ConfigError(
        msg(
            "{path}: {key} is {value!r}; expected {choices}, or its name",
            path=source,
            key=key,
            value=value,
            choices=choices,
        )
    )


def _timer(item: Item, source: str) -> LacpTimer | None:
    """Return the LACP timer: LBFO has one in every mode, but it means something with LACP only."""
    word = (_word(item, "LacpTimer", _TIMERS, source) or "").lower()
    if str(_word(item, "TeamingMode", _MODES, source)).lower() != "lacp":
        return None
    return "fast" if word == "fast" else "slow" if word == "slow" else None


def _speed(item: Item) -> int | None:
    """Return bit/s from a number or of a text such as "10 Gbps"; of a list also `ReceiveLinkSpeed(Gbps)`."""
    for key, value in item.items():
        match = re.fullmatch(r"(?:(?:Receive|Transmit)?(?:Link)?)Speed(?:\(([kMGT]?)bps\))?", key, re.IGNORECASE)
        if match is None:
            continue
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**62:
            return value * (_UNITS.get((match[1] or "").lower(), 1))
        text = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([kMGT]?)(?:bps)?", str(value).strip())
        if text and float(text[1]) > 0:
            return round(float(text[1]) * _UNITS[(text[2] or match[1] or "").lower()])
    return None
