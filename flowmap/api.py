"""Analyses from Python: what `flowmap.analyze` takes and gives. Use it as `flowmap.analyze`; this module is not public.

Settings have the names and values of flowmap.toml. No file of settings and no FLOWMAP_* variable is read here: what is not
given has its default. Inputs that cannot be read are messages and notices, as on the command line; nothing is printed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from flowmap.cli.values import generated_at, parse_time
from flowmap.config import load_settings
from flowmap.config_layers import table_layer
from flowmap.errors import CaptureError, ConfigError, NotACapture
from flowmap.message import msg, translate
from flowmap.report.document import Report, Verdict
from flowmap.report.words import plain

if TYPE_CHECKING:
    from flowmap.config import Settings
    from flowmap.pipeline import Analysis as Found
    from flowmap.privacy.anonymizer import Anonymizer
    from flowmap.report.series import Series

__all__ = ["Analysis", "AnalyzeSettings", "Flows", "analyze"]

_log = logging.getLogger("flowmap")
_NO_INPUT = 4


class AnalyzeSettings(TypedDict, total=False):
    """Keyword arguments of `analyze`. All but the last four are keys of flowmap.toml, with the same values.

    `thresholds` maps their names to numbers. `from_` and `to` are times, ISO 8601 text or UTC nanoseconds. `anonymize` is
    the path of a key file, or the key itself, 32 bytes. The language is an argument of each document.
    """

    local: str | Sequence[str]
    team: str | Sequence[str]
    speed: str | Sequence[str] | Mapping[str, str]
    mode: str
    algorithm: str
    migration_port: str | Sequence[str]
    streams: Literal["migration", "bulk", "all"]
    top: int
    strict: bool
    jobs: int
    twin_limit: int
    decoder: Literal["auto", "kernel", "dpkt", "tshark"]
    thresholds: Mapping[str, int | float]
    from_: str | int
    to: str | int
    anonymize: str | os.PathLike[str] | bytes


class Flows(Mapping[str, Any]):
    """The flow table: one 1-D numpy array a column, named as in the CSV of `--flows`.

    A time that no packet has is the least int64 (`numpy.iinfo("int64").min`), and null in Arrow.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        import numpy as np

        self._columns = {name: np.asarray(column) for name, column in columns.items()}

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<{self.rows} flows: {', '.join(self)}>"

    @property
    def rows(self) -> int:
        """How many flows there are; `len` tells how many columns."""
        return len(self._columns["member"])

    def to_arrow(self) -> Any:
        """The table as a `pyarrow.Table`, of the schema in docs/parquet.md. Needs the extra `arrow`."""
        from flowmap.report.arrow import flow_table

        return flow_table(self._columns)


@dataclass(frozen=True)
class Analysis:
    """An answer with its evidence.

    `report` is the document that `--json` writes, typed; `flows` the table behind it; `series` wire bytes of every member over
    time; `messages` one line for each input that could not be used.
    """

    report: Report
    flows: Flows
    series: Series
    messages: tuple[str, ...]
    _found: Found

    @property
    def verdict(self) -> Verdict:
        """pass, fail or inconclusive."""
        return self.report.verdict

    def to_json(self) -> str:
        """The report as `--json` writes it."""
        from flowmap.report.json_ import json_text

        return json_text(self.report)

    def to_markdown(self, language: str = "en") -> str:
        """The report as `--markdown` writes it."""
        from flowmap.report.markdown import markdown

        return markdown(self.report, language)

    def to_html(self, language: str = "en", *, interactive: bool = False) -> str:
        """The page that `--html` writes."""
        from flowmap.report.html import Material, render

        material = Material(self.report, self._found.evidence, self.series)
        return render(material, language, interactive=interactive)

    def to_png(self, language: str = "en") -> bytes:
        """The picture that `--png` writes."""
        from flowmap.report.card import card
        from flowmap.report.png import png_bytes

        return png_bytes(card(self.report, language))

    def __repr__(self) -> str:
        return f"<flowmap.Analysis: {self.verdict}: {plain(self.report.summary)}>"

    def _repr_html_(self) -> str:
        """For notebooks: the answer and the picture. No script; every text is escaped."""
        from flowmap.report.first_step import first_step
        from flowmap.report.picture import picture

        step = first_step(self.report)
        steps = [(step.heading, step.text)] + ([(step.speed.heading, step.speed.text)] if step.speed else [])
        to_do = "".join(f"<p><b>{_safe(heading)}:</b> {_safe(text)}</p>" for heading, text in steps)
        claims = self.report.claims
        rows = "".join(
            f"<li><b>{name}: {claim.verdict}.</b> {_safe(claim.reason)}</li>"
            for name, claim in (("pinned", claims.pinned), ("spread", claims.spread))
        )
        return (
            '<div style="background:#fff;color:#1b2733;padding:8px;overflow-x:auto">'
            f"<p><b>{self.verdict.upper()}</b> {_safe(self.report.summary)}</p><ul>{rows}</ul>{to_do}"
            f"{picture(self.report)}</div>"
        )


def analyze(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], **settings: Unpack[AnalyzeSettings]
) -> Analysis:
    """See `flowmap.analyze`."""
    from flowmap import pipeline

    several = _paths(paths)
    hide = _anonymizer(settings)
    found = pipeline.analyze(several, _settings(settings), say=_log.info)
    if found.report.exit_code == _NO_INPUT:
        raise _no_input(several, found.failures)
    if hide is not None:
        found = found.anonymized(hide)
    report = found.report.model_copy(update={"generated_at": generated_at()})
    return Analysis(
        report, Flows(found.flow_columns()), found.series, tuple(found.messages), replace(found, report=report)
    )


def _paths(given: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """As the command line would have them. Raises ConfigError where there is none."""
    if isinstance(given, str | os.PathLike):
        given = [given]
    if isinstance(given, Mapping | bytes) or not isinstance(given, Iterable):
        raise ConfigError(
            msg('flowmap.analyze: give a path or a list of them, as "PATH" or "NAME=PATH"; not a {kind}',
                kind=type(given).__name__)
        )  # fmt: skip
    several = [os.fspath(path) for path in given]
    if not any(several):
        raise ConfigError(msg("flowmap.analyze: no path was given"))
    return several


def _no_input(paths: Sequence[str], failures: Sequence[CaptureError]) -> CaptureError:
    """Why none of the inputs can be used: what is wrong with the first one, the others as notes."""
    if not failures:
        return NotACapture(", ".join(paths), msg("nothing that is a capture was found"))
    for other in failures[1:]:
        failures[0].add_note(other.message)
    return failures[0]


def _anonymizer(given: AnalyzeSettings) -> Anonymizer | None:
    """What replaces addresses and names. Raises ConfigError for what is no key."""
    key = given.get("anonymize")
    if key is None:
        return None
    from flowmap.privacy.anonymizer import Anonymizer
    from flowmap.privacy.key import KEY_HINT, MOST_KEY_BYTES, parse_key

    if isinstance(key, bytes):
        return Anonymizer(parse_key(key, "KEY"))
    path = os.fspath(key)
    try:
        with open(path, "rb") as file:
            return Anonymizer(parse_key(file.read(MOST_KEY_BYTES), path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(msg("--anonymize {path}: {reason}; {hint}", path=path, reason=reason, hint=KEY_HINT)) from error


def _settings(given: AnalyzeSettings) -> Settings:
    table: dict[str, Any] = {name: value for name, value in given.items() if name != "anonymize"}
    times = {f"{name.rstrip('_')}_ns": table.pop(name, None) for name in ("from_", "to")}
    origin = "flowmap.analyze"
    layer = table_layer({name: _plain(value) for name, value in table.items() if value is not None}, origin)
    values = dict(layer.values)
    for field, time in times.items():
        if time is not None:
            values[field] = parse_time(time, field.removesuffix("_ns")) if isinstance(time, str) else time
    return load_settings([replace(layer, values=values)]).settings


def _plain(value: Any) -> Any:
    """Mappings and sequences as the tables and lists that TOML has."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _safe(text: str) -> str:
    return escape(plain(translate(text, "en")))
