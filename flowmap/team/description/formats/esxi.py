"""What ESXi prints of virtual switches: `esxcli network vswitch standard|dvs ...`, as text.

`policy failover get` has the policy and the uplinks by role, `standard list` the uplinks alone, `dvs vmware lacp status get`
each uplink of a LAG with both sides' LACP state. Members are called vmnicN in all of them.
Source: Broadcom's ESXCLI reference, network vswitch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowmap.team.description.model import Adapter, LacpState, LacpTimer, Parts, Role, TeamDescription

__all__ = ["ESXI", "esxcli", "is_esxcli"]

ESXI = "esxcli network vswitch"
_POLICY = re.compile(r"^[^\S\n]*Load Balancing: \w+", re.MULTILINE)
_LAG = re.compile(r"^[^\S\n]*LAGID: *(\d+)", re.MULTILINE)
_SWITCH = re.compile(r"^[^\S\n]*(?:Uplinks: *vmnic|Beacon Enabled: )", re.MULTILINE)
_DVS = re.compile(r"^[^\S\n]*DVSwitch: *(\S+)|^(\S+)[^\S\n]*\n[^\S\n]+(?:Flags|LAGID):", re.MULTILINE)
_ASKED_FOR = re.compile(r"(?:--vswitch-name[= ]|-v )(\S+)")
_LINE = re.compile(r"^\s*([A-Za-z][A-Za-z ]*?): *(.*?)\s*$")
_MODES = {
    "srcport": "originating-port",
    "portid": "originating-port",
    "mac": "mac-hash",
    "srcmac": "mac-hash",
    "iphash": "ip-hash",
    "explicit": "explicit-failover",
    "loadbased": "nic-load",
}
_BITS = {"ACT": 1, "FTO": 2, "AGG": 4, "SYN": 8, "COL": 16, "DIST": 32, "DEF": 64, "EXP": 128}
_STATE = re.compile(r"^[^\S\n]*Port State: *((?:[A-Z]{3,4},?)*)[^\S\n]*$")


def is_esxcli(text: str) -> bool:
    """Return whether a text holds one of these outputs."""
    return any(pattern.search(text) for pattern in (_POLICY, _LAG, _SWITCH))


def esxcli(text: str, source: str) -> Parts:
    """Return the virtual switches and LAGs of a text."""
    parts = Parts()
    starts = [match.start() for match in _POLICY.finditer(text)]
    for before, start, end in zip([0, *starts], starts, [*starts, len(text)][1:], strict=False):
        parts.teams.append(_policy(text[start:end], text[before:start], source))
    parts.teams += _lags(text, source)
    for block in re.split(r"\n(?=\S)", text):
        if _SWITCH.search(block):
            parts.teams += _listed(block, source)
    return parts


def _policy(block: str, before: str, source: str) -> TeamDescription:
    lines = _values(block)
    word = lines["load balancing"].lower()
    roles: list[tuple[str, Role | None]] = [
        ("active adapters", "active"),
        ("standby adapters", "standby"),
        ("unused adapters", "standby"),
    ]
    active = _names(lines.get("active adapters"))
    alone = len(active) == 1 or word == "explicit"
    members = [
        Adapter(name, role=None if role == "active" and not alone else role)
        for key, role in roles
        for name in _names(lines.get(key))
    ]
    asked = _ASKED_FOR.findall(before)
    return TeamDescription(
        source,
        ESXI,
        asked[-1] if asked else None,
        f"vsphere/{_MODES.get(word, word)}",
        None,
        tuple(members),
        active=active[0] if alone and active else None,
    )


def _listed(block: str, source: str) -> Iterator[TeamDescription]:
    lines = _values(block)
    uplinks = _names(lines.get("uplinks"))
    if uplinks:
        name = lines.get("name") or block.splitlines()[0].strip() or None
        yield TeamDescription(
            source,
            ESXI,
            name,
            members=tuple(map(Adapter, uplinks)),
            lacks=f"esxcli network vswitch standard policy failover get -v {name}",
        )


def _values(block: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in block.splitlines():
        if match := _LINE.match(line):
            found.setdefault(match[1].lower(), match[2])
    return found


def _names(value: str | None) -> list[str]:
    return [name.strip() for name in (value or "").split(",") if re.fullmatch(r"[\w.-]+", name.strip())]


def _lags(text: str, source: str) -> Iterator[TeamDescription]:
    """Yield each LAG with its uplinks: of an uplink the local side, its name, the partner, and a word for its state."""
    starts = [match.start() for match in _LAG.finditer(text)]
    switch = None
    for before, start, end in zip([0, *starts], starts, [*starts, len(text)][1:], strict=False):
        named = _DVS.findall(text[before:start])
        switch = next((name for name in named[-1] if name), None) if named else switch
        ports = re.split(r"^[^\S\n]*Local Information:", text[start:end], flags=re.MULTILINE)[1:]
        members = [member for port in ports if (member := _port(port)) is not None]
        flags = {flag for port in ports for flag in re.findall(r"Flags: *([SF])[AP]\b", port)[:1]}
        timers: dict[str, LacpTimer] = {"S": "slow", "F": "fast"}
        yield TeamDescription(
            source,
            ESXI,
            switch,
            "vsphere/lag",
            None,
            tuple(members),
            lacp_timer=timers[flags.pop()] if len(flags) == 1 else None,
        )


def _port(text: str) -> Adapter | None:
    name = re.search(r"\bNic: *(\S+)", text)
    if name is None:
        return None
    states = [_bits(match[1]) for line in text.splitlines() if (match := _STATE.match(line))]
    word = re.findall(r"^[^\S\n]*State: *(.+?)[^\S\n]*$", text, re.MULTILINE)
    key, device = re.search(r"Oper Key: *(\d{1,9})", text), re.search(r"Device ID: *(\S+)", text)
    return Adapter(
        name[1],
        lacp=LacpState(
            None,
            word[-1].lower() == "bundled" if word else None,
            None,
            None if device is None else device[1] != "00:00:00:00:00:00",
            int(key[1]) if key else None,
            states[0] if states else None,
            states[1] if len(states) > 1 else None,
            word[-1] if word else None,
        ),
    )


def _bits(words: str) -> int:
    return sum(_BITS.get(word, 0) for word in set(words.split(",")))
