"""All commands together. Importing this must stay light: a command's own module is imported when it is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any

import typer

from flowmap.cli.completion import among
from flowmap.cli.help import Command, Group
from flowmap.cli.language import tell
from flowmap.dataclass import dataclass
from flowmap.version import __version__

__all__ = ["app"]


class _Commands(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for: all parameters of all of them take as long as numpy."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[], Any]] = {}
        self._made: dict[str, Any] = {}

    def offer(self, name: str, make: Callable[[], Any]) -> None:
        """Have a command of this name that `make` makes."""
        self._makers[name] = make

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __setitem__(self, name: str, command: Any) -> None:
        self.offer(name, lambda: command)
        self._made.pop(name, None)

    def __delitem__(self, name: str) -> None:
        del self._makers[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


_commands, _of_config = _Commands(), _Commands()


class _Flowmap(Group):
    """flowmap itself."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": _commands})


class _Config(Group):
    """`flowmap config`."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": _of_config})


app = typer.Typer(
    name="flowmap",
    cls=_Flowmap,
    help=tell("Shows which NIC of a team carried each TCP stream, and whether that is as it should be."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(frozen=True)
class _Offer:
    """A command: a function in the module of `commands` before its last dot, whose docstring is the help.

    `alone`: it does something without any argument. `epilog`, `cls`: what the module calls them.
    """

    name: str
    function: str
    short: str | None = None
    alone: bool = True
    epilog: str | None = None
    cls: str | None = None

    def make(self) -> Any:
        """Import the module, and return the command."""
        place, _, attribute = self.function.rpartition(".")
        module = import_module(f"flowmap.cli.commands.{place}")
        work: Callable[..., None] = getattr(module, attribute)
        holder = typer.Typer(add_completion=False, rich_markup_mode=None)
        holder.command(
            self.name,
            cls=getattr(module, self.cls) if self.cls else Command,
            help=tell(inspect.getdoc(work) or ""),
            short_help=self.short,
            no_args_is_help=not self.alone,
            epilog=getattr(module, self.epilog) if self.epilog else None,
        )(work)
        return typer.main.get_command(holder)


def _config() -> Any:
    group = typer.Typer(
        name="config",
        cls=_Config,
        help=tell("Settings and where they come from."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    group.callback()(_nothing)
    return typer.main.get_command(group)


def _nothing() -> None:
    pass  # a group needs a function of its own


_OFFERS = (
    _Offer(
        "analyze",
        "analyze.command.analyze",
        tell("Captures of a team in, an answer with evidence out."),
        alone=False,
        epilog="EPILOG",
    ),
    _Offer(
        "batch",
        "batch.command.batch",
        tell("Analyze what is new in folders of captures."),
        alone=False,
        epilog="EPILOG",
    ),
    _Offer("batch accept", "batch.accept.accept", tell("Accept a finding that is known, for a reason."), alone=False),
    _Offer("history", "batch.history.history", tell("Show what batch runs found over time.")),
    _Offer("prune", "batch.history.prune", tell("Forget old analyses of batch runs."), alone=False),
    _Offer("capture", "capture.capture", tell("Record every member of a team at once."), alone=False),
    _Offer("inspect", "inspect_.inspect", tell("Show what is in captures."), alone=False),
    _Offer("verify", "verify.verify", tell("Recount captures with tshark and compare."), alone=False),
    _Offer("extract", "extract.extract", tell("Write one stream of all members to a pcapng."), alone=False),
    _Offer(
        "predict",
        "predict.predict",
        tell("Tell what a policy would make of the streams."),
        alone=False,
        cls="PredictCommand",
    ),
    _Offer("diff", "diff.diff", tell("Compare two reports, before and after."), alone=False),
    _Offer("explain", "explain.explain", tell("Explain a code or a word of the report.")),
    _Offer("doctor", "installation.doctor.doctor", tell("Show what flowmap has to work with here.")),
    _Offer("selftest", "installation.selftest.selftest", tell("Check that this installation is whole.")),
    _Offer("schema", "schema.schema", tell("Print the JSON schema of the report.")),
)
for _offer in _OFFERS:
    _commands.offer(_offer.name, _offer.make)
_of_config.offer("show", _Offer("show", "installation.config_.show").make)
_commands.offer("config", _config)


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
        typer.Option(
            "--lang",
            metavar="de|en",
            autocompletion=among("de", "en"),
            help=tell("Language; may stand anywhere. [default: the locale's]"),
        ),
    ] = None,
) -> None:
    pass  # both are done before a command runs
