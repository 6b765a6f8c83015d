"""`flowmap analyze`: captures of a team in, an answer with evidence out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.anonymize import KeyFile, anonymizer
from flowmap.cli.boundary import OUTPUT, guarded, say
from flowmap.cli.language import tell
from flowmap.cli.reports import Outputs

if TYPE_CHECKING:
    from flowmap.pipeline.read import Reader

__all__ = ["EPILOG", "analyze"]

EPILOG = tell(
    "Exit codes: 0 both claims pass; 1 a claim fails; 2 usage or configuration; 3 inconclusive, or some input missing, "
    "unreadable or damaged; 4 no usable input; 70 a bug in flowmap; 74 an output could not be written; 75 the cluster "
    "cannot be used; 128+n signal n."
)


def analyze(
    paths: Annotated[
        list[str], typer.Argument(metavar="[NAME=]PATH...", help=tell("Captures of one team: files, folders, globs, or -."))
    ],
    local: Annotated[
        list[str] | None, typer.Option(metavar="ADDR|MAC", help=tell("An address of the teamed host. Repeatable."))
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help=tell("What the host says of its team, as it prints it, or TOML. Repeatable.")),
    ] = None,
    speed: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]10G", help=tell("Speed of all members or of one. Repeatable."))
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="M", help=tell("Teaming mode of the host, such as lacp."))] = None,
    algorithm: Annotated[
        str | None, typer.Option(metavar="A", help=tell("Its load balancing, such as transport-ports."))
    ] = None,
    migration_port: Annotated[
        list[str] | None,
        typer.Option(metavar="P[-Q]", help=tell("Migration port or range; replaces the known ones. Repeatable.")),
    ] = None,
    streams: Annotated[
        str | None,
        typer.Option(metavar="migration|bulk|all", help=tell("Which streams the claims are about. [default: migration]")),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="T", help=tell("Leave out packets before T: ISO 8601 or epoch seconds."))
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="T", help=tell("Leave out packets from T on."))] = None,
    top: Annotated[int | None, typer.Option(metavar="N", help=tell("Other streams listed. [default: 50]"))] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as JSON."))] = None,
    markdown: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as Markdown."))] = None,
    png: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Draw the answer as one PNG picture."))] = None,
    flows: Annotated[
        str | None, typer.Option(metavar="FILE.csv|.jsonl|.parquet|-", help=tell("Write every TCP flow of every member."))
    ] = None,
    parquet: Annotated[
        str | None, typer.Option(metavar="DIR", help=tell("Write flows, streams and throughput as Parquet files."))
    ] = None,
    html: Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as one HTML page."))] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help=tell("With --html: charts that can be zoomed; the page is 1 MB larger."))
    ] = False,
    anonymize: KeyFile = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help=tell("Change a threshold; `config show` lists them. Repeatable.")),
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help=tell("Stop at damage instead of keeping what is good."))
    ] = None,
    decoder: Annotated[
        str | None,
        typer.Option(
            metavar="auto|kernel|dpkt|tshark", help=tell("What decodes the packets. All say the same. [default: auto]")
        ),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help=tell("Exit 0 also where the answer is 1 or 3."))] = False,
    jobs: Annotated[int | None, typer.Option(metavar="N", help=tell("Captures read at once. [default: processors]"))] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help=tell("Read the captures on the workers of a Dask scheduler."))
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=tell("No text report and no progress bar."))] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))] = False,
) -> None:
    """Tell which member carried each stream, and whether that is as it should be."""
    flags: dict[str, Any] = {
        "local": local,
        "team": team,
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
        "anonymize": anonymize,
    }
    paths_out = {
        "--json": json,
        "--markdown": markdown,
        "--html": html,
        "--png": png,
        "--flows": flows,
        "--parquet": parquet,
    }
    outputs = Outputs(paths_out, quiet, interactive)
    guarded(lambda: _run(paths, flags, threshold or [], outputs, exit_zero, verbose, scheduler), verbose=verbose)


def _run(
    paths: list[str], flags: dict[str, Any], thresholds: list[str], outputs: Outputs, exit_zero: bool, verbose: bool,
    scheduler: str | None,
) -> int:  # fmt: skip
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import generated_at, load, parse_time

    keyfile = flags.pop("anonymize")
    hide = anonymizer(keyfile, paths)
    for option in ("from", "to"):
        text = flags.pop(option)
        flags[f"{option}_ns"] = None if text is None else parse_time(text, f"--{option}")
    settings = load(flags, thresholds).settings
    outputs.check([*paths, *filter(None, [keyfile])])
    made_at = generated_at()
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="flowmap: %(message)s")
    from flowmap import pipeline

    with _reader(scheduler) as reader, ProgressBar(enabled=not outputs.quiet) as progress:
        analysis = pipeline.analyze(paths, settings, progress=progress, say=say, reader=reader)
    if hide is not None:
        analysis = analysis.anonymized(hide)
    for message in analysis.messages:
        say(message)
    report = analysis.report.model_copy(update={"generated_at": made_at})
    if not outputs.write(replace(analysis, report=report)):
        return OUTPUT
    return 0 if exit_zero and report.exit_code in (1, 3) else report.exit_code


def _reader(scheduler: str | None) -> AbstractContextManager[Reader | None]:
    """What reads the captures; None: this process."""
    if scheduler is None:
        return nullcontext()
    from flowmap.cluster.dask_ import connected

    return connected(scheduler)
