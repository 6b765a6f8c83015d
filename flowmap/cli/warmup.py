"""`flowmap warmup`: compile the kernels now, so that no analysis has to wait for it."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli.boundary import guarded, say
from flowmap.cli.language import tell
from flowmap.message import msg

__all__ = ["warmup"]


def warmup(
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Compile all kernels and keep them in the cache folder."""
    guarded(_run, verbose=verbose)


def _run() -> int:
    from flowmap import pipeline
    from flowmap.jit import cache_folder

    pipeline.warmup(say=say)
    folder = cache_folder()
    say(
        msg("compiled code is kept in {folder}", folder=folder)
        if folder
        else msg("no folder can be written: every run compiles anew")
    )
    return 0
