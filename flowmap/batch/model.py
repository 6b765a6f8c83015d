"""What the parts of a batch run hand each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from flowmap.dataclass import dataclass

__all__ = ["Capture", "Fingerprint", "Inputs", "Outcome", "TeamRun"]


@dataclass(frozen=True, slots=True)
class Capture:
    """One file of a team; `member` where the layout names it."""

    path: str
    member: str | None = None

    @property
    def argument(self) -> str:
        """As `flowmap analyze` takes it."""
        return self.path if self.member is None else f"{self.member}={self.path}"


@dataclass(frozen=True)
class TeamRun:
    """The captures of one team at one time. `folders`: where a flowmap.toml may hold settings of it, weakest first."""

    team: str
    run: str
    captures: tuple[Capture, ...]
    folders: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings from the layout, by the names of flowmap.toml."""

    @property
    def name(self) -> str:
        """For people: "site/host 2026-05-01"."""
        return f"{self.team} {self.run}".rstrip()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells whether a capture is the one that was read before. `head` and `tail` are digests of its ends."""

    path: str
    size: int
    mtime_ns: int
    head: str
    tail: str


@dataclass(frozen=True)
class Inputs:
    """What one analysis read. `digest`: of its captures and settings, which if it is the same need no new analysis."""

    digest: str
    prints: tuple[Fingerprint, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of one team's run. `error`: why there is no verdict on it; else what its report says."""

    verdict: str = "inconclusive"
    pinned: str | None = None
    spread: str | None = None
    exit_code: int = 4
    summary: str = ""
    error: str | None = None
    jain: float | None = None
    """Of the direction that `spread` judged, over bytes and all captured members."""
    members: int | None = None
    """Captured members; None where an older flowmap did not keep that."""
    migration_bps: int | None = None
    """Mean speed of the fastest migration, bits per second."""
    imbalance_s: float | None = None
    """For how many seconds a member was full while others idled; None where its speed is not known."""
    packets: int = 0
    wire_bytes: int = 0
    streams: int = 0
    findings: tuple[str, ...] = ()
    """Codes of errors and warnings, once each."""
    warnings: tuple[str, ...] = ()
    """Codes of warnings that are not accepted, once each."""
    problems: tuple[str, ...] = ()
    """Errors and warnings that are not accepted: code and what each is about, by which the next run knows them again."""
    accepted: tuple[str, ...] = ()
    """Codes of findings and notices that are accepted, once each."""
    settled: bool = False
    """Whether all that speaks against a pass is accepted."""
    ended: tuple[str, ...] = ()
    """Codes that were accepted until a day that is over."""
    changed: tuple[str, ...] = ()
    """What differs from what was accepted, in words."""
    evidence: str = ""
    """What accepted findings rest on, as JSON, for the next run to compare."""
    again: bool = False
    """Whether the system failed while a capture was read, so that the next run tries again."""
    captured_ns: int | None = None
    """The first packet's time; where no packet tells, when the captures were last written."""
