"""Analyses from Python: what `flowmap.analyze` takes and gives. Use it as `flowmap.analyze`; this module is not public.

Settings have the names and values of flowmap.toml. No file of settings and no FLOWMAP_* variable is read here: what is not
given has its default. Inputs that cannot be read are messages and notices, as on the command line; nothing is printed.
The logger `flowmap` is told where packets are read without the compiled kernel.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from flowmap.api.tables import Flows, Series, Streams
from flowmap.cli.values import generated_at, in_force, parse_time
from flowmap.dataclass import dataclass
from flowmap.document.model import Report, Verdict
from flowmap.document.quantities import plain
from flowmap.errors import CaptureError, ConfigError, NotACapture
from flowmap.message import msg, translate
from flowmap.settings.config import load_settings
from flowmap.settings.layers import table_layer
from flowmap.words import DecoderChoice, Judged

if TYPE_CHECKING:
    from flowmap.analysis.answer import Analysis as Found
    from flowmap.privacy.anonymizer import Anonymizer
    from flowmap.settings.config import Settings

__all__ = ["Analysis", "AnalyzeSettings", "Flows", "Paths", "Series", "Streams", "analyze"]

Path = str | os.PathLike[str]
Paths = Path | Iterable[Path] | Mapping[str, Path | Iterable[Path]]
"""One path, several, or those of each member by its name."""

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
    streams: Judged
    top: int
    strict: bool
    jobs: int
    decoder: DecoderChoice
    accept: Sequence[Mapping[str, Any]]
    thresholds: Mapping[str, int | float]
    from_: str | int
    to: str | int
    anonymize: str | os.PathLike[str] | bytes


@dataclass(frozen=True)
class Analysis:
    """An answer with its evidence.

    `report` is the document that `--json` writes, typed; `flows` the table behind it, `streams` the streams that it lists,
    `series` wire bytes of every member over time: polars, DuckDB and pandas read all three. `messages` has one line for each
    input that could not be used.
    """

    report: Report
    flows: Flows
    series: Series
    messages: tuple[str, ...]
    _found: Found

    @property
    def verdict(self) -> Verdict:
        """pass, by-design, fail or inconclusive."""
        return self.report.verdict

    @cached_property
    def streams(self) -> Streams:
        """The streams that the report lists: a row for each stream, direction and member that carried it."""
        return Streams(self.report)

    def to_json(self) -> str:
        """Return the report as `--json` writes it."""
        from flowmap.report.formats.json_ import json_text

        return json_text(self.report)

    def to_markdown(self, language: str = "en") -> str:
        """Return the report as `--markdown` writes it."""
        from flowmap.report.formats.markdown.page import markdown

        return markdown(self.report, language)

    def to_html(self, language: str = "en", *, interactive: bool = False) -> str:
        """Return the page that `--html` writes."""
        from flowmap.report.formats.html import Material, render

        material = Material(self.report, self._found.evidence, self.series)
        return render(material, language, interactive=interactive)

    def to_png(self, language: str = "en") -> bytes:
        """Return the picture that `--png` writes."""
        from flowmap.report.formats.png import png_bytes
        from flowmap.report.pictures.card import card

        return png_bytes(card(self.report, language))

    def __repr__(self) -> str:
        return f"<flowmap.Analysis: {self.verdict}: {plain(self.report.answer.sentence)}>"

    def _repr_html_(self) -> str:
        """Return the answer and the picture for notebooks: no script, and every text is escaped."""
        from flowmap.report.pictures.picture import picture

        steps = [("To do", self.report.answer.action), *(("To know more", text) for text in self.report.to_know_more)]
        to_do = "".join(f"<p><b>{heading}:</b> {_safe(text)}</p>" for heading, text in steps)
        claims = self.report.claims
        rows = "".join(
            f"<li><b>{name}: {claim.verdict}.</b> {_safe(claim.reason)}</li>"
            for name, claim in (("pinned", claims.pinned), ("spread", claims.spread))
        )
        return (
            '<div style="background:#fff;color:#1b2733;padding:8px;max-width:1060px">'
            f"<p><b>{self.verdict.upper()}</b> {_safe(self.report.answer.sentence)}</p><ul>{rows}</ul>{to_do}"
            f"{picture(self.report)}</div>"
        )


def analyze(paths: Paths, **settings: Unpack[AnalyzeSettings]) -> Analysis:
    """See `flowmap.analyze`."""
    from flowmap import analysis

    several = _paths(paths)
    hide = _anonymizer(settings)
    found = analysis.analyze(several, _settings(settings), say=_log.warning)
    if found.report.exit_code == _NO_INPUT:
        raise _no_input(several, found.failures)
    if hide is not None:
        found = found.anonymized(hide)
    report = found.report.model_copy(update={"generated_at": generated_at()})
    return Analysis(
        report,
        Flows(found.flow_columns()),
        Series.of(found.series),
        tuple(found.messages),
        replace(found, report=report),
    )


def _paths(given: Paths) -> list[str]:
    """Return the paths as the command line would have them. Raises ConfigError where there is none."""
    if isinstance(given, Mapping):
        several = [named for member, paths in given.items() for named in _named(member, paths)]
    else:
        several = _listed(given)
    if not any(several):
        raise ConfigError(msg("flowmap.analyze: no path was given"))
    return several


def _listed(given: Path | Iterable[Path]) -> list[str]:
    if isinstance(given, str | os.PathLike):
        given = [given]
    if isinstance(given, Mapping | bytes) or not isinstance(given, Iterable):
        raise ConfigError(
            msg(
                'flowmap.analyze: give a path or a list of them, as "PATH" or "NAME=PATH"; not a {kind}',
                kind=type(given).__name__,
            )
        )
    return [os.fspath(path) for path in given]


def _named(member: str, paths: Path | Iterable[Path]) -> Iterator[str]:
    """Yield NAME=PATH for each path of a member. Raises ConfigError for a name that cannot stand there."""
    if not isinstance(member, str) or not member.strip() or "=" in member:
        raise ConfigError(
            msg("flowmap.analyze: {name} cannot be a member's name: give text without =", name=repr(member))
        )
    for path in _listed(paths):
        argument = f"{member}={path}"
        # a file that is really called so would win
        yield f"{member}={os.path.abspath(path)}" if os.path.exists(argument) else argument


def _no_input(paths: Sequence[str], failures: Sequence[CaptureError]) -> CaptureError:
    """Return why none of the inputs can be used: what is wrong with the first one, the others as notes."""
    if not failures:
        return NotACapture(", ".join(paths), msg("nothing that is a capture was found"))
    for other in failures[1:]:
        failures[0].add_note(other.message)
    return failures[0]


def _anonymizer(given: AnalyzeSettings) -> Anonymizer | None:
    """Return what replaces addresses and names. Raises ConfigError for what is no key."""
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
        raise ConfigError(
            msg("--anonymize {path}: {reason}; {hint}", path=path, reason=reason, hint=KEY_HINT)
        ) from error


def _settings(given: AnalyzeSettings) -> Settings:
    table: dict[str, Any] = {name: value for name, value in given.items() if name != "anonymize"}
    times = {f"{name.rstrip('_')}_ns": table.pop(name, None) for name in ("from_", "to")}
    origin = "flowmap.analyze"
    layer = table_layer({name: _plain(value) for name, value in table.items() if value is not None}, origin)
    values = dict(layer.values)
    for field, time in times.items():
        if time is not None:
            values[field] = parse_time(time, field.removesuffix("_ns")) if isinstance(time, str) else time
    return in_force(load_settings([replace(layer, values=values)]).settings)


def _plain(value: Any) -> Any:
    """Turn mappings and sequences into the tables and lists that TOML has."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _safe(text: str) -> str:
    return escape(plain(translate(text, "en")))
