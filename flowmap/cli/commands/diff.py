"""`flowmap diff`: two reports, before and after."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flowmap.cli.boundary import DIFFERENT, guarded
from flowmap.cli.language import language, tell
from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["diff"]


def diff(
    before: Annotated[str, typer.Argument(metavar="A.json", help=tell("The report before the change."))],
    after: Annotated[str, typer.Argument(metavar="B.json", help=tell("The report after it."))],
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON."))] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=tell("No text."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Compare two reports: claims, load of members, speed of migrations, findings.

    Exit codes: 0 no differences; 1 there are some; 2 usage, or one is no report; 74 an output could not be written.
    """
    guarded(lambda: _run(before, after, json, quiet), verbose=verbose)


def _run(before: str, after: str, json: str | None, quiet: bool) -> int:
    from flowmap.cli.outputs import refuse_overwriting
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json
    from flowmap.tools.diff.comparison import compare, comparison_values, render_comparison
    from flowmap.tools.from_report import find_report

    if json is not None:
        refuse_overwriting("--json", json, [before, after])
    reports = []
    for path in (before, after):
        report = find_report(path)
        if report is None and not os.path.exists(path):
            raise ConfigError(msg("{path}: no such file", path=path))
        if report is None:
            raise ConfigError(msg("{path}: is no report (analyze --json writes one)", path=path))
        reports.append(report)
    told = compare(reports[0], reports[1], (before, after))
    if json is not None:
        plain_json(json, comparison_values(told))
    if json != "-" and not quiet:
        write_for_terminal("-", render_comparison(told, terminal_width(), wants_color(), language()))
    return DIFFERENT if told.differences else 0
