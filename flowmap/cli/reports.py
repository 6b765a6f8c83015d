"""What `analyze` writes: one row a kind of output, checked before captures are read, written after.

A kind is an option of `analyze`, a row of `_KINDS`, and the function that it names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowmap.cli.boundary import NO_INPUT, say
from flowmap.cli.language import language
from flowmap.cli.outputs import refuse_overwriting
from flowmap.errors import ConfigError, ReportError
from flowmap.message import msg

if TYPE_CHECKING:
    from flowmap.pipeline import Analysis

__all__ = ["Outputs"]


@dataclass(frozen=True)
class _Kind:
    """How one output is written. `files` names those that a path stands for; it raises ConfigError for a bad path."""

    write: Callable[[str, Analysis, Outputs], object]
    files: Callable[[str], list[str]] = lambda path: [path]


@dataclass(frozen=True)
class Outputs:
    """Where what goes: `paths` by option, None = not asked for; `quiet`: no text report; `interactive`: a page with charts to
    zoom in; `language` of texts for people."""

    paths: Mapping[str, str | None]
    quiet: bool = False
    interactive: bool = False
    language: str = field(default_factory=language)

    @property
    def _given(self) -> dict[str, str]:
        return {option: path for option, path in self.paths.items() if path is not None}

    def check(self, inputs: list[str]) -> None:
        """Refuse, before hours of reading, outputs that cannot be, or would overwrite each other or an input."""
        if self.interactive and self.paths.get("--html") is None:
            raise ConfigError(msg("--interactive is about the page that --html writes: name that too"))
        taken: dict[str, str] = {}
        for option, path in self._given.items():
            for name in _KINDS[option].files(path):
                refuse_overwriting(option, name, inputs)
                place = name if name == "-" else os.path.realpath(name)
                if place in taken:
                    raise ConfigError(msg("{taken} and {option} go to the same place", taken=taken[place], option=option))
                taken[place] = option

    def write(self, analysis: Analysis) -> bool:
        """Write what was asked for; one output that fails does not keep the others from being written."""
        writes = [(_KINDS[option].write, path) for option, path in self._given.items()]
        if not self.quiet and "-" not in self._given.values() and analysis.report.exit_code != NO_INPUT:
            writes.append((_text, "-"))
        good = True
        for write, path in writes:
            try:
                write(path, analysis, self)
            except ReportError as error:
                say(error.message)
                good = False
        return good


def _json(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.json_ import write_json

    write_json(path, analysis.report)


def _markdown(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.files import write_for_terminal
    from flowmap.report.markdown import markdown

    write_for_terminal(path, markdown(analysis.report, outputs.language))


def _png(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.png import write_png

    write_png(path, analysis.report, outputs.language)


def _html(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.files import write_text
    from flowmap.report.html import Material, render

    material = Material(analysis.report, analysis.evidence, analysis.series)
    write_text(path, render(material, outputs.language, interactive=outputs.interactive))


def _flows(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.flows import write_flows

    write_flows(path, analysis.flow_columns())


def _flows_files(path: str) -> list[str]:
    from flowmap.report.flows import flow_format

    flow_format(path)
    return [path]


def _parquet(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.arrow import write_parquet

    write_parquet(path, analysis.flow_columns(), analysis.report, analysis.series)


def _parquet_files(path: str) -> list[str]:
    from flowmap.report.arrow import parquet_files

    return parquet_files(path)


def _text(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.files import write_for_terminal
    from flowmap.report.terminal import render

    write_for_terminal(path, render(analysis.report, terminal_width(), wants_color(), outputs.language))


_KINDS = {
    "--json": _Kind(_json),
    "--markdown": _Kind(_markdown),
    "--html": _Kind(_html),
    "--png": _Kind(_png),
    "--flows": _Kind(_flows, _flows_files),
    "--parquet": _Kind(_parquet, _parquet_files),
}
