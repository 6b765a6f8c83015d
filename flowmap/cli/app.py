"""All commands together. Importing this must stay light: every command imports what it works with when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from flowmap.cli import analyze, batch, config_, explain, extract, history, inspect_, schema, verify, warmup
from flowmap.version import __version__

__all__ = ["app"]

app = typer.Typer(
    name="flowmap",
    help="Shows which NIC of a team carried each TCP stream, and whether that is as it should be.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config = typer.Typer(help="Settings and where they come from.", no_args_is_help=True, rich_markup_mode=None)

app.command(
    "analyze",
    no_args_is_help=True,
    epilog=analyze.EPILOG,
    short_help="Captures of a team in, an answer with evidence out.",
)(analyze.analyze)
app.command(
    "batch",
    no_args_is_help=True,
    epilog=batch.EPILOG,
    short_help="Analyse what is new in folders of captures.",
)(batch.batch)
app.command("history", short_help="Show what batch runs found over time.")(history.history)
app.command("prune", no_args_is_help=True, short_help="Forget old analyses of batch runs.")(history.prune)
app.command("inspect", no_args_is_help=True, short_help="Show what is in captures.")(inspect_.inspect)
app.command("verify", no_args_is_help=True, short_help="Recount captures with tshark and compare.")(verify.verify)
app.command("extract", no_args_is_help=True, short_help="Write one stream of all members to a pcapng.")(extract.extract)
app.command("explain", short_help="Explain a code or a word of the report.")(explain.explain)
app.command("schema", short_help="Print the JSON schema of the report.")(schema.schema)
config.command("show")(config_.show)
app.add_typer(config, name="config")
app.command("warmup", short_help="Compile the kernels now.")(warmup.warmup)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flowmap {__version__}")
        raise typer.Exit


@app.callback()
def _flowmap(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
