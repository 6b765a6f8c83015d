"""The manifest of a capture: what was recorded where, when, by which commands, and what the host said.

Written when recording begins and again at its end, so that a capture that was killed has one too (`ended_at` is null then).
`flowmap.capture.source.manifest` reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field
from pathlib import Path

from flowmap.capture.source.manifest import MANIFEST, SCHEMA
from flowmap.dataclass import dataclass
from flowmap.report.formats.files import write_text
from flowmap.tools.capture.find import Found
from flowmap.tools.capture.plan import Plan
from flowmap.version import __version__

__all__ = ["Manifest", "begun", "write_manifest"]


@dataclass
class Manifest:
    """As it is written; file names are relative to its folder.

    Times are ISO 8601 in UTC: counters were read after `started_at` and before `recorded_from`, and again between
    `recorded_to` and `ended_at`.
    """

    started_at: str
    members: list[str]
    teams: list[dict[str, str]]
    commands: list[list[str]]
    snaplen: int
    schema: str = SCHEMA
    version: str = __version__
    ended_at: str | None = None
    recorded_from: str | None = None
    recorded_to: str | None = None
    captures: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    counters: dict[str, list[str]] = field(default_factory=dict)
    dropped: dict[str, int | None] = field(default_factory=dict)
    flushed: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def begun(found: Found, plan: Plan, commands: list[list[str]], started_at: str) -> Manifest:
    """Return the manifest of a capture that begins now."""
    teams = [{"kind": kind, "name": name} for kind, name in found.teams]
    return Manifest(started_at, list(plan.members), teams, commands, plan.snaplen)


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write it, whole or not at all, with the captures that are there. Raises ReportError."""
    manifest.captures = sorted(path.name for path in folder.iterdir() if ".pcap" in path.name)
    write_text(str(folder / MANIFEST), json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n")
