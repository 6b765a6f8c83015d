"""Files of `--team`, known by their content: our TOML, and what hosts print.

In: the bytes of a file, as an editor, a shell or PowerShell's `>` (UTF-16) wrote them. Out: teams and adapters. One file may
hold several outputs one after the other. What is none of them is refused with all that could have been.
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
from flowmap.team.description import linux, ovs, powershell, windows
from flowmap.team.description.model import Parts, TeamDescription, described_teams
from flowmap.team.description.toml_ import read_toml
from flowmap.team.modes import lookup

__all__ = ["KINDS", "parse_description", "read_descriptions"]

KINDS = (
    "Get-NetLbfoTeam", "Get-NetLbfoTeamMember", "Get-VMSwitchTeam", "Get-NetAdapter (| ConvertTo-Json)",
    linux.PROC, "ip -j -d link", "ovs-appctl bond/show", "ovs-appctl lacp/show",
)  # fmt: skip
_MOST_BYTES = 16 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOR_PEOPLE = (
    (re.compile(r"^\d+: [^:\s]+: <[A-Z_,0-9-]+> mtu ", re.MULTILINE), "ip link", "ip -j -d link"),
    (re.compile(r"^ +Bridge \S+\n(?:.*\n)*? +Port ", re.MULTILINE), "ovs-vsctl show", "ovs-appctl bond/show"),
    (re.compile(r"^bond\s+type\s+recircID\s", re.MULTILINE), "ovs-appctl bond/list", "ovs-appctl bond/show"),
)
"""What is pasted instead of what is needed: its mark, its command, and the one to run."""


def read_descriptions(paths: Sequence[str]) -> list[TeamDescription]:
    """All teams that the files describe. Raises ConfigError that names the file, and what was expected."""
    parts = []
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(msg("--team {path}: cannot be read: {reason}", path=path, reason=reason)) from error
        parts.append(parse_description(data, path))
    teams = described_teams(parts)
    if paths and not teams:
        raise ConfigError(msg("--team {path}: describes adapters, but no team; add the output of {one} or {other}",
                              path=paths[0], one="Get-NetLbfoTeam", other="Get-VMSwitchTeam"))  # fmt: skip
    return teams


def parse_description(data: bytes, source: str) -> Parts:
    """What one file holds. Raises ConfigError for what is no description, or one that contradicts itself."""
    if len(data) > _MOST_BYTES:
        raise ConfigError(msg("--team {path}: is no team description: it is larger than {most} MiB", path=source,
                              most=_MOST_BYTES >> 20))  # fmt: skip
    text = _decoded(data, source)
    parts = _parts(text, source)
    if parts is None or not (parts.teams or parts.adapters):
        raise ConfigError(msg("--team {path}: is no team description that flowmap knows; expected TOML, or what {kinds} print",
                              path=source, kinds=", ".join(KINDS)))  # fmt: skip
    return Parts([_checked(team) for team in parts.teams], parts.adapters)


def _parts(text: str, source: str) -> Parts | None:
    values = _json_values(text) if text.lstrip()[:1] in ("{", "[") else None
    if values is not None:
        return _json_parts(values, source)
    parts = Parts()
    parts.add(linux.proc_bonding(text, source))
    parts.add(ovs.appctl(text, source))
    if parts.teams:
        return parts
    if powershell.is_printed(text):
        return windows.read_objects(list(powershell.printed(text)), source)
    for pattern, said, needed in _FOR_PEOPLE:
        if pattern.search(text):
            raise ConfigError(msg("--team {path}: is what {said} prints, which does not tell enough: give the output of "
                                  "{needed}", path=source, said=said, needed=needed))  # fmt: skip
    return read_toml(text, source)


def _json_parts(values: Sequence[Any], source: str) -> Parts:
    parts = Parts()
    for value in values:
        items = value if isinstance(value, list) else [value]
        if linux.is_ip_links(items):
            parts.add(linux.ip_links(items, source))
        else:
            parts.add(windows.read_objects(list(windows.objects(items)), source))
    return parts


def _json_values(text: str) -> list[Any] | None:
    """JSON values one after the other; None where the text is none (TOML may begin with a bracket too)."""
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
    """UTF-16 without its mark is told by its zeros: outputs begin with ASCII."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    if encoding is None:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else "utf-8"
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except ValueError as error:
        raise ConfigError(msg("--team {path}: is no text in UTF-8 or UTF-16", path=source)) from error


def _checked(team: TeamDescription) -> TeamDescription:
    """With mode and algorithm as the table calls them. Raises ConfigError for what it does not have, with what it has."""
    try:
        rows = lookup(team.mode, team.algorithm)
    except ConfigError as error:
        raise ConfigError(msg("--team {path}: {error}", path=team.source, error=error.message)) from error
    modes, algorithms = {f"{row.platform}/{row.mode}" for row in rows}, {row.algorithm for row in rows}
    return replace(
        team, mode=modes.pop() if len(modes) == 1 else team.mode,
        algorithm=algorithms.pop() if len(algorithms) == 1 else team.algorithm,
    )  # fmt: skip
