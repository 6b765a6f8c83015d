"""`flowmap explain`: what a code or a word in a report means and what to do about it, and what a teaming mode should do."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli.boundary import guarded
from flowmap.cli.completion import pages_like
from flowmap.cli.language import language, tell
from flowmap.message import msg, translate

__all__ = ["explain"]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE|MODE",
            autocompletion=pages_like,
            help=tell("Such as FM101, sprayed, balance-xor, lbfo/dynamic; none: list all."),
        ),
    ] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON instead."))] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Explain a finding, a notice or a word of the report, or what a teaming mode or a switch should do.

    Modes are named as for --mode, or PLATFORM/MODE/ALGORITHM.
    """
    guarded(lambda: _run(code, json), verbose=verbose)


def _run(code: str | None, json: str | None) -> int:
    from flowmap.cli.values import terminal_width
    from flowmap.document.pages.modes import (
        find_modes,
        mode_names,
        mode_values,
        render_mode_list,
        render_mode_names,
        render_modes,
    )
    from flowmap.document.pages.pages import find_page, is_page, pages, render_list, render_page
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json

    modes = [] if code is None else find_modes(code)
    chosen = list(pages().values()) if code is None else []
    if code is not None and (is_page(code) or not modes):
        chosen = [find_page(code, mode_names())]
    width = terminal_width()
    if json is not None:
        values = {"pages": [page.values() for page in chosen], "modes": [mode_values(one) for one in modes]}
        plain_json(json, {"schema": "flowmap.explain/1", **values})
    elif code is None:
        heading = translate(msg("Modes and switches"), language())
        text = render_list(chosen, width, language()) + f"\n{heading}\n" + render_mode_list(width, language())
        write_for_terminal("-", text)
    else:
        parts = [render_page(page, width, language()) for page in chosen]
        if modes:
            parts.append((render_mode_names if chosen else render_modes)(modes, width, language()))
        write_for_terminal("-", "\n".join(parts))
    return 0
