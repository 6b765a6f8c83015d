"""Help in the reader's language: also what the library that reads the command line adds to it by itself."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from flowmap.cli.language import said, tell
from flowmap.message import msg
from flowmap.settings.retold import retold

__all__ = ["Command", "Group"]

_HEADINGS = {
    "Usage:": tell("Usage:"),
    "Arguments:": tell("Arguments:"),
    "Options:": tell("Options:"),
    "Commands:": tell("Commands:"),
}
_OPTIONS = {
    "help": tell("Show this message and exit."),
    "install_completion": tell("Install completion for the current shell."),
    "show_completion": tell("Show completion for the current shell, to copy it or customize the installation."),
}
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""It has no public name where typer brings its own click."""
_MARKS = {
    "[required]": tell("[required]"),
    "[default:": tell("[default:"),
    "[env var:": tell("[env var:"),
}
"""What the library puts behind the help of an option."""


def _translated(text: str) -> str:
    text = re.sub(r"^[A-Z][a-z]+:", lambda match: _HEADINGS.get(match[0], match[0]), text, flags=re.MULTILINE)
    for mark, told in _MARKS.items():
        text = text.replace(mark, told)
    return text


def _told(params: Any) -> Any:
    """Return parameters, those of the library with a help of ours."""
    for one in params:
        if one.name in _OPTIONS:
            one.help = _OPTIONS[one.name]
    return params


class _Wrong(typer.Exit):
    """The command line was wrong, and that has been said."""


@contextmanager
def _told_apart() -> Iterator[None]:
    """Say what is wrong with the command line in the reader's language; the library would in English."""
    try:
        yield
    except _USAGE_ERROR as error:
        context: Any = getattr(error, "ctx", None)
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        if context is not None:
            option = context.help_option_names[0]
            hint = msg("Try '{command} {option}' for help.", command=context.command_path, option=option)
            typer.echo(f"{_translated(context.get_usage())}\n{said(hint)}\n", err=True)
        problem = retold(error.format_message())  # type: ignore[attr-defined]
        typer.echo(said(msg("Error: {message}", message=problem)), err=True)
        raise _Wrong(2) from error


def _is_input(text: str) -> bool:
    """Return whether captures were given without a command: a path that is there, or NAME=PATH."""
    path = text.partition("=")[2]
    return os.path.exists(text) or (bool(path) and os.path.exists(path))


def _has_option(args: list[str]) -> bool:
    """Return whether `batch accept` has its --reason: a folder that is called accept is not meant then."""
    return any(arg == "--reason" or arg.startswith("--reason=") for arg in args)


class Command(TyperCommand):
    """A command."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        with _told_apart():
            return super().make_context(*args, **more)

    def get_params(self, ctx: Any) -> Any:
        return _told(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        return _translated(super().get_help(ctx))


class Group(TyperGroup):
    """A command with commands of its own."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        with _told_apart():
            return super().make_context(*args, **more)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None and _is_input(args[0]):
            command = shlex.join([ctx.command_path, "analyze", *args])
            typer.echo(
                said(msg("{name} is no command. To analyze it: {command}", name=args[0], command=command)), err=True
            )
            raise _Wrong(2)
        two = " ".join(args[:2])
        if (
            len(args) > 1
            and self.get_command(ctx, two) is not None
            and (_has_option(args) or not os.path.isdir(args[1]))
        ):
            args = [two, *args[2:]]
        with _told_apart():
            return super().resolve_command(ctx, args)

    def get_params(self, ctx: Any) -> Any:
        return _told(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        return _translated(super().get_help(ctx))
