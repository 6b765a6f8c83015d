"""The whole way: captures in, report out. Everything here is order; the work is in the stages.

Reading begins as soon as it is known what to read. What judges and reports is loaded meanwhile: modules and checks that take a
processor 90 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flowmap.capture.inputs import in_natural_order, plan_inputs
from flowmap.capture.source.manifest import counters_in, descriptions_in, flushed_in, seconds_around
from flowmap.errors import CaptureError
from flowmap.notice import Notice
from flowmap.passes.read import Means, Progress, Reader, ReadResult, Say, read_all
from flowmap.settings.config import Settings

if TYPE_CHECKING:
    from flowmap.analysis.answer import Analysis
    from flowmap.team.counters.model import Reading
    from flowmap.team.description.model import TeamDescription

__all__ = ["analyze"]


def analyze(
    paths: Sequence[str],
    settings: Settings,
    progress: Progress | None = None,
    say: Say = lambda _: None,
    reader: Reader | None = None,
) -> Analysis:
    """Analyze the captures of one team, read in this process or where `reader` does it.

    Raises ConfigError, and ClusterError of a cluster's reader; inputs that cannot be read are messages and notices.
    """
    paths = in_natural_order(paths)
    before, after = counters_in(paths)
    if not settings.team and (described := descriptions_in(paths)):
        settings = settings.model_copy(update={"team": described})
    teams, readings = _team_files(settings.team, before, after)
    plan = plan_inputs(paths)
    read = read_all(plan.captures, settings, Means(progress, say, reader, _load))
    _without_flushed(read, flushed_in(paths))
    failures = [*plan.failures, *read.failures]
    messages = [failure.message for failure in failures]
    notices = [*plan.notices, *[_failure_notice(failure) for failure in failures]]

    from flowmap.analysis.answer import Given, answer, unanswered
    from flowmap.passes.names_told import told_names

    if read.scans:
        around = seconds_around(paths) if before and after else None
        analysis = answer(read, settings, Given(teams, (readings, around), notices, messages))
    else:
        analysis = unanswered(settings, notices, messages)
    names = told_names(plan, read, [*settings.team, *before, *after], teams, readings)
    return replace(analysis, names=names, failures=failures)


def _load() -> None:
    """Load what comes after reading."""
    from flowmap.analysis.answer import load

    load()


def _without_flushed(read: ReadResult, flushed: dict[str, int]) -> None:
    """Take from what captures count as dropped the packets that came as the recording ended: nothing is missing in between."""
    for scan in reversed(read.scans) if flushed else ():
        for interface in scan.interfaces:
            late = min(flushed.get(interface.name or "", 0), scan.drops.get(interface.ordinal, 0))
            if late:
                scan.drops[interface.ordinal] -= late
                flushed[interface.name or ""] -= late


def _team_files(
    paths: Sequence[str], before: Sequence[str], after: Sequence[str]
) -> tuple[Sequence[TeamDescription], Sequence[Reading]]:
    """Return what the files of --team say, and the counters of a recorded folder.

    The readers of all formats are loaded where there is one to read.
    """
    teams: Sequence[TeamDescription] = ()
    readings: Sequence[Reading] = ()
    if paths:
        from flowmap.team.read import read_team_files

        teams, readings = read_team_files(paths)
    if before or after:
        from flowmap.team.counters.read import counters_of_files

        readings = [*readings, *counters_of_files(before, after)]
    return teams, readings


def _failure_notice(failure: CaptureError) -> Notice:
    detail, path = failure.detail, failure.path
    return Notice("unreadable_capture", detail, path=path, first_offset=failure.offset)
