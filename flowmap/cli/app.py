"""All commands together. Importing this must stay light: every command imports what it works with when it runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from flowmap.cli import (
    analyze,
    batch,
    config_,
    diff,
    explain,
    extract,
    history,
    inspect_,
    predict,
    schema,
    verify,
    warmup,
)  # fmt: skip
from flowmap.cli.help import Command, Group
from flowmap.cli.language import tell
from flowmap.version import __version__

__all__ = ["app"]

app = typer.Typer(
    name="flowmap",
    cls=Group,
    help=tell("Shows which NIC of a team carried each TCP stream, and whether that is as it should be."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config = typer.Typer(cls=Group, help=tell("Settings and where they come from."), no_args_is_help=True, rich_markup_mode=None)



def _command(
    name: str, function: Callable[..., None], short: str | None = None, *, alone: bool = True, epilog: str | None = None,
    of: typer.Typer = app, cls: type[Command] = Command,
) -> None:  # fmt: skip
    """Make a command of a function; its docstring is the help. `alone`: it does something without any argument."""
    text = tell(inspect.getdoc(function) or "")
    of.command(name, cls=cls, help=text, short_help=short, no_args_is_help=not alone, epilog=epilog)(function)


_command("analyze", analyze.analyze, tell("Captures of a team in, an answer with evidence out."),
         alone=False, epilog=analyze.EPILOG)  # fmt: skip
_command("batch", batch.batch, tell("Analyse what is new in folders of captures."), alone=False, epilog=batch.EPILOG)
_command("history", history.history, tell("Show what batch runs found over time."))
_command("prune", history.prune, tell("Forget old analyses of batch runs."), alone=False)
_command("inspect", inspect_.inspect, tell("Show what is in captures."), alone=False)
_command("verify", verify.verify, tell("Recount captures with tshark and compare."), alone=False)
_command("extract", extract.extract, tell("Write one stream of all members to a pcapng."), alone=False)
_command("predict", predict.predict, tell("Tell what a policy would make of the streams."), alone=False,
         cls=predict.PredictCommand)  # fmt: skip
_command("diff", diff.diff, tell("Compare two reports, before and after."), alone=False)
_command("explain", explain.explain, tell("Explain a code or a word of the report."))
_command("schema", schema.schema, tell("Print the JSON schema of the report."))
_command("show", config_.show, of=config)
app.add_typer(config, name="config")
_command("warmup", warmup.warmup, tell("Compile the kernels now."))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flowmap {__version__}")
        raise typer.Exit


@app.callback()
def _flowmap(
    version: Annotated[
        bool, typer.Option("--version", help=tell("Print the version and exit."), callback=_version, is_eager=True)
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="de|en", help=tell("Language; may stand anywhere. [default: the locale's]")),
    ] = None,
) -> None:
    pass  # both are done before a command runs
