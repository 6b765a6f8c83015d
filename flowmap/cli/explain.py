"""`flowmap explain`: what a code or a word in a report means and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli.boundary import guarded
from flowmap.cli.language import language, tell

__all__ = ["explain"]


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help=tell("Such as FM101, capture_damaged, sprayed; none: list all."))
    ] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON instead."))] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Explain a finding, a notice or a word of the report: meaning, evidence, what to do."""
    guarded(lambda: _run(code, json), verbose=verbose)


def _run(code: str | None, json: str | None) -> int:
    from flowmap.cli.values import terminal_width
    from flowmap.report.explain import find_page, pages, render_list, render_page
    from flowmap.report.files import write_for_terminal
    from flowmap.report.json_ import plain_json

    chosen = list(pages().values()) if code is None else [find_page(code)]
    if json is not None:
        plain_json(json, {"schema": "flowmap.explain/1", "pages": [page.values() for page in chosen]})
    elif code is None:
        write_for_terminal("-", render_list(chosen, terminal_width(), language()))
    else:
        write_for_terminal("-", render_page(chosen[0], terminal_width(), language()))
    return 0
