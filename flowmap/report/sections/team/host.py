"""The team as a whole: which host has it and how that was found, its mode, and what time was captured and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.document.quantities import duration, moment
from flowmap.message import Message, aside, glue, listed, msg
from flowmap.report.blocks import Pairs
from flowmap.report.sections.team.mode import mode_text
from flowmap.words import word

if TYPE_CHECKING:
    from flowmap.document.members import Team
    from flowmap.document.model import Report, ReportSettings

__all__ = ["HOST_SOURCES", "host_unknown", "several_hosts", "team_pairs"]

HOST_SOURCES = {
    "option": msg("as named"),
    "description": msg("as described"),
    "direction": msg("by recorded direction"),
    "mac": msg("by its MAC"),
    "migration": msg("common to all migrations"),
    "neighbor": msg("by ARP or neighbor discovery"),
    "lacp": msg("by LACP"),
}
"""How the teamed host was found."""


def team_pairs(report: Report) -> Pairs:
    """Return what is known of the team as a whole."""
    team = report.team
    rows: list[tuple[Message | str, Message | str]] = [
        (msg("teamed host"), msg("several") if several_hosts(report) else _host(team)),
        (msg("mode"), mode_text(team)),
    ]
    times = [(m.first_ns, m.last_ns) for m in report.members if m.first_ns is not None and m.last_ns is not None]
    if times:
        first, last = min(first for first, _ in times), max(last for _, last in times)
        rows.append((msg("captured"), msg("{begin}, for {time}", begin=moment(first), time=duration(last - first))))
    if window := _window(report.settings):
        rows.append((msg("time judged"), window))
    return Pairs(tuple(rows), title=msg("Team {name}", name=team.name) if team.name else msg("Team"))


def _host(team: Team) -> Message:
    """Return the teamed host with how it was found: "10.0.0.100 (by its MAC)"."""
    if team.host is None:
        return word("unknown")
    several = team.host_source == "option" and len(team.addresses) > 1
    host = listed(team.addresses) if several else glue(team.host)
    return glue(host, aside(HOST_SOURCES.get(team.host_source, "")), between="")


def _window(settings: ReportSettings) -> Message:
    """Return the time that was judged, where one was asked for, and which numbers are of the whole captures all the same."""
    start, end = settings.from_ns, settings.to_ns
    if start is None and end is None:
        return glue()
    begin = msg("from {time}", time=moment(start)) if start is not None else ""
    until = msg("to {time}", time=moment(end)) if end is not None else ""
    return msg("{window}; packets and share of all bytes are of the whole captures", window=glue(begin, until))


def host_unknown(report: Report) -> bool:
    """Return whether nothing tells which host has the team, and that matters: streams are there, and they are of one team."""
    return report.team.host is None and bool(report.streams) and not several_hosts(report)


def several_hosts(report: Report) -> bool:
    """Return whether the captures are of several hosts, or of several teams of one."""
    return any(one.code == "FM307" for one in report.findings)
