"""Every file that `analyze` can write, as its help names them: a new output is tested without being named in a test."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer

from flowmap.cli.app import app
from flowmap.cli.commands.analyze.reports import _KINDS

__all__ = ["analyze_outputs", "drawn_as_png"]

_GERMAN = ("--lang", "de")
_WAYS = {"--html": [("--interactive",), _GERMAN], "--markdown": [_GERMAN], "--png": [_GERMAN]}


def analyze_outputs() -> list[tuple[str, str, tuple[str, ...]]]:
    """(option, suffix, further options) of each kind of file, and of each way in which it can be written."""
    command: Any = typer.main.get_command(app).commands["analyze"]  # type: ignore[attr-defined]
    known = {word for one in command.params for word in one.opts}
    variants = []
    for option in _KINDS:
        (parameter,) = [one for one in command.params if option in one.opts]
        suffixes = re.findall(r"\.\w+", str(parameter.metavar)) or [f".{option.strip('-')}"]
        ways = [(), *_WAYS.get(option, ())]
        variants += [(option, suffix, way) for suffix in suffixes for way in ways if known.issuperset(way[:1])]
    return variants


def drawn_as_png(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SVG of each PNG from now on: the text in a picture is pixels."""
    import vl_convert

    drawn: list[str] = []
    draw = vl_convert.svg_to_png
    monkeypatch.setattr(vl_convert, "svg_to_png", lambda svg, **how: drawn.append(svg) or draw(svg, **how))
    return drawn
