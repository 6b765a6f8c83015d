"""`flowmap verify`: flowmap's numbers against a recount by tshark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flowmap.cli.anonymize import KeyFile, anonymizer
from flowmap.cli.boundary import DIFFERENT, INCONCLUSIVE, NO_INPUT, guarded, say
from flowmap.cli.language import language, tell
from flowmap.message import msg

if TYPE_CHECKING:
    from flowmap.tools.verify.found import CaptureVerification

__all__ = ["verify"]


def verify(
    paths: Annotated[list[str], typer.Argument(metavar="[NAME=]PATH...", help=tell("Captures, folders, globs, or -."))],
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write it as JSON."))] = None,
    anonymize: KeyFile = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help=tell("Captures read at once. [default: processors]"))
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=tell("No text and no progress bar."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Recount captures with tshark, and tell whether flowmap counts the same packets and flows.

    Exit codes: 0 they agree; 1 something differs; 2 usage, or tshark is not installed; 3 they agree, but some input is
    missing, unreadable or damaged; 4 none is usable.
    """
    guarded(lambda: _run(paths, json, anonymize, jobs, quiet), verbose=verbose)


def _run(paths: list[str], json: str | None, keyfile: str | None, jobs: int | None, quiet: bool) -> int:
    from flowmap.cli.outputs import refuse_overwriting
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import load, terminal_width, wants_color
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.json_ import plain_json
    from flowmap.tools.verify.compare import verify
    from flowmap.tools.verify.found import render_verification, verification_values

    hide = anonymizer(keyfile, paths)
    settings = load({"jobs": jobs}).settings
    if json is not None:
        refuse_overwriting("--json", json, [*paths, *filter(None, [keyfile])])
    with ProgressBar(enabled=not quiet) as progress:
        captures = verify(paths, settings, progress, say)
    if hide is not None:
        from flowmap.tools.verify.anonymized import anonymized_verifications

        captures = anonymized_verifications(captures, hide)
    code = _exit_code(captures)
    for capture in captures:
        if capture.error is not None:
            say(
                capture.error
                if capture.error.startswith(capture.path)
                else msg("{path}: {error}", path=capture.path, error=capture.error)
            )
    if json is not None:
        plain_json(json, verification_values(captures, code))
    if json != "-" and not quiet:
        write_for_terminal("-", render_verification(captures, terminal_width(), wants_color(), language()))
    return code


def _exit_code(captures: list[CaptureVerification]) -> int:
    """Return the exit code: a difference outranks what could not be compared."""
    if any(capture.differing for capture in captures):
        return DIFFERENT
    if all(capture.error is not None for capture in captures):
        return NO_INPUT
    return INCONCLUSIVE if any(capture.error is not None or capture.damaged for capture in captures) else 0
