"""Help in the reader's language: also what the library that reads the command line adds to it by itself."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from flowmap.cli.language import tell

__all__ = ["Command", "Group"]

_HEADINGS = {
    "Usage:": tell("Usage:"), "Arguments:": tell("Arguments:"), "Options:": tell("Options:"), "Commands:": tell("Commands:"),
}  # fmt: skip
_OPTIONS = {
    "help": tell("Show this message and exit."),
    "install_completion": tell("Install completion for the current shell."),
    "show_completion": tell("Show completion for the current shell, to copy it or customize the installation."),
}
_REQUIRED = tell("[required]")


def _translated(text: str) -> str:
    text = re.sub(r"^[A-Z][a-z]+:", lambda match: _HEADINGS.get(match[0], match[0]), text, flags=re.MULTILINE)
    return text.replace("[required]", _REQUIRED)


def _told(params: Any) -> Any:
    """Parameters, those of the library with a help of ours."""
    for one in params:
        if one.name in _OPTIONS:
            one.help = _OPTIONS[one.name]
    return params


class Command(TyperCommand):
    """A command."""

    def get_params(self, ctx: Any) -> Any:
        return _told(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        return _translated(super().get_help(ctx))


class Group(TyperGroup):
    """A command with commands of its own."""

    def get_params(self, ctx: Any) -> Any:
        return _told(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        return _translated(super().get_help(ctx))
