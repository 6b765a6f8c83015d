"""Files of `--team`, known by their content: our TOML, and what hosts print.

Files of counters (counters/read.py) are given with them.

In: the bytes of a file, as an editor, a shell or PowerShell's `>` (UTF-16) wrote them. Out: teams and adapters. One file may
hold several outputs one after the other. Any other text is refused, with a list of what it could have been.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.team.counters import read as counters
from flowmap.team.counters.model import Reading
from flowmap.team.description.formats import (
    bonding,
    esxi,
    iplink,
    netplan,
    network_manager,
    ovs,
    powershell,
    switches,
    teamd,
    windows,
)
from flowmap.team.description.formats.toml_ import read_toml
from flowmap.team.description.hosts import by_host
from flowmap.team.description.joined import described_teams
from flowmap.team.description.model import Parts, TeamDescription
from flowmap.team.modes.table import lookup

__all__ = ["KINDS", "parse_description", "read_descriptions", "read_team_files"]

KINDS = (
    "Get-NetLbfoTeam",
    "Get-NetLbfoTeamMember",
    "Get-VMSwitchTeam",
    "Get-NetAdapter (| ConvertTo-Json)",
    bonding.PROC,
    iplink.IP,
    "ovs-appctl bond/show",
    "ovs-appctl lacp/show",
    "teamdctl TEAM state dump",
    teamd.CONFIG,
    network_manager.NMCLI,
    netplan.NETPLAN,
    "esxcli network vswitch standard policy failover get",
    "esxcli network vswitch dvs vmware lacp status get",
    switches.SWITCH,
    "show lacp neighbor",
)
_MOST_BYTES = 16 << 20
_MOST_TEAMS = 2_000
"""Outputs in one file: more do not describe teams. Each is held against those before it."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TEXTS = (
    (teamd.is_state_text, teamd.teamd_text),
    (network_manager.is_nmcli, network_manager.nmcli),
    (esxi.is_esxcli, esxi.esxcli),
    (switches.is_switch, switches.switch_channels),
    (netplan.is_netplan, netplan.netplan),
)
"""Texts that are known by a mark, and what reads them, in order: of each text the first that fits."""
_JSON = re.compile(r"^\s*[\[{]", re.MULTILINE)
"""Where JSON may begin: a heading or the command may stand before it."""
_FOR_PEOPLE = (
    (re.compile(r"^\d+: [^:\s]+: <[A-Z_,0-9-]+> mtu ", re.MULTILINE), "ip link", "ip -j -d link"),
    (re.compile(r"^ +Bridge \S+\n(?:.*\n)*? +Port ", re.MULTILINE), "ovs-vsctl show", "ovs-appctl bond/show"),
    (re.compile(r"^bond\s+type\s+recircID\s", re.MULTILINE), "ovs-appctl bond/list", "ovs-appctl bond/show"),
    (re.compile(r"^DEVICE\s+TYPE\s+STATE\s+CONNECTION", re.MULTILINE), "nmcli device", "nmcli connection show NAME"),
    (re.compile(r"^NAME\s+UUID\s+TYPE\s+DEVICE", re.MULTILINE), "nmcli connection", "nmcli connection show NAME"),
)
"""What is pasted instead of what is needed: its mark, its command, and the one to run."""


def read_descriptions(paths: Sequence[str]) -> list[TeamDescription]:
    """Return all teams that the files describe. Raises ConfigError that names the file, and what was expected."""
    return read_team_files(paths)[0]


def read_team_files(paths: Sequence[str]) -> tuple[list[TeamDescription], list[Reading]]:
    """Return all teams that the files describe, and all counters that they hold.

    Raises ConfigError as `read_descriptions`.
    """
    parts, readings = [], list[Reading]()
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(msg("--team {path}: cannot be read: {reason}", path=path, reason=reason)) from error
        part, found = _parsed(data, path)
        parts.append(part)
        readings += found
    teams = described_teams(parts)
    if not teams and not all(part.counters for part in parts):
        windows_made = any(adapter.label is not None for part in parts for adapter in part.adapters)
        one, other = ("Get-NetLbfoTeam", "Get-VMSwitchTeam") if windows_made else (iplink.IP, bonding.PROC)
        raise ConfigError(
            msg(
                "--team {path}: describes adapters, but no team; add the output of {one} or {other}",
                path=paths[0],
                one=one,
                other=other,
            )
        )
    return teams, readings


def parse_description(data: bytes, source: str) -> Parts:
    """Return what one file holds. Raises ConfigError for what is no description, or one that contradicts itself."""
    return _parsed(data, source)[0]


def _parsed(data: bytes, source: str) -> tuple[Parts, list[Reading]]:
    if len(data) > _MOST_BYTES:
        raise ConfigError(
            msg(
                "--team {path}: is no team description: it is larger than {most} MiB",
                path=source,
                most=_MOST_BYTES >> 20,
            )
        )
    text = _decoded(data, source)
    readings = counters.readings_in(text, source)
    try:
        parts = _parts(text, source)
    except ConfigError:
        if not readings:
            raise
        parts = None
    if not readings and (parts is None or not (parts.teams or parts.adapters) or len(parts.teams) > _MOST_TEAMS):
        raise ConfigError(
            msg(
                "--team {path}: is no team description that flowmap knows; expected TOML, or what {kinds} print",
                path=source,
                kinds=", ".join((*KINDS, *counters.KINDS)),
            )
        )
    parts = parts if parts is not None and len(parts.teams) <= _MOST_TEAMS else Parts()
    return Parts([_checked(team) for team in parts.teams], parts.adapters, bool(readings)), readings


def _parts(text: str, source: str) -> Parts | None:
    """Return what a text holds, by host where it names several."""
    texts = by_host(text)
    if len(texts) < 2:
        return _of_one_host(text, source)
    parts = Parts()
    for host, own in texts:
        try:
            found = _of_one_host(own, source)
        except ConfigError:
            found = None
        if found is not None:
            parts.teams += [replace(team, host=host) for team in found.teams]
            parts.adapters += [replace(adapter, host=host) for adapter in found.adapters]
    return parts if parts.teams or parts.adapters else _of_one_host(text, source)


def _of_one_host(text: str, source: str) -> Parts | None:
    if (start := _JSON.search(text)) and (values := _json_values(text[start.start() :])) is not None:
        return _json_parts(values, source)
    parts = Parts()
    parts.add(bonding.proc_bonding(text, source))
    parts.add(ovs.appctl(text, source))
    if parts.teams:
        return parts
    if powershell.is_printed(text):
        return windows.read_objects(list(powershell.printed(text)), source)
    for fits, read in _TEXTS:
        if fits(text) and (found := read(text, source)).teams:
            return found
    for pattern, said, needed in _FOR_PEOPLE:
        if pattern.search(text):
            raise ConfigError(
                msg(
                    "--team {path}: is what {said} prints, which does not tell enough: give the output of {needed}",
                    path=source,
                    said=said,
                    needed=needed,
                )
            )
    return read_toml(text, source)


def _json_parts(values: Sequence[Any], source: str) -> Parts:
    """Return what JSON describes; of `ip -j` a link may be an object by itself.

    Arrays of links that follow each other are one host's links, up to the first interface that comes again.
    """
    parts, links = Parts(), list[Any]()
    for value in values:
        items = value if isinstance(value, list) else [value]
        if iplink.is_ip_links(items):
            if iplink.names_of(items) & iplink.names_of(links):
                parts.add(iplink.ip_links(links, source))
                links = []
            links += items
        elif teamd.is_teamd(value):
            parts.add(teamd.teamd_json(value, source))
        else:
            parts.add(windows.read_objects(list(windows.objects(items)), source))
    parts.add(iplink.ip_links(links, source))
    return parts


def _json_values(text: str) -> list[Any] | None:
    """Return JSON values one after the other; None where the text is none (TOML may begin with a bracket too)."""
    values, at, decoder = [], 0, json.JSONDecoder()
    try:
        while at < len(text):
            if text[at].isspace():
                at += 1
                continue
            value, at = decoder.raw_decode(text, at)
            values.append(value)
    except (ValueError, RecursionError):
        return None
    return values


def _decoded(data: bytes, source: str) -> str:
    """Decode a text; UTF-16 without its mark is known by its zeros, for outputs begin with ASCII."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    if encoding is None:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else "utf-8"
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except ValueError as error:
        raise ConfigError(msg("--team {path}: is no text in UTF-8 or UTF-16", path=source)) from error


def _checked(team: TeamDescription) -> TeamDescription:
    """Return the team with mode and algorithm as the table calls them.

    Raises ConfigError for others, with those there are.
    """
    try:
        rows = lookup(team.mode, team.algorithm)
    except ConfigError as error:
        raise ConfigError(msg("--team {path}: {error}", path=team.source, error=error.message)) from error
    modes, algorithms = {f"{row.platform}/{row.mode}" for row in rows}, {row.algorithm for row in rows}
    return replace(
        team,
        mode=modes.pop() if len(modes) == 1 else team.mode,
        algorithm=algorithms.pop() if len(algorithms) == 1 else team.algorithm,
    )
