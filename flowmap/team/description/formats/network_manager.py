"""What NetworkManager prints of bonds and teams: `nmcli connection show NAME`, one connection after the other.

The bond's own connection has its options, those of its members name it as their master (newer: controller).
Source: nm-settings-nmcli(5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowmap.team.description.formats.teamd import is_teamd, teamd_json
from flowmap.team.description.model import Adapter, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["NMCLI", "is_nmcli", "nmcli"]

NMCLI = "nmcli connection show"
_LINE = re.compile(r"^([a-zA-Z0-9-]+\.[A-Za-z0-9_.\[\]-]+):[^\S\n]+(.*?)[^\S\n]*$")
_KNOWN = re.compile(r"^(?:bond\.options|team\.config|connection\.(?:master|controller|type)):[^\S\n]+\S", re.MULTILINE)
_HASHED = ("802.3ad", "4", "balance-xor", "2")


def is_nmcli(text: str) -> bool:
    """Return whether a text has such properties, of a bond or of its members."""
    return _KNOWN.search(text) is not None


def nmcli(text: str, source: str) -> Parts:
    """Return the bonds and teams of these connections; members whose master is not there make one that lacks its mode."""
    teams: dict[str, TeamDescription] = {}
    members: dict[str, list[Adapter]] = {}
    for one in _connections(text):
        kind = one.get("connection.type", "")
        if kind == "bond" or "bond.options" in one or kind == "team" or "team.config" in one:
            team = _team(one, source)
            teams[team.name or ""] = team
            names = (team.name, one.get("connection.id"), one.get("connection.uuid"))
            teams |= {name: team for name in names if name and name not in teams}
        master = _told(one, "connection.master", "connection.controller")
        port = _told(one, "connection.slave-type", "connection.port-type")
        if master and port in (None, "bond", "team"):
            name = _told(one, "connection.interface-name", "GENERAL.DEVICES", "connection.id")
            members.setdefault(master, []).append(Adapter(name, None, mac_of(one.get("802-3-ethernet.mac-address"))))
    parts = Parts()
    for team in dict.fromkeys(teams.values()):
        own = [member for name, known in teams.items() if known == team for member in members.get(name, [])]
        parts.teams.append(_with(team, own))
    parts.teams += [
        TeamDescription(source, NMCLI, master, members=tuple(own), lacks=f"nmcli connection show {master}")
        for master, own in members.items()
        if master not in teams
    ]
    return parts


def _with(team: TeamDescription, members: list[Adapter]) -> TeamDescription:
    return TeamDescription(
        team.source,
        team.kind,
        team.name,
        team.mode,
        team.algorithm,
        (*team.members, *members),
        team.macs,
        team.lacp_timer,
        None,
        team.active,
        team.primary,
        lacks=team.lacks,
    )


def _connections(text: str) -> Iterator[Mapping[str, str]]:
    """Yield properties of one connection after the other: each begins with its id, or with a property that comes again."""
    one: dict[str, str] = {}
    for line in text.splitlines():
        if (match := _LINE.match(line.strip())) is None:
            continue
        key, value = match[1], match[2]
        if (key == "connection.id" or (key in one and key.startswith("connection."))) and one:
            yield one
            one = {}
        if key == "bond.options" and key in one:  # some versions print one option a line
            one[key] += f",{value}"
        elif value not in ("", "--"):
            one.setdefault(key, value)
    if one:
        yield one


def _told(one: Mapping[str, str], *keys: str) -> str | None:
    return next((one[key] for key in keys if key in one), None)


def _team(one: Mapping[str, str], source: str) -> TeamDescription:
    name = _told(one, "connection.interface-name", "GENERAL.DEVICES", "connection.id")
    if "bond.options" not in one:
        return _teamd(one, name, source)
    pairs = (option.partition("=") for option in one["bond.options"].split(","))
    options = {key.strip(): value.strip() for key, _, value in pairs}
    mode, policy = options.get("mode"), options.get("xmit_hash_policy")
    timer: dict[str, LacpTimer] = {"fast": "fast", "1": "fast", "slow": "slow", "0": "slow"}
    lacp = mode in _HASHED[:2]
    return TeamDescription(
        source,
        NMCLI,
        name,
        f"linux/{mode}" if mode else None,
        (policy or "layer2") if mode in _HASHED else None,
        (),
        mac_of(one.get("802-3-ethernet.cloned-mac-address")),
        timer.get(options.get("lacp_rate", "slow")) if lacp else None,
        None,
        options.get("active_slave"),
        options.get("primary"),
        lacks=None if mode else f"nmcli connection show {name}",
    )


def _teamd(one: Mapping[str, str], name: str | None, source: str) -> TeamDescription:
    """Return a team, whose configuration is JSON in one line."""
    try:
        value = json.loads(one.get("team.config", ""))
    except (ValueError, RecursionError):
        value = None
    if not is_teamd(value):
        return TeamDescription(source, NMCLI, name, lacks=f"teamdctl {name} state dump")
    (team,) = teamd_json(value, source).teams
    return replace(team, kind=NMCLI, name=team.name or name)
