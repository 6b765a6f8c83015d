"""What the command line and the environment give, as the values the rest works with."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowmap.cli.language import given
from flowmap.errors import ConfigError
from flowmap.message import Message, msg

if TYPE_CHECKING:
    from flowmap.settings.config import Layer, Loaded, Settings

__all__ = [
    "TeamSettings",
    "doubts",
    "generated_at",
    "in_force",
    "load",
    "parse_since",
    "parse_size",
    "parse_time",
    "refuse_unknown_names",
    "terminal_width",
    "wants_color",
]

_NANO = 10**9
_LIMIT = 2**63
_MOST_FILES = 256
"""Settings files that are kept: teams come folder by folder, so what they share is asked for again and again."""


class TeamSettings:
    """The settings of many teams: files that they share are read once, as they are when the first team needs them.

    What `accepted` holds, the file of `flowmap batch accept`, is added to what each team's own files accept.
    """

    def __init__(self, accepted: Path | None = None) -> None:
        from flowmap.settings.layers import config_files

        self._shared = [*config_files(os.environ, Path.cwd()), *([] if accepted is None else [accepted])]
        self._read = lru_cache(_MOST_FILES)(_file_or_error)

    def of(self, folders: Iterable[str], table: Mapping[str, Any], team: str | None = None) -> Settings:
        """Return those of one team: its folders' flowmap.toml (the deepest first), then its layout table, then the shared ones.

        Of all that is accepted, what another team is named for is left out. Raises ConfigError.
        """
        from flowmap.settings.config import load_settings
        from flowmap.settings.layers import environment_layer, table_layer

        own = [Path(folder) / "flowmap.toml" for folder in reversed(list(folders))]
        layers = [
            *environment_layer(os.environ),
            *self._layers(own),
            table_layer(table, "layout"),
            *self._layers(self._shared),
        ]
        return in_force(load_settings(layers).settings, team)

    def _layers(self, paths: Iterable[Path]) -> Iterator[Layer]:
        for path in paths:
            found = self._read(path)
            if isinstance(found, ConfigError):
                raise found
            if found is not None:
                yield found


def _file_or_error(path: Path) -> Layer | ConfigError | None:
    """Return the values of a settings file, or what is wrong with it, so that either can be kept."""
    from flowmap.settings.layers import file_layer

    try:
        return file_layer(path)
    except ConfigError as error:
        return error


def in_force(settings: Settings, team: str | None = None) -> Settings:
    """Return the settings with what is accepted for this team or for all, as it stands on the day of `generated_at`."""
    if not settings.accept:
        return settings
    today = datetime.fromisoformat(generated_at()).astimezone().date()
    about = tuple(one.on(today) for one in settings.accept if one.team in (None, team))
    return settings.model_copy(update={"accept": about})


def load(flags: Mapping[str, Any] | None = None, thresholds: Iterable[str] = ()) -> Loaded:
    """Return the settings from flags, environment and files."""
    from flowmap.settings.config import load_settings
    from flowmap.settings.layers import config_files, environment_layer, file_layer, flag_layer

    layers = [flag_layer({**(flags or {}), "lang": given()}, thresholds), *environment_layer(os.environ)]
    layers += [layer for path in config_files(os.environ, Path.cwd()) if (layer := file_layer(path)) is not None]
    return load_settings(layers)


def doubts(loaded: Loaded) -> list[Message]:
    """Return what is wrong with settings that have the right form: unknown names, files that are not there."""
    lost = [path for path in loaded.settings.team if not os.path.exists(path)]
    return _unknown_names(loaded) + [msg("team: {path}: no such file", path=path) for path in lost]


def refuse_unknown_names(loaded: Loaded) -> None:
    """Raise ConfigError for a mode, an algorithm, an own address or an accepted code that is none, before anything is read."""
    for problem in _unknown_names(loaded):
        raise ConfigError(problem)


def _unknown_names(loaded: Loaded) -> list[Message]:
    """Return what is no mode, algorithm, address or code of a finding, and where it was given."""
    found = []
    for name, check in (
        ("algorithm" if loaded.settings.mode is None else "mode", _check_mode),
        ("local", _check_local),
        ("accept", _check_accepted),
    ):
        try:
            check(loaded.settings)
        except ConfigError as error:
            found.append(msg("{where}: {problem}", where=loaded.origins[name], problem=error.message))
    return found


def _check_mode(settings: Settings) -> None:
    if settings.mode is not None or settings.algorithm is not None:
        from flowmap.team.modes.table import lookup

        lookup(settings.mode, settings.algorithm)


def _check_local(settings: Settings) -> None:
    if settings.local:
        from flowmap.team.host import check_local

        check_local(settings.local)


def _check_accepted(settings: Settings) -> None:
    if settings.accept:
        from flowmap.document.pages.pages import pages

        for one in settings.accept:
            if one.code not in pages():
                detail = msg("no finding and no notice has the code {code}; `flowmap explain` lists all", code=one.code)
                raise ConfigError(detail)


def parse_time(text: str, option: str) -> int:
    """Return UTC nanoseconds of an ISO 8601 time (local where it has no offset) or of seconds since 1970, fractions floored.

    >>> parse_time("2026-01-02T03:04:05.000000001Z", "--from")
    1767323045000000001
    """
    number = re.fullmatch(r"(-?)(\d{1,12})(?:\.(\d+))?", text.strip())
    if number and not re.fullmatch(r"\d{8}", text.strip()):
        ticks = int(number[2]) * _NANO + int((number[3] or "")[:9].ljust(9, "0"))
        value = -ticks if number[1] else ticks
    else:
        value = _iso(text.strip(), option)
    if not -_LIMIT < value < _LIMIT:
        raise ConfigError(msg("{option} {text!r}: outside the years 1678 to 2262", option=option, text=text))
    return value


def parse_since(text: str, now_ns: int, option: str) -> int:
    """Return UTC nanoseconds of a time, or of so long before now: 7d, 12h, 30min, 6mo (months of 30 days).

    >>> parse_since("2min", 120_000_000_000, "--since")
    0
    """
    if span := re.fullmatch(r"(\d{1,9})(d|h|min|mo|m)", text.strip()):
        if span[2] == "m":  # for `prune` the difference is a year's reports
            raise ConfigError(
                msg(
                    "{option} {text!r}: minutes or months? Write {minutes} or {months}",
                    option=option,
                    text=text,
                    minutes=f"{span[1]}min",
                    months=f"{span[1]}mo",
                )
            )
        return now_ns - int(span[1]) * {"d": 86400, "h": 3600, "min": 60, "mo": 30 * 86400}[span[2]] * _NANO
    with contextlib.suppress(ConfigError):
        if not re.fullmatch(r"\d{1,8}", text.strip()):  # of what? As seconds since 1970 it is before any capture
            return parse_time(text, option)
    raise ConfigError(
        msg(
            "{option} {text!r}: write how long ago, such as 90d, 12h, 30min or 6mo, or a time, such as 2026-05-01T14:30:00",
            option=option,
            text=text,
        )
    )


def parse_size(text: str, option: str) -> int | None:
    """Return bytes of a size such as 2G or 512M, powers of 1024; None for 0.

    >>> parse_size("2G", "--memory-limit")
    2147483648
    """
    match = re.fullmatch(r"(\d{1,12})([kKmMgGtT]?)(?:i?[bB])?", text.strip())
    if match is None:
        raise ConfigError(msg("{option} {text!r} is no size: write it like 2G or 512M", option=option, text=text))
    return int(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " ") or None


def _iso(text: str, option: str) -> int:
    """Return the time in ns; datetime keeps six digits of a fraction, captures have nine."""
    parts = re.fullmatch(r"(.*?:\d\d)[.,](\d+)(.*)", text)
    whole, fraction = (parts[1] + parts[3], parts[2]) if parts else (text, "")
    try:
        moment = datetime.fromisoformat(whole)
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigError(
            msg(
                "{option} {text!r} is no time: write 2026-05-01T14:30:00, with +02:00 or Z behind unless "
                "it is local, or seconds since 1970",
                option=option,
                text=text,
            )
        ) from error
    return seconds * _NANO + int(fraction[:9].ljust(9, "0"))


def generated_at() -> str:
    """Return the time now, or SOURCE_DATE_EPOCH where that is set, in UTC."""
    pinned = os.environ.get("SOURCE_DATE_EPOCH")
    if not pinned:
        return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    try:
        return datetime.fromtimestamp(int(pinned), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigError(
            msg("environment variable SOURCE_DATE_EPOCH: {pinned!r} is no count of seconds", pinned=pinned)
        ) from error


def terminal_width() -> int:
    """Return columns of standard output; 80 where it is no terminal and COLUMNS does not say otherwise."""
    import shutil

    return max(40, shutil.get_terminal_size((80, 24)).columns)


def wants_color() -> bool:
    """Return whether standard output is a terminal that shows colour, and colour was not turned off."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
