"""`flowmap explain`: what a code or a word in a report means and what to do about it, and what a teaming mode should do."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli.boundary import guarded
from flowmap.cli.language import language, tell
from flowmap.message import msg, translate

__all__ = ["explain"]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE|MODE", help=tell("Such as FM101, sprayed, balance-xor, lbfo/dynamic; none: list all.")),
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
    from flowmap.report.explain import find_page, is_page, pages, render_list, render_page
    from flowmap.report.explain_modes import find_modes, mode_names, mode_values, render_mode_list, render_modes
    from flowmap.report.files import write_for_terminal
    from flowmap.report.json_ import plain_json

    modes = [] if code is None or is_page(code) else find_modes(code)
    chosen = list(pages().values()) if code is None else [] if modes else [find_page(code, mode_names())]
    width = terminal_width()
    if json is not None:
        values = {"pages": [page.values() for page in chosen], "modes": [mode_values(one) for one in modes]}
        plain_json(json, {"schema": "flowmap.explain/1", **values})
    elif code is None:
        heading = translate(msg("Modes and switches"), language())
        text = render_list(chosen, width, language()) + f"\n{heading}\n" + render_mode_list(width, language())
        write_for_terminal("-", text)
    elif modes:
        write_for_terminal("-", render_modes(modes, width, language()))
    else:
        write_for_terminal("-", render_page(chosen[0], width, language()))
    return 0
