"""`flowmap analyze`: captures of a team in, an answer with evidence out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.boundary import NO_INPUT, OUTPUT, guarded, say
from flowmap.cli.outputs import refuse_overwriting
from flowmap.errors import ConfigError, ReportError

if TYPE_CHECKING:
    from flowmap.pipeline import Analysis

__all__ = ["EPILOG", "analyze"]

EPILOG = (
    "Exit codes: 0 both claims pass; 1 a claim fails; 2 usage or configuration; 3 inconclusive, or some input missing, "
    "unreadable or damaged; 4 no usable input; 70 a bug in flowmap; 74 an output could not be written; 128+n signal n."
)


@dataclass(frozen=True)
class _Outputs:
    """Where what goes; None = not asked for."""

    json: str | None
    flows: str | None
    quiet: bool
    exit_zero: bool

    @property
    def text(self) -> bool:
        return not self.quiet and "-" not in (self.json, self.flows)


def analyze(
    paths: Annotated[
        list[str], typer.Argument(metavar="[NAME=]PATH...", help="Captures of one team: files, folders, globs, or -.")
    ],
    local: Annotated[
        list[str] | None, typer.Option(metavar="ADDR|MAC", help="An address of the teamed host. Repeatable.")
    ] = None,
    speed: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]10G", help="Speed of all members or of one. Repeatable.")
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="M", help="Teaming mode of the host, such as lacp.")] = None,
    algorithm: Annotated[
        str | None, typer.Option(metavar="A", help="Its load balancing, such as transport-ports.")
    ] = None,
    migration_port: Annotated[
        list[str] | None,
        typer.Option(metavar="P[-Q]", help="Migration port or range; replaces the known ones. Repeatable."),
    ] = None,
    streams: Annotated[
        str | None,
        typer.Option(metavar="migration|bulk|all", help="Which streams the claims are about. [default: migration]"),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Leave out packets before T: ISO 8601 or epoch seconds.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help="Leave out packets from T on.")] = None,
    top: Annotated[int | None, typer.Option(metavar="N", help="Other streams listed. [default: 50]")] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write the report as JSON.")] = None,
    flows: Annotated[
        str | None, typer.Option(metavar="FILE.csv|.jsonl|-", help="Write every TCP flow of every member.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change a threshold; `config show` lists them. Repeatable."),
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="Stop at damage instead of keeping what is good.")
    ] = None,
    decoder: Annotated[
        str | None,
        typer.Option(metavar="auto|kernel|dpkt|tshark", help="What decodes the packets. All say the same. [default: auto]"),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 also where the answer is 1 or 3.")] = False,
    jobs: Annotated[int | None, typer.Option(metavar="N", help="Captures read at once. [default: processors]")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No text report and no progress bar.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more on standard error.")] = False,
) -> None:
    """Tell which member carried each stream, and whether that is as it should be."""
    flags: dict[str, Any] = {
        "local": local,
        "speed": speed,
        "mode": mode,
        "algorithm": algorithm,
        "migration_port": migration_port,
        "streams": streams,
        "from": from_,
        "to": to,
        "top": top,
        "strict": strict,
        "jobs": jobs,
        "decoder": decoder,
    }
    outputs = _Outputs(json, flows, quiet, exit_zero)
    guarded(lambda: _run(paths, flags, threshold or [], outputs, verbose), verbose=verbose)


def _run(paths: list[str], flags: dict[str, Any], thresholds: list[str], outputs: _Outputs, verbose: bool) -> int:
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import generated_at, load, parse_time

    for option in ("from", "to"):
        text = flags.pop(option)
        flags[f"{option}_ns"] = None if text is None else parse_time(text, f"--{option}")
    settings = load(flags, thresholds).settings
    _check_outputs(paths, outputs)
    made_at = generated_at()
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="flowmap: %(message)s")
    from flowmap import pipeline

    with ProgressBar(enabled=not outputs.quiet) as progress:
        analysis = pipeline.analyze(paths, settings, progress=progress, say=say)
    for message in analysis.messages:
        say(message)
    return _write(analysis, outputs, made_at)


def _check_outputs(paths: list[str], outputs: _Outputs) -> None:
    """Refuse, before hours of reading, outputs that would overwrite each other or an input."""
    named = {"--json": outputs.json, "--flows": outputs.flows}
    given = {option: name for option, name in named.items() if name is not None}
    if outputs.flows is not None:
        from flowmap.report.flows import flow_format

        flow_format(outputs.flows)
    places = [name if name == "-" else os.path.realpath(name) for name in given.values()]
    if len(set(places)) < len(places):
        raise ConfigError(f"{' and '.join(given)} go to the same place")
    for option, name in given.items():
        refuse_overwriting(option, name, paths)


def _write(analysis: Analysis, outputs: _Outputs, made_at: str) -> int:
    """Write what was asked for; one output that fails does not keep the others from being written."""
    from flowmap.report.flows import write_flows
    from flowmap.report.json_ import write_json

    report = analysis.report.model_copy(update={"generated_at": made_at})
    failed = False
    for path, write in (
        (outputs.json, lambda path: write_json(path, report)),
        (outputs.flows, lambda path: write_flows(path, analysis.flow_columns())),
        ("-" if outputs.text and report.exit_code != NO_INPUT else None, lambda path: _write_text(path, report)),
    ):
        try:
            if path is not None:
                write(path)
        except ReportError as error:
            say(str(error))
            failed = True
    if failed:
        return OUTPUT
    return 0 if outputs.exit_zero and report.exit_code in (1, 3) else report.exit_code


def _write_text(path: str, report: Any) -> None:
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.files import write_for_terminal
    from flowmap.report.terminal import render

    write_for_terminal(path, render(report, terminal_width(), wants_color()))
