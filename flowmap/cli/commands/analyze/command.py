"""`flowmap analyze`: captures of a team in, an answer with evidence out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowmap.cli.anonymize import KeyFile, anonymizer
from flowmap.cli.boundary import OUTPUT, guarded, say
from flowmap.cli.commands.analyze.reports import Outputs, page_beside_temporary_files
from flowmap.cli.completion import algorithms_like, among, modes_like
from flowmap.cli.language import tell
from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg

if TYPE_CHECKING:
    from flowmap.passes.read import Reader

__all__ = ["EPILOG", "analyze"]

EPILOG = tell(
    "Exit codes: 0 pass or by design; 1 fail; 2 usage or configuration; 3 inconclusive, or some input missing, "
    "unreadable or damaged; 4 no usable input; 70 a bug in flowmap; 74 an output could not be written; 75 the cluster "
    "cannot be used; 128+n signal n."
)


_Paths = Annotated[
    list[str],
    typer.Argument(metavar="[NAME=]PATH...", help=tell("Captures of one team: files, folders, globs, or -.")),
]
_Local = Annotated[
    list[str] | None, typer.Option(metavar="ADDR|MAC", help=tell("An address of the teamed host. Repeatable."))
]
_Team = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help=tell("What the host says of its team, as it prints it, or TOML. Repeatable.")),
]
_Speed = Annotated[
    list[str] | None, typer.Option(metavar="[NAME=]10G", help=tell("Speed of all members or of one. Repeatable."))
]
_Mode = Annotated[
    str | None,
    typer.Option(metavar="M", autocompletion=modes_like, help=tell("Teaming mode of the host, such as lacp.")),
]
_Algorithm = Annotated[
    str | None,
    typer.Option(
        metavar="A", autocompletion=algorithms_like, help=tell("Its load balancing, such as transport-ports.")
    ),
]
_MigrationPort = Annotated[
    list[str] | None,
    typer.Option(metavar="P[-Q]", help=tell("Migration port or range; replaces the known ones. Repeatable.")),
]
_Streams = Annotated[
    str | None,
    typer.Option(
        metavar="migration|bulk|all",
        autocompletion=among("migration", "bulk", "all"),
        help=tell("Which streams the claims are about. [default: migration]"),
    ),
]
_From = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help=tell("Leave out packets before T: ISO 8601 or epoch seconds.")),
]
_To = Annotated[str | None, typer.Option("--to", metavar="T", help=tell("Leave out packets from T on."))]
_Top = Annotated[int | None, typer.Option(metavar="N", help=tell("Other streams listed. [default: 50]"))]
_Json = Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as JSON."))]
_Markdown = Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as Markdown."))]
_Png = Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Draw the answer as one PNG picture."))]
_Flows = Annotated[
    str | None,
    typer.Option(metavar="FILE.csv|.jsonl|.parquet|-", help=tell("Write every TCP flow of every member.")),
]
_Parquet = Annotated[
    str | None, typer.Option(metavar="DIR", help=tell("Write flows, streams and throughput as Parquet files."))
]
_Html = Annotated[str | None, typer.Option(metavar="FILE|-", help=tell("Write the report as one HTML page."))]
_Interactive = Annotated[
    bool,
    typer.Option("--interactive", help=tell("With --html: charts that can be zoomed; the page is 1 MB larger.")),
]
_Open = Annotated[
    bool, typer.Option("--open", help=tell("Show the page in a browser; without --html it is a temporary file."))
]
_Threshold = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help=tell("Change a threshold; `config show` lists them. Repeatable.")),
]
_Strict = Annotated[
    bool | None, typer.Option("--strict/--no-strict", help=tell("Stop at damage instead of keeping what is good."))
]
_Decoder = Annotated[
    str | None,
    typer.Option(
        metavar="auto|kernel|dpkt|tshark",
        autocompletion=among("auto", "kernel", "dpkt", "tshark"),
        help=tell("What decodes the packets. All say the same. [default: auto]"),
    ),
]
_ExitZero = Annotated[bool, typer.Option("--exit-zero", help=tell("Exit 0 also where the answer is 1 or 3."))]
_Jobs = Annotated[int | None, typer.Option(metavar="N", help=tell("Captures read at once. [default: processors]"))]
_Scheduler = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:PORT", help=tell("Read the captures on the workers of a Dask scheduler.")),
]
_Full = Annotated[bool, typer.Option("--full", help=tell("The text report with everything in it."))]
_Brief = Annotated[
    bool,
    typer.Option("--brief", help=tell("One line for scripts in place of the text report, its fields parted by tabs.")),
]
_Quiet = Annotated[bool, typer.Option("-q", "--quiet", help=tell("No text report and no progress bar."))]
_Verbose = Annotated[bool, typer.Option("-v", "--verbose", help=tell("Say more on standard error."))]


def analyze(
    paths: _Paths,
    local: _Local = None,
    team: _Team = None,
    speed: _Speed = None,
    mode: _Mode = None,
    algorithm: _Algorithm = None,
    migration_port: _MigrationPort = None,
    streams: _Streams = None,
    from_: _From = None,
    to: _To = None,
    top: _Top = None,
    json: _Json = None,
    markdown: _Markdown = None,
    png: _Png = None,
    flows: _Flows = None,
    parquet: _Parquet = None,
    html: _Html = None,
    interactive: _Interactive = False,
    open_: _Open = False,
    anonymize: KeyFile = None,
    threshold: _Threshold = None,
    strict: _Strict = None,
    decoder: _Decoder = None,
    exit_zero: _ExitZero = False,
    jobs: _Jobs = None,
    scheduler: _Scheduler = None,
    full: _Full = False,
    brief: _Brief = False,
    quiet: _Quiet = False,
    verbose: _Verbose = False,
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
        "--html": page_beside_temporary_files() if open_ and html is None else html,
        "--png": png,
        "--flows": flows,
        "--parquet": parquet,
    }
    outputs = Outputs(paths_out, quiet, interactive, open_, full, brief)
    order = _Order(paths, flags, threshold or [], outputs, scheduler, exit_zero, verbose)
    guarded(lambda: _run(order), verbose=verbose)


@dataclass(frozen=True)
class _Order:
    """What the command line asks for. `flags`: settings by their names, and the key file of --anonymize."""

    paths: list[str]
    flags: dict[str, Any]
    thresholds: list[str]
    outputs: Outputs
    scheduler: str | None
    exit_zero: bool
    verbose: bool


def _run(order: _Order) -> int:
    from flowmap.cli.progress import ProgressBar
    from flowmap.cli.values import generated_at, in_force, load, parse_time, refuse_unknown_names

    paths, flags, outputs = order.paths, dict(order.flags), order.outputs
    keyfile = flags.pop("anonymize")
    hide = anonymizer(keyfile, paths)
    for option in ("from", "to"):
        text = flags.pop(option)
        flags[f"{option}_ns"] = None if text is None else parse_time(text, f"--{option}")
    loaded = load(flags, order.thresholds)
    refuse_unknown_names(loaded)
    settings = in_force(loaded.settings)
    outputs.check([*paths, *filter(None, [keyfile])])
    made_at = generated_at()
    outputs.prepare()
    if order.verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="flowmap: %(message)s")
    from flowmap.analysis import analyze

    with _reader(order.scheduler) as reader, ProgressBar(enabled=not outputs.quiet) as progress:
        analysis = analyze(paths, settings, progress=progress, say=say, reader=reader)
    if hide is not None:
        analysis = analysis.anonymized(hide)
    for message in analysis.messages:
        say(message)
    _refuse_what_matched_nothing(analysis.report.notices, flags)
    report = analysis.report.model_copy(update={"generated_at": made_at})
    if not outputs.write(replace(analysis, report=report)):
        return OUTPUT
    return 0 if order.exit_zero and report.exit_code in (1, 3) else report.exit_code


def _refuse_what_matched_nothing(notices: Iterable[Any], flags: dict[str, Any]) -> None:
    """Raise ConfigError for a name or address on the command line that is nowhere in the captures: mostly a typing error.

    In a settings file, which may be for many teams, it stays a notice.
    """
    options = {"speed_unmatched": flags.get("speed"), "local_unseen": flags.get("local")}
    for notice in notices:
        if options.get(notice.code):
            raise ConfigError(msg("{what}. Check the option; the captures were not judged", what=notice.detail))


def _reader(scheduler: str | None) -> AbstractContextManager[Reader | None]:
    """Return what reads the captures; None: this process."""
    if scheduler is None:
        return nullcontext()
    from flowmap.cluster.dask_ import connected

    return connected(scheduler)
