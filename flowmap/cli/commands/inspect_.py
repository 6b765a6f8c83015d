"""`flowmap inspect`: what is in captures, before anything is made of it."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli.anonymize import KeyFile, anonymizer
from flowmap.cli.boundary import INCONCLUSIVE, NO_INPUT, guarded
from flowmap.cli.language import language, tell
from flowmap.cli.outputs import refuse_overwriting

__all__ = ["inspect"]


def inspect(
    paths: Annotated[list[str], typer.Argument(metavar="[NAME=]PATH...", help=tell("Captures, folders, globs, or -."))],
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON instead."))] = None,
    anonymize: KeyFile = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Show format, interfaces, times, counts and oddities of captures, and the members flowmap would make of them.

    Exit codes: 0; 3 where some input is missing, unreadable or damaged; 4 where none is usable.
    """
    guarded(lambda: _run(paths, json, anonymize), verbose=verbose)


def _run(paths: list[str], json: str | None, keyfile: str | None) -> int:
    from flowmap.cli.values import load, terminal_width, wants_color
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json
    from flowmap.tools.inspect.captures import inspect as inspect_captures
    from flowmap.tools.inspect.model import inspection_values
    from flowmap.tools.inspect.text import render_inspection

    hide = anonymizer(keyfile, paths)
    if json is not None:
        refuse_overwriting("--json", json, [*paths, *filter(None, [keyfile])])
    captures = inspect_captures(paths, load().settings)
    if hide is not None:
        from flowmap.tools.inspect.anonymized import anonymized_inspections

        captures = anonymized_inspections(captures, hide)
    if json is not None:
        plain_json(json, inspection_values(captures))
    else:
        write_for_terminal("-", render_inspection(captures, terminal_width(), wants_color(), language()))
    if all(capture.error is not None for capture in captures):
        return NO_INPUT
    return INCONCLUSIVE if any(capture.incomplete for capture in captures) else 0
