"""What `analyze` writes: one row a kind of output, checked before captures are read, written after.

A kind is an option of `analyze`, a row of `_KINDS`, and the function that it names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from flowmap.cli.boundary import NO_INPUT, say
from flowmap.cli.language import language
from flowmap.cli.outputs import refuse_overwriting
from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError, ReportError
from flowmap.message import msg

if TYPE_CHECKING:
    from flowmap.analysis.answer import Analysis
    from flowmap.document.model import Report

__all__ = ["Outputs", "page_beside_temporary_files"]


@dataclass(frozen=True)
class _Kind:
    """How one output is written. `files` names those that a path stands for; it raises ConfigError for a bad path."""

    write: Callable[[str, Analysis, Outputs], object]
    files: Callable[[str], list[str]] = lambda path: [path]


@dataclass(frozen=True)
class Outputs:
    """Which output goes where: `paths` by option (None: not asked for), and how texts are written.

    `quiet`: no text report; `interactive`: a page with charts to zoom in; `open_page`: the page is shown in a browser;
    `full`, `brief`: the text report with everything, or one line; `language` of texts for people.
    """

    paths: Mapping[str, str | None]
    quiet: bool = False
    interactive: bool = False
    open_page: bool = False
    full: bool = False
    brief: bool = False
    language: str = field(default_factory=language)

    @property
    def _given(self) -> dict[str, str]:
        return {option: path for option, path in self.paths.items() if path is not None}

    def check(self, inputs: list[str]) -> None:
        """Refuse, before hours of reading, outputs that cannot be, or would overwrite each other or an input."""
        if self.full + self.brief + self.quiet > 1:
            raise ConfigError(msg("--full, --brief and --quiet exclude each other"))
        if self.interactive and self.paths.get("--html") is None:
            raise ConfigError(msg("--interactive is about the page that --html writes: name that too"))
        taken: dict[str, str] = {}
        for option, path in self._given.items():
            for name in _KINDS[option].files(path):
                refuse_overwriting(option, name, inputs)
                place = name if name == "-" else os.path.realpath(name)
                if place in taken:
                    raise ConfigError(
                        msg("{taken} and {option} go to the same place", taken=taken[place], option=option)
                    )
                taken[place] = option

    def prepare(self) -> None:
        """Start what an output needs and what takes long to start, while the captures are read."""
        if self.paths.get("--html") is not None:
            from flowmap.report.pictures.engine import start_engine

            start_engine()

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
        page = self.paths.get("--html")
        if self.open_page and page is not None and os.path.isfile(page):
            _show(page)
        return good


def page_beside_temporary_files() -> str:
    """Return a path for a page that is only to be looked at. The file stays: the browser may read it at any time."""
    import tempfile

    handle, path = tempfile.mkstemp(prefix="flowmap-", suffix=".html")
    os.close(handle)
    return path


def _show(page: str) -> None:
    import webbrowser
    from pathlib import Path

    address = Path(page).absolute().as_uri()
    if not webbrowser.open(address):
        say(msg("no browser could be started; the page is {address}", address=address))


def _json(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.formats.json_ import write_json

    write_json(path, analysis.report)


def _markdown(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.markdown.page import markdown

    write_for_terminal(path, markdown(analysis.report, outputs.language))


def _png(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.formats.png import write_png

    write_png(path, analysis.report, outputs.language)


def _html(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.report.formats.files import write_text
    from flowmap.report.formats.html import Material, render

    material = Material(analysis.report, analysis.evidence, analysis.series)
    write_text(path, render(material, outputs.language, interactive=outputs.interactive))


def _flows(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.formats.flows import write_flows

    write_flows(path, analysis.flow_columns())


def _flows_files(path: str) -> list[str]:
    from flowmap.report.formats.flows import flow_format

    flow_format(path)
    return [path]


def _parquet(path: str, analysis: Analysis, _outputs: Outputs) -> None:
    from flowmap.report.formats.tables.arrow import write_parquet

    write_parquet(path, analysis.flow_columns(), analysis.report, analysis.series)


def _parquet_files(path: str) -> list[str]:
    from flowmap.report.formats.tables.arrow import parquet_files

    return parquet_files(path)


def _text(path: str, analysis: Analysis, outputs: Outputs) -> None:
    from flowmap.cli.values import terminal_width, wants_color
    from flowmap.report.formats.files import write_for_terminal
    from flowmap.report.formats.text.page import brief, render

    if outputs.brief:
        write_for_terminal(path, brief(analysis.report, outputs.language))
        _say_inputs(analysis.report)
        return
    text = render(analysis.report, terminal_width(), wants_color(), outputs.language, full=outputs.full)
    write_for_terminal(path, text)


def _say_inputs(report: Report) -> None:
    """Print what was wrong with the inputs, where a report of one line has no room for it."""
    for notice in report.notices:
        if notice.code in _OF_INPUTS:
            say(msg("{path}: {detail}", path=notice.path, detail=notice.detail) if notice.path else notice.detail)


_OF_INPUTS = ("duplicate_input", "not_a_capture")
_KINDS = {
    "--json": _Kind(_json),
    "--markdown": _Kind(_markdown),
    "--html": _Kind(_html),
    "--png": _Kind(_png),
    "--flows": _Kind(_flows, _flows_files),
    "--parquet": _Kind(_parquet, _parquet_files),
}
