"""Names that came up on the way, whatever became of them: what must not be in a report that is to be shared."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.capture.inputs import InputPlan
from flowmap.passes.read import ReadResult
from flowmap.team.counters.model import Reading
from flowmap.team.description.model import TeamDescription

__all__ = ["told_names"]


def told_names(
    plan: InputPlan,
    read: ReadResult,
    files_of_team: Sequence[str] = (),
    teams: Sequence[TeamDescription] = (),
    readings: Sequence[Reading] = (),
) -> list[tuple[str, str]]:
    """Return (kind, name) of inputs, of their interfaces, and of what describes the team.

    Members are those of the report.
    """
    files = [one.path for one in plan.captures]
    files += [failure.path for failure in [*plan.failures, *read.failures]]
    names = [("folder", notice.path) for notice in plan.notices if notice.path and notice.code == "not_a_capture"]
    names += [("capture", path) for path in [*files, *plan.left_out]]
    names += [("capture", notice.path) for notice in plan.notices if notice.path]
    names += [("member", one.member) for one in plan.captures if one.member]
    for scan in read.scans:
        for interface in scan.interfaces:
            told = (("interface", interface.name), ("description", interface.description), ("filter", interface.filter))
            names += [(kind, name) for kind, name in told if name]
    names += [("file", path) for path in files_of_team]
    for team in teams:
        names += [("team", team.name)] if team.name else []
        names += [("host", team.host)] if team.host else []
        for adapter in team.members:
            names += [("interface", adapter.name)] if adapter.name else []
            names += [("description", adapter.label)] if adapter.label else []
    names += [("interface", one.interface) for one in readings if one.interface]
    names += [("description", one.label) for one in readings if one.label]
    return list(dict.fromkeys(names))
