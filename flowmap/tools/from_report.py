"""A report as the way back to its captures: which files, whose members, and whether they are still those it was made of."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence

from pydantic import ValidationError

from flowmap.capture.inputs import InputPlan, PlannedCapture, plan_inputs
from flowmap.dataclass import dataclass
from flowmap.document.model import Report
from flowmap.errors import ConfigError, UnreadableCapture
from flowmap.flow.scanning.scan import Scan
from flowmap.message import glue, msg
from flowmap.passes.names import NO_LINK, name_links
from flowmap.passes.read import ReadResult
from flowmap.settings.config import Settings
from flowmap.team.host import TeamHost, mac_number
from flowmap.team.members import Members

__all__ = ["ReportSource", "find_report", "read_report"]

_HEAD = 256


@dataclass(frozen=True)
class ReportSource:
    """A report and where it was read from."""

    path: str
    report: Report

    def settings(self, own: Settings) -> Settings:
        """Return the settings it was made with; how fast to read is our own."""
        values = self.report.settings.model_dump(exclude={"anonymized"}) | {"jobs": own.jobs}
        try:
            return Settings.model_validate(values)
        except ValidationError as error:
            raise ConfigError(msg("{path}: its settings are of another version of flowmap", path=self.path)) from error

    def plan(self) -> InputPlan:
        """Return its captures by their paths, as they were given. Raises UnreadableCapture where one is gone."""
        paths = list(dict.fromkeys(capture.path for member in self.report.members for capture in member.captures))
        if "-" in paths:
            hint = msg("Keep standard input in a file and give that")
            raise UnreadableCapture("-", msg("the report is of standard input, which is gone"), hint=hint)
        plan = InputPlan()
        for path in paths:
            own = plan_inputs([path])
            if own.failures:
                raise UnreadableCapture(
                    path, msg("{path} names it", path=self.path), found=own.failures[0].message, hint=_HINT
                )
            plan.captures += own.captures
        return plan

    def names(self, read: ReadResult) -> list[dict[tuple[int, int], str]]:
        """Return for each scan the member of each link, as `name_links` made them for the report."""
        return [
            _named(one.planned, scan, self._members_of(one.path))
            for one, scan in zip(read.inputs, read.scans, strict=True)
        ]

    def check(self, members: Members) -> None:
        """Raise UnreadableCapture unless every capture holds what it held then."""
        now = {(m.name, c.path): c for m in members.members for c in m.captures}
        for member in self.report.members:
            for was in member.captures:
                found = now.get((member.name, was.path))
                for field in ("packets", "wire_bytes", "captured_bytes", "first_ns", "last_ns"):
                    before, after = getattr(was, field), None if found is None else getattr(found, field)
                    if before != after:
                        raise UnreadableCapture(
                            was.path,
                            msg("has changed since {path} was made", path=self.path),
                            needed=glue(field, str(before)),
                            found=glue(str(after)),
                            hint=_HINT,
                        )

    @property
    def host(self) -> TeamHost:
        """The teamed host as the report has it."""
        team = self.report.team
        addresses = [ipaddress.ip_address(text) for text in team.addresses]
        macs = frozenset(number for text in team.macs if (number := mac_number(text)) is not None)
        return TeamHost(team.host_source, frozenset((one.version, int(one)) for one in addresses), macs)

    def streams_of(self, code: str) -> list[int]:
        """Return the streams that its findings of this code are about. Raises ConfigError where there are none."""
        findings = [finding for finding in self.report.findings if finding.code == code]
        if not findings:
            known = sorted({finding.code for finding in self.report.findings})
            codes = glue(*known, between=", ") if known else msg("none")
            raise ConfigError(
                msg(
                    "--finding {code}: {path} has no such finding; it has: {codes}",
                    code=code,
                    path=self.path,
                    codes=codes,
                )
            )
        one = [finding.subject.get("stream") for finding in findings]
        several = [stream for finding in findings for stream in finding.subject.get("streams") or ()]
        found = sorted({stream for stream in (*one, *several) if isinstance(stream, int)})
        if not found:
            raise ConfigError(msg("--finding {code}: it is about no stream; choose one with --stream", code=code))
        return found

    def _members_of(self, path: str) -> list[str]:
        return [m.name for m in self.report.members if any(capture.path == path for capture in m.captures)]


_HINT = msg("Give the captures instead of the report, or run it where the report was made")


def read_report(paths: Sequence[str]) -> ReportSource | None:
    """Return the report that `paths` is; None where they are captures.

    Raises ConfigError for other JSON, or a report among them.
    """
    for path in paths:
        if _looks_like_json(path):
            if len(paths) > 1:
                raise ConfigError(msg("{path}: give one report alone, or captures", path=path))
            report = _parsed(path)
            if report.settings.anonymized:
                raise ConfigError(
                    msg(
                        "{path}: was made with --anonymize and does not tell its captures: give those instead",
                        path=path,
                    )
                )
            return ReportSource(path, report)
    return None


def find_report(path: str) -> Report | None:
    """Return the report that a file is; None for a capture, and for JSON lines. Raises ConfigError for other JSON."""
    if not _looks_like_json(path):
        return None
    with open(path, "rb") as file:
        first = file.readline()
        try:
            whole = json.loads(first)
        except (ValueError, RecursionError):
            whole = None
    if isinstance(whole, dict) and not str(whole.get("schema", "")).startswith("flowmap."):
        return None  # its first line is an object of its own
    return _parsed(path)


def _looks_like_json(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD).lstrip(b" \t\r\n").startswith(b"{")
    except (OSError, ValueError):
        return False


def _parsed(path: str) -> Report:
    try:
        with open(path, "rb") as file:
            return Report.model_validate(json.load(file))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ConfigError(
            msg("{path}: is no report of this version of flowmap (analyze --json writes one)", path=path)
        ) from error


def _named(planned: PlannedCapture, scan: Scan, names: Sequence[str]) -> dict[tuple[int, int], str]:
    """Return the way to name a capture's links that gives the report's names."""
    if len(names) == 1:
        links = [(int(link["interface"]), int(link["ifindex"])) for link in scan.links]
        return dict.fromkeys(links or [NO_LINK], names[0])
    bases = sorted({re.sub(r":(?:if)?\d+$", "", name) for name in names})
    ways = [PlannedCapture(planned.path, None, "stem", 0)]
    ways += [PlannedCapture(planned.path, base, "name", 0) for base in bases]
    ways += [PlannedCapture(planned.path, base, "series", 0, base) for base in bases]
    for way in ways:
        (found,) = name_links([way], [scan])
        if set(found.values()) == set(names):
            return found
    raise UnreadableCapture(planned.path, msg("its interfaces are not those of the report"), hint=_HINT)
